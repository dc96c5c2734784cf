"""The one queue of texts to render. Says what waits and who holds it; decides neither priorities nor when to retry.

A claim is one UPDATE within a writing transaction, and those run one at a time on every database, so no two owners
are given the same item.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from zhaiyao.bookkeeping import Owner, WorkItem
from zhaiyao.errors import StoreError
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session, chunks

_WORK = t.work.c
_OPEN = _WORK.done.is_(False)
_BEST_FIRST = (_WORK.priority.desc(), _WORK.id)
_FREE: dict[str, object] = {"boot": None, "pid": None, "started": None, "leased_until": None}
_FRESH: dict[str, object] = {"tries": 0, "not_before": None, "last_fault": "", "done": False}

_NOW = sa.bindparam("now", type_=_WORK.leased_until.type)
_CLAIMABLE = (
    sa.select(_WORK.id)
    .where(_OPEN)
    .where(sa.or_(_WORK.leased_until.is_(None), _WORK.leased_until <= _NOW))
    .where(sa.or_(_WORK.not_before.is_(None), _WORK.not_before <= _NOW))
    .order_by(*_BEST_FIRST)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_CLAIM = (
    sa.update(t.work)
    .where(_WORK.id.in_(_CLAIMABLE))
    .values({name: sa.bindparam(name) for name in _FREE})
    .returning(*columns_of(t.work, WorkItem))
)
_COMPLETE = (
    sa.update(t.work)
    .where(_WORK.id.in_(sa.bindparam("ids", expanding=True)))
    .values(**_FREE, done=True)
    .returning(_WORK.id, _WORK.paper_id)
)


class SqlWork:
    """`ports.Work`. Only what a reader could see is noted in the changes log: leases are not."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(self, items: Iterable[tuple[str, int, float]]) -> int:
        """(paper id, version, priority): queues the unknown, raises an open one's priority if higher, reopens a
        completed one as if it were new; returns how many are newly waiting. Of one pair told twice, the higher counts.
        """
        wanted: dict[tuple[str, int], float] = {}
        for paper_id, version, priority in items:
            wanted[paper_id, version] = max(priority, wanted.get((paper_id, version), priority))
        already = {(item.paper_id, item.version) for item in self.open(wanted)}
        rows = [
            {"paper_id": paper_id, "version": version, "priority": priority, **_FRESH, **_FREE}
            for (paper_id, version), priority in wanted.items()
        ]
        touched = self._session.write(self._upsert(), rows)
        self._session.changed("work", [row["paper_id"] for row in touched])
        return len(wanted.keys() - already)

    def _upsert(self) -> sa.Insert:
        """Replaces a done item; of an open one changes the priority alone."""
        insert = self._session.insert(t.work)
        new = insert.excluded
        reset = {name: sa.case((_WORK.done, new[name]), else_=_WORK[name]) for name in (*_FRESH, *_FREE)}
        return insert.on_conflict_do_update(
            index_elements=[_WORK.paper_id, _WORK.version],
            set_={"priority": new.priority, **reset},
            where=sa.or_(_WORK.done, new.priority > _WORK.priority),
        ).returning(_WORK.paper_id)

    def claim(self, owner: Owner, *, most: int, now: datetime, until: datetime) -> tuple[WorkItem, ...]:
        """Leases up to `most` of the waiting or expired items whose `not_before` has passed, and returns them: those of
        the highest priority (ties: the oldest), best first."""
        told = {"now": now, "most": most, **row_of(owner), "leased_until": until}
        return _best_first(record_of(WorkItem, row) for row in self._session.write(_CLAIM, told))

    def renew(self, owner: Owner, *, until: datetime) -> int:
        """Extends all leases of an owner; returns how many it still holds."""
        return len(self._session.write(_held_by(owner).values(leased_until=until)))

    def complete(self, item_ids: Iterable[int]) -> None:
        """Marks as done. Raises StoreError if one of them is no item of this queue."""
        wanted = sorted(set(item_ids))
        rows = [row for some in chunks(wanted) for row in self._session.write(_COMPLETE, {"ids": some})]
        if unknown := set(wanted) - {row["id"] for row in rows}:
            told = ", ".join(map(str, sorted(unknown)))
            raise StoreError("no such item of work", subject=told, hint="Claim it from this store first.")
        self._session.changed("work", [row["paper_id"] for row in sorted(rows, key=lambda row: row["id"])])

    def give_back(self, item_id: int, owner: Owner, *, fault: str, not_before: datetime) -> None:
        """Back to waiting after a failure, with one more try on its count; only if the owner still holds it."""
        failed = {"tries": _WORK.tries + 1, "last_fault": fault, "not_before": not_before}
        statement = _held_by(owner).where(_WORK.id == item_id).values(**_FREE, **failed)
        self._session.changed("work", [row["paper_id"] for row in self._session.write(statement)])

    def release(self, owner: Owner) -> int:
        """Frees all leases of an owner that is gone; returns how many. Not a try: the text is not to blame."""
        return len(self._session.write(_held_by(owner).values(**_FREE)))

    def owners(self) -> tuple[Owner, ...]:
        """Everyone who holds a lease, expired ones included, sorted."""
        names = columns_of(t.work, Owner)
        statement = sa.select(*names).where(_OPEN, _WORK.pid.is_not(None)).distinct().order_by(*names)
        return tuple(record_of(Owner, row) for row in self._session.read(statement))

    def held(self, *, besides: Owner, now: datetime) -> int:
        """How many items others than this owner hold, by leases that have not run out."""
        other = sa.or_(*(_WORK[name] != value for name, value in row_of(besides).items()))
        statement = sa.select(sa.func.count().label("items")).where(_OPEN, _WORK.leased_until > now, other)
        (row,) = self._session.read(statement)
        return int(row["items"])

    def open(self, papers: Iterable[tuple[str, int]] | None = None) -> tuple[WorkItem, ...]:
        """Items that are not done (waiting or leased), best first, of these (paper id, version) pairs or of all."""
        statement = sa.select(*columns_of(t.work, WorkItem)).where(_OPEN)
        if papers is None:
            return tuple(record_of(WorkItem, row) for row in self._session.read(statement.order_by(*_BEST_FIRST)))
        wanted = set(papers)
        rows = self._session.read_each(statement, _WORK.paper_id, sorted({paper_id for paper_id, _ in wanted}))
        found = (record_of(WorkItem, row) for row in rows if (row["paper_id"], row["version"]) in wanted)
        return _best_first(found)

    def count(self, *, due: datetime | None = None) -> int:
        """How many items are not done; with `due`, only those leased, or waiting for no later instant than that."""
        statement = sa.select(sa.func.count().label("items")).where(_OPEN)
        if due is not None:
            ready = sa.or_(_WORK.not_before.is_(None), _WORK.not_before <= due)
            statement = statement.where(sa.or_(_WORK.leased_until.is_not(None), ready))
        (row,) = self._session.read(statement)
        return int(row["items"])

    def length(self, *, due: datetime, most: int | None = None) -> int:
        """The characters of title and abstract that `count` counts; with `most`, of so many of the best."""
        ready = sa.or_(_WORK.leased_until.is_not(None), _WORK.not_before.is_(None), _WORK.not_before <= due)
        counted = sa.select(_WORK.id, _WORK.paper_id, _WORK.version).where(_OPEN, ready)
        best = counted.order_by(*_BEST_FIRST).limit(most).subquery()
        text = t.versions.c
        longest = sa.func.max(sa.func.length(text.title) + sa.func.length(text.abstract)).label("characters")
        joined = best.join(t.versions, sa.and_(text.paper_id == best.c.paper_id, text.number == best.c.version))
        each = sa.select(longest).select_from(joined).group_by(best.c.id).subquery()
        (row,) = self._session.read(sa.select(sa.func.coalesce(sa.func.sum(each.c.characters), 0).label("characters")))
        return int(row["characters"])

    def next_due(self) -> datetime | None:
        """The earliest `not_before` of the waiting items; None if nothing waits, or if something waits without one.

        An instant that has passed says that something may be claimed now. Leased items do not wait, even if their
        lease has expired.
        """
        earliest = sa.func.min(_WORK.not_before).label("earliest")
        undated = (sa.func.count() - sa.func.count(_WORK.not_before)).label("undated")
        (row,) = self._session.read(sa.select(earliest, undated).where(_OPEN, _WORK.leased_until.is_(None)))
        found: datetime | None = None if row["undated"] else row["earliest"]
        return found


def _best_first(items: Iterable[WorkItem]) -> tuple[WorkItem, ...]:
    return tuple(sorted(items, key=lambda item: (-item.priority, item.id)))


def _held_by(owner: Owner) -> sa.Update:
    same = (_WORK[name] == value for name, value in row_of(owner).items())
    return sa.update(t.work).where(_OPEN, *same).returning(_WORK.id, _WORK.paper_id)
