"""arXiv's mailing cycle in New York, and clocks that can be turned. Knows no papers.

A *day* is an announcement date: what is mailed on an evening bears the date of the day after, Monday to Friday.
"""

import threading
import time
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
ONE_DAY = timedelta(days=1)

# No mailing goes out on the evening of a holiday, nor on the evenings of the weekend that follows one on a Friday.
_HOLIDAYS = {
    2025: ("01-01", "01-20", "06-19", "07-06", "09-01", "11-27", "12-25", "12-30"),
    2026: ("01-01", "01-19", "06-19", "07-03", "09-07", "11-26", "12-25", "12-29", "12-31"),
}
HOLIDAYS = frozenset(date.fromisoformat(f"{year}-{day}") for year, days in _HOLIDAYS.items() for day in days)


def at_new_york(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a calendar date in New York, in UTC."""
    return datetime.combine(day, time_of_day(hour, minute), NEW_YORK).astimezone(UTC)


def listed_at(day: date) -> datetime:
    """When the listings of a day appear: 20:00 in New York on the evening before."""
    return at_new_york(day - ONE_DAY, 20)


def oai_at(day: date) -> datetime:
    """When OAI has the records of a day: about 22:30 on that evening."""
    return at_new_york(day - ONE_DAY, 22, 30)


def feed_at(day: date) -> datetime:
    """When the feeds of a day are built: midnight."""
    return at_new_york(day, 0)


def api_at(day: date) -> datetime:
    """When the query API finds the papers of a day: some hours after the feeds."""
    return at_new_york(day, 3)


def in_new_york(moment: datetime) -> date:
    """Which calendar date it is there."""
    return moment.astimezone(NEW_YORK).date()


def has_mailing(day: date) -> bool:
    """Whether a listing bears this date, as arXiv's calendar has it."""
    if day.weekday() >= 5:
        return False
    before = day - ONE_DAY
    while before.weekday() >= 5:
        if before in HOLIDAYS:
            return False
        before -= ONE_DAY
    return before not in HOLIDAYS


def mailing_days(first: date, *, without: Collection[date] = ()) -> Iterator[date]:
    """All days with a mailing from a date on; `without` those that were deferred."""
    day = first
    while True:
        if has_mailing(day) and day not in without:
            yield day
        day += ONE_DAY


class VirtualClock:
    """A clock that only moves when told, or flows at `speed` virtual seconds a second. Thread-safe, in UTC."""

    def __init__(self, start: datetime, *, speed: float = 0.0) -> None:
        self._now = start.astimezone(UTC)
        self._speed = speed
        self._set = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._flowing()

    def sleep(self, seconds: float) -> None:
        """Lets so much time go by at once."""
        with self._lock:
            self._turn(self._flowing() + timedelta(seconds=max(seconds, 0.0)))

    def move_to(self, when: datetime) -> None:
        """Goes forward to an instant; one that has passed already changes nothing."""
        with self._lock:
            self._turn(max(self._flowing(), when.astimezone(UTC)))

    def _flowing(self) -> datetime:
        return self._now + timedelta(seconds=(time.monotonic() - self._set) * self._speed)

    def _turn(self, when: datetime) -> None:
        self._now, self._set = when, time.monotonic()
