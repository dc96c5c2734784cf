"""The listing pages of the local arXiv, held to real ones."""

import html
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.arxiv_server import listings
from tests.arxiv_server.cycle import listed_at
from tests.arxiv_server.months import months
from tests.arxiv_server.postings import Entry, Posting
from tests.arxiv_server.view import Sizes, View
from tests.arxiv_server.wire import Answer
from tests.arxiv_server.world import World

WEDNESDAY, THURSDAY = date(2025, 8, 20), date(2025, 8, 21)
PLAIN_COUNT = re.compile(r"showing (?:first |last )?(\d+) of (\d+) entries")


# --- the same bytes as arXiv ----------------------------------------------------------------------------------------


def text_of(markup: str) -> str:
    """What an author wrote, from what arXiv made of it."""
    markup = re.sub(r'<a href="([^"]*)"[^>]*>this https? URL</a>', r"\1", markup)
    markup = re.sub(r'<a [^>]*data-doi="([^"]*)"[^>]*>.*?</a>', r"\1", markup)
    return html.unescape(re.sub("<[^>]*>", "", markup.replace("\n<br>", "\n  ")))


def found(pattern: str, markup: str) -> str:
    match = re.search(pattern, markup, re.DOTALL)
    return match[1].strip() if match else ""


def entry_in(markup: str) -> Entry:
    version = re.search(r'arxiv\.org/html/\S+?v(\d+)"', markup)
    subjects = found(r"<div class='list-subjects'>.*?</span>(.*?)</div>", markup)
    return Entry(
        id=found(r'id="([^"]*)">\s*arXiv', markup),
        title=text_of(found(r"Title:</span>(.*?)</div>", markup)),
        abstract=text_of(found(r"<p class='mathjax'>(.*?)</p>", markup)),
        authors=text_of(found(r"list-authors'>(.*?)</div>", markup)),
        categories=tuple(re.findall(r"\(([a-z-]+(?:\.[A-Za-z-]+)?)\)", subjects)),
        version=int(version[1]) if version else 1,
        journal_ref=text_of(found(r"Journal-ref:</span>(.*?)</div>", markup)),
        comments=text_of(found(r"Comments:</span>(.*?)</div>", markup)),
        html=bool(version),
    )


def entries_in(page: str) -> list[tuple[str, Entry]]:
    """(heading, entry) of a real page, read with none of the code under test."""
    sections = re.findall(r"<dl id='articles'>\s*<h3>(.*?)</h3>(.*?)</dl>", page, re.DOTALL)
    return [(head, entry_in(one)) for head, body in sections for one in re.findall(r"<dt>.*?</dd>", body, re.DOTALL)]


def body_lines(page: str) -> list[str]:
    """The lines that hold something, between arXiv's header and footer. Two addresses that arXiv mangles are left out,
    and a name that its author string no longer shows."""
    inside = page[page.index("<div id='dlpage'>") : page.index("</main>")]
    return [line.rstrip() for line in inside.splitlines() if line.strip() and "Derkinderen" not in line]


def same(answer: Answer, real: Path) -> None:
    assert answer.status == 200
    assert body_lines(answer.body.decode()) == body_lines(real.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def payloads(shared: Path) -> Path:
    return shared / "reference" / "payloads"


@pytest.fixture(scope="module")
def day(payloads: Path) -> World:
    """The real Wednesday of cs.LG, with an empty Thursday after it."""
    page = (payloads / "list_new_cs.LG.html").read_text(encoding="utf-8")
    postings = (
        Posting(entry=entry, action="replace" if head.startswith("Replacement") else "new")
        for head, entry in entries_in(page)
    )
    return World(days={WEDNESDAY: tuple(postings), THURSDAY: ()})


def test_the_new_page_of_a_day(day: World, payloads: Path) -> None:
    view = View(world=day, now=listed_at(WEDNESDAY))
    same(listings.listing(view, "cs.LG", "new", {}, {}), payloads / "list_new_cs.LG.html")
    same(listings.listing(view, "math.KT", "new", {}, {}), payloads / "list_new_empty.html")


def test_the_catch_up_page_of_a_day(day: World, payloads: Path) -> None:
    view = View(world=day, now=listed_at(THURSDAY))
    catchup = listings.catchup(view, "cs.LG", "2025-08-20", {"abs": "True"})
    same(catchup, payloads / "catchup_cs.LG_2025-08-20_abs.html")
    assert catchup.body.count(b"</div>") == catchup.body.count(b"<div") + 1  # as the real one


def test_catch_up_on_two_pages(day: World, payloads: Path) -> None:
    view = View(world=day, now=listed_at(THURSDAY), sizes=Sizes(catchup=20))
    for number in (1, 2):
        answer = listings.catchup(view, "cs.LG", "2025-08-20", {"abs": "False", "page": str(number)})
        same(answer, payloads / f"catchup_paged_p{number}.html")
    beyond = listings.catchup(view, "cs.LG", "2025-08-20", {"page": "3"})
    assert b"No further updates for Wed, 20 Aug 2025" in beyond.body


def test_catch_up_while_the_database_lags(day: World, payloads: Path) -> None:
    view = View(world=day, now=listed_at(THURSDAY), faults=frozenset({"half-listing"}))
    answer = listings.catchup(view, "cs.LG", "2025-08-20", {"abs": "True"})
    same(answer, payloads / "catchup_lag_incomplete.html")


def test_catch_up_of_a_weekend(payloads: Path) -> None:
    world = World(days={date(2025, 8, 22): (), date(2025, 8, 25): ()})
    view = View(world=world, now=listed_at(date(2025, 8, 26)))
    same(listings.catchup(view, "cs.LG", "2025-08-23", {"abs": "True"}), payloads / "catchup_weekend.html")


def test_the_new_page_in_two_parts(payloads: Path) -> None:
    names = [f"list_new_multi_cs.AI_p{number}.html" for number in (1, 2)]
    pages = [(payloads / name).read_text(encoding="utf-8") for name in names]
    postings = tuple(Posting(entry=entry) for page in pages for _, entry in entries_in(page))
    assert len(postings) == 86
    view = View(world=World(days={WEDNESDAY: postings}), now=listed_at(WEDNESDAY))
    for name, skip in zip(names, ("0", "50"), strict=True):
        same(listings.listing(view, "cs.AI", "new", {"skip": skip, "show": "50"}, {}), payloads / name)


def test_the_recent_and_the_month_page(payloads: Path) -> None:
    page = (payloads / "list_recent_cs.LG.html").read_text(encoding="utf-8")
    days: dict[date, list[Posting]] = {date(2025, 8, 18): []}
    for head, entry in entries_in(page):
        told = datetime.strptime(head.partition(" (")[0], "%a, %d %b %Y").date()
        days.setdefault(told, []).append(Posting(entry=entry))
    world = World(days={told: tuple(postings) for told, postings in days.items()})
    view = View(world=world, now=listed_at(THURSDAY))
    same(listings.listing(view, "cs.LG", "recent", {}, {}), payloads / "list_recent_cs.LG.html")
    second = listings.listing(view, "cs.LG", "recent", {"skip": "25", "show": "25"}, {})
    same(second, payloads / "list_recent_cs.LG_p2.html")
    same(listings.listing(view, "cs.LG", "2025-08", {}, {}), payloads / "list_month_cs.LG_2025-08.html")


def test_a_bad_size_is_refused_in_arxivs_words(day: World, payloads: Path) -> None:
    view = View(world=day, now=listed_at(WEDNESDAY))
    answer = listings.listing(view, "cs.LG", "new", {"show": "9999"}, {})
    assert answer.status == 400
    for name in ("title", "h1"):
        real = found(f"<{name}>(.*?)</{name}>", (payloads / "list_error_bad_show.html").read_text(encoding="utf-8"))
        assert found(f"<{name}>(.*?)</{name}>", answer.body.decode()) == real


def test_the_lagging_answer_is_arxivs(payloads: Path) -> None:
    assert (payloads / "list_new_503.txt").read_bytes() == listings.LAGGING


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> World:
    return months(seed=5, days=8, per_day=90.0)


def at(world: World, day: date, **more: object) -> View:
    return View(world=world, now=listed_at(day) + timedelta(hours=9), **more)  # type: ignore[arg-type]


def listing(view: View, subject: str, which: str, **query: str) -> Answer:
    return listings.listing(view, subject, which, query, {})


@pytest.mark.parametrize("subject", ["cs.LG", "stat.ML", "cs", "math"])
def test_all_counts_of_a_page_agree(world: World, subject: str) -> None:
    view = at(world, world.last)
    for answer in (
        listing(view, subject, "new"),
        listings.catchup(view, subject, world.last.isoformat(), {"abs": "True"}),
    ):
        page = answer.body.decode()
        counts = [tuple(map(int, pair)) for pair in PLAIN_COUNT.findall(page)]
        assert all(shown == of for shown, of in counts)
        numbers = [int(number) for number in re.findall(r"<a name='item(\d+)'>", page)]
        assert numbers == list(range(1, sum(of for _, of in counts) + 1))
        assert f"Total of {len(numbers)} entries" in page
        ids = re.findall(r'id="([^"]*)">\s*arXiv:', page)
        assert len(ids) == len(set(ids))
        if "." in subject:
            assert set(ids) == set(world.announced(subject, world.last))


def test_pages_of_any_size_hold_the_same(world: World) -> None:
    view = at(world, world.last)
    whole = re.findall(r"arXiv:(\S+)", listing(view, "cs.LG", "new").body.decode())
    parts: list[str] = []
    for skip in range(0, len(whole), 25):
        page = listing(view, "cs.LG", "new", skip=str(skip), show="25").body.decode()
        parts += re.findall(r"\n {8}arXiv:(\S+)", page)
    assert parts == re.findall(r"\n {8}arXiv:(\S+)", listing(view, "cs.LG", "new").body.decode())


def test_a_place_past_the_end_looks_like_a_day_without_papers(world: World) -> None:
    page = listing(at(world, world.last), "cs.LG", "new", skip="5000").body.decode()
    assert "No updates today." in page
    assert re.search(r"Total of [1-9]\d* entries", page)


def test_recent_counts_new_papers_and_cross_lists_of_five_days(world: World) -> None:
    page = listing(at(world, world.last), "cs.LG", "recent", show="2000").body.decode()
    heads = re.findall(r"<h3>(\w{3}, \d+ \w{3} \d{4}) \(showing (\d+) of (\d+) entries \)</h3>", page)
    assert len(heads) == 5
    newest = [kind for kind in world.announced("cs.LG", world.last).values() if kind in ("new", "cross")]
    assert int(heads[0][2]) == len(newest)
    assert "<p class='mathjax'>" not in page


def test_the_new_page_keeps_the_last_mailing_over_the_weekend(world: World) -> None:
    friday = next(day for day in world.dates if day >= world.first and day.weekday() == 4)
    for hours in (1, 30, 60):
        page = listing(View(world=world, now=listed_at(friday) + timedelta(hours=hours)), "cs.LG", "new").body.decode()
        assert f"Showing new listings for Friday, {friday.day} {friday:%B %Y}" in page


def test_listings_turn_at_eight_in_the_evening(world: World) -> None:
    before = View(world=world, now=listed_at(world.last) - timedelta(seconds=1))
    assert before.listing_day == world.dates[-2]
    assert View(world=world, now=listed_at(world.last)).listing_day == world.last


@pytest.mark.parametrize(
    ("subject", "which", "query", "status"),
    [
        ("cs.lg", "new", {}, 400),
        ("cs.XX", "new", {}, 400),
        ("cs.LG", "2026-3", {}, 301),
        ("cs.LG", "202603", {}, 301),
        ("cs.LG", "26", {}, 301),
        ("cs.LG", "2603", {}, 404),
        ("cs.LG", "2026-03-02", {}, 400),
        ("cs.LG", "new", {"show": "30"}, 400),
        ("cs.LG", "new", {"skip": "x"}, 200),
        ("cs.SY", "new", {}, 200),
        ("cs", "pastweek", {}, 200),
        ("cs.LG", "current", {}, 200),
    ],
)
def test_addresses_of_listings(world: World, subject: str, which: str, query: dict[str, str], status: int) -> None:
    answer = listings.listing(at(world, world.last), subject, which, query, {})
    assert answer.status == status
    if subject == "cs.SY":
        assert b"Systems and Control" in answer.body


@pytest.mark.parametrize(
    ("day", "query", "status", "told"),
    [
        ("2026-03-11", {"abs": "true"}, 400, "Invalid abs"),
        ("2026-03-11", {"page": "0"}, 400, "Invalid page"),
        ("2026-03-11", {"skip": "0"}, 400, "Unexpected parameters"),
        ("2026-3-11", {}, 400, "Invalid date"),
        ("2026-02-30", {}, 400, "Invalid date"),
        ("2026-03-12", {}, 400, "request date later than today"),
        ("2025-12-09", {}, 400, "Catchup only allowed for past 90 days"),
        ("2025-12-10", {}, 200, "Total of"),
        ("2026-03-08", {}, 200, "There was either no announcement"),
    ],
)
def test_addresses_of_catch_up(world: World, day: str, query: dict[str, str], status: int, told: str) -> None:
    answer = listings.catchup(at(world, date(2026, 3, 11)), "cs.LG", day, query)
    assert answer.status == status
    assert told in html.unescape(answer.body.decode())


def test_catch_up_redirects_aliases_and_leads_to_the_next_mailing(world: World) -> None:
    answer = listings.catchup(at(world, world.last), "cs.SY", "2026-03-06", {"abs": "True"})
    assert (answer.status, answer.headers["Location"]) == (301, "/catchup/eess.SY/2026-03-06?abs=True")
    friday = listings.catchup(at(world, world.last), "cs.LG", "2026-03-06", {"abs": "True"})
    assert b"/catchup/cs.LG/2026-03-09?abs=True&amp;page=1" in friday.body
    newest = listings.catchup(at(world, world.last), "cs.LG", world.last.isoformat(), {})
    assert b"Continue to the next day" not in newest.body


def test_if_modified_since_is_the_wrong_way_round(world: World) -> None:
    view = at(world, world.last)
    long_ago = {"if-modified-since": "Mon, 05 Jan 2026 00:00:00 GMT"}
    assert listings.listing(view, "cs.LG", "new", {}, long_ago).status == 304
    just_now = {"if-modified-since": view.now.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    assert listings.listing(view, "cs.LG", "new", {}, just_now).status == 200


def test_authors_stop_after_a_hundred_names() -> None:
    day = date(2026, 3, 4)
    for count, shown in ((101, 101), (104, 100)):
        names = ", ".join(f"A. Name{number}" for number in range(count))
        entry = Entry(id="2603.00001", title="T", abstract="A", authors=names, categories=("cs.LG",))
        page = listing(at(World(days={day: (Posting(entry=entry),)}), day), "cs.LG", "new").body
        assert page.count(b"searchtype=author") == shown


def test_a_lag_with_no_new_paper_left_is_a_503() -> None:
    day = date(2026, 3, 4)
    entry = Entry(id="2603.00001", title="T", abstract="A", authors="N", categories=("cs.LG",))
    world = World(days={day: (Posting(entry=entry),)})
    answer = listing(at(world, day, faults=frozenset({"half-listing"})), "cs.LG", "new")
    assert (answer.status, answer.headers["Retry-After"], answer.body) == (503, "300", listings.LAGGING)
