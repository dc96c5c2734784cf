import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.listings import Paper, Section, catchup_page, error_page, new_page, papers, recent_page
from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.errors import ParseError
from zhaiyao.records import AnnounceType
from zhaiyao.sources.listing_formats import AUTHORS_SHOWN, Entry, Listing, read, reason_of_refusal

DAY = date(2026, 3, 4)
NEW, CROSS, REPLACE, _ = AnnounceType

ONE_OF_EACH = (
    Section(papers=[Paper(), Paper(id="2603.90011", version=0)]),
    Section(heading="Cross", papers=[Paper(id="2603.90012", mark="(cross-list from stat.ML)")]),
    Section(heading="Replacement", papers=[Paper(id="math/0401901", mark="(replaced)", version=3)]),
)
WHOLE = {
    "new": new_page(*ONE_OF_EACH, day=DAY),
    "catchup": catchup_page(*ONE_OF_EACH, day=DAY),
    "recent": recent_page(Section(heading="Wed, 4 Mar 2026", papers=papers(1, 2)), Section(heading="Tue, 3 Mar 2026")),
    "empty": new_page(day=DAY),
}


def counts(page: Listing) -> list[tuple[AnnounceType | None, int, int, int]]:
    return [(one.type, one.shown, one.total, len(one.entries)) for one in page.sections]


def entries(page: Listing) -> dict[str, Entry]:
    return {entry.id.paper: entry for section in page.sections for entry in section.entries}


def only(paper: Paper) -> Entry:
    (entry,) = entries(read(new_page(Section(papers=[paper]), day=DAY))).values()
    return entry


# --- real documents -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def payload(shared: Path) -> Callable[[str], bytes]:
    return lambda name: (shared / "reference" / "payloads" / name).read_bytes()


@pytest.mark.parametrize("name", ["list_new_cs.LG.html", "catchup_cs.LG_2025-08-20_abs.html"])
def test_a_day_in_three_sections(payload: Callable[[str], bytes], name: str) -> None:
    page = read(payload(name))
    assert (page.category, page.date, page.total, page.whole) == ("cs.LG", date(2025, 8, 20), 26, True)
    assert counts(page) == [(NEW, 12, 12, 12), (CROSS, 6, 6, 6), (REPLACE, 8, 8, 8)]
    assert [entry.position for entry in entries(page).values()] == list(range(1, 27))
    for section in page.sections:
        assert {entry.mark for entry in section.entries} == {None if section.type is NEW else section.type}


def test_both_listings_of_a_day_tell_the_same_of_each_paper(payload: Callable[[str], bytes]) -> None:
    shown = read(payload("list_new_cs.LG.html"))
    assert shown.sections == read(payload("catchup_cs.LG_2025-08-20_abs.html")).sections
    without_abstracts = read(payload("catchup_paged_p1.html"))
    assert entries(without_abstracts)["2508.99906"] == replace(entries(shown)["2508.99906"], abstract=None)


def test_an_entry_is_read_to_the_last_field(payload: Callable[[str], bytes]) -> None:
    told = entries(read(payload("list_new_cs.LG.html")))
    assert told["2508.99901"] == Entry(
        position=8,
        id=ArxivId(paper="2508.99901", version=1),
        mark=None,
        title=r"Sharp $\ell_p$ rates for Erdős--Rényi graphs when $n < p$: a \textit{synthetic} example",
        authors="André Cooper (CNRS), Jarł Włodarczyk (Inst. A), José A. Muñoz (Inst. A, Inst. B), "
        "for the SYNTH Collaboration",
        categories=("cs.LG", "math.PR", "math.ST", "stat.ML"),
        comments="24 pages; v2 will fix Lemma 3 ($α>1$)",
        abstract=r"Let $G(n,p)$ with $p<1/2$ & $n>10$. We prove \(O(n^{-1/2})\) bounds, improving on "
        r"Schrödinger-type arguments of Muñoz & França (arXiv:2203.01250), and show that ``quoted'' text, 50\% and "
        r"$\alpha$ survive. Code: https://example.org/a_b?x=1&y=2",
    )
    assert told["2508.99904"].authors.count(",") == AUTHORS_SHOWN - 1
    assert told["2508.99906"].journal_ref == "J. Synth. Res. 12 (2025) 1--20"
    assert told["2508.99906"].abstract is not None
    assert told["2508.99906"].abstract.split("\n\n")[1:] == [
        "Second paragraph begins after newline and two spaces.",
        "Third paragraph.",
    ]
    assert (told["2508.99907"].title, told["2508.99907"].id.version) == ("0", 0)
    assert told["2507.99902"].comments.startswith("This paper has been withdrawn")


def test_addresses_and_dois_are_as_their_author_wrote_them(payload: Callable[[str], bytes]) -> None:
    told = entries(read(payload("list_new_cs.LG.html")))["2508.99905"]
    assert told.title == r'Does $β$-VAE scale? A \& B with 50% less, "quotes" and <b>no markup</b>'
    assert told.comments == (
        "12 pages; code at https://github.com/example/repo; see also arXiv:1706.03762, "
        "DOI 10.1145/3106237.3106277; Accepted at NeurIPS'25"
    )
    assert told.abstract is not None
    assert "Data: https://example.org/data/set_1.zip and math.CO stays text." in told.abstract
    assert "doi:10.1145/3106237.3106277; cost is \\$5 or $5." in told.abstract


@pytest.mark.parametrize(
    "link", ["<a href='https://a.example/&#1;b'>this https URL</a>", "<a data-doi='https://a.example/&#1;b'>x</a>"]
)
def test_an_address_with_a_control_character_is_text_like_any_other(link: str) -> None:
    page = read(new_page(Section(papers=[Paper(body=f"<div class='list-comments'>At {link}.</div>")]), day=DAY))
    assert entries(page)["2603.90010"].comments == "At https://a.example/ b."


def test_a_mark_that_arxiv_escapes_in_a_doi_is_itself_again() -> None:
    link = "<a href='https://doi.org/10.5555/a%3Bb'>https://doi.org/10.5555/a%3Bb</a>"
    page = read(new_page(Section(papers=[Paper(body=f"<div class='list-comments'>{link}</div>")]), day=DAY))
    assert entries(page)["2603.90010"].comments == "https://doi.org/10.5555/a;b"


def test_no_text_of_authors_passes_for_a_part_of_the_page() -> None:
    text = "Total of 7 entries, <a href='https://arxiv.org/list/cs.XX/new?page=7'>this https URL</a>"
    body = f"<div class='list-comments'>{text}<div class='paging'><a href='?skip=9'>No updates today</a></div></div>"
    bare = b"<div id='dlpage'><h3>Showing new listings for Wednesday, 4 March 2026</h3>"
    page = new_page(Section(papers=[Paper(body=body)]), day=DAY)
    listing = read(bare + page[page.index(b"<dl") : page.index(b"</dl>")] + b"</dl></div></html>")
    assert [len(section.entries) for section in listing.sections] == [1]
    assert (listing.category, listing.total, listing.further) == ("", None, ())


def test_a_day_on_two_pages(payload: Callable[[str], bytes]) -> None:
    first, second = (read(payload(f"list_new_multi_cs.AI_p{number}.html")) for number in (1, 2))
    assert (first.total, first.further, second.further) == (86, (50,), (0,))
    assert counts(first) == [(NEW, 41, 41, 41), (CROSS, 9, 45, 9)]
    assert counts(second) == [(CROSS, 36, 45, 36)]
    told = re.findall(rb"<id>oai:arXiv\.org:(\S+)v\d+</id>", payload("atom_real_2025-08-20_cs.AI_86entries.xml"))
    assert [*entries(first), *entries(second)] == [paper_id.decode() for paper_id in told]


def test_a_past_day_on_two_pages(payload: Callable[[str], bytes]) -> None:
    first, second = (read(payload(f"catchup_paged_p{number}.html")) for number in (1, 2))
    assert (max(first.further), max(second.further)) == (2, 1)
    assert counts(second) == [(REPLACE, 6, 8, 6)]
    assert next(iter(entries(second).values())).position == 21


def test_sections_may_be_absent_without_a_word(payload: Callable[[str], bytes]) -> None:
    page = read(payload("catchup_lag_incomplete.html"))
    assert (page.total, counts(page)) == (26, [(REPLACE, 8, 8, 8)])


def test_days_without_papers(payload: Callable[[str], bytes]) -> None:
    quiet, weekend = read(payload("list_new_empty.html")), read(payload("catchup_weekend.html"))
    assert (quiet.category, quiet.date, quiet.total, quiet.sections) == ("math.KT", date(2025, 8, 20), None, ())
    assert (weekend.category, weekend.date, weekend.total, weekend.sections) == ("cs.LG", date(2025, 8, 23), 0, ())


def test_ids_with_an_archive(payload: Callable[[str], bytes]) -> None:
    page = read(payload("catchup_math_2011-02-03_abs.html"))
    assert (page.category, page.date) == ("", date(2011, 2, 3))
    assert list(entries(page)) == ["0806.4129", "math/0510544"]
    assert entries(page)["math/0510544"].categories == ("math.RT",)


def test_the_last_days(payload: Callable[[str], bytes]) -> None:
    page = read(payload("list_recent_cs.LG.html"))
    assert (page.category, page.date, page.total, page.further) == ("cs.LG", None, 30, ())
    assert [(one.date, one.total, len(one.entries)) for one in page.sections] == [
        (date(2025, 8, 20), 18, 18),
        (date(2025, 8, 19), 7, 7),
        (date(2025, 8, 18), 0, 0),
        (date(2025, 8, 15), 3, 3),
        (date(2025, 8, 14), 2, 2),
    ]
    assert all(entry.abstract is None for entry in entries(page).values())


@pytest.mark.parametrize(
    "name",
    [
        "abs_withdrawn.html",
        "list_month_cs.LG_2025-08.html",
        "list_error_bad_show.html",
        "oai_503_first_byte_timeout.html",
        "rss2_2024plus_four_types.xml",
        "list_new_503.txt",
    ],
)
def test_what_else_arxiv_sends_is_no_listing(payload: Callable[[str], bytes], name: str) -> None:
    with pytest.raises(ParseError, match="not a listing of arXiv") as caught:
        read(payload(name))
    assert caught.value.hint


def test_a_refusal_says_why(payload: Callable[[str], bytes]) -> None:
    told = reason_of_refusal(payload("catchup_too_old_error.html"))
    assert told == "Invalid date: 2025-05-01. Catchup only allowed for past 90 days"
    assert reason_of_refusal(b"") == ""


# --- invented documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("continued", ["", "continued, "])
@pytest.mark.parametrize("part", ["", "first ", "last "])
def test_numbers_are_believed_and_not_the_words_around_them(continued: str, part: str) -> None:
    heading = f"New submissions ({continued}showing {part}1 of 7 entries)"
    data = WHOLE["new"].replace(b"New submissions (showing 2 of 2 entries)", heading.encode())
    assert counts(read(data))[0] == (NEW, 1, 7, 2)


def test_text_is_decoded_once_and_never_read_as_markup() -> None:
    told = only(
        Paper(title="a &lt; b <sup>x</sup> &amp;amp; c", body="<p class='mathjax'>&amp;lt;i&amp;gt; p&lt;q</p>")
    )
    assert told.title == "a &lt; b <sup>x</sup> &amp;amp; c"
    assert told.abstract == "&lt;i&gt; p<q"


def test_a_total_in_an_abstract_is_none() -> None:
    told = Paper(body="<p class='mathjax'>Total of 99 entries. No updates today.</p>")
    assert read(new_page(Section(papers=[told]), day=DAY)).total == 1


def test_links_to_sections_and_sizes_lead_nowhere() -> None:
    links = (
        "<a href=/list/cs.LG/new?skip=0&amp;show=2000>1-2000</a> <a href=/list/cs.LG/new?skip=2000&amp;show=2000>.</a>"
    )
    page = read(new_page(*ONE_OF_EACH, day=DAY, links=links))
    assert page.further == (0, 2000)
    assert read(WHOLE["recent"]).further == ()


def test_authors_keep_what_stands_between_their_links() -> None:
    told = only(Paper(authors="<a href=x>Zoë O&#39;Neil</a> (Inst. of X, City), for the <a>POND Collaboration</a>"))
    assert told.authors == "Zoë O'Neil (Inst. of X, City), for the POND Collaboration"


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert only(Paper(body="<p class='mathjax'>a&#1;b\x02c&#133;d</p>")).abstract == "abc…d"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "windows-1252"])
@pytest.mark.parametrize("name", sorted(WHOLE))
def test_the_encoding_does_not_matter(name: str, codec: str) -> None:
    data = WHOLE[name].replace(b"an invented pond", "Håvard’s pond".encode())
    told = (
        data.decode().replace("<head>", f"<head><meta charset='{codec}'>") if codec == "windows-1252" else data.decode()
    )
    assert read(told.encode(codec)) == read(data)


TAG = re.compile(r"<([a-z0-9]+)((?:\s+[a-z-]+ ?=(?:'[^']*'|\"[^\"]*\"|[^\s>\"']+))+)(\s*/?)>")
ATTRIBUTE = re.compile(r"([a-z-]+) ?=('[^']*'|\"[^\"]*\"|[^\s>\"']+)")


def shuffled(page: bytes, seed: int) -> bytes:
    """The same page with its attributes in another order, quoted in another way."""
    chance = Random(seed)

    def tag(match: re.Match[str]) -> str:
        found = [(name, told.strip("'\"")) for name, told in ATTRIBUTE.findall(match[2])]
        chance.shuffle(found)
        shown = []
        for name, told in found:
            quotes = [mark for mark in "'\"" if mark not in told]
            if not re.search(r"[\s\"'<>=`/]", told) and told:
                quotes.append("")
            quote = chance.choice(quotes)
            shown.append(f"{name}={quote}{told}{quote}")
        return f"<{match[1]} {' '.join(shown)}{match[3]}>"

    return TAG.sub(tag, page.decode()).encode()


@pytest.mark.parametrize("seed", range(5))
def test_the_order_and_the_quotes_of_attributes_do_not_matter(seed: int) -> None:
    for name, page in WHOLE.items():
        assert shuffled(page, seed) != page or name == "empty"
        assert read(shuffled(page, seed)) == read(page)


@pytest.mark.parametrize("name", ["list_new_cs.LG.html", "catchup_paged_p1.html", "list_recent_cs.LG.html"])
def test_nor_do_they_on_real_pages(payload: Callable[[str], bytes], name: str) -> None:
    assert read(shuffled(payload(name), 7)) == read(payload(name))


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"On the tides of an invented pond", b" ", "it has no title"),
        (b"Machine Learning (cs.LG)", b"Machine Learning", "it has no category"),
        (b"class='list-subjects'", b"class='list-topics'", "it has no category"),
        (b"'item1'", b"'one'", "it has no number"),
        (b'href ="/abs/2603.90010"', b'href="/x/2603.90010"', "it has no identifier"),
        (b'href ="/abs/2603.90010"', b'href="/abs/2699.1"', "'2699.1' is no arXiv identifier"),
        (b"/html/2603.90010v1", b"/html/2603.90019v1", "it calls itself 2603.90010 and 2603.90019v1"),
        (b"/html/2603.90010v1", b"/html/2603.90010v0", "is no arXiv identifier"),
    ],
)
def test_an_entry_that_cannot_be_read_fails_the_page_and_is_named(old: bytes, new: bytes, what: str) -> None:
    assert old in WHOLE["new"]
    with pytest.raises(ParseError) as caught:
        read(WHOLE["new"].replace(old, new))
    assert caught.value.what.startswith("an entry cannot be read: ")
    assert what in caught.value.what
    assert "[1]" in caught.value.what
    assert "report it" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            b"New submissions (showing 2",
            b"Fresh submissions (showing 2",
            "'Fresh submissions (showing 2 of 2 entries)'",
        ),
        (b"<h3>Cross submissions (showing 1 of 1 entries)</h3>", b"", "the heading '' is none"),
        (b"4 March 2026", b"4 Ventose 2026", "'Wednesday, 4 Ventose 2026' is no date"),
        (b"4 March 2026", b"31 February 2026", "is no date"),
        (b"Showing new listings for", b"News of", "not a listing of arXiv"),
    ],
)
def test_a_page_that_has_changed_is_an_error(old: bytes, new: bytes, what: str) -> None:
    assert old in WHOLE["new"]
    with pytest.raises(ParseError) as caught:
        read(WHOLE["new"].replace(old, new))
    assert what in caught.value.what
    assert caught.value.hint


def test_a_day_without_papers_must_say_so() -> None:
    with pytest.raises(ParseError, match="neither entries nor a number of them"):
        read(WHOLE["empty"].replace(b"No updates today.", b""))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the answer is empty"),
        (b" \r\n", "the answer is empty"),
        (b"<!-- nothing -->", "there is nothing in it"),
        (b"<html>\xe9</html>", "damaged text, for it is not utf-8"),
        (b"<html>a\0b</html>", "damaged text, for it holds a NUL"),
        (b"<meta charset=klingon>", "its encoding is said to be klingon"),
        (b"<meta charset=unicode_escape>", "its encoding is said to be unicode_escape"),
        (b"Rate exceeded.", "not a listing of arXiv"),
        (b"<html><h1>Log in to the campus network</h1></html>", "not a listing of arXiv"),
        (error_page("Invalid date: 2026-01-01. Catchup only allowed for past 90 days"), "not a listing of arXiv"),
        (b"<div>" * 100_000, "not a listing of arXiv"),
    ],
)
def test_what_is_no_listing_is_said_in_words(data: bytes, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(data)
    assert what in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize("name", ["new", "catchup"])
@settings(max_examples=60, deadline=None)
@given(chance=st.data())
def test_of_a_page_that_was_cut_off_only_whole_entries_are_told(name: str, chance: st.DataObject) -> None:
    data = WHOLE[name]
    at = chance.draw(st.integers(0, data.index(b"</html")))
    with suppress(ParseError):
        page = read(data[:at])
        assert not page.whole
        whole = entries(read(data))
        assert all(entry == whole[paper_id] for paper_id, entry in entries(page).items())
        assert len(entries(page)) < len(whole)


def test_a_page_cut_in_the_middle_keeps_what_came_before() -> None:
    data = WHOLE["new"][: WHOLE["new"].index(b"2603.90012") + 400]
    page = read(data)
    assert (page.total, page.whole, list(entries(page))) == (4, False, ["2603.90010", "2603.90011"])


def test_a_letter_may_be_cut_in_two() -> None:
    data = new_page(Section(papers=[Paper(), Paper(title="Zoë")]), day=DAY)
    page = read(data[: data.index("ë".encode()) + 1])
    assert (page.whole, len(entries(page))) == (False, 1)


@pytest.mark.parametrize(
    "data",
    [
        new_page(Section(papers=[Paper(title="x " * 100_000)]), day=DAY),
        new_page(Section(papers=[Paper(authors="(" * 5_000)]), day=DAY),
        new_page(Section(papers=[Paper(subjects="(cs.LG" * 30_000)]), day=DAY),
        new_page(Section(papers=[Paper(body="<br>" * 50_000)]), day=DAY),
        b"<meta " * 10_000,
        WHOLE["new"].replace(b"Total of", b"Total of " * 30_000),
        WHOLE["catchup"].replace(b"Catchup results for", b"Catchup results for " * 10_000),
    ],
    ids=["title", "authors", "subjects", "breaks", "meta", "totals", "heading"],
)
def test_no_page_keeps_it_busy_for_long(data: bytes) -> None:
    began = time.process_time()
    with suppress(ParseError):
        read(data)
    assert time.process_time() - began < 5


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A page with pieces of it removed, doubled, or overwritten."""
    data = draw(st.sampled_from(sorted(WHOLE.values())))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 40)))
        pieces = st.sampled_from(
            [b"", data[at:end] * 2, b"&", b"<", b">", b"'", b"0", b"\xff", b"</dl>", b"&#0;", b"<a>"]
        )
        data = data[:at] + draw(pieces | st.binary(max_size=8)) + data[end:]
    return data


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=damaged())
def test_damage_gives_a_page_or_a_parse_error(data: bytes) -> None:
    with suppress(ParseError):
        assert all(entry.title and entry.categories for entry in entries(read(data)).values())
    assert isinstance(reason_of_refusal(data), str)


@settings(max_examples=60, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_damage_to_real_pages_gives_a_page_or_a_parse_error(payload: Callable[[str], bytes], chance: Random) -> None:
    data = bytearray(payload(chance.choice(["catchup_paged_p2.html", "list_recent_cs.LG_p2.html"])))
    for _ in range(chance.randint(1, 30)):
        at = chance.randrange(len(data))
        data[at : at + chance.randint(0, 6)] = chance.choice([b"", b"<", b">", b'"', b"\xc3", b"&", b"</div>", b"9"])
    with suppress(ParseError):
        read(bytes(data))
