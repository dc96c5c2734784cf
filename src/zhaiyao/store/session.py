"""One transaction: runs statements, notes changes, and says what went wrong. Holds no table's rules."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql.base import Executable

from zhaiyao.ports import Clock
from zhaiyao.store.bulk import insert_many
from zhaiyao.store.codec import Row
from zhaiyao.store.faults import store_errors
from zhaiyao.store.tables import changes

Item = TypeVar("Item")
Query = sa.Select[*tuple[object, ...]]

CHUNK = 1000
"""How many keys go into one IN list: far below every database's limit, and long enough to be few."""

_CHANGE = (changes.c.at, changes.c.kind, changes.c.key)


class Session:
    """A connection within a transaction. `where` names the store in errors."""

    def __init__(self, connection: sa.Connection, *, where: str, clock: Clock, writes: bool) -> None:
        self._connection = connection
        self._where = where
        self._clock = clock
        self._writes = writes

    def read(self, statement: Query, told: Row | None = None) -> Sequence[RowMapping]:
        """All rows of a query, which may have parameters."""
        with store_errors(self._where):
            return self._connection.execute(statement, told).mappings().all()

    def read_each(
        self, statement: Query, column: sa.ColumnElement[str], keys: Iterable[str], **told: object
    ) -> Iterator[RowMapping]:
        """The rows of a query whose column holds one of the keys, in queries of bounded length."""
        for some in chunks(dict.fromkeys(keys)):
            yield from self.read(_among(statement, column), {"keys": some, **told})

    def write(self, statement: Executable, rows: Sequence[Row] | Row | None = None) -> Sequence[RowMapping]:
        """Runs an INSERT or UPDATE, once with a row of parameters, for each of several, or without any; returns what it
        is told to return."""
        self._insist_on_writing()
        if rows is not None and not rows:
            return ()
        with store_errors(self._where):
            result = self._connection.execute(statement, rows)
            return result.mappings().all() if result.returns_rows else ()

    def add(self, columns: tuple[sa.Column[object], ...], rows: Iterable[tuple[object, ...]]) -> None:
        """Inserts rows that are known to be new, as tuples in the order of these columns: the fast way for many."""
        self._insist_on_writing()
        with store_errors(self._where):
            insert_many(self._connection, columns, rows)

    def insert(self, table: sa.Table) -> sqlite.Insert:
        """An INSERT that knows ON CONFLICT. Both dialects spell and type it alike."""
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table)  # type: ignore[return-value]
        return sqlite.insert(table)

    def day_of(self, instant: sa.ColumnElement[datetime]) -> sa.ColumnElement[str]:
        """The UTC day of an instant as text, YYYY-MM-DD, labelled `day`."""
        if self._connection.dialect.name == "postgresql":
            return sa.func.to_char(sa.func.timezone("UTC", instant), "YYYY-MM-DD").label("day")
        return sa.func.strftime("%Y-%m-%d", instant).label("day")

    def changed(self, kind: str, keys: Iterable[str]) -> None:
        """Appends to the changes log, once per key."""
        now = self._clock()
        self.add(_CHANGE, [(now, kind, key) for key in dict.fromkeys(keys)])

    def _insist_on_writing(self) -> None:
        if not self._writes:
            raise RuntimeError("this unit of work only reads; use Store.writing()")


@lru_cache(maxsize=64)
def _among(statement: Query, column: sa.ColumnElement[str]) -> Query:
    """Remembered for the queries that are made once for all: to put one together costs as much as to ask it."""
    return statement.where(column.in_(sa.bindparam("keys", expanding=True)))


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
