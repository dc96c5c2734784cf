"""Judges how complete a day is, how a category stands now, and what must be asked again. Reads no store and no clock.

A day's announcement is *reached* when as many papers are held as arXiv itself counted, *confirmed* when that was said
twice or late enough, and *closed* when the page of that past date was asked days later, too: papers that every
interface left out of its count on the day itself stand there afterwards.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from zhaiyao import calendar
from zhaiyao.calendar import Mailing
from zhaiyao.records import Fault, Incident, Interface, LedgerDay, Telling

REACH = timedelta(days=90)
"""How far back arXiv's catch-up pages go."""

SECOND_LOOK = timedelta(days=3)
"""How long after its announcement a day is asked once more: ranges of ids have been missing for two days."""

SHORTEST_PAUSE = timedelta(hours=6)
"""Between two requests for the same past date, at least. It grows to half of the day's age."""

GRACE = timedelta(minutes=30)
"""How long after its time an interface is not yet called late."""

ANNOUNCING = frozenset({Interface.FEED, Interface.LISTING, Interface.CATCHUP})
"""Interfaces that tell what was announced on a day. What others tell of a date says nothing about its announcement."""

FAILURES = (Fault.UNREACHED, Fault.UNREADABLE)
"""Faults that kept an answer away altogether."""


class DayState(StrEnum):
    """How complete a category's announcement day is. `unchecked`: complete, but arXiv printed no count to hold.

    `quiet`: a weekend, a holiday, or a day on which arXiv says that nothing was announced; `empty`: nothing is known.
    """

    QUIET = "quiet"
    EMPTY = "empty"
    MISSING = "missing"
    UNTRANSLATED = "untranslated"
    UNPUBLISHED = "unpublished"
    UNCHECKED = "unchecked"
    COMPLETE = "complete"


def state(day: LedgerDay) -> DayState:
    """The first thing that is wrong with a day, in the order of the flow, or that nothing is."""
    if day.announced is not None and day.fetched < day.announced:
        return DayState.MISSING
    if not day.fetched:
        nothing = day.announced == 0 or calendar.expected(day.date) is Mailing.NO
        return DayState.QUIET if nothing else DayState.EMPTY
    if day.translated < day.fetched:
        return DayState.UNTRANSLATED
    if day.published < day.fetched:
        return DayState.UNPUBLISHED
    return DayState.UNCHECKED if day.announced is None else DayState.COMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over several days. `announced` is None as soon as one of them has no count of arXiv's."""

    announced: int | None
    fetched: int
    translated: int
    failed: int
    published: int


def totals(days: Iterable[LedgerDay]) -> Totals:
    """Adds days up."""
    held = tuple(days)
    counts = [day.announced for day in held]
    return Totals(
        announced=None if None in counts else sum(count for count in counts if count is not None),
        fetched=sum(day.fetched for day in held),
        translated=sum(day.translated for day in held),
        failed=sum(day.failed for day in held),
        published=sum(day.published for day in held),
    )


def count(told: Iterable[Telling]) -> int | None:
    """The highest count of arXiv's own that an interface told of a day, None if none did."""
    return max((one.announced for one in told if one.announced is not None), default=None)


def reached(told: Collection[Telling], held: int) -> bool:
    """Whether arXiv's own count of a day is known, and so many papers are held. A count of 0 beside papers is none."""
    counted = count(told)
    return counted is not None and (held >= counted > 0 or held == counted == 0)


def confirmed(on: date, told: Collection[Telling], held: int) -> bool:
    """Whether the count is reached and was not told too early: by two interfaces, or when the feeds were built."""
    late = any(one.announced is not None and one.at >= calendar.feed_ready_at(on) + GRACE for one in told)
    return reached(told, held) and (late or sum(one.shown >= held for one in told) > 1)


def closed(on: date, told: Collection[Telling], held: int) -> bool:
    """Whether nothing more is to be asked of a day: its own page was read days later, and the count is reached."""
    second_look = calendar.announced_at(on) + SECOND_LOOK
    looked = any(one.interface is Interface.CATCHUP and one.at >= second_look for one in told)
    return looked and reached(told, held)


def next_look(on: date, told: Collection[Telling], held: int) -> datetime | None:
    """When the catch-up page of a day is to be asked, at the earliest; None if nothing is to be asked.

    Never before the next announcement is due, unless arXiv has told of the day already: the page of a date without
    announcement is kept by caches for a week.
    """
    if closed(on, told, held) or not (calendar.expected(on) is not Mailing.NO or _some(told)):
        return None
    if reached(told, held) and held:
        first = calendar.announced_at(on) + SECOND_LOOK
    elif _some(told):
        first = calendar.feed_ready_at(on) + GRACE
    else:
        first = calendar.announced_at(calendar.after(on))
    asked = max((one.at for one in told if one.interface is Interface.CATCHUP), default=None)
    if asked is None:
        return first
    return max(first, asked + max(SHORTEST_PAUSE, (asked - calendar.announced_at(on)) / 2))


def _some(told: Iterable[Telling]) -> bool:
    """Whether somebody says that something was announced."""
    return any(one.shown or one.announced for one in told)


class CategoryState(StrEnum):
    """How a category stands now. `fresh`: the latest announcement is here. `quiet`: none is due, or it was empty.

    `waiting`: it should come any hour. `stalled`: it should be here, and interfaces answer without it or in part.
    `failed`: nobody answered. `unknown`: a weekday of a year whose holidays we do not have.
    """

    FRESH = "fresh"
    WAITING = "waiting"
    QUIET = "quiet"
    STALLED = "stalled"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A category's state: the date it is about, since when it holds, and what is asked next, not before `next_at`."""

    category: str
    state: CategoryState
    day: date
    since: datetime
    next_interface: Interface
    next_at: datetime


def standing(
    category: str, told: Collection[Telling], incidents: Collection[Incident], held: int, *, now: datetime
) -> Standing:
    """How a category stands, from what was told of it, what went wrong, and how much is held of the latest date due.

    `told` and `incidents` may be of several dates.
    """
    day = max([calendar.latest_expected(now), *(one.date for one in told if _some([one]))])
    of_day = [one for one in told if one.date == day]
    found, since = _standing(day, of_day, _failing(day, told, incidents), held, now)
    settled = found in (CategoryState.FRESH, CategoryState.QUIET)
    interface, at = Interface.LISTING, calendar.announced_at(calendar.after(day)) if settled else now
    if found is CategoryState.STALLED and _some(of_day):
        interface, at = Interface.CATCHUP, max(now, next_look(day, of_day, held) or now)
    return Standing(category=category, state=found, day=day, since=since, next_interface=interface, next_at=at)


def _standing(
    day: date, told: Collection[Telling], failing: datetime | None, held: int, now: datetime
) -> tuple[CategoryState, datetime]:
    due, late = calendar.announced_at(day), calendar.feed_ready_at(day) + GRACE
    counted = count(told)
    said = max((one.at for one in told), default=due)
    if held and (counted is None or held >= counted):
        pause = calendar.cycle_date(now)
        resting = pause > day and calendar.expected(pause) is Mailing.NO
        return (CategoryState.QUIET, calendar.announced_at(pause)) if resting else (CategoryState.FRESH, said)
    if counted == 0 and not held and len(told) > 1:
        return CategoryState.QUIET, said
    if failing is not None:
        return CategoryState.FAILED, failing
    if calendar.expected(day) is Mailing.UNKNOWN and not _some(told):
        return CategoryState.UNKNOWN, due
    return (CategoryState.WAITING, due) if now < late else (CategoryState.STALLED, late)


def _failing(day: date, told: Collection[Telling], incidents: Collection[Incident]) -> datetime | None:
    """Since when nobody answers: the first failure since the day was due, if nothing was told after it."""
    due = calendar.announced_at(day)
    failures = [one.at for one in incidents if one.fault in FAILURES and one.at >= due]
    answered = max((one.at for one in told), default=due)
    return min(failures) if failures and max(failures) >= answered else None
