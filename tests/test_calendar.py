"""arXiv's mailing cycle: weekends, holidays, and both sides of the clock changes in New York."""

import json
import lzma
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.calendar import (
    Mailing,
    after,
    announced_at,
    before,
    cycle_date,
    expected,
    feed_ready_at,
    latest_expected,
    latest_fed,
)

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("on", "mailing"),
    [
        (date(2026, 8, 14), Mailing.YES),
        (date(2026, 8, 15), Mailing.NO),
        (date(2026, 8, 16), Mailing.NO),
        (date(2026, 8, 17), Mailing.YES),
        # A holiday has its own listing, made the evening before; the next weekday has none.
        (date(2026, 7, 3), Mailing.YES),
        (date(2026, 7, 6), Mailing.NO),
        (date(2026, 7, 7), Mailing.YES),
        (date(2026, 9, 7), Mailing.YES),
        (date(2026, 9, 8), Mailing.NO),
        (date(2026, 11, 27), Mailing.NO),
        (date(2026, 12, 28), Mailing.NO),
        (date(2027, 1, 1), Mailing.NO),
        (date(2027, 1, 4), Mailing.UNKNOWN),
        (date(2027, 1, 3), Mailing.NO),
        (date(2019, 3, 5), Mailing.UNKNOWN),
    ],
)
def test_expected(on: date, mailing: Mailing) -> None:
    assert expected(on) is mailing


def test_expected_agrees_with_a_real_summer(shared: Path) -> None:
    with lzma.open(shared / "corpus" / "listings-2025.jsonl.xz", "rt", encoding="utf-8") as lines:
        listed = {date.fromisoformat(json.loads(line)["date"]) for line in lines}
    assert {date(2025, 6, 19), date(2025, 7, 4), date(2025, 9, 1)} <= listed
    silent = {date(2025, 6, 20), date(2025, 7, 7), date(2025, 9, 2)}
    days = [min(listed) + number * DAY for number in range((max(listed) - min(listed)).days + 1)]
    weekdays = [day for day in days if day.weekday() < 5]
    assert {day for day in weekdays if expected(day) is Mailing.NO} == silent
    # 23 September is missing in this collection, and was no holiday.
    assert {day for day in weekdays if day not in listed} == silent | {date(2025, 9, 23)}


def test_announcements_are_at_eight_in_the_evening_before() -> None:
    assert announced_at(date(2026, 8, 14)) == datetime(2026, 8, 14, 0, tzinfo=UTC)
    assert announced_at(date(2026, 8, 17)) == datetime(2026, 8, 17, 0, tzinfo=UTC), "Sunday evening, for Monday"
    assert announced_at(date(2026, 1, 14)) == datetime(2026, 1, 14, 1, tzinfo=UTC)
    assert announced_at(date(2026, 1, 14)).tzinfo is UTC


def test_feeds_follow_at_midnight() -> None:
    assert feed_ready_at(date(2026, 8, 14)) == datetime(2026, 8, 14, 4, tzinfo=UTC)
    assert feed_ready_at(date(2026, 1, 14)) == datetime(2026, 1, 14, 5, tzinfo=UTC)


def test_the_clock_changes() -> None:
    # 2026: clocks go forward on Sunday 8 March and back on Sunday 1 November, at 02:00 in New York.
    assert announced_at(date(2026, 3, 6)).hour == 1
    assert announced_at(date(2026, 3, 9)).hour == 0
    assert feed_ready_at(date(2026, 3, 8)).hour == 5
    assert feed_ready_at(date(2026, 3, 9)).hour == 4
    assert announced_at(date(2026, 10, 30)).hour == 0
    assert announced_at(date(2026, 11, 2)).hour == 1
    assert feed_ready_at(date(2026, 11, 1)).hour == 4
    assert feed_ready_at(date(2026, 11, 2)).hour == 5


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        (datetime(2026, 8, 13, 23, 59, 59, tzinfo=UTC), date(2026, 8, 13)),
        (datetime(2026, 8, 14, 0, 0, tzinfo=UTC), date(2026, 8, 14)),
        (datetime(2026, 8, 16, 23, 59, tzinfo=UTC), date(2026, 8, 14)),
        (datetime(2026, 8, 17, 0, 0, tzinfo=UTC), date(2026, 8, 17)),
        (datetime(2026, 1, 14, 0, 59, tzinfo=UTC), date(2026, 1, 13)),
        (datetime(2026, 7, 7, 0, 0, tzinfo=UTC) - timedelta(seconds=1), date(2026, 7, 3)),
        (datetime(2026, 7, 7, 0, 0, tzinfo=UTC), date(2026, 7, 7)),
        (datetime.fromisoformat("2026-08-14T08:00:00+08:00"), date(2026, 8, 14)),
        (datetime(2019, 3, 6, 12, tzinfo=UTC), date(2019, 3, 6)),
    ],
)
def test_latest_expected(now: datetime, latest: date) -> None:
    assert latest_expected(now) == latest


@settings(max_examples=200, deadline=None)
@given(now=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_latest_expected_is_the_newest_that_was_announced(now: datetime) -> None:
    latest = latest_expected(now)
    assert announced_at(latest) <= now
    assert expected(latest) is not Mailing.NO
    later = [latest + number * DAY for number in range(1, 10)]
    assert all(announced_at(on) > now or expected(on) is Mailing.NO for on in later)
    assert announced_at(latest) < feed_ready_at(latest)


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="aware"):
        latest_expected(datetime(2026, 8, 14))


def test_the_feeds_follow_the_listings_by_four_hours() -> None:
    evening = datetime(2026, 1, 14, 2, tzinfo=UTC)
    assert (latest_expected(evening), latest_fed(evening)) == (date(2026, 1, 14), date(2026, 1, 13))
    assert latest_fed(feed_ready_at(date(2026, 1, 14))) == date(2026, 1, 14)


@pytest.mark.parametrize(
    ("now", "cycle"),
    [
        (datetime(2026, 1, 14, 0, 59, tzinfo=UTC), date(2026, 1, 13)),
        (datetime(2026, 1, 14, 1, tzinfo=UTC), date(2026, 1, 14)),
        (datetime(2026, 1, 17, 12, tzinfo=UTC), date(2026, 1, 17)),  # a Saturday
    ],
)
def test_which_date_an_announcement_of_this_moment_would_carry(now: datetime, cycle: date) -> None:
    assert cycle_date(now) == cycle


def test_before_and_after_skip_what_has_no_mailing() -> None:
    assert after(date(2026, 1, 16)) == date(2026, 1, 19)
    assert after(date(2026, 1, 19)) == date(2026, 1, 21), "the 20th follows a holiday"
    assert before(date(2026, 1, 21)) == date(2026, 1, 19)


@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)))
@settings(max_examples=100, deadline=None)
def test_before_undoes_after(day: date) -> None:
    if expected(day) is Mailing.YES:
        assert before(after(day)) == day
