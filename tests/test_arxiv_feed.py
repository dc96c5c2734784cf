import re
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.arxiv_server import render_feed
from tests.arxiv_server import server as trouble
from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.world import A_WEDNESDAY, Entry, names_of, sample_world
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.http import HttpClient, Patience, Response, ResponseCache, user_agent
from zhaiyao.ports import Source
from zhaiyao.records import Announcement, AnnounceType, Author, Fault, Interface, Page, Paper, Withdrawal
from zhaiyao.sources.arxiv_feed import ArxivFeed, parse
from zhaiyao.sources.feed_formats import CAP

GOLDEN = Path(__file__).parent / "golden" / "feeds"
OLD = (GOLDEN / "old_rss10_math.NA.xml").read_bytes()
OTHER_ORDER = (GOLDEN / "rss2_other_order.xml").read_bytes()

NEW, CROSS, REPLACE, REPLACE_CROSS = AnnounceType


def entry(**told: object) -> Entry:
    plain: dict[str, object] = {
        "id": "2603.90010",
        "title": "A plain title",
        "abstract": "One sentence.",
        "authors": "Ada Lacewing",
        "categories": ("cs.LG",),
    }
    return Entry(**(plain | told))  # type: ignore[arg-type]


def rss(*entries: Entry, kind: str = "new", spec: str = "cs.LG", day: date = A_WEDNESDAY) -> bytes:
    return render_feed.rss(names_of(spec), day, [(kind, one) for one in entries])


def atom(*entries: Entry, kind: str = "new", spec: str = "cs.LG", day: date = A_WEDNESDAY) -> bytes:
    return render_feed.atom(names_of(spec), day, [(kind, one) for one in entries])


WHOLE = {"rss": rss(entry(), entry(id="2603.90011")), "atom": atom(entry()), "old": OLD, "order": OTHER_ORDER}


def types(page: Page) -> Counter[AnnounceType]:
    return Counter(sighting.announcement.type for sighting in page.sightings if sighting.announcement)


# --- real documents -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def payloads(shared: Path) -> Path:
    return shared / "reference" / "payloads"


def test_the_two_forms_of_one_day_show_the_same(payloads: Path) -> None:
    as_rss = parse((payloads / "rss2_2024plus_four_types.xml").read_bytes())
    as_atom = parse((payloads / "atom_2024plus_four_types.xml").read_bytes())
    assert as_rss == as_atom
    assert types(as_rss) == {NEW: 4, CROSS: 1, REPLACE: 2, REPLACE_CROSS: 1}
    assert (as_rss.category, as_rss.date) == ("cs.AI+cs.LG+math.OC", date(2025, 9, 18))


def test_a_real_item_is_read_to_the_last_field(payloads: Path) -> None:
    page = parse((payloads / "rss2_2024plus_four_types.xml").read_bytes())
    shown = {sighting.paper.id: sighting for sighting in page.sightings}
    graph = shown["2509.99901"]
    assert graph.paper.categories == ("cs.LG", "math.PR", "math.ST", "stat.ML", "stat.TH")
    assert graph.version.title.startswith(r"Sharp $\ell_p$ rates for Erdős--Rényi graphs when $n < p$: a \textit{syn")
    assert graph.version.abstract.startswith("Let $G(n,p)$ with $p<1/2$ & $n>10$. We prove")
    assert graph.version.abstract.endswith("Code: https://example.org/a_b?x=1&y=2")
    assert graph.version.authors[1] == Author(name="Jarł Włodarczyk", affiliations=("Inst. A",))
    assert len(graph.version.authors) == 4
    assert graph.version.license == "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"
    assert graph.announcement == Announcement(
        paper_id="2509.99901",
        category="cs.AI+cs.LG+math.OC",
        date=date(2025, 9, 18),
        type=NEW,
        version=1,
        interface=Interface.FEED,
    )
    journal = shown["2305.99907"].version
    assert (journal.number, journal.doi) == (5, "10.5802/jep.257")
    assert journal.journal_ref.startswith("Journal de l'École polytechnique - Mathématiques")
    assert [one.paper.id for one in page.sightings if one.version.withdrawal is not Withdrawal.NO] == ["2401.99908"]
    assert shown["2401.99908"].version.withdrawal is Withdrawal.PERHAPS
    assert [author.name for author in shown["2509.99903"].version.authors] == ["Ludwig van der Waals Jr.", "Sukarno"]


def test_a_real_day_is_complete(payloads: Path) -> None:
    data = (payloads / "atom_real_2025-08-20_cs.AI_86entries.xml").read_bytes()
    page = parse(data, category="cs.AI")
    assert (page.category, page.date, page.interface) == ("cs.AI", date(2025, 8, 20), Interface.FEED)
    assert types(page) == {NEW: 41, CROSS: 45}
    told = re.findall(rb"<id>oai:arXiv\.org:(\S+)v\d+</id>", data)
    assert [sighting.paper.id for sighting in page.sightings] == [paper_id.decode() for paper_id in told]
    for sighting in page.sightings:
        new = sighting.announcement is not None and sighting.announcement.type is NEW
        assert (sighting.paper.primary_category == "cs.AI") == new
        assert len(sighting.version.abstract) > 200
        assert "Announce Type" not in sighting.version.abstract
        assert sighting.version.authors
    assert sum("\n\n" in sighting.version.abstract for sighting in page.sightings) == 3


@pytest.mark.parametrize("name", ["rss2_2024plus_empty_weekend_cs.xml", "atom_2024plus_empty_weekend_cs.xml"])
def test_a_sunday_is_a_page_with_nothing_on_it(payloads: Path, name: str) -> None:
    page = parse((payloads / name).read_bytes(), category="cs")
    assert page == Page(category="cs", date=date(2025, 4, 27), interface=Interface.FEED, sightings=())


def test_a_real_feed_of_the_old_kind(payloads: Path) -> None:
    page = parse((payloads / "rss10_legacy_pre2024_hep-ex.xml").read_bytes(), category="hep-ex")
    assert page.date == date(2018, 5, 24)
    first, second, third = page.sightings
    assert first.version.title == "Measurement of Transverse Single Spin Asymmetries"
    assert r"range of $2.6<\eta<4$." in first.version.abstract
    assert "\n" not in first.version.abstract
    assert first.version.authors == (Author(name="Christopher Dilks", affiliations=("STAR Collaboration",)),)
    assert second.announcement is not None
    assert second.announcement.type is CROSS
    assert third.paper == Paper(id="1805.06430", categories=("nucl-th",))
    assert third.announcement is not None
    assert (third.announcement.type, third.announcement.version) == (REPLACE_CROSS, 2)
    assert len(third.version.authors) == 3


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("rss2_error_bad_category.xml", "Bad subject class 'XX'"),
        ("rss2_error_unsupported_version.xml", "Unsupported feed version 'RSS 1.0'"),
    ],
)
def test_an_error_in_the_shape_of_a_feed_is_an_error(payloads: Path, name: str, reason: str) -> None:
    with pytest.raises(ParseError, match=f"arXiv refused: {reason}"):
        parse((payloads / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("list_new_cs.LG.html", "an HTML page came instead of a feed"),
        ("oai_503_first_byte_timeout.html", "an HTML page came instead of a feed"),
        ("api_2026_429_rate_exceeded.txt", "not well-formed XML"),
        ("oai_identify.xml", "not a feed, but XML with the root"),
        ("api_2026_empty_result.xml", "not a feed of arXiv: its title is 'arXiv Query"),
    ],
)
def test_what_else_arxiv_sends_is_no_feed(payloads: Path, name: str, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse((payloads / name).read_bytes())
    assert caught.value.what.startswith(what)
    assert caught.value.hint


# --- invented documents ---------------------------------------------------------------------------------------------


def test_the_old_kind_in_all_its_turns() -> None:
    page = parse(OLD, category="cs.NA")
    assert (page.category, page.date) == ("math.NA", date(2019, 11, 18))  # Sunday evening's mailing is Monday's
    told = [(one.paper.id, one.paper.categories, one.announcement.type) for one in page.sightings if one.announcement]
    assert told == [
        ("1911.90001", ("math.NA",), NEW),
        ("1911.90002", ("cs.NA",), NEW),
        ("1911.90003", ("physics.flu-dyn",), CROSS),
        ("1911.90004", ("math.AP",), CROSS),
        ("math/0401901", ("math.NA",), REPLACE),
        ("1802.90005", ("math.OC",), REPLACE_CROSS),
    ]
    first = page.sightings[0].version
    assert first.title == r"Does the invented Kettó scheme converge when $h < \epsilon$?"
    assert first.abstract == (
        r"We ask whether the scheme of an invented author converges on meshes with $h<\epsilon$, and answer with "
        "yes & no. The two- dimensional case stays open.\n\n"
        "A second paragraph says why: the symbol <x> is not a tag here."
    )
    assert first.authors == (
        Author(name="András Kettó", affiliations=("Invented Inst., Pest",)),
        Author(name="B. Oduya"),
    )
    old = page.sightings[4].version
    assert (old.title, old.number, old.withdrawal) == ("An old paper, Part I", 3, Withdrawal.PERHAPS)


def test_prefixes_order_comments_and_encoding_do_not_matter() -> None:
    (only,) = parse(OTHER_ORDER, category="cs.LG").sightings
    assert only.version.title == "0"
    assert only.version.abstract == "For x<y && y<z<!-- kept --> it holds."
    assert [author.name for author in only.version.authors] == ["René Fictif", "Ada Lacewing"]
    assert only.paper.categories == ("stat.ML", "cs.LG")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_believed(codec: str) -> None:
    text = rss(entry(title="Ünicode")).decode().replace("encoding='UTF-8'", f"encoding='{codec.removesuffix('-sig')}'")
    (only,) = parse(text.encode(codec)).sightings
    assert only.version.title == "Ünicode"


def test_a_sample_world_comes_through_both_forms() -> None:
    world = sample_world()
    for spec in ("cs.LG", "cs", "cs.AI+stat.ML"):
        shown = world.feed(spec)
        as_rss = parse(render_feed.rss(names_of(spec), world.today, shown), category=spec)
        as_atom = parse(render_feed.atom(names_of(spec), world.today, shown), category=spec)
        assert as_rss == as_atom
        assert [
            (one.announcement.type, one.paper.id, one.version.number) for one in as_rss.sightings if one.announcement
        ] == [(kind, told.id, told.version) for kind, told in shown]
        assert (as_rss.category, as_rss.date) == (spec, world.today)


@pytest.mark.parametrize(
    ("day", "spec"),
    [(date(2026, 1, 2), "cs.LG"), (date(2026, 7, 2), "cs.LG"), (date(2026, 3, 8), "cs"), (date(2026, 11, 1), "cs")],
)
def test_the_date_is_new_yorks_in_winter_and_summer(day: date, spec: str) -> None:
    for empty in (rss(spec=spec, day=day), atom(spec=spec, day=day)):
        assert parse(empty).date == day
    for full in (rss(entry(), spec=spec, day=day), atom(entry(), spec=spec, day=day)):
        assert parse(full).date == day


def test_without_a_date_of_its_own_an_empty_feed_has_that_of_its_making() -> None:
    data = re.sub(rb"<pubDate>.*?</pubDate>", b"", rss(day=date(2026, 3, 8)))
    assert parse(data).date == date(2026, 3, 8)


@pytest.mark.parametrize(
    ("asked", "feed", "category"),
    [
        ("cs.ai", "cs.AI", "cs.AI"),
        ("math.IT", "cs.IT", "cs.IT"),
        ("CS", "cs", "cs"),
        ("cs.LG+cs.AI", "cs.AI+cs.LG", "cs.LG+cs.AI"),
        ("cs.NA", "math.NA", "math.NA"),
    ],
)
def test_names_are_compared_as_arxiv_does(asked: str, feed: str, category: str) -> None:
    assert parse(rss(spec=feed), category=asked).category == category


@pytest.mark.parametrize(("asked", "feed"), [("cs.LG", "cs.AI"), ("cs.LG", "cs"), ("cs.AI", "cs.AI+cs.LG")])
def test_the_feed_of_another_category_is_refused(asked: str, feed: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(rss(spec=feed), category=asked)
    assert caught.value.what == f"this is the feed of {feed}, but {asked} was asked for"


def test_of_a_paper_shown_twice_the_more_telling_item_stays() -> None:
    shown = [
        ("replace", entry(version=2)),
        ("cross", entry(version=1)),
        ("new", entry(title="Which one?")),
        ("replace", entry(id="2603.90011", version=2)),
        ("replace", entry(id="2603.90011", version=3)),
    ]
    page = parse(render_feed.rss(("cs.LG",), A_WEDNESDAY, shown))
    told = [(one.paper.id, one.version.number, one.announcement.type) for one in page.sightings if one.announcement]
    assert told == [("2603.90010", 1, NEW), ("2603.90011", 3, REPLACE)]


@pytest.mark.parametrize(
    ("abstract", "withdrawal"),
    [
        ("This paper has been withdrawn by the author.", Withdrawal.PERHAPS),
        ("The present manuscript was temporarily withdrawn due to an error.", Withdrawal.PERHAPS),
        ("Withdrawn. Lemma 2 is wrong.", Withdrawal.PERHAPS),
        ("[Withdrawn by arXiv administrators.]", Withdrawal.PERHAPS),
        ("This drug has been withdrawn from the market.", Withdrawal.NO),
        ("We study why this paper has been withdrawn.", Withdrawal.NO),
        ("Withdrawnness is a trait.", Withdrawal.NO),
    ],
)
def test_only_the_wording_hints_at_a_withdrawal(abstract: str, withdrawal: Withdrawal) -> None:
    (only,) = parse(rss(entry(abstract=abstract))).sightings
    assert only.version.withdrawal is withdrawal


def test_text_is_cleaned_by_arxivs_rules() -> None:
    told = entry(
        title='On\n  M\\"obius $\\"o$',
        abstract="First line\nwraps, 1 < 2.\n  Second paragraph. ",
        authors=r"Zs\'ofia K\H{o}halmi (Inst. A, Pest),  Suparman",
        journal_ref='Ann.\n  f\\"ur X',
        doi="10.5555/a; 10.5555/b",
    )
    (only,) = parse(rss(told)).sightings
    assert only.version.title == r"On Möbius $\"o$"
    assert only.version.abstract == "First line wraps, 1 < 2.\n\nSecond paragraph."
    assert [author.name for author in only.version.authors] == ["Zsófia Kőhalmi", "Suparman"]
    assert only.version.journal_ref == "Ann. für X"
    assert only.version.doi == "10.5555/a 10.5555/b"


def test_an_empty_abstract_does_not_lose_the_paper() -> None:
    (only,) = parse(rss(entry(abstract=""))).sightings
    assert only.version.abstract == ""


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b"<title>A plain title</title>", b"<title> </title>", "it has no title"),
        (b"<category>cs.LG</category>", b"", "it has no category"),
        (b"<category>cs.LG</category>", b"<category>machine learning</category>", "'machine learning' is no category"),
        (b"Announce Type: new \nAbstract: ", b"", "its description is not"),
        (b"<arxiv:announce_type>new<", b"<arxiv:announce_type>odd<", "'odd' is no announce type"),
        (b"oai:arXiv.org:2603.90010v1<", b"oai:arXiv.org:2603.90012v1<", "it calls itself"),
        (b"2603.90010v1", b"2603.90010", "2603.90010 has no version"),
        (b"2603.90010v1", b"2699.1v1", "'2699.1v1' is no arXiv identifier"),
        (b"      <pubDate>Wed, 04 Mar 2026 00:00:00 -0500<", b"<pubDate><", "'' is no date"),
        (b"      <pubDate>Wed, 04 Mar 2026 00:00:00 -0500<", b"<pubDate>now<", "'now' is no date"),
    ],
)
def test_an_item_that_cannot_be_read_fails_the_feed_and_is_named(old: bytes, new: bytes, what: str) -> None:
    good, bad = rss(entry(id="2603.90009")), rss(entry())
    assert old in bad
    item = re.search(rb"    <item>.*</item>\n", bad.replace(old, new), re.S)
    assert item is not None
    with pytest.raises(ParseError) as caught:
        parse(good.replace(b"  </channel>", item[0] + b"  </channel>"))
    assert caught.value.what.startswith("item 2 of 2 cannot be read: ")
    assert what in caught.value.what
    assert "Nothing of this feed was taken in" in caught.value.hint


@pytest.mark.parametrize("old", [b" (arXiv:1911.90002v1 [cs.NA])", b"UPDATED)"])
def test_an_old_item_without_its_ending_fails_the_feed(old: bytes) -> None:
    with pytest.raises(ParseError, match=r"cannot be read: its title does not end in"):
        parse(OLD.replace(old, b" (REVISED)"))


def test_items_of_two_days_are_no_feed() -> None:
    item = re.search(rb"    <item>.*</item>\n", rss(entry(id="2603.90011"), day=date(2026, 3, 3)), re.S)
    assert item is not None
    with pytest.raises(ParseError, match="of several days: 2026-03-03, 2026-03-04"):
        parse(rss(entry()).replace(b"  </channel>", item[0] + b"  </channel>"))


def test_a_feed_at_the_cap_is_full_and_one_below_is_not() -> None:
    entries = [entry(id=f"2603.{number:05d}") for number in range(1, CAP + 1)]
    assert parse(rss(*entries[:-1])).faults == ()
    full = parse(rss(*entries))
    assert (full.faults, len(full.sightings)) == ((Fault.FULL,), CAP)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the answer is empty"),
        (b" \n\t", "the answer is empty"),
        (b"<!DOCTYPE html><html><body>Log in", "an HTML page came"),
        (b"\xef\xbb\xbf  <HTML><head>", "an HTML page came"),
        (b"<!-- portal -->\n<html><p>unclosed", "an HTML page came"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "an HTML page came"),
        (b"Rate exceeded.", "not well-formed XML"),
        (b"<rss><channel>", "not well-formed XML"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "not well-formed XML"),
        (b"\x00\x01\x02", "not well-formed XML"),
        (b"<rss/>", "the feed has no channel"),
        (b"<opml/>", "not a feed, but XML with the root opml"),
        (b'{"title": "cs.LG updates on arXiv.org"}', "not well-formed XML"),
        (b"<rss><channel><title>cs.LG updates on arXiv.org</title></channel></rss>", "'' is no date"),
    ],
)
def test_what_is_no_feed_is_said_in_words(data: bytes, what: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(data)
    assert what in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        b"<!---->" * 500 + b"<!--" * 500,
        b"<?a?>" * 600 + b"<?" * 500,
        rss(entry(title="x " * 200_000)),
        OLD.replace(b" (arXiv:1911.90002v1 [cs.NA])", b" (arXiv:" * 50_000),
        OLD.replace(b"Aliases are", b"Aliases\t \n" * 50_000),
        OLD.replace(b"A paper may be", b"&lt;a " * 50_000),
        rss(entry(abstract="(" * 20_000 + "This " * 20_000)),
        rss(entry(authors="(" * 5_000)),
        rss(spec="cs.LG").replace(b"cs.LG updates", b"cs.LG, " * 50_000),
    ],
    ids=["comments", "instructions", "long", "ids", "blanks", "tags", "abstract", "authors", "names"],
)
def test_no_text_keeps_it_busy_for_long(data: bytes) -> None:
    began = time.process_time()
    readable(data)
    assert time.process_time() - began < 5


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "declared",
    [
        f'<!ENTITY l0 "ha">{LAUGHS}',
        f'<!ENTITY l11 "{"x" * 200_000}">',
        '<!ENTITY l11 SYSTEM "file:///etc/passwd">',
        '<!ENTITY l11 SYSTEM "http://127.0.0.1:1/">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; <!ENTITY l11 "x">',
        '<!ENTITY l11 "harmless">',
    ],
    ids=["laughs", "quadratic", "file", "network", "parameter", "harmless"],
)
@pytest.mark.parametrize("place", ["text", "attribute", "nowhere"])
def test_entities_are_refused_unexpanded(declared: str, place: str) -> None:
    head, _, rest = rss(entry()).decode().partition("<rss ")
    rest = {
        "text": rest.replace("A plain title", "&l11;" * 50),
        "attribute": rest.replace('version="2.0"', f'version="{"&l11;" * 50}"', 1),
        "nowhere": rest,
    }[place]
    with pytest.raises(ParseError):
        parse(f"{head}<!DOCTYPE rss [{declared}]><rss {rest}".encode())


@pytest.mark.parametrize("form", sorted(WHOLE))
@settings(max_examples=25, deadline=None)
@given(chance=st.data())
def test_a_feed_that_was_cut_off_is_never_half_a_day(form: str, chance: st.DataObject) -> None:
    whole = WHOLE[form].rstrip()
    at = chance.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ParseError):
        parse(whole[:at])


def readable(data: bytes) -> Page | None:
    """The page, or None for a ParseError; any other error is a failure."""
    with suppress(ParseError):
        return parse(data)
    return None


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A feed with pieces of it removed, doubled, or overwritten."""
    data = draw(st.sampled_from(sorted(WHOLE.values())))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 40)))
        pieces = st.sampled_from([b"", data[at:end] * 2, b"&", b"<", b"0", b"\xff", b"v99999"])
        data = data[:at] + draw(pieces | st.binary(max_size=8)) + data[end:]
    return data


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=damaged())
def test_damage_gives_a_page_or_a_parse_error(data: bytes) -> None:
    page = readable(data)
    assert page is None or all(sighting.version.title for sighting in page.sightings)


DATES = st.text(max_size=40) | st.from_regex(
    r"(Mon, )?\d{1,2} (Jan|Dec) \d{1,5} \d\d:\d\d:\d\d [+-]\d{4,9}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d",
    fullmatch=True,
)


@pytest.mark.parametrize("form", sorted(WHOLE))
@settings(max_examples=60, deadline=None)
@given(told=DATES)
def test_no_date_is_too_strange(form: str, told: str) -> None:
    tag = {"rss": "pubDate", "order": "pubDate", "atom": "updated", "old": "dc:date"}[form]
    escaped = "".join(f"&#{ord(c)};" for c in told if c.isprintable())
    data = re.sub(f"<{tag}>.*?</{tag}>".encode(), f"<{tag}>{escaped}</{tag}>".encode(), WHOLE[form])
    page = readable(data)
    assert page is None or isinstance(page.date, date)


# --- fetching -------------------------------------------------------------------------------------------------------


@dataclass
class Canned:
    """A fetcher with one answer."""

    answer: Response
    asked: str = ""

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        self.asked = url
        return replace(self.answer, url=url)


def canned(data: bytes) -> Canned:
    return Canned(Response(url="", status=200, headers={}, content=data))


@pytest.mark.parametrize(
    ("base", "category", "url"),
    [
        ("https://rss.arxiv.org", "cs.LG", "https://rss.arxiv.org/rss/cs.LG"),
        ("http://127.0.0.1:8080/", "cs", "http://127.0.0.1:8080/rss/cs"),
        ("https://mirror.example/arxiv", "cs.AI+cs.LG", "https://mirror.example/arxiv/rss/cs.AI+cs.LG"),
    ],
)
def test_it_asks_for_the_rss_feed_under_its_base(base: str, category: str, url: str) -> None:
    http = canned(rss(spec=category))
    source: Source = ArxivFeed(http, base=base)
    assert source.latest(category).category == category
    assert http.asked == url


def test_a_category_cannot_leave_its_place_in_the_address() -> None:
    http = canned(rss())
    with pytest.raises(ParseError):
        ArxivFeed(http).latest("../api?x=cs LG#")
    assert http.asked == "https://rss.arxiv.org/rss/..%2Fapi%3Fx%3Dcs%20LG%23"


def test_a_parse_error_names_the_address() -> None:
    with pytest.raises(ParseError) as caught:
        ArxivFeed(canned(b"<html>")).latest("cs.LG")
    assert caught.value.subject == "https://rss.arxiv.org/rss/cs.LG"


@pytest.fixture
def source(arxiv: ArxivServer) -> ArxivFeed:
    patience = Patience(tries=2)
    return ArxivFeed(HttpClient(agent=user_agent(), patience=patience, sleep=lambda _: None), base=arxiv.url)


def test_a_day_comes_over_the_wire(arxiv: ArxivServer, source: ArxivFeed) -> None:
    page = source.latest("cs.LG")
    assert [sighting.paper.id for sighting in page.sightings] == [told.id for _, told in arxiv.world.feed("cs.LG")]
    assert page.sightings


def test_an_unknown_category_is_refused_in_arxivs_words(arxiv: ArxivServer, source: ArxivFeed) -> None:
    with pytest.raises(FetchError, match="400 Bad Request: Bad subject class 'XX'") as caught:
        source.latest("cs.XX")
    assert caught.value.subject == f"{arxiv.url}/rss/cs.XX"
    assert len(arxiv.requests) == 1


def test_a_400_without_a_feed_is_still_a_fetch_error(arxiv: ArxivServer, source: ArxivFeed) -> None:
    arxiv.next(trouble.refused(400, text="What?"))
    with pytest.raises(FetchError, match=r"400 Bad Request: What\?"):
        source.latest("cs.LG")


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (trouble.html_page(), "an HTML page came"),
        (trouble.shortened(3000), "not well-formed XML, or cut off"),
        (trouble.replaced(rss(spec="cs.AI")), "this is the feed of cs.AI"),
    ],
)
def test_what_is_no_whole_feed_is_a_parse_error(
    arxiv: ArxivServer, source: ArxivFeed, wrong: trouble.Trouble, what: str
) -> None:
    arxiv.always(wrong)
    with pytest.raises(ParseError, match=what) as caught:
        source.latest("cs.LG")
    assert len(arxiv.requests) == 2
    assert caught.value.subject == f"{arxiv.url}/rss/cs.LG"


def test_an_empty_answer_is_asked_for_again(arxiv: ArxivServer, source: ArxivFeed) -> None:
    arxiv.next(trouble.replaced(b""))
    assert source.latest("cs.LG").sightings
    assert len(arxiv.requests) == 2


def test_a_feed_that_cannot_be_read_is_asked_for_again_and_not_kept(arxiv: ArxivServer, tmp_path: Path) -> None:
    source = ArxivFeed(HttpClient(agent=user_agent(), cache=ResponseCache(tmp_path)), base=arxiv.url)
    arxiv.next(trouble.shortened(3000))  # with the ETag of the whole feed
    assert source.latest("cs.LG").sightings
    assert len(arxiv.requests) == 2
    assert "if-none-match" not in arxiv.requests[1].headers


# --- full feeds -----------------------------------------------------------------------------------------------------


@dataclass
class Feeds:
    """A fetcher over given feeds by spec; one that is missing is refused."""

    feeds: Mapping[str, bytes]
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        spec = url.removeprefix("https://rss.arxiv.org/rss/")
        self.asked.append(spec)
        if spec not in self.feeds:
            raise FetchError("the server answered 503 Service Unavailable", subject=url)
        return Response(url=url, status=200, headers={}, content=self.feeds[spec])


STAT = ("stat.AP", "stat.CO", "stat.ME", "stat.ML", "math.ST", "stat.OT")


def shown(spec: str, *items: tuple[str, Entry], day: date = A_WEDNESDAY) -> bytes:
    return render_feed.rss((spec,), day, list(items))


FULL_STAT = shown(
    "stat", *(("new", entry(id=f"2603.{number:05d}", categories=("stat.ML",))) for number in range(1, 2001))
)
LOST = entry(id="2602.00001", categories=("stat.ML", "cs.LG"))
INSIDE = entry(id="2602.00002", categories=("stat.AP", "stat.ML"))
OUTSIDE = entry(id="2602.00003", categories=("cs.LG", "stat.ML"))
REVISED = entry(id="2602.00004", categories=("stat.ME", "stat.ML"), version=2)
PARTS = {name: shown(name) for name in STAT} | {
    "stat.ML": shown("stat.ML", ("new", LOST), ("cross", INSIDE), ("cross", OUTSIDE), ("replace-cross", REVISED)),
    "stat.AP": shown("stat.AP", ("new", INSIDE)),
}


def test_a_full_archive_is_put_together_from_its_categories() -> None:
    http = Feeds({"stat": FULL_STAT, **PARTS})
    page = ArxivFeed(http).latest("stat")
    assert http.asked == ["stat", *sorted(STAT)]
    assert (page.category, page.date, page.faults, len(page.sightings)) == ("stat", A_WEDNESDAY, (), CAP + 4)
    told = {one.paper.id: one.announcement for one in page.sightings if one.announcement}
    assert {announcement.category for announcement in told.values()} == {"stat"}
    assert [told[one.id].type for one in (LOST, INSIDE, OUTSIDE, REVISED)] == [NEW, NEW, CROSS, REPLACE]
    assert [one.paper.id for one in page.sightings][:3] == ["2602.00001", "2602.00002", "2603.00001"]
    assert [one.paper.id for one in page.sightings][-2:] == ["2602.00003", "2602.00004"]


@pytest.mark.parametrize(
    "parts",
    [
        {**PARTS, "stat.ML": FULL_STAT.replace(b"stat updates", b"stat.ML updates")},
        {name: feed for name, feed in PARTS.items() if name != "stat.CO"},
        {**PARTS, "stat.CO": shown("stat.CO", ("new", entry()), day=date(2026, 3, 3))},
        {**PARTS, "stat.CO": b"<html>"},
    ],
    ids=["full", "refused", "stale", "unreadable"],
)
def test_an_archive_of_which_a_part_is_missing_is_still_full(parts: Mapping[str, bytes]) -> None:
    page = ArxivFeed(Feeds({"stat": FULL_STAT, **parts})).latest("stat")
    assert page.faults == (Fault.FULL,)
    assert len(page.sightings) >= CAP
    assert INSIDE.id in {one.paper.id for one in page.sightings}
    assert entry().id not in {one.paper.id for one in page.sightings}  # of another day


@pytest.mark.parametrize("category", ["stat.ML", "quant-ph"])
def test_a_full_category_cannot_be_split(category: str) -> None:
    http = Feeds({category: FULL_STAT.replace(b"stat updates", f"{category} updates".encode())})
    assert ArxivFeed(http).latest(category).faults == (Fault.FULL,)
    assert http.asked == [category]


def test_a_full_combination_is_split_too() -> None:
    spec = "stat.AP+stat.ML"
    full = FULL_STAT.replace(b"stat updates", b"stat.AP, stat.ML updates")
    http = Feeds({spec: full, **PARTS})
    page = ArxivFeed(http).latest(spec)
    assert http.asked == [spec, "stat.AP", "stat.ML"]
    assert (page.category, page.faults, len(page.sightings)) == (spec, (), CAP + 4)
    assert types(page)[REPLACE_CROSS] == 1
