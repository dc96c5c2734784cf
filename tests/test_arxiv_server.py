import json
import lzma
import re
import subprocess
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from tests.arxiv_server import render_feed
from tests.arxiv_server import server as trouble
from tests.arxiv_server.__main__ import arguments, given, plan_of, world_of
from tests.arxiv_server.mishaps import Plan
from tests.arxiv_server.months import months
from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.world import ORDER, BadSpec, Entry, Posting, World, names_of, sample_world, weekdays

ROOT = Path(__file__).resolve().parent.parent
DC = "{http://purl.org/dc/elements/1.1/}"
ARXIV = "{http://arxiv.org/schemas/atom}"
BUILT = re.compile(rb"(?<=<lastBuildDate>)[^<]*|(?<=<updated>)[^<]*")
A_THURSDAY = date(2025, 9, 18)


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
    return body


# --- the formats are arXiv's ----------------------------------------------------------------------------------------


def shown_in(path: Path) -> list[tuple[str, Entry]]:
    """The items of a real RSS feed, read with none of the code under test."""
    return [
        (
            item.findtext(f"{ARXIV}announce_type", ""),
            Entry(
                id=item.findtext("link", "").removeprefix("https://arxiv.org/abs/"),
                version=int(item.findtext("guid", "").rpartition("v")[2]),
                title=item.findtext("title", ""),
                abstract=item.findtext("description", "").partition("\nAbstract: ")[2],
                authors=item.findtext(f"{DC}creator", ""),
                categories=tuple(category.text or "" for category in item.findall("category")),
                license=item.findtext(f"{DC}rights", ""),
                doi=item.findtext(f"{ARXIV}DOI", ""),
                journal_ref=item.findtext(f"{ARXIV}journal_reference", ""),
            ),
        )
        for item in ET.parse(path).getroot().iter("item")
    ]


def same_but_for_the_time_of_making(ours: bytes, real: bytes) -> bool:
    return BUILT.sub(b"", ours).rstrip() == BUILT.sub(b"", real).rstrip()


@pytest.fixture(scope="session")
def payloads(shared: Path) -> Path:
    return shared / "reference" / "payloads"


def test_feeds_are_printed_as_arxiv_prints_them(payloads: Path) -> None:
    shown = shown_in(payloads / "rss2_2024plus_four_types.xml")
    assert len(shown) == 8
    names = ("cs.AI", "cs.LG", "math.OC")
    as_rss = render_feed.rss(names, A_THURSDAY, shown)
    as_atom = render_feed.atom(names, A_THURSDAY, shown)
    assert as_rss.rstrip() == (payloads / "rss2_2024plus_four_types.xml").read_bytes().rstrip()
    assert as_atom.rstrip() == (payloads / "atom_2024plus_four_types.xml").read_bytes().rstrip()


def test_empty_feeds_too(payloads: Path) -> None:
    sunday = date(2025, 4, 27)
    for render, name in ((render_feed.rss, "rss2"), (render_feed.atom, "atom")):
        real = (payloads / f"{name}_2024plus_empty_weekend_cs.xml").read_bytes()
        assert same_but_for_the_time_of_making(render(("cs",), sunday, ()), real)


def test_errors_too(payloads: Path) -> None:
    reason = "Unsupported feed version 'RSS 1.0' requested. Valid options are: Atom 1.0, RSS 2.0."
    real = (payloads / "rss2_error_unsupported_version.xml").read_bytes()
    assert render_feed.rss_error("cs.LG", reason, A_THURSDAY).rstrip() == real.rstrip()
    real = (payloads / "rss2_error_bad_category.xml").read_bytes()
    with pytest.raises(BadSpec) as caught:
        names_of("cs.XX")
    assert str(caught.value).startswith(
        "Bad subject class 'XX'. Valid subject classes for the archive 'cs' are: cs.AI, "
    )
    assert b"<description>Bad subject class 'XX'. Valid subject classes for the archive 'cs' are: cs.AI, " in real


# --- the world follows arXiv's rules --------------------------------------------------------------------------------


def entry(paper_id: str, *categories: str, version: int = 1) -> Entry:
    return Entry(id=paper_id, title="T", abstract="A", authors="N", categories=categories, version=version)


def world(*postings: Posting) -> World:
    return World(today=A_THURSDAY, days={A_THURSDAY: postings})


PAPER = entry("2509.1", "cs.CV", "cs.LG")


@pytest.mark.parametrize(
    ("posting", "spec", "kind"),
    [
        (Posting(entry=PAPER), "cs.CV", "new"),
        (Posting(entry=PAPER), "cs.LG", "cross"),
        (Posting(entry=PAPER), "cs.LG+cs.CV", "new"),
        (Posting(entry=PAPER), "cs", "new"),
        (Posting(entry=PAPER), "CS.cv", "new"),
        (Posting(entry=PAPER), "cs.AI", None),
        (Posting(entry=PAPER, action="cross"), "cs.LG", "cross"),
        (Posting(entry=PAPER, action="cross"), "cs", "cross"),
        (Posting(entry=entry("2509.1", "cs.CV", "cs.LG", version=5), action="replace"), "cs.CV", "replace"),
        (Posting(entry=entry("2509.1", "cs.CV", "cs.LG", version=5), action="replace"), "cs.LG", "replace-cross"),
        (Posting(entry=entry("2509.1", "cs.CV", "cs.LG", version=6), action="replace"), "cs.CV", None),
        (Posting(entry=entry("2509.1", "cs.IT")), "math.IT", "new"),
        (Posting(entry=entry("2509.1", "cs.IT")), "math", "new"),
        (Posting(entry=entry("2509.1", "math.NA")), "cs.NA", "new"),
        (Posting(entry=entry("2509.1", "hep-th")), "hep-th", "new"),
    ],
)
def test_types_are_relative_to_what_was_asked(posting: Posting, spec: str, kind: str | None) -> None:
    assert [shown for shown, _ in world(posting).feed(spec)] == ([kind] if kind else [])


def test_a_paper_is_shown_once_in_arxivs_order() -> None:
    postings = [
        Posting(entry=entry("2509.3", "cs.LG", version=2), action="replace"),
        Posting(entry=entry("2509.2", "cs.LG")),
        Posting(entry=entry("2509.1", "cs.CV", "cs.LG")),
        Posting(entry=entry("2509.2", "cs.LG", version=2), action="replace"),
        Posting(entry=entry("2509.0", "cs.LG")),
    ]
    told = [(kind, shown.id) for kind, shown in world(*postings).feed("cs.LG")]
    assert told == [("new", "2509.0"), ("new", "2509.2"), ("cross", "2509.1"), ("replace", "2509.3")]


def test_a_day_without_a_mailing_shows_nothing() -> None:
    assert world(Posting(entry=PAPER)).on(date(2025, 9, 20)).feed("cs") == []


@pytest.mark.parametrize("spec", ["cs.XX", "xx", "cs+", "cs.LG.AI", "", "hep-th.XX"])
def test_a_bad_spec_is_refused(spec: str) -> None:
    with pytest.raises(BadSpec, match=r"Bad (archive|subject class) '"):
        names_of(spec)


def test_the_sample_world_is_always_the_same_and_has_it_all() -> None:
    made = sample_world()
    assert made == sample_world()
    assert made != sample_world(seed=8)
    shown = made.feed("cs.LG+math.NA")
    assert {"new", "cross", "replace"} <= {kind for kind, _ in shown}
    assert [ORDER.index(kind) for kind, _ in shown] == sorted(ORDER.index(kind) for kind, _ in shown)
    texts = " ".join(f"{told.title} {told.abstract} {told.authors}" for _, told in made.feed("cs+math+stat+q-bio"))
    assert all(piece in texts for piece in ("<", "&", "$", "\n  ", r"\'", "(Inst.", "Collaboration", "withdrawn"))


def test_weekdays_leave_weekends_out() -> None:
    days = weekdays(date(2026, 3, 3), 4)
    assert days == [date(2026, 2, 26), date(2026, 2, 27), date(2026, 3, 2), date(2026, 3, 3)]
    assert all(earlier < later for earlier, later in pairwise(days))


# --- the server -----------------------------------------------------------------------------------------------------


def test_it_serves_both_forms_and_logs_who_asked(arxiv: ArxivServer) -> None:
    shown = arxiv.world.feed("cs.LG")
    assert fetched(f"{arxiv.url}/rss/cs.LG") == render_feed.rss(("cs.LG",), arxiv.world.today, shown)
    assert fetched(f"{arxiv.url}/atom/cs.lg?x=1") == render_feed.atom(("cs.LG",), arxiv.world.today, shown)
    assert [(asked.path, dict(asked.query)) for asked in arxiv.requests] == [
        ("/rss/cs.LG", {}),
        ("/atom/cs.lg", {"x": "1"}),
    ]
    assert "urllib" in arxiv.requests[0].headers["user-agent"]
    assert arxiv.at_once == 1


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_an_unknown_category_is_a_400_with_a_feed(arxiv: ArxivServer, form: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetched(f"{arxiv.url}/{form}/cs.XX")
    with caught.value as refused:
        assert refused.code == 400
        assert b"Feed error for query: http://rss.arxiv.org/" in refused.read()


def test_what_it_does_not_know_is_a_404(arxiv: ArxivServer) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        fetched(f"{arxiv.url}/rss")
    caught.value.close()


def test_given_documents_are_served_as_they_are() -> None:
    with ArxivServer(feeds={"cs.AI": b"<feed/>"}) as server:
        assert fetched(f"{server.url}/rss/cs.AI") == b"<feed/>"
        assert fetched(f"{server.url}/rss/cs.LG").startswith(b"<?xml")


def test_trouble_comes_in_order_and_then_ends(arxiv: ArxivServer) -> None:
    arxiv.next(trouble.replaced(b"one"), trouble.shortened(5))
    assert fetched(f"{arxiv.url}/rss/cs.LG") == b"one"
    assert fetched(f"{arxiv.url}/rss/cs.LG") == b"<?xml"
    assert len(fetched(f"{arxiv.url}/rss/cs.LG")) > 1000


def test_lasting_trouble_lasts(arxiv: ArxivServer) -> None:
    arxiv.always(trouble.html_page())
    assert all(fetched(f"{arxiv.url}/rss/cs.LG").startswith(b"<!DOCTYPE html>") for _ in range(2))
    arxiv.always(None)
    assert fetched(f"{arxiv.url}/rss/cs.LG").startswith(b"<?xml")


def test_it_runs_by_hand(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(b"<feed/>")
    argv = [sys.executable, "-m", "tests.arxiv_server", "--port", "0", "--feed", f"cs.AI={tmp_path / 'feed.xml'}"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert fetched(f"{server.stdout.readline().strip()}/rss/cs.AI") == b"<feed/>"
        finally:
            server.terminate()


def test_its_words_are_read() -> None:
    words = arguments(["--today", "2026-07-03"])
    assert (words.port, words.today, words.feed) == (8080, date(2026, 7, 3), [])
    assert world_of(words) == sample_world(today=date(2026, 7, 3))
    assert plan_of(words, sample_world()) == Plan()
    assert given([]) == {}


def test_months_and_faults_can_be_asked_for_by_hand() -> None:
    words = arguments(
        [
            "--world",
            "7",
            "--days",
            "3",
            "--per-day",
            "40",
            "--now",
            "2026-03-04T06:00Z",
            "--plan",
            "5",
            "--fault",
            "406",
        ]
    )
    made = world_of(words)
    assert made == months(seed=7, days=3, per_day=40.0)
    assert words.now == datetime(2026, 3, 4, 6, tzinfo=UTC)
    plan = plan_of(words, made)
    assert plan.mishaps[0].kind == "406"
    assert plan.mishaps[1:] == Plan.random(made, seed=5).mishaps


@pytest.mark.parametrize("packed", [True, False])
def test_real_days_can_be_served_by_hand(tmp_path: Path, packed: bool) -> None:
    record = {"date": "2025-06-02", "id": "2506.00001", "title": "T", "authors": ["N"], "abstract": "A"}
    line = json.dumps({**record, "categories": ["cs.CV"], "comment": None}).encode()
    path = tmp_path / ("days.jsonl.xz" if packed else "days.jsonl")
    path.write_bytes(lzma.compress(line) if packed else line)
    assert world_of(arguments(["--records", str(path)])).announced("cs.CV", date(2025, 6, 2)) == {"2506.00001": "new"}


def test_all_interfaces_are_served_under_one_root(arxiv: ArxivServer) -> None:
    paths = {
        "/list/cs.LG/new": b"Showing new listings for Wednesday, 4 March 2026",
        "/list/cs.LG/recent": b"Authors and titles for recent submissions",
        "/list/cs.LG/2026-03": b"Authors and titles for March 2026",
        "/catchup/cs.LG/2026-03-03?abs=True": b"Catchup results for Machine Learning on Tue, 03 Mar 2026",
        "/api/query?search_query=cat:cs.LG": b"<title>arXiv Query: search_query=cat:cs.LG",
        "/oai?verb=ListRecords&metadataPrefix=arXivRaw&set=cs": b"<arXivRaw ",
    }
    for path, piece in paths.items():
        assert piece in fetched(f"{arxiv.url}{path}")
    assert arxiv.served == []


def test_an_abs_page_tells_its_versions_and_a_withdrawal(arxiv: ArxivServer) -> None:
    days = arxiv.world.days[arxiv.world.today]
    gone = next(posting.entry.id for posting in days if "withdrawn" in posting.entry.abstract)
    page = fetched(f"{arxiv.url}/abs/{gone}").decode()
    assert "[v1]" in page
    assert "(this version, v2)" in page
    assert "This paper has been withdrawn by " in page
    assert b"A newer version of this paper has been withdrawn" in fetched(f"{arxiv.url}/abs/{gone}v1")
    assert fetched(f"{arxiv.url}/abs/arXiv:{gone}").decode() == page  # by way of a redirect
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        fetched(f"{arxiv.url}/abs/{gone}v9")
    caught.value.close()


def test_the_api_and_oai_take_forms(arxiv: ArxivServer) -> None:
    for path, form, piece in (
        ("/api/query", b"search_query=cat:cs.LG&max_results=1", b"<entry>"),
        ("/oai", b"verb=Identify", b"<repositoryName>arXiv"),
    ):
        with urllib.request.urlopen(f"{arxiv.url}{path}", data=form, timeout=10) as answer:
            assert piece in answer.read()
