"""Identifiers of all three eras: every form in, one value, and the same forms out."""

import json
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import InvalidId

OLD_ARCHIVES = ["hep-th", "math", "math-ph", "cs", "q-bio", "cond-mat", "quant-ph", "acc-phys"]


@st.composite
def old_papers(draw: st.DrawFn) -> str:
    year, month = draw(st.tuples(st.integers(1992, 2007), st.integers(1, 12)).filter(lambda when: when < (2007, 4)))
    return f"{draw(st.sampled_from(OLD_ARCHIVES))}/{year % 100:02}{month:02}{draw(st.integers(1, 999)):03}"


@st.composite
def four_digit_papers(draw: st.DrawFn) -> str:
    year, month = draw(st.tuples(st.integers(2007, 2014), st.integers(1, 12)).filter(lambda when: when >= (2007, 4)))
    return f"{year % 100:02}{month:02}.{draw(st.integers(1, 9999)):04}"


@st.composite
def five_digit_papers(draw: st.DrawFn) -> str:
    return f"{draw(st.integers(15, 99)):02}{draw(st.integers(1, 12)):02}.{draw(st.integers(1, 99999)):05}"


papers = st.one_of(old_papers(), four_digit_papers(), five_digit_papers())
ids = st.builds(lambda paper, version: ArxivId(paper=paper, version=version), papers, st.integers(0, 60))


@settings(max_examples=300, deadline=None)
@given(value=ids)
def test_every_form_reads_back_as_the_same_value(value: ArxivId) -> None:
    for form in (str(value), f"arXiv:{value}", value.abs_url, value.pdf_url, f"{value.pdf_url}.pdf", value.html_url):
        assert ArxivId.parse(form) == value


@settings(max_examples=100, deadline=None)
@given(value=ids)
def test_forms_without_version_read_back_as_the_paper(value: ArxivId) -> None:
    paper = ArxivId(paper=value.paper)
    assert ArxivId.parse(value.oai) == ArxivId.parse(value.doi) == paper
    assert "v" not in value.oai.removeprefix("oai:arXiv.org:").removeprefix("solv-int")


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(max_size=30), st.from_regex(r"[0-9]{4}\.[0-9]{3,6}(v[0-9]{1,2})?", fullmatch=True)))
def test_what_parses_is_canonical_and_all_else_is_an_invalid_id(text: str) -> None:
    try:
        value = ArxivId.parse(text)
    except InvalidId:
        return
    assert ArxivId.parse(str(value)) == value
    assert str(value) in text


@pytest.mark.parametrize(
    ("text", "paper", "version"),
    [
        ("2404.00466", "2404.00466", 0),
        ("2404.00466v2", "2404.00466", 2),
        ("  2404.00466v12\n", "2404.00466", 12),
        ("0704.0001", "0704.0001", 0),
        ("1412.9999v1", "1412.9999", 1),
        ("1501.00001", "1501.00001", 0),
        ("hep-th/9901001v2", "hep-th/9901001", 2),
        ("math.CA/0611800", "math/0611800", 0),
        ("cond-mat.mes-hall/0703001v3", "cond-mat/0703001", 3),
        ("arXiv:2404.00466v2", "2404.00466", 2),
        ("arXiv: 2404.00466", "2404.00466", 0),
        ("ARXIV:hep-th/9901001", "hep-th/9901001", 0),
        ("oai:arXiv.org:2509.99901v1", "2509.99901", 1),
        ("oai:arXiv.org:quant-ph/0201082", "quant-ph/0201082", 0),
        ("10.48550/arXiv.2404.00466", "2404.00466", 0),
        ("doi:10.48550/arXiv.2404.00466", "2404.00466", 0),
        ("https://doi.org/10.48550/ARXIV.HEP-TH/9901001", "hep-th/9901001", 0),
        ("http://arxiv.org/abs/2311.00502v1", "2311.00502", 1),
        ("https://www.arxiv.org/abs/math.CA/0611800", "math/0611800", 0),
        ("https://export.arxiv.org/abs/2311.00502?context=cs.LG", "2311.00502", 0),
        ("https://rss.arxiv.org/abs/2404.00466#comments", "2404.00466", 0),
        ("https://arxiv.org/pdf/2404.00466v2.pdf", "2404.00466", 2),
        ("https://arxiv.org/pdf/hep-th/9901001.pdf#page=3", "hep-th/9901001", 0),
        ("https://arxiv.org/pdf/2404.00466", "2404.00466", 0),
        ("https://arxiv.org/html/2404.00466v1#S3.SS1", "2404.00466", 1),
        ("https://arxiv.org/src/2404.00466v1", "2404.00466", 1),
        ("https://arxiv.org/e-print/2404.00466", "2404.00466", 0),
        ("https://arxiv.org/format/2404.00466", "2404.00466", 0),
        ("arxiv.org/abs/2404.00466/", "2404.00466", 0),
    ],
)
def test_forms_in_use(text: str, paper: str, version: int) -> None:
    assert ArxivId.parse(text) == ArxivId(paper=paper, version=version)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not an arXiv identifier"),
        ("0", "not an arXiv identifier"),
        ("2404.004661", "not an arXiv identifier"),
        ("2404.00466v", "not an arXiv identifier"),
        ("2404.00466 v2", "not an arXiv identifier"),
        ("2404.00466.pdf", "not an arXiv identifier"),
        ("２４０４.00466", "not an arXiv identifier"),
        ("cs.LG", "not an arXiv identifier"),
        ("https://example.org/abs/2404.00466", "not an arXiv identifier"),
        ("https://arxiv.org.example.org/abs/2404.00466", "not an arXiv identifier"),
        ("https://arxiv.org/list/cs.LG/new", "not an arXiv identifier"),
        ("ftp://arxiv.org/abs/2404.00466", "not an arXiv identifier"),
        ("https://arxiv.org/abs/https://arxiv.org/abs/2404.00466", "not an arXiv identifier"),
        ("2404.00466\n2404.00467", "not an arXiv identifier"),
        ("2400.00466", "there is no month 00"),
        ("2413.00466", "there is no month 13"),
        ("hep-th/9913001", "there is no month 13"),
        (f"2404.00466v{'1' * 5000}", "not an arXiv identifier"),
        ("2404.00466v0", "version numbers begin at 1"),
        ("2404.00466v02", "version numbers begin at 1"),
        ("2404.00000", "serial numbers begin at 1"),
        ("1412.00001", "ids of 2014 end in 4 digits"),
        ("1501.0001", "ids of 2015 end in 5 digits"),
        ("2404.0046", "ids of 2024 end in 5 digits"),
        ("0703.0001", "ids without an archive begin in April 2007 (0704)"),
        ("0000.0000", "there is no month 00"),
        ("hep-th/0704001", "ids with an archive end in March 2007"),
        ("hep-th/1001001", "ids with an archive end in March 2007"),
        ("stat/0601001", "there was no archive stat"),
        ("../0601001", "not an arXiv identifier"),
    ],
)
def test_all_else_is_refused_with_a_reason(text: str, what: str) -> None:
    with pytest.raises(InvalidId) as caught:
        ArxivId.parse(text)
    assert caught.value.what == what
    assert "2404.00466" in caught.value.hint


@pytest.mark.parametrize(
    ("paper", "version"),
    [
        ("2404.00466v2", 0),
        ("math.CA/0611800", 0),
        ("2404.00466", -1),
        ("240400466", 0),
        ("hep-th/99010011", 0),
        ("", 0),
    ],
)
def test_the_value_itself_holds_nothing_that_is_not_canonical(paper: str, version: int) -> None:
    with pytest.raises(InvalidId):
        ArxivId(paper=paper, version=version)


def test_a_long_subject_is_shortened_and_put_on_one_line() -> None:
    with pytest.raises(InvalidId) as caught:
        ArxivId.parse("paper\x85" + "x" * 500)
    assert len(caught.value.subject) == 80
    assert caught.value.subject.startswith("paper x")


def test_addresses() -> None:
    value = ArxivId.parse("arXiv:math.CA/0611800v3")
    assert str(value) == "math/0611800v3"
    assert value.abs_url == "https://arxiv.org/abs/math/0611800v3"
    assert value.pdf_url == "https://arxiv.org/pdf/math/0611800v3"
    assert value.html_url == "https://arxiv.org/html/math/0611800v3"
    assert value.oai == "oai:arXiv.org:math/0611800"
    assert value.doi == "10.48550/arXiv.math/0611800"


@pytest.mark.parametrize(
    ("text", "year_month"),
    [
        ("hep-th/9108001", (1991, 8)),
        ("math/9912001", (1999, 12)),
        ("math/0001001", (2000, 1)),
        ("0704.0001", (2007, 4)),
        ("2404.00466", (2024, 4)),
        ("9901.00001", (2099, 1)),
    ],
)
def test_years_have_four_digits_by_era(text: str, year_month: tuple[int, int]) -> None:
    assert ArxivId.parse(text).year_month == year_month


def test_sort_key_is_chronological_across_eras() -> None:
    in_time = ["hep-th/9108001", "hep-th/9912001", "math/9912001", "cs/0001002", "math/0703999"]
    in_time += ["0704.0001", "0704.0001v1", "0704.0001v2", "0704.9999", "1412.9999", "1501.00001", "2404.00466"]
    values = [ArxivId.parse(text) for text in in_time]
    assert sorted(values, key=str) != values
    assert sorted(values, key=lambda value: value.sort_key) == values


def test_ids_pickle_and_hash() -> None:
    value = ArxivId.parse("2404.00466v2")
    assert pickle.loads(pickle.dumps(value)) == value
    assert len({value, ArxivId.parse("arXiv:2404.00466v2"), ArxivId.parse("2404.00466")}) == 2


def test_every_id_of_the_real_listing_and_snapshot_reads_back(shared: Path) -> None:
    payloads = shared / "reference" / "payloads"
    hrefs = re.findall(r'href ="/abs/([^"]+)"', (payloads / "list_new_cs.LG.html").read_text(encoding="utf-8"))
    lines = (payloads / "kaggle_arxiv-metadata-oai-snapshot.sample.jsonl").read_text(encoding="utf-8").splitlines()
    told = hrefs + [json.loads(line)["id"] for line in lines]
    assert len(told) > 20
    assert [str(ArxivId.parse(text)) for text in told] == told
