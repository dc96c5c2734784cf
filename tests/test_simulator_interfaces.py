"""The feeds, the query API and OAI-PMH of the local arXiv, held to real answers and to each other."""

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.arxiv_server import oai, query_api, render_api
from tests.arxiv_server.cycle import api_at, feed_at, oai_at
from tests.arxiv_server.months import CATEGORIES, months
from tests.arxiv_server.postings import Entry, Posting
from tests.arxiv_server.search_words import BadQuery, parse
from tests.arxiv_server.taxonomy import names_of
from tests.arxiv_server.view import Sizes, View
from tests.arxiv_server.world import World

ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
ARXIV = "{http://arxiv.org/schemas/atom}"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
RAW = "{http://arxiv.org/OAI/arXivRaw/}"


@pytest.fixture(scope="module")
def world() -> World:
    return months(seed=11, days=8, per_day=90.0)


@pytest.fixture(scope="module")
def payloads(shared: Path) -> Path:
    return shared / "reference" / "payloads"


@pytest.fixture(scope="module")
def view(world: World) -> View:
    """Late on the last day, when every interface has it; small pages."""
    return View(world=world, now=api_at(world.last) + timedelta(hours=3), sizes=Sizes(oai=20))


def skeleton(element: ET.Element) -> list[str]:
    """Paths of tags with the names of their attributes, each once, in order."""
    found: dict[str, None] = {}

    def walk(node: ET.Element, above: str) -> None:
        path = f"{above}/{node.tag}[{','.join(sorted(node.attrib))}]"
        found[path] = None
        for child in node:
            walk(child, path)

    walk(element, "")
    return list(found)


# --- feeds ----------------------------------------------------------------------------------------------------------


def test_a_feed_shows_the_calendar_day_in_new_york_and_nothing_else(world: World) -> None:
    friday = next(day for day in world.dates if day >= world.first and day.weekday() == 4)
    names = names_of("cs.LG")
    day, shown = View(world=world, now=feed_at(friday)).feed(names)
    assert (day, {entry.id: kind for kind, entry in shown}) == (friday, world.announced("cs.LG", friday))
    early, _ = View(world=world, now=feed_at(friday) - timedelta(seconds=1)).feed(names)
    assert early == friday - timedelta(days=1)
    assert View(world=world, now=feed_at(friday + timedelta(days=1))).feed(names)[1] == ()


def test_an_overfull_feed_loses_new_papers_first() -> None:
    day = date(2026, 3, 4)
    entries = [Entry(id=f"2603.{n:05}", title="T", abstract="A", authors="N", categories=("cs.LG",)) for n in range(6)]
    postings = [Posting(entry=entry, action="replace" if n > 3 else "new") for n, entry in enumerate(entries)]
    view = View(world=World(days={day: tuple(postings)}), now=feed_at(day), sizes=Sizes(feed=4))
    assert [entry.id for _, entry in view.feed(("cs.LG",))[1]] == [entry.id for entry in entries[2:]]


# --- query API ------------------------------------------------------------------------------------------------------


def searched(view: View, **query: str) -> ET.Element:
    answer = query_api.search(view, query)
    assert answer.status == 200, answer.body
    return ET.fromstring(answer.body)


def ids_in(feed: ET.Element) -> list[str]:
    return [(entry.findtext(f"{ATOM}id") or "").rpartition("/")[2] for entry in feed.findall(f"{ATOM}entry")]


def total(feed: ET.Element) -> int:
    return int(feed.findtext(f"{SEARCH}totalResults") or "-1")


def test_an_entry_has_the_form_of_a_real_one(payloads: Path) -> None:
    real = ET.parse(payloads / "api_2026_page1_start0_max10.xml").getroot()
    day = date(2026, 3, 4)
    entry = Entry(
        id="2603.00001",
        title="T",
        abstract="A",
        authors="A. One, B. Two",
        categories=("cs.SE", "cs.LG"),
        comments="C",
        journal_ref="J",
        doi="10.1/x",
    )
    view = View(world=World(days={day: (Posting(entry=entry),)}), now=api_at(day))
    ours = searched(view, id_list="2603.00001")
    assert skeleton(ours) == skeleton(real)
    assert [child.tag for child in ours.findall(f"{ATOM}entry")[0]][:7] == [
        child.tag for child in real.findall(f"{ATOM}entry")[0]
    ][:7]


def test_errors_and_empty_answers_have_arxivs_form(view: View, payloads: Path) -> None:
    answer = query_api.search(view, {"id_list": "abc"})
    real = (payloads / "api_2026_error_400_bad_id.xml").read_bytes()
    assert answer.status == 400
    stamps = re.compile(rb"<updated>.*?</updated>")
    assert stamps.sub(b"", answer.body).rstrip() == stamps.sub(b"", real).rstrip()
    empty = searched(view, id_list="0000.0000", max_results="100")
    assert skeleton(empty) == skeleton(ET.parse(payloads / "api_2026_empty_result.xml").getroot())
    assert total(empty) == 0
    internal = query_api.search(view, {"search_query": "cat:cs.LG", "max_results": "0"})
    real = (payloads / "api_2026_error_500.xml").read_bytes()
    assert (internal.status, stamps.sub(b"", internal.body).rstrip()) == (500, stamps.sub(b"", real).rstrip())


def test_ids_are_found_in_the_version_asked_and_missing_ones_are_not_counted(world: World, view: View) -> None:
    often = next(one for one in world.ids if len(world.versions(one, on=world.last)) >= 3)
    feed = searched(view, id_list=f"{often},{often}v1,{often}v99,2612.99999")
    count = len(world.versions(often, on=world.last))
    assert sorted(ids_in(feed)) == sorted([f"{often}v1", f"{often}v{count}"])
    assert total(feed) == 2


def test_ten_results_unless_more_are_asked_for(world: World, view: View) -> None:
    ids = ",".join(list(world.announced("cs.LG", world.last))[:15])
    assert len(ids_in(searched(view, id_list=ids))) == 10
    assert len(ids_in(searched(view, id_list=ids, max_results="50"))) == 15


def test_a_search_comes_page_by_page_and_whole(world: World, view: View) -> None:
    query = {"search_query": "cat:cs.LG", "sortBy": "submittedDate", "max_results": "40"}
    first = searched(view, **query)
    found = [name for start in range(0, total(first), 40) for name in ids_in(searched(view, **query, start=str(start)))]
    wanted = [one for one in world.ids if (entry := world.entry(one, on=world.last)) and "cs.LG" in entry.categories]
    assert sorted(name.partition("v")[0] for name in found) == wanted
    assert ids_in(searched(view, **query, start="9000")) == []


def test_dates_are_those_of_the_first_version(world: World, view: View) -> None:
    feed = searched(view, search_query="cat:stat.* AND submittedDate:[20260303 TO 20260304]", max_results="500")
    assert feed.findtext(f"{ATOM}title", "").startswith(
        'arXiv Query: search_query=cat:stat.* AND submittedDate:"202603030000 TO 202603042359"'
    )
    published = [entry.findtext(f"{ATOM}published", "")[:10] for entry in feed.findall(f"{ATOM}entry")]
    assert set(published) == {"2026-03-03", "2026-03-04"}
    assert len(published) == total(feed)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ({}, 400, "Either a search_query or id_list"),
        ({"search_query": "(ti:space"}, 400, "Invalid query string: '(ti:space'"),
        ({"search_query": "cat:cs.CV OR"}, 400, "Invalid query string"),
        ({"search_query": "ti:space)"}, 400, "Invalid query string"),
        ({"search_query": "submittedDate:[2025-01-01 TO 2025-02-01]"}, 400, "Invalid query string"),
        ({"search_query": "a", "max_results": "x"}, 400, "max_results must be an integer"),
        ({"search_query": "a", "start": "-1"}, 400, "start must be non-negative"),
        ({"search_query": "a", "sortBy": "x"}, 400, "sortBy must be in: "),
        ({"search_query": "a", "start": "10000", "max_results": "100"}, 500, "internal error"),
        ({"search_query": "a", "max_results": "10001"}, 500, "internal error"),
        ({"search_query": "a", "start": "9900", "max_results": "100"}, 200, "arXiv Query"),
        ({"search_query": "cat:cs.CL%2BOR%2Bcat:cs.LG"}, 200, "<opensearch:totalResults>0<"),
    ],
)
def test_what_the_api_refuses(view: View, query: dict[str, str], status: int, told: str) -> None:
    answer = query_api.search(view, query)
    assert answer.status == status
    assert told in answer.body.decode()


@pytest.mark.parametrize(
    ("told", "echo"),
    [
        ("electron proton", "all:electron OR all:proton"),
        ("ti:electron proton", "ti:electron OR all:proton"),
        ("ti:(a b)", "(ti:a OR ti:b)"),
        ("ti:a AND ti:b OR ti:c", "ti:a AND (ti:b OR ti:c)"),
        ("ti:x ANDNOT ti:y AND ti:z", "ti:x ANDNOT (ti:y AND ti:z)"),
        ("ti:x AND NOT ti:y", "ti:x ANDNOT ti:y"),
        ('au:"del maestro"', 'au:"del maestro"'),
        ("submittedDate:[202501 TO 202502]", 'submittedDate:"202501010000 TO 202502282359"'),
        ("submittedDate:[2025 TO 2025]", 'submittedDate:"202501010000 TO 202512312359"'),
        ("lastUpdatedDate:[20250101093000 TO 20250102093000]", 'submittedDate:"202501010930 TO 202501020930"'),
    ],
)
def test_queries_are_rewritten_as_arxiv_does(told: str, echo: str) -> None:
    assert parse(told).echo == echo


def test_a_query_that_ends_in_the_middle_is_none() -> None:
    with pytest.raises(BadQuery):
        parse("   ")


def test_the_api_finds_a_day_hours_after_the_feeds_and_two_days_later_when_behind(world: World) -> None:
    new = next(one for one, kind in world.announced("cs.LG", world.last).items() if kind == "new")
    for now, faults, count in (
        (api_at(world.last) - timedelta(seconds=1), frozenset[str](), 0),
        (api_at(world.last), frozenset[str](), 1),
        (api_at(world.last), frozenset({"api-behind"}), 0),
        (api_at(world.last) + timedelta(days=2), frozenset({"api-behind"}), 1),
    ):
        assert total(searched(View(world=world, now=now, faults=faults), id_list=new)) == count


def test_greek_is_utf8_in_the_api() -> None:
    entry = Entry(
        id="2603.00001",
        title=r"On $\alpha=\beta$ \& more",
        abstract=r"\delta\le \pi/4 of M\"uller",
        authors="N",
        categories=("cs.LG",),
        submitted=api_at(date(2026, 3, 4)),
    )
    query = render_api.Query(search="", ids="", start=0, size=1)
    body = render_api.feed(query, [(entry, api_at(date(2026, 3, 4)))], 1, api_at(date(2026, 3, 4))).decode()
    assert "<title>On $α=β$ \\&amp; more</title>" in body
    assert r"<summary>δ\le π/4 of Müller</summary>" in body


# --- OAI-PMH --------------------------------------------------------------------------------------------------------


def asked(view: View, **query: str) -> ET.Element:
    answer = oai.answer(view, {name.rstrip("_"): value for name, value in query.items()})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml")
    return ET.fromstring(answer.body)


def error_in(root: ET.Element) -> str:
    element = root.find(f"{OAI}error")
    return "" if element is None else element.attrib["code"]


def walked(view: View, **query: str) -> list[str]:
    """All ids of a list, token by token."""
    root = asked(view, **query)
    found: list[str] = []
    while True:
        found += [element.text or "" for element in root.iter(f"{OAI}identifier")]
        token = root.find(f".//{OAI}resumptionToken")
        if token is None or not token.text:
            return [name.removeprefix("oai:arXiv.org:") for name in found]
        root = asked(view, verb=query["verb"], resumptionToken=token.text)


@pytest.mark.parametrize("prefix", ["arXivRaw", "arXiv", "oai_dc"])
def test_a_record_has_the_form_of_a_real_one(prefix: str, payloads: Path) -> None:
    real = ET.parse(payloads / f"oai_getrecord_{prefix}.xml").getroot()
    known = set(skeleton(real)) | set(skeleton(ET.parse(payloads / "oai_getrecord_arXiv_multiversion.xml").getroot()))
    known |= set(skeleton(ET.parse(payloads / "oai_getrecord_arXivRaw_withdrawn.xml").getroot()))
    day = date(2026, 3, 4)
    entry = Entry(
        id="2603.00001",
        title="T",
        abstract="A",
        authors=r"Bill Gates Jr, Zo\'e O'Neil",
        categories=("math.NA", "cs.NA"),
        version=2,
        comments="C",
        journal_ref="J",
        doi="10.1/x",
        msc="65N30",
        source="I",
    )
    view = View(world=World(days={day: (Posting(entry=entry),)}), now=oai_at(day))
    ours = asked(view, verb="GetRecord", metadataPrefix=prefix, identifier="oai:arXiv.org:2603.00001")
    strange = [path for path in skeleton(ours) if path not in known]
    assert strange == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"verb": "ListRecords", "metadataPrefix": "arXivRaw", "set": "cs:LG"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "760571|10001"}, "badResumptionToken"),
        ({"verb": "ListRecords", "metadataPrefix": "arxivraw"}, "cannotDisseminateFormat"),
        ({"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": "oai:arXiv.org:x"}, "idDoesNotExist"),
        (
            {"verb": "ListRecords", "metadataPrefix": "arXivRaw", "from": "2024-01-06", "until": "2024-01-06"},
            "noRecordsMatch",
        ),
    ],
)
def test_errors_come_with_status_200_in_arxivs_words(
    view: View, payloads: Path, query: dict[str, str], name: str
) -> None:
    answer = oai.answer(view, query)
    real = ET.parse(payloads / f"oai_error_{name}.xml").getroot().find(f"{OAI}error")
    ours = ET.fromstring(answer.body).find(f"{OAI}error")
    assert answer.status == 200
    assert ours is not None
    assert real is not None
    assert (ours.attrib, ours.text) == (real.attrib, real.text)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"verb": "Dance"}, "badVerb"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "2005-09-15"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "until": "2027-01-01"}, "badArgument"),
        (
            {"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "2026-03-05", "until": "2026-03-04"},
            "badArgument",
        ),
        ({"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "20260305"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "x", "metadataPrefix": "arXiv"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "arXiv", "identifier": "oai:arXiv.org:2612.99999"}, "idDoesNotExist"),
        ({"verb": "Identify"}, ""),
        ({"verb": "ListSets"}, ""),
        ({"verb": "ListMetadataFormats"}, ""),
    ],
)
def test_what_the_protocol_says(view: View, query: dict[str, str], code: str) -> None:
    assert error_in(ET.fromstring(oai.answer(view, query).body)) == code


def test_a_harvest_of_a_day_is_what_changed_last_on_it(world: World, view: View) -> None:
    for set_name, category in (("cs:cs:LG", "cs.LG"), ("stat:stat:ML", "stat.ML")):
        for day in world.dates[-3:]:
            found = walked(
                view,
                verb="ListRecords",
                metadataPrefix="arXivRaw",
                set=set_name,
                from_=day.isoformat(),
                until=day.isoformat(),
            )
            wanted = [one for stamp, one in world.stamped(world.last) if stamp == day and _in(world, one, category)]
            assert found == wanted


def _in(world: World, paper_id: str, category: str) -> bool:
    entry = world.entry(paper_id, on=world.last)
    return entry is not None and category in entry.categories


def test_tokens_are_double_encoded_queries_and_come_back_either_way(view: View) -> None:
    root = asked(view, verb="ListRecords", metadataPrefix="arXiv", from_="2026-03-02", until="2026-03-12")
    token = root.findtext(f".//{OAI}resumptionToken") or ""
    assert re.fullmatch(
        r"verb=ListRecords&metadataPrefix=arXiv&from=2026-03-\d\d&until=2026-03-12&skip=\d+", unquote(token)
    )
    pages = [
        [element.text for element in asked(view, verb="ListRecords", resumptionToken=told).iter(f"{OAI}identifier")]
        for told in (token, quote(token, safe=""), unquote(token))
    ]
    assert pages[0] == pages[1] == pages[2]
    assert pages[0]


def test_the_last_of_several_pages_ends_in_an_empty_token_and_a_single_page_has_none(view: View) -> None:
    root = asked(view, verb="ListIdentifiers", metadataPrefix="arXiv", from_="2026-03-10", until="2026-03-10")
    assert root.find(f".//{OAI}resumptionToken") is None
    query = {"verb": "ListRecords", "metadataPrefix": "arXiv", "from_": "2026-03-10", "until": "2026-03-10"}
    root = asked(view, **query)
    while (token := root.find(f".//{OAI}resumptionToken")) is not None and token.text:
        root = asked(view, verb="ListRecords", resumptionToken=token.text)
    assert token is not None
    assert token.text is None


def test_oai_has_a_day_at_half_past_ten(world: World) -> None:
    query = {"verb": "ListIdentifiers", "metadataPrefix": "arXiv", "from_": world.last.isoformat()}
    for now, code in ((oai_at(world.last) - timedelta(seconds=1), "noRecordsMatch"), (oai_at(world.last), "")):
        assert error_in(asked(View(world=world, now=now), **query)) == code


def test_a_withdrawn_version_has_no_source(world: World, view: View) -> None:
    gone = next(one for one in world.ids if (entry := world.entry(one, on=world.last)) and entry.withdrawn)
    root = asked(view, verb="GetRecord", metadataPrefix="arXivRaw", identifier=f"oai:arXiv.org:{gone}v1")
    last = root.findall(f".//{RAW}version")[-1]
    assert (last.findtext(f"{RAW}size"), last.findtext(f"{RAW}source_type")) == ("0kb", "I")
    assert "withdrawn" in (root.findtext(f".//{RAW}comments") or "")


def test_the_acm_class_is_never_one() -> None:
    day = date(2026, 3, 4)
    for msc, told in (("65N30", "65N30"), ("", "None")):
        entry = Entry(id="2603.1234", title="T", abstract="A", authors="N", categories=("cs.LG",), acm="I.2.6", msc=msc)
        view = View(world=World(days={day: (Posting(entry=entry),)}), now=oai_at(day))
        root = asked(view, verb="GetRecord", metadataPrefix="arXivRaw", identifier="oai:arXiv.org:2603.1234")
        assert root.findtext(f".//{RAW}acm-class") == told


# --- all together ---------------------------------------------------------------------------------------------------


def test_all_interfaces_tell_the_same_papers(world: World, view: View) -> None:
    for category in CATEGORIES:
        told = world.announced(category, world.last)
        assert {entry.id for _, entry in view.feed((category,))[1]} == set(told)
        found = ids_in(searched(view, id_list=",".join(told), max_results="500"))
        assert {name.partition("v")[0] for name in found} == set(told)
        for name in found:
            paper_id, _, number = name.partition("v")
            assert len(world.versions(paper_id, on=world.last)) == int(number)
