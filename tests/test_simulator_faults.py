"""What goes wrong at the local arXiv: every kind changes what it should, is noted, and comes again in the same way."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from http.client import IncompleteRead

import pytest

from tests.arxiv_server.cycle import VirtualClock, feed_at, listed_at
from tests.arxiv_server.etiquette import Visit, away_until, kind_of, violations
from tests.arxiv_server.mishaps import DATA, KINDS, WIRE, Mishap, Plan
from tests.arxiv_server.months import months
from tests.arxiv_server.server import ArxivServer
from tests.arxiv_server.view import Sizes
from tests.arxiv_server.world import World

Told = tuple[int, bytes, dict[str, str]]


@pytest.fixture(scope="module")
def world() -> World:
    return months(seed=2, days=6, per_day=120.0)


@pytest.fixture
def clock(world: World) -> VirtualClock:
    return VirtualClock(feed_at(world.dates[-2]) + timedelta(hours=10))


@pytest.fixture
def server(world: World, clock: VirtualClock) -> Iterator[ArxivServer]:
    with ArxivServer(world, now=clock, sizes=Sizes(oai=20)) as server:
        yield server


def told(server: ArxivServer, path: str) -> Told:
    try:
        with urllib.request.urlopen(f"{server.url}{path}", timeout=10) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)
    except IncompleteRead as error:
        return 200, error.partial, {"cut": "yes"}


def path_for(kind: str, day: date) -> str:
    """A request that a kind can happen to."""
    where = DATA.get(kind, ("feed",))[0]
    token = f"verb=ListRecords&metadataPrefix=arXivRaw&from={day}&until={day}&skip=20".replace("=", "%3D")
    return {
        "feed": "/rss/cs.LG",
        "new": "/list/cs.LG/new",
        "api": "/api/query?search_query=cat:cs.LG&max_results=10&start=10",
        "oai": f"/oai?verb=ListRecords&resumptionToken={token.replace('&', '%26')}",
    }[where]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_the_answer_and_is_noted(
    kind: str, server: ArxivServer, world: World, clock: VirtualClock
) -> None:
    day = world.dates[-2]
    path = path_for(kind, day)
    healthy = told(server, path)
    assert healthy[0] == 200
    assert server.served == []
    server.plan = Plan(mishaps=(Mishap(kind=kind),))
    wrong = told(server, path)
    assert wrong[:2] != healthy[:2] or kind == "gzip-garbage"
    (noted,) = server.served
    assert (noted.kind, noted.at) == (kind, clock())
    assert noted.interface == DATA.get(kind, ("feed",))[0]
    if noted.interface in ("feed", "new"):
        assert (noted.category, noted.day) == ("cs.LG", day)
    assert told(server, path)[1] == wrong[1]  # it comes again in the same way


def test_a_stale_feed_is_the_one_before_with_a_fresh_build(server: ArxivServer, world: World) -> None:
    before, day = world.dates[-3], world.dates[-2]
    server.plan = Plan(mishaps=(Mishap(kind="stale-feed", category="cs.LG"),))
    stale, fresh = told(server, "/rss/cs.LG")[1].decode(), told(server, "/rss/cs.CL")[1].decode()
    assert stale.count("<item>") == len(world.announced("cs.LG", before))
    assert fresh.count("<item>") == len(world.announced("cs.CL", day))
    assert f"{before.day:02} {before:%b %Y} 00:00:00" in stale
    built = [page.partition("<lastBuildDate>")[2].partition("<")[0] for page in (stale, fresh)]
    assert built[0] == built[1]
    assert f"{day.day:02} {day:%b %Y}" in built[0]
    assert [served.category for served in server.served] == ["cs.LG"]


def test_missing_ids_come_later_under_their_date(server: ArxivServer, world: World, clock: VirtualClock) -> None:
    day = world.dates[-3]
    until = listed_at(day) + timedelta(days=2)
    spell = Mishap(kind="missing-ids", day=day, since=listed_at(day), until=until, part=(0.0, 0.5))
    server.plan = Plan(mishaps=(spell,))
    path = f"/catchup/cs.LG/{day}?abs=True"
    clock.move_to(until - timedelta(seconds=1))
    short = told(server, path)[1]
    clock.move_to(until)
    whole = told(server, path)[1]
    assert f"Total of {len(world.listed('cs.LG', day, seen=world.dates[-2]))} entries".encode() in whole
    assert 0 < short.count(b"<dt>") < whole.count(b"<dt>")
    assert f"Total of {short.count(b'<dt>')} entries".encode() in short  # the counts say nothing
    assert [served.day for served in server.served] == [day]


def test_a_lagging_new_page_promises_more_than_it_shows(server: ArxivServer, world: World) -> None:
    server.plan = Plan(mishaps=(Mishap(kind="half-listing"),))
    page = told(server, "/list/cs.LG/new")[1]
    count = len(world.announced("cs.LG", world.dates[-2]))
    assert f"Total of {count} entries".encode() in page
    assert page.count(b"<dt>") < count
    assert b"showing first" not in page


def test_a_spell_has_a_beginning_an_end_and_a_bound(server: ArxivServer, clock: VirtualClock) -> None:
    now = clock()
    server.plan = Plan(
        mishaps=(Mishap(kind="503", since=now + timedelta(hours=1), until=now + timedelta(hours=2), times=2),)
    )
    statuses = []
    for seconds in (0, 3600, 5, 5, 3590):
        clock.sleep(seconds)
        statuses.append(told(server, "/rss/cs.LG")[0])
    assert statuses == [200, 503, 503, 200, 200]


def test_a_fault_elsewhere_is_none_here(server: ArxivServer) -> None:
    server.plan = Plan(mishaps=(Mishap(kind="html", interface="oai"), Mishap(kind="html", category="cs.CL")))
    assert told(server, "/rss/cs.LG")[1].startswith(b"<?xml")
    assert server.served == []


def test_rates_are_drawn_anew_each_half_minute_and_the_same_again(
    server: ArxivServer, world: World, clock: VirtualClock
) -> None:
    plan = Plan(rates={"429": 0.3, "zero-byte": 0.2}, seed=5)
    runs = []
    for _ in range(2):
        now = VirtualClock(clock())
        with ArxivServer(world, now=now, plan=plan) as again:
            statuses = []
            for _ in range(40):
                statuses.append(told(again, "/rss/cs.LG")[0])
                now.sleep(30)
            runs.append((statuses, [(served.at, served.kind) for served in again.served]))
    assert runs[0] == runs[1]
    assert 3 < runs[0][0].count(429) < 25
    assert {kind for _, kind in runs[0][1]} == {"429", "zero-byte"}


def test_a_random_plan_has_every_kind_and_is_the_same_again(world: World) -> None:
    plan = Plan.random(world, seed=1)
    assert plan == Plan.random(world, seed=1)
    assert plan.mishaps != Plan.random(world, seed=2).mishaps
    assert {mishap.kind for mishap in plan.mishaps} | set(plan.rates) == set(KINDS)
    assert all(mishap.since < mishap.until for mishap in plan.mishaps)
    calm = Plan.random(
        world, chances=dict.fromkeys([*DATA, "new-dress", "new-format"], 0.0), rates=dict.fromkeys(WIRE, 0.0)
    )
    assert calm.mishaps == ()


@pytest.mark.parametrize("wrong", [{"kind": "fire"}, {"kind": "429", "interface": "gopher"}])
def test_unknown_kinds_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is no"):
        Mishap(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rates are for"):
        Plan(rates={"stale-feed": 0.5})


# --- politeness -----------------------------------------------------------------------------------------------------


def test_the_server_sees_who_comes_too_soon(server: ArxivServer, clock: VirtualClock) -> None:
    for path, seconds in (("/rss/cs.LG", 3), ("/oai?verb=Identify", 0), ("/list/cs.LG/new", 2.5), ("/abs/1.2", 1)):
        told(server, path)
        clock.sleep(seconds)
    told(server, "/api/query?id_list=2603.00001")
    (found,) = server.violations()
    assert "/abs/1.2" in found
    assert "2.50 s after /list/cs.LG/new" in found
    assert len(server.violations(interval=4.0)) == 3
    assert server.violations(interval=3.0, html_interval=2.0) == []


def test_who_ignores_a_retry_after_is_seen(server: ArxivServer, clock: VirtualClock) -> None:
    server.plan = Plan(mishaps=(Mishap(kind="429-retry-after", times=1),))
    wait = int(away_seconds(told(server, "/rss/cs.LG")[2]["Retry-After"], clock))
    clock.sleep(wait - 1)
    told(server, "/rss/cs.LG")
    (found,) = server.violations()
    assert "before the Retry-After of /rss/cs.LG" in found


def away_seconds(header: str, clock: VirtualClock) -> float:
    until = away_until(header, clock())
    assert until is not None
    return (until - clock()).total_seconds()


def test_both_forms_of_retry_after_are_read(clock: VirtualClock) -> None:
    now = clock()
    assert away_until("30", now) == now + timedelta(seconds=30)
    assert away_until("Wed, 04 Mar 2026 06:00:00 GMT", now) is not None
    assert away_until("0", now) is None
    assert away_until("", now) is None


def test_side_by_side_is_impolite_even_when_far_apart(clock: VirtualClock) -> None:
    now = clock()
    visits = [
        Visit(what="one", kind=kind_of("feed"), came=now),
        Visit(what="two", kind=kind_of("oai"), came=now + timedelta(seconds=9), waiting=1),
        Visit(what="page", kind=kind_of("catchup"), came=now + timedelta(seconds=9)),
    ]
    assert violations(visits, interval=3.0, html_interval=15.0) == ["two came while 1 other(s) waited"]
