"""The ledger as a reader sees it: counts per category and announcement date, with the state of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from zhaiyao.ledger import DayState, state
from zhaiyao.ports import Store
from zhaiyao.records import LedgerDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One day of the ledger and what is wrong with it, if anything."""

    day: LedgerDay
    state: DayState


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Days, newest first, and what waits in the queue with its last faults, most frequent first."""

    rows: tuple[Row, ...]
    waiting: int
    faults: tuple[tuple[str, int], ...]


def status(store: Store, categories: Sequence[str] = (), *, limit: int = 30) -> Status:
    """The latest `limit` announcement dates of these categories, or of all."""
    with store.reading() as tx:
        days = tx.ledger.days(categories=categories or None, limit=limit)
        waiting = tx.work.open()
    faults: dict[str, int] = {}
    for item in waiting:
        if item.last_fault:
            faults[item.last_fault] = faults.get(item.last_fault, 0) + 1
    return Status(
        rows=tuple(Row(day=day, state=state(day)) for day in days),
        waiting=len(waiting),
        faults=tuple(sorted(faults.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
