"""What a day's counts say, how a category stands, and when a past day is asked for."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import DAY, NOW
from zhaiyao import calendar
from zhaiyao.ledger import (
    SHORTEST_PAUSE,
    CategoryState,
    DayState,
    closed,
    confirmed,
    next_look,
    reached,
    standing,
    state,
    totals,
)
from zhaiyao.records import Fault, Incident, Interface, LedgerDay, Telling

HOUR = timedelta(hours=1)
ANNOUNCED = calendar.announced_at(DAY)
FEEDS = calendar.feed_ready_at(DAY)


def day(announced: int | None, fetched: int, translated: int, published: int, on: date = DAY) -> LedgerDay:
    return LedgerDay(
        category="cs.LG", date=on, announced=announced, fetched=fetched, translated=translated, failed=0,
        published=published,
    )  # fmt: skip


def telling(
    shown: int,
    announced: int | None,
    at: datetime,
    interface: Interface = Interface.LISTING,
    on: date = DAY,
) -> Telling:
    return Telling(category="cs.LG", date=on, interface=interface, announced=announced, shown=shown, at=at)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((None, 0, 0, 0), DayState.EMPTY),
        ((0, 0, 0, 0), DayState.QUIET),
        ((5, 0, 0, 0), DayState.MISSING),
        ((5, 4, 4, 4), DayState.MISSING),
        ((5, 5, 4, 5), DayState.UNTRANSLATED),
        ((5, 5, 5, 4), DayState.UNPUBLISHED),
        ((5, 5, 5, 5), DayState.COMPLETE),
        ((None, 5, 5, 5), DayState.UNCHECKED),
    ],
)
def test_the_first_thing_that_is_wrong(counts: tuple[int | None, int, int, int], expected: DayState) -> None:
    assert state(day(*counts)) is expected


def test_a_weekend_without_papers_is_quiet_and_one_with_papers_is_not() -> None:
    saturday = date(2026, 1, 17)
    assert state(day(None, 0, 0, 0, on=saturday)) is DayState.QUIET
    assert state(day(None, 2, 2, 2, on=saturday)) is DayState.UNCHECKED


def test_totals_know_what_arxiv_did_not_tell() -> None:
    assert totals([day(5, 5, 4, 5), day(2, 2, 2, 2)]).announced == 7
    assert totals([day(5, 5, 4, 5), day(None, 2, 2, 2)]).announced is None
    assert totals([day(5, 5, 4, 5), day(None, 2, 2, 2)]).translated == 6


def test_a_count_is_reached_by_what_is_held_and_doubted_where_it_is_nothing() -> None:
    assert reached([telling(5, 5, NOW)], 5)
    assert not reached([telling(5, 5, NOW), telling(4, 6, NOW, Interface.CATCHUP)], 5), "the highest count holds"
    assert not reached([telling(5, None, NOW, Interface.FEED)], 5), "nobody counted"
    assert reached([telling(0, 0, NOW)], 0)
    assert not reached([telling(0, 0, NOW)], 5), "a count of nothing, and yet there are papers"


def test_an_early_count_is_confirmed_by_a_second_voice_or_by_time() -> None:
    early = telling(5, 5, ANNOUNCED + HOUR)
    assert not confirmed(DAY, [early], 5)
    assert confirmed(DAY, [early, telling(5, None, FEEDS + HOUR, Interface.FEED)], 5)
    assert not confirmed(DAY, [early, telling(3, None, FEEDS + HOUR, Interface.FEED)], 5)
    assert confirmed(DAY, [telling(5, 5, FEEDS + HOUR)], 5)


def test_a_day_is_closed_only_by_its_own_page_days_later() -> None:
    late = ANNOUNCED + timedelta(days=4)
    listed = telling(5, 5, FEEDS + HOUR)
    assert not closed(DAY, [listed], 5)
    assert not closed(DAY, [listed, telling(5, 5, ANNOUNCED + timedelta(days=1), Interface.CATCHUP)], 5)
    assert closed(DAY, [listed, telling(5, 5, late, Interface.CATCHUP)], 5)
    assert not closed(DAY, [listed, telling(5, 7, late, Interface.CATCHUP)], 5)


@pytest.mark.parametrize(
    ("told", "held", "first"),
    [
        ([], 0, calendar.announced_at(calendar.after(DAY))),
        ([telling(0, 0, NOW)], 0, calendar.announced_at(calendar.after(DAY))),
        ([telling(3, 5, NOW)], 3, FEEDS + HOUR / 2),
        ([telling(5, None, NOW, Interface.FEED)], 5, FEEDS + HOUR / 2),
        ([telling(5, 5, NOW)], 5, ANNOUNCED + timedelta(days=3)),
    ],
)
def test_when_a_past_day_is_first_asked_for(told: list[Telling], held: int, first: datetime) -> None:
    assert next_look(DAY, told, held) == first


def test_nothing_is_asked_of_days_without_announcement_or_closed_ones() -> None:
    assert next_look(date(2026, 1, 17), [], 0) is None
    assert next_look(date(2026, 1, 20), [], 0) is None, "the day after a holiday"
    unexpected = [telling(3, None, NOW, Interface.FEED, on=date(2026, 1, 17))]
    assert next_look(date(2026, 1, 17), unexpected, 3) is not None
    assert next_look(DAY, [telling(5, 5, ANNOUNCED + timedelta(days=4), Interface.CATCHUP)], 5) is None


@given(hours=st.integers(24, 80 * 24))
@settings(max_examples=50, deadline=None)
def test_a_gap_that_stays_is_asked_for_ever_more_rarely(hours: int) -> None:
    asked = ANNOUNCED + hours * HOUR
    following = next_look(DAY, [telling(3, 5, asked, Interface.CATCHUP)], 3)
    assert following is not None
    assert following - asked >= max(SHORTEST_PAUSE, hours * HOUR / 2)


LATE = FEEDS + 2 * HOUR
YESTERDAY = calendar.before(DAY)


def incident(fault: Fault, at: datetime) -> Incident:
    return Incident(category="cs.LG", date=DAY, interface=Interface.FEED, fault=fault, at=at)


@pytest.mark.parametrize(
    ("told", "incidents", "held", "now", "expected"),
    [
        ([telling(5, 5, FEEDS)], [], 5, LATE, CategoryState.FRESH),
        ([telling(5, None, FEEDS, Interface.FEED)], [], 5, LATE, CategoryState.FRESH),
        ([], [], 0, ANNOUNCED + HOUR, CategoryState.WAITING),
        ([telling(5, 5, ANNOUNCED, on=YESTERDAY)], [], 0, ANNOUNCED + HOUR, CategoryState.WAITING),
        ([telling(5, 5, LATE, on=YESTERDAY)], [], 0, LATE, CategoryState.STALLED),
        ([telling(3, 5, FEEDS)], [], 3, LATE, CategoryState.STALLED),
        ([telling(0, 0, FEEDS), telling(0, None, FEEDS, Interface.FEED)], [], 0, LATE, CategoryState.QUIET),
        ([telling(0, 0, FEEDS)], [], 0, LATE, CategoryState.STALLED),
        ([], [incident(Fault.UNREACHED, FEEDS)], 0, LATE, CategoryState.FAILED),
        ([telling(5, 5, LATE, on=YESTERDAY)], [incident(Fault.UNREACHED, FEEDS)], 0, LATE, CategoryState.STALLED),
        ([telling(5, 5, LATE)], [incident(Fault.UNREACHED, FEEDS)], 5, LATE, CategoryState.FRESH),
        ([], [incident(Fault.STALE, FEEDS)], 0, LATE, CategoryState.STALLED),
    ],
)
def test_how_a_category_stands(
    told: list[Telling], incidents: list[Incident], held: int, now: datetime, expected: CategoryState
) -> None:
    found = standing("cs.LG", told, incidents, held, now=now)
    assert (found.state, found.day) == (expected, DAY)
    assert found.since <= now


def test_a_weekend_is_quiet_and_says_when_it_goes_on() -> None:
    friday, sunday = date(2026, 1, 23), datetime(2026, 1, 25, 12, tzinfo=NOW.tzinfo)
    found = standing("cs.LG", [telling(5, 5, sunday, on=friday)], [], 5, now=sunday)
    assert (found.state, found.day) == (CategoryState.QUIET, friday)
    assert found.next_at == calendar.announced_at(date(2026, 1, 26))
    missing = standing("cs.LG", [], [], 0, now=sunday)
    assert missing.state is CategoryState.STALLED, "Friday is missing, whatever day it is"


def test_a_weekday_of_an_unknown_year_is_unknown_until_something_is_told() -> None:
    monday, now = date(2031, 3, 3), datetime(2031, 3, 3, 12, tzinfo=NOW.tzinfo)
    assert standing("cs.LG", [], [], 0, now=now).state is CategoryState.UNKNOWN
    assert standing("cs.LG", [telling(5, 5, now, on=monday)], [], 5, now=now).state is CategoryState.FRESH


def test_what_is_tried_next() -> None:
    stalled = standing("cs.LG", [telling(3, 5, FEEDS)], [], 3, now=LATE)
    assert (stalled.next_interface, stalled.next_at) == (Interface.CATCHUP, LATE)
    asked = [telling(3, 5, FEEDS), telling(3, 5, LATE, Interface.CATCHUP)]
    assert standing("cs.LG", asked, [], 3, now=LATE).next_at == LATE + SHORTEST_PAUSE
    fresh = standing("cs.LG", [telling(5, 5, FEEDS)], [], 5, now=LATE)
    assert (fresh.next_interface, fresh.next_at) == (Interface.LISTING, calendar.announced_at(calendar.after(DAY)))
