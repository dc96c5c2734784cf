"""The ledger as a reader sees it: how each category stands now, its days, and what went wrong with them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from zhaiyao import calendar
from zhaiyao.calendar import Mailing
from zhaiyao.ledger import DayState, Standing, state
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Fault, Incident, Interface, LedgerDay
from zhaiyao.usecases.standings import standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One day of the ledger and what is wrong with it, if anything; `incidents` counts faults by interface."""

    day: LedgerDay
    state: DayState
    incidents: tuple[tuple[Interface, Fault, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Each category's standing; days, newest first; what waits in the queue with its last faults, most frequent first;
    and the incidents of the days shown, newest first."""

    standings: tuple[Standing, ...]
    rows: tuple[Row, ...]
    waiting: int
    faults: tuple[tuple[str, int], ...]
    incidents: tuple[Incident, ...]


def status(store: Store, categories: Sequence[str] = (), *, now: datetime, limit: int = 30) -> Status:
    """The latest `limit` dates of these categories, or of all, without weekends and holidays; the standing of those, or
    of all that a profile names."""
    with store.reading() as tx:
        days = tx.ledger.days(categories=categories or None, limit=limit)
        waiting = tx.work.open()
        incidents = _incidents(tx, categories, {day.date for day in days}, now)
        stand = standings(tx, categories or _subscribed(tx), now=now)
    faults = Counter(item.last_fault for item in waiting if item.last_fault)
    return Status(
        standings=stand,
        rows=tuple(
            Row(day=day, state=state(day), incidents=_counted(incidents, day.category, day.date))
            for day in days
            if day.fetched or day.announced or calendar.expected(day.date) is not Mailing.NO
        ),
        waiting=len(waiting),
        faults=tuple(sorted(faults.items(), key=lambda pair: (-pair[1], pair[0]))),
        incidents=incidents,
    )


def _subscribed(tx: UnitOfWork) -> tuple[str, ...]:
    profiles = (tx.profiles.get(name) for name in tx.profiles.names())
    return tuple(sorted({category for profile in profiles if profile for category in profile.categories}))


def _incidents(tx: UnitOfWork, categories: Sequence[str], days: set[date], now: datetime) -> tuple[Incident, ...]:
    """Those of the days shown, and of later ones, of which nothing may be known but that."""
    first = min(days, default=now.date())
    since = datetime.combine(first, datetime.min.time(), now.tzinfo)
    found = tx.ledger.incidents(categories=categories or None, since=since)
    return tuple(one for one in found if one.date is None or one.date >= first)


def _counted(incidents: Iterable[Incident], category: str, on: date) -> tuple[tuple[Interface, Fault, int], ...]:
    counts = Counter((one.interface, one.fault) for one in incidents if (one.category, one.date) == (category, on))
    return tuple((interface, fault, count) for (interface, fault), count in sorted(counts.items()))
