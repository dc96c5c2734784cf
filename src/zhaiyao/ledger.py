"""Judges a day's completeness from its counts. Reads no store and no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from zhaiyao.records import LedgerDay


class DayState(StrEnum):
    """How complete a category's announcement day is. `unchecked`: complete, but arXiv printed no count to hold."""

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
        return DayState.EMPTY
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
