from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arxiv_documents import CLOTHES, Told, clothed, damaged, feed, refused, whole
from zhaiyao.categories import archives, categories, in_scope
from zhaiyao.errors import ParseError, UnknownCategory
from zhaiyao.records import Author, Interface, Paper, Version, Withdrawal
from zhaiyao.sources.api_formats import Answer, read, scope, submitted_between

LEGACY = b"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title type="html">ArXiv Query: search_query=all:pond</title>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">1</opensearch:totalResults>
  <entry>
    <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.9999/pond</arxiv:doi>
    <category term="math.PR" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.LG" scheme="http://arxiv.org/schemas/atom"/>
    <category term="60J80" scheme="http://arxiv.org/schemas/atom"/>
    <category term="F.2.2; I.2.7" scheme="http://arxiv.org/schemas/atom"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.LG"/>
    <published>2019-07-07T17:46:39Z</published>
    <updated>2019-07-09T00:00:00-04:00</updated>
    <summary>  A first line that the old service
wrapped at its end. And on.
  A second paragraph.
</summary>
    <title>A title at
  two lines</title>
    <author><name>The Pond Collaboration</name></author>
    <id>http://arxiv.org/abs/1907.90001v2</id>
  </entry>
</feed>
"""

GOOD = [feed(whole(), Told()), LEGACY, feed(), refused("incorrect id format for abc")]


def only(data: bytes) -> Version:
    (sighting,) = read(data).sightings
    return sighting.version


# --- what is read ---------------------------------------------------------------------------------------------------


def test_every_field_of_an_entry() -> None:
    answer = read(feed(whole(), total=7))
    assert (answer.total, answer.refusal) == (7, "")
    (sighting,) = answer.sightings
    assert sighting.announcement is None
    assert sighting.paper == Paper(id="math/0402999", categories=("math.NA", "cs.NA"))
    assert sighting.version == Version(
        paper_id="math/0402999",
        number=2,
        interface=Interface.API,
        title=r"Erdős trees of $\alpha<\beta$",
        abstract="Let $p<1/2$ & more.\n\nA second paragraph.",
        authors=(Author(name="Zsófia Kőhalmi", affiliations=("Pest",)), Author(name="Suparman")),
        comments="12 pages, in French",
        journal_ref="Ann. für X 3 (2026)",
        doi="10.9999/one 10.9999/two(3)4:5<6::7;8",
        submitted_at=datetime(2026, 3, 2, 18, 1, 2, tzinfo=UTC),
    )


def test_the_older_service_is_read_alike() -> None:
    (sighting,) = read(LEGACY).sightings
    assert sighting.paper == Paper(id="1907.90001", categories=("cs.LG", "math.PR"))
    version = sighting.version
    assert (version.number, version.title, version.doi) == (2, "A title at two lines", "10.9999/pond")
    assert version.abstract == "A first line that the old service wrapped at its end. And on.\n\nA second paragraph."
    assert version.submitted_at == datetime(2019, 7, 9, 4, tzinfo=UTC)


def test_greek_and_accents_of_the_new_service_stay_as_they_are() -> None:
    version = only(feed(Told(title="$α= β$ for Łukasiewicz", abstract=r"All $δ\le π/4$; \emph{so} it is.")))
    assert version.title == "$α= β$ for Łukasiewicz"
    assert version.abstract == r"All $δ\le π/4$; \emph{so} it is."


def test_falsy_and_strange_texts_are_texts() -> None:
    version = only(feed(Told(title="0", abstract="", authors="0")))
    assert (version.title, version.abstract, version.authors) == ("0", "", (Author(name="0"),))
    assert only(feed(Told(title="Error"))).title == "Error"


@pytest.mark.parametrize(
    ("told", "withdrawal"),
    [
        (Told(), Withdrawal.NO),
        (Told(comments="This paper has been withdrawn by the author due to an error"), Withdrawal.PERHAPS),
        (Told(abstract="This paper has been withdrawn."), Withdrawal.PERHAPS),
    ],
)
def test_wording_alone_hints_at_a_withdrawal(told: Told, withdrawal: Withdrawal) -> None:
    assert only(feed(told)).withdrawal is withdrawal


def test_a_refusal_is_told_with_its_reason() -> None:
    assert read(refused("incorrect id format for abc")) == Answer(total=0, refusal="incorrect id format for abc")
    assert read(refused("")).refusal == "an error without a reason"


# --- what does not matter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", CLOTHES)
@pytest.mark.parametrize("data", GOOD, ids=["page", "legacy", "empty", "refusal"])
def test_order_prefixes_and_encoding_do_not_matter(data: bytes, how: str) -> None:
    dressed = clothed(data, how)
    assert dressed != data
    assert read(dressed) == read(data)


@settings(max_examples=300, deadline=None)
@given(data=damaged(GOOD))
def test_damage_raises_nothing_but_parse_errors(data: bytes) -> None:
    with suppress(ParseError):
        for one in read(data).sightings:
            assert one.version.number
            assert one.version.title
            assert one.paper.categories


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_noise_is_no_answer(data: bytes) -> None:
    with pytest.raises(ParseError):
        read(data)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"<title>On the gait of paper tigers</title>", b"<title> </title>", "it has no title"),
        (b"abs/2603.90010v1<", b"abs/2603.90010<", "2603.90010 has no version"),
        (b"abs/2603.90010v1<", b"abs/9999.9v1<", "is no arXiv identifier"),
        (b"<updated>2026-03-02T18:01:02Z</updated>", b"", "'' is no date"),
        (b"2026-03-02T18:01:02Z", b"0001-01-01T00:00:00+23:59", "is no date"),
        (b"term=", b"name=", "it has no category"),
    ],
)
def test_an_entry_that_cannot_be_read_fails_the_page_and_is_named(old: bytes, new: bytes, what: str) -> None:
    good = feed(Told(id="2603.90009", title="A good one"), Told())
    at = good.rindex(b"<entry>")
    assert old in good[at:]
    with pytest.raises(ParseError) as caught:
        read(good[:at] + good[at:].replace(old, new))
    assert caught.value.what.startswith("entry 2 of 2 cannot be read: ")
    assert what in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the answer is empty"),
        (b"Rate exceeded.", "not well-formed XML"),
        (b"<html><body>Log in", "an HTML page came"),
        (b"<OAI-PMH/>", "with the root OAI-PMH"),
        (feed().replace(b">0</opensearch:totalResults>", b">many</opensearch:totalResults>"), "how many results"),
        (feed().replace(b"totalResults", b"totals"), "how many results"),
        (feed(Told())[:-30], "cut off"),
    ],
)
def test_what_is_no_answer_is_said_in_words(data: bytes, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert what in caught.value.what
    assert caught.value.hint


# --- queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "term"),
    [
        ("cs.LG", "(cat:cs.LG)"),
        ("cs.na", "(cat:math.NA OR cat:cs.NA)"),
        ("hep-th", "(cat:hep-th)"),
        ("cs", "(cat:cs.* OR cat:cmp-lg OR cat:eess.SY OR cat:math.IT OR cat:math.NA)"),
        ("cond-mat", "(cat:cond-mat.* OR cat:cond-mat OR cat:mtrl-th OR cat:supr-con)"),
    ],
)
def test_a_category_is_asked_for_under_all_its_names(category: str, term: str) -> None:
    assert scope(category) == term


def test_a_scope_holds_just_the_categories_that_are_in_it() -> None:
    for asked in (*(one.id for one in archives() if one.active), "cs.IT", "econ.GN", "physics.optics"):
        terms = scope(asked).strip("()").replace("cat:", "").split(" OR ")
        for name in (one.id for one in categories()):
            matched = any(name == term or (term[-1] == "*" and name.startswith(term[:-1])) for term in terms)
            assert matched == in_scope((name,), asked), (asked, name)


def test_only_categories_can_be_asked_for() -> None:
    with pytest.raises(UnknownCategory):
        scope("cs.LG OR all:x")


def test_a_span_is_written_as_arxiv_reads_it() -> None:
    first, last = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    assert submitted_between(first, last) == "submittedDate:[202603010000 TO 202603022359]"


# --- real documents -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def payloads(shared: Path) -> Path:
    return shared / "reference" / "payloads"


@pytest.mark.parametrize(
    ("name", "total", "shown"),
    [
        ("api_2026_page1_start0_max10.xml", 214881, 10),
        ("api_2026_page2_start10_max10.xml", 214881, 10),
        ("api_2026_flaky_empty_page.xml", 214881, 0),
        ("api_2026_empty_result.xml", 0, 0),
        ("api_2026_idlist_one_of_two_missing.xml", 1, 1),
        ("api_legacy_pre2025-11_page.xml", 231429, 1),
    ],
)
def test_real_pages(payloads: Path, name: str, total: int, shown: int) -> None:
    answer = read((payloads / name).read_bytes())
    assert (answer.total, len(answer.sightings), answer.refusal) == (total, shown, "")
    for sighting in answer.sightings:
        assert sighting.version.authors
        assert len(sighting.version.abstract) > 100
        assert sighting.version.submitted_at is not None
    for how in CLOTHES:
        assert read(clothed((payloads / name).read_bytes(), how)) == answer


def test_a_real_entry_to_the_last_field(payloads: Path) -> None:
    (sighting,) = read((payloads / "api_2026_idlist_affiliation_journalref.xml").read_bytes()).sightings
    version = sighting.version
    assert (version.paper_id, version.number, sighting.paper.categories) == ("astro-ph/0601001", 1, ("astro-ph",))
    assert version.authors[2] == Author(name="B. Scott Gaudi", affiliations=("CfA",))
    assert version.journal_ref == "ActaAstron.56:1-50,2006"
    assert version.comments.startswith("62 pages including 16 figures and 9 tables.")
    assert version.abstract.startswith("We derive the frequencies")
    assert "V_max<17.5" in version.abstract


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("api_2026_error_400_bad_id.xml", "incorrect id format for abc"),
        ("api_2026_error_500.xml", "The server encountered an internal error"),
        ("api_legacy_pre2025-11_error.xml", "incorrect id format for 1234.12345"),
    ],
)
def test_real_refusals(payloads: Path, name: str, reason: str) -> None:
    answer = read((payloads / name).read_bytes())
    assert answer.refusal.startswith(reason)
    assert answer == replace(Answer(total=0), refusal=answer.refusal)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_real_pages_raise_nothing_but_parse_errors(payloads: Path, data: st.DataObject) -> None:
    document = (payloads / "api_2026_idlist_affiliation_journalref.xml").read_bytes()
    with suppress(ParseError):
        assert len(read(data.draw(damaged([document]))).sightings) <= 2
