"""Fetching on the real store with fakes for arXiv: fallback, version numbers, what is noted, and the gaps."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.build import DAY, listing, page, sighting
from tests.fakes import Clock, PageListings, PageSource, Quiet, SightingTexts
from zhaiyao import calendar
from zhaiyao.errors import FetchError, ParseError, UsageError
from zhaiyao.ledger import CategoryState
from zhaiyao.ports import Arxiv, Store
from zhaiyao.records import AnnounceType, Fault, Interface, LedgerDay, Page, Profile, Sighting
from zhaiyao.store import open_store
from zhaiyao.usecases.backfill import MOST, Backfilled, backfill
from zhaiyao.usecases.compose import compose_due
from zhaiyao.usecases.fetch import Fetched, fetch
from zhaiyao.usecases.profiles import implicit

MORNING = datetime(2026, 1, 14, 6, 30, tzinfo=UTC)
BEFORE = calendar.before(DAY)
NEW = [sighting(f"2601.9990{number}") for number in range(4)]
DOWN = FetchError("the server answered 503", subject="http://localhost", hint="Later.")
GARBLED = ParseError("not a listing", subject="http://localhost")


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@dataclass
class Reader:
    """One reader of cs.LG, whose arXiv is exchanged from run to run."""

    store: Store
    clock: Clock = field(default_factory=lambda: Clock(MORNING))

    @property
    def profile(self) -> Profile:
        return implicit(self.store, ["cs.LG"], now=self.clock())

    def fetch(self, feed: Page | Exception, listed: Page | Exception | None = None, **others: object) -> Fetched:
        (report,) = fetch(self.store, arxiv(feed, listed, **others), [self.profile], clock=self.clock, progress=Quiet())
        return report

    def backfill(self, listings: PageListings, *, since: date | None = None) -> tuple[Backfilled, ...]:
        asked = Arxiv(feed=PageSource(), listings=listings)
        return backfill(self.store, asked, [self.profile], since=since, clock=self.clock, progress=Quiet())

    def day(self, on: date = DAY) -> LedgerDay | None:
        with self.store.reading() as tx:
            return next(iter(tx.ledger.days(categories=["cs.LG"], on=on)), None)

    def noted(self) -> set[tuple[Interface, Fault]]:
        with self.store.reading() as tx:
            return {(one.interface, one.fault) for one in tx.ledger.incidents()}

    def numbers(self, on: date = DAY) -> dict[str, int]:
        with self.store.reading() as tx:
            return {one.paper_id: one.version for one in tx.papers.announcements(category="cs.LG", on=on)}


def arxiv(feed: Page | Exception, listed: Page | Exception | None, **others: object) -> Arxiv:
    def errors(told: Page | Exception | None) -> dict[str, FetchError]:
        return {"cs.LG": told} if isinstance(told, Exception) else {}  # type: ignore[dict-item]

    pages = [one for one in (listed,) if isinstance(one, Page)]
    return Arxiv(
        feed=PageSource(*[one for one in (feed,) if isinstance(one, Page)], errors=errors(feed)),
        listings=None if listed is None else PageListings(*pages, errors=errors(listed)),
        **others,  # type: ignore[arg-type]
    )


def without_number(one: Sighting) -> Sighting:
    assert one.announcement is not None
    return replace(one, version=replace(one.version, number=0), announcement=replace(one.announcement, version=0))


@pytest.fixture
def reader(store: Store) -> Reader:
    return Reader(store)


def test_feed_and_listing_are_both_taken_in_and_the_listings_count_is_told(reader: Reader) -> None:
    report = reader.fetch(page(NEW), listing(NEW))
    assert report.asked == (Interface.FEED, Interface.LISTING)
    assert (report.shown, report.error, report.incidents) == (4, None, ())
    assert report.standing is not None
    assert report.standing.state is CategoryState.FRESH
    told = reader.day()
    assert told is not None
    assert (told.announced, told.fetched) == (4, 4)
    assert sum(report.novelties.values()) == 4, "each paper is news once"


def test_a_confirmed_day_is_not_listed_again_and_costs_no_change(reader: Reader, store: Store) -> None:
    reader.fetch(page(NEW), listing(NEW))
    with store.reading() as tx:
        before = [one for one in tx.changes.since(0, limit=1000) if one.kind != "told"]
    report = reader.fetch(page(NEW), listing(NEW))
    assert report.asked == (Interface.FEED,)
    with store.reading() as tx:
        assert [one for one in tx.changes.since(0, limit=1000) if one.kind != "told"] == before


@pytest.mark.parametrize("error", [DOWN, GARBLED])
def test_where_the_feed_fails_the_listing_serves_and_the_reason_is_noted(reader: Reader, error: Exception) -> None:
    report = reader.fetch(error, listing(NEW))
    assert (report.error, report.shown) == (None, 4)
    fault = Fault.UNREADABLE if error is GARBLED else Fault.UNREACHED
    assert reader.noted() == {(Interface.FEED, fault)}


def test_where_the_listing_fails_the_feed_serves_unchecked(reader: Reader) -> None:
    report = reader.fetch(page(NEW), DOWN)
    assert (report.error, report.shown) == (None, 4)
    told = reader.day()
    assert told is not None
    assert (told.announced, told.fetched) == (None, 4)


def test_where_both_fail_the_category_has_failed_and_nothing_else_happened(reader: Reader) -> None:
    report = reader.fetch(DOWN, DOWN)
    assert report.error is DOWN
    assert report.standing is not None
    assert report.standing.state is CategoryState.FAILED
    assert reader.day() is None


def test_a_cut_listing_and_the_feed_make_a_whole_day(reader: Reader) -> None:
    reader.fetch(page(NEW), listing(NEW[:2], announced=4))
    told = reader.day()
    assert told is not None
    assert (told.announced, told.fetched) == (4, 4)
    assert (Interface.LISTING, Fault.CUT) in reader.noted()


def test_the_number_of_a_replacement_comes_from_the_feed(reader: Reader) -> None:
    revised = sighting("2601.88800", AnnounceType.REPLACE, number=3)
    reader.fetch(page([revised]), listing([without_number(revised)]))
    assert reader.numbers() == {"2601.88800": 3}


def test_without_a_feed_the_query_api_tells_the_number_once_a_day(reader: Reader) -> None:
    revised = sighting("2601.88800", AnnounceType.REPLACE, number=3)
    texts = SightingTexts(revised)
    reader.fetch(DOWN, listing([without_number(revised), *NEW]), texts=texts)
    reader.fetch(DOWN, listing([without_number(revised), *NEW]), texts=texts)
    assert texts.asked == [("2601.88800",)]
    assert reader.numbers()["2601.88800"] == 3


def test_a_query_api_that_is_days_behind_is_not_believed(reader: Reader) -> None:
    reader.fetch(page([sighting("2601.88800", on=BEFORE)], on=BEFORE))
    behind = sighting("2601.88800", number=1)
    revised = without_number(sighting("2601.88800", AnnounceType.REPLACE))
    reader.fetch(DOWN, listing([revised]), texts=SightingTexts(behind))
    assert reader.numbers() == {"2601.88800": 0}
    assert (Interface.API, Fault.LATE) in reader.noted()


def test_what_held_an_answer_up_is_noted(reader: Reader) -> None:
    setbacks = iter([[(Fault.UNREACHED, "the server answered 429")], []])
    report = reader.fetch(page(NEW), listing(NEW), setbacks=lambda: next(setbacks))
    assert [(one.interface, one.fault) for one in report.incidents] == [(Interface.FEED, Fault.UNREACHED)]


def test_a_redated_feed_announces_nothing_twice(reader: Reader) -> None:
    old = [sighting(f"2601.8880{number}", on=BEFORE) for number in range(4)]
    reader.clock = Clock(MORNING - timedelta(days=1))
    reader.fetch(page(old, on=BEFORE), listing(old, on=BEFORE))
    reader.clock.now = MORNING
    again = [sighting(one.paper.id) for one in old]
    report = reader.fetch(page(again), DOWN)
    assert report.shown == 0
    assert reader.day() is None
    assert (Interface.FEED, Fault.MISDATED) in reader.noted()
    reader.fetch(page(again), listing(NEW))
    assert set(reader.numbers()) == {one.paper.id for one in NEW}


def test_an_empty_page_changes_nothing_but_the_ledger(reader: Reader, store: Store) -> None:
    reader.fetch(page([]), listing([]))
    with store.reading() as tx:
        assert {one.kind for one in tx.changes.since(0, limit=100)} <= {"told", "feedback"}
    assert reader.day() is not None


def test_a_listing_that_denied_the_day_is_named_when_papers_turn_up(reader: Reader) -> None:
    reader.fetch(DOWN, listing([]))
    reader.fetch(page(NEW), listing(NEW))
    assert (Interface.LISTING, Fault.EMPTY) in reader.noted()


# Gaps ---------------------------------------------------------------------------------------------------------------


def seen(reader: Reader, *days: date) -> None:
    """The reader fetched these days."""
    for on in days:
        reader.clock.now = calendar.feed_ready_at(on) + timedelta(hours=1)
        shown = [sighting(f"26{on:%m}.{on:%d}00{number}", on=on) for number in range(3)]
        reader.fetch(page(shown, on=on), listing(shown, on=on))


def caught(on: date, *, papers: int = 3, announced: int | None = None) -> Page:
    shown = [sighting(f"26{on:%m}.{on:%d}00{number}", on=on) for number in range(papers)]
    return listing(shown, on=on, announced=announced, interface=Interface.CATCHUP)


MONDAY, TUESDAY, WEDNESDAY = (date(2026, 1, day) for day in (12, 13, 14))


def test_a_missed_day_is_found_and_filled_in_as_soon_as_it_is_over(reader: Reader) -> None:
    seen(reader, MONDAY, WEDNESDAY)
    listings = PageListings(past=[caught(TUESDAY)])
    (report,) = reader.backfill(listings)
    assert (report.day, report.added) == (TUESDAY, 3)
    assert listings.asked_on == [("cs.LG", TUESDAY)]
    told = reader.day(TUESDAY)
    assert told is not None
    assert (told.announced, told.fetched) == (3, 3)
    assert (Interface.CATCHUP, Fault.BACKFILLED) in reader.noted()


def test_a_day_is_not_asked_for_before_the_next_is_due(reader: Reader) -> None:
    seen(reader, MONDAY)
    reader.clock.now = calendar.announced_at(TUESDAY) + timedelta(hours=20)
    assert reader.backfill(PageListings()) == ()


def test_a_gap_that_stays_is_not_asked_for_every_hour(reader: Reader) -> None:
    seen(reader, MONDAY, WEDNESDAY)
    listings = PageListings(past=[caught(TUESDAY, papers=2, announced=3)])
    hours = 24
    for _ in range(hours):
        reader.backfill(listings)
        reader.clock.now += timedelta(hours=1)
    assert 2 <= len(listings.asked_on) <= 1 + hours / 6
    assert (Interface.CATCHUP, Fault.CUT) in reader.noted()


def test_a_complete_day_is_looked_at_once_more_days_later(reader: Reader) -> None:
    seen(reader, MONDAY)
    listings = PageListings(past=[caught(MONDAY, papers=4)])
    reader.clock.now = calendar.announced_at(MONDAY) + timedelta(days=2)
    asked_before = [report.day for report in reader.backfill(listings)]
    assert MONDAY not in asked_before
    reader.clock.now = calendar.announced_at(MONDAY) + timedelta(days=3, hours=1)
    added = {report.day: report.added for report in reader.backfill(listings)}
    assert added[MONDAY] == 1
    assert {(Interface.FEED, Fault.LATE), (Interface.LISTING, Fault.LATE)} <= reader.noted()
    reader.clock.now += timedelta(days=10)
    assert MONDAY not in [report.day for report in reader.backfill(listings)], "it is closed"


def test_a_holiday_costs_nothing_and_a_deferred_mailing_little(reader: Reader) -> None:
    friday, after_holiday = date(2026, 1, 16), date(2026, 1, 20)
    seen(reader, friday, date(2026, 1, 21))
    listings = PageListings()
    reader.backfill(listings)
    assert ("cs.LG", after_holiday) not in listings.asked_on
    assert ("cs.LG", date(2026, 1, 19)) in listings.asked_on
    told = reader.day(date(2026, 1, 19))
    assert told is not None
    assert (told.announced, told.fetched) == (0, 0)


def test_a_day_of_which_the_listing_showed_half_is_completed_the_same_day(reader: Reader) -> None:
    reader.fetch(DOWN, listing(NEW[:2], announced=4))
    (report,) = reader.backfill(PageListings(past=[listing(NEW, interface=Interface.CATCHUP)]))
    assert (report.day, report.added) == (DAY, 2)


def test_a_failing_page_is_noted_and_a_server_that_is_down_is_left_alone(reader: Reader) -> None:
    seen(reader, MONDAY, date(2026, 1, 15))
    listings = PageListings(past=[("cs.LG", WEDNESDAY, DOWN), caught(TUESDAY)])
    (report,) = reader.backfill(listings)
    assert report.error is DOWN
    garbled = PageListings(past=[("cs.LG", WEDNESDAY, GARBLED), caught(TUESDAY)])
    first, second, *_ = reader.backfill(garbled)
    assert (first.error, second.added) == (GARBLED, 3)


def test_a_run_asks_for_few_past_days_unless_it_is_told_since_when(reader: Reader) -> None:
    seen(reader, MONDAY)
    reader.clock.now = calendar.feed_ready_at(date(2026, 2, 20))
    listings = PageListings()
    assert len(reader.backfill(listings)) == MOST
    assert listings.asked_on == sorted(listings.asked_on, reverse=True), "newest first"
    since = date(2026, 1, 5)
    assert min(report.day for report in reader.backfill(listings, since=since)) == since


def test_a_date_out_of_reach_is_refused_before_anybody_is_asked(reader: Reader) -> None:
    listings = PageListings()
    with pytest.raises(UsageError, match="90 days"):
        reader.backfill(listings, since=date(2025, 10, 1))
    assert listings.asked_on == []


def test_a_later_cross_listing_is_not_announced_on_the_first_day_too(reader: Reader) -> None:
    seen(reader, MONDAY)
    reader.clock.now = calendar.feed_ready_at(WEDNESDAY) + timedelta(hours=1)
    crossed = sighting("2601.55555", AnnounceType.CROSS, on=WEDNESDAY)
    reader.fetch(page([crossed], on=WEDNESDAY), listing([crossed], on=WEDNESDAY))
    tuesday = listing(
        [*caught(TUESDAY).sightings, sighting("2601.55555", AnnounceType.CROSS, on=TUESDAY)],
        on=TUESDAY,
        interface=Interface.CATCHUP,
    )
    (report,) = reader.backfill(PageListings(past=[tuesday]))
    assert report.added == 3
    told = reader.day(TUESDAY)
    assert told is not None
    assert (told.announced, told.fetched) == (3, 3)


def test_an_old_edition_that_gets_papers_says_so(reader: Reader, store: Store) -> None:
    seen(reader, MONDAY)
    compose_due(store, reader.profile, clock=reader.clock)
    reader.clock.now = calendar.announced_at(MONDAY) + timedelta(days=4)
    reader.backfill(PageListings(past=[caught(MONDAY, papers=5)]))
    made = compose_due(store, reader.profile, clock=reader.clock)
    assert [(one.id, one.cause, len(one.entries)) for one in made] == [("cs.LG@2026-01-12.r2", "backfilled", 5)]
