"""The changes log as followers see it, and how far each has read. `Session.changed` appends to it.

Kinds and their keys: `paper`, `version`, `announcement`, `rendition`, `attempt` and `work` name a paper id; `edition`
and `delivery` an edition id; `feedback` a profile; `told` a category and a date; `incident` a category; `search` its
name. One transaction notes a key once per kind and call, so a change says that something of that kind changed there,
and a follower reads what it is now.
Leases and watermarks are not noted: nobody but their owners reads them.
"""

import sqlalchemy as sa

from zhaiyao.bookkeeping import Change
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of
from zhaiyao.store.session import Session


class SqlChanges:
    """`ports.Changes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def since(self, seq: int, *, limit: int) -> tuple[Change, ...]:
        """Changes after `seq`, oldest first. A change seen is never preceded later by a smaller number."""
        statement = sa.select(*columns_of(t.changes, Change)).where(t.changes.c.seq > seq)
        rows = self._session.read(statement.order_by(t.changes.c.seq).limit(limit))
        return tuple(record_of(Change, row) for row in rows)

    def latest(self) -> int:
        """The highest sequence number; 0 if there is none."""
        highest = sa.func.coalesce(sa.func.max(t.changes.c.seq), 0).label("seq")
        (row,) = self._session.read(sa.select(highest))
        return int(row["seq"])

    def watermark(self, follower: str) -> int:
        """How far a follower has read; 0 at first."""
        rows = self._session.read(sa.select(t.watermarks.c.seq).where(t.watermarks.c.follower == follower))
        return int(rows[0]["seq"]) if rows else 0

    def advance(self, follower: str, seq: int) -> None:
        """Notes how far a follower has read; never goes back."""
        insert = self._session.insert(t.watermarks)
        statement = insert.on_conflict_do_update(
            index_elements=[t.watermarks.c.follower],
            set_={"seq": insert.excluded.seq},
            where=insert.excluded.seq > t.watermarks.c.seq,
        )
        self._session.write(statement, [{"follower": follower, "seq": seq}])
