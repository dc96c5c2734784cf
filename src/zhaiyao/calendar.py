"""arXiv's announcement cycle in New York: which dates should have a listing, and when. Knows no clock, fetches nothing.

An announcement is made at 20:00 New York time, Sunday to Thursday, and carries the date of the day after, Monday to
Friday. The dates here say what to wait for; an announcement's own date is always read from what arXiv prints.
Source: https://info.arxiv.org/help/availability.html.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")
_ANNOUNCED = time(20, tzinfo=_NEW_YORK)
_FEEDS_REBUILT = time(0, tzinfo=_NEW_YORK)
_DAY = timedelta(days=1)

# arXiv's published holidays, as it dates them: a holiday puts off the next announcement from its evening on. So it is
# the following weekday that has no listing: after Friday 2026-07-03 there was none dated Monday 2026-07-06.
_HOLIDAYS = {
    2025: ("01-01", "01-20", "06-19", "07-06", "09-01", "11-27", "12-25", "12-30"),
    2026: ("01-01", "01-19", "06-19", "07-03", "09-07", "11-26", "12-25", "12-29", "12-31"),
}


class Mailing(StrEnum):
    """Whether a date should have an announcement. `unknown`: a weekday of a year whose holidays we do not have.

    `yes` is no promise: arXiv sometimes puts a mailing off without notice.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def expected(on: date) -> Mailing:
    """Whether an announcement should carry this date: none on weekends, none after holidays."""
    if not _is_weekday(on) or on in _WITHOUT_LISTING:
        return Mailing.NO
    return Mailing.YES if on.year in _HOLIDAYS else Mailing.UNKNOWN


def latest_expected(now: datetime) -> date:
    """The newest date whose announcement should have been made by `now` (aware); unknown weekdays count as expected."""
    return _latest(now, announced_at)


def latest_fed(now: datetime) -> date:
    """The newest date that the feeds should show by `now` (aware); unknown weekdays count as expected."""
    return _latest(now, feed_ready_at)


def cycle_date(now: datetime) -> date:
    """The date that an announcement of this moment would carry, whether there should be one or not."""
    on = _in_new_york(now) + _DAY
    return on if announced_at(on) <= now else on - _DAY


def before(on: date) -> date:
    """The date of the announcement before this one; unknown weekdays count as announcements."""
    return _step(on, -_DAY)


def after(on: date) -> date:
    """The date of the announcement after this one; unknown weekdays count as announcements."""
    return _step(on, _DAY)


def announced_at(on: date) -> datetime:
    """The instant (UTC) at which the listing of this date appears: 20:00 in New York on the evening before."""
    return datetime.combine(on - _DAY, _ANNOUNCED).astimezone(UTC)


def feed_ready_at(on: date) -> datetime:
    """The instant (UTC) from which the RSS and Atom feeds hold this date: they are rebuilt at midnight in New York."""
    return datetime.combine(on, _FEEDS_REBUILT).astimezone(UTC)


def _in_new_york(now: datetime) -> date:
    if now.tzinfo is None:
        raise ValueError("arXiv's calendar wants an aware datetime")
    return now.astimezone(_NEW_YORK).date()


def _latest(now: datetime, ready: Callable[[date], datetime]) -> date:
    on = _in_new_york(now) + _DAY
    while ready(on) > now or expected(on) is Mailing.NO:
        on -= _DAY
    return on


def _step(on: date, by: timedelta) -> date:
    on += by
    while expected(on) is Mailing.NO:
        on += by
    return on


def _is_weekday(on: date) -> bool:
    return on.weekday() < 5


def _weekday_after(holiday: date) -> date:
    on = holiday + _DAY
    while not _is_weekday(on):
        on += _DAY
    return on


_WITHOUT_LISTING = frozenset(
    _weekday_after(date.fromisoformat(f"{year}-{day}")) for year, days in _HOLIDAYS.items() for day in days
)
