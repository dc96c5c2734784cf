"""Adds many rows at once, as plain tuples that the columns' own types have bound. Knows no table's rules.

SQLAlchemy's own way to execute a statement for many rows builds a dictionary per row, twice, and with RETURNING reads
a row for each: that costs more than the database itself.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from zhaiyao.store.codec import Text, storable

_Bind = Callable[..., object]


def insert_many(
    connection: sa.Connection, columns: tuple[sa.Column[object], ...], rows: Iterable[tuple[object, ...]]
) -> None:
    """Inserts rows whose values stand in the order of these columns, which are of one table.

    A value that its column refuses raises what the column's type raises, before anything is sent.
    """
    statement, binds = _prepared(columns, connection.dialect)
    bound = [tuple([bind(value) for bind, value in zip(binds, row, strict=True)]) for row in rows]
    if bound:
        connection.exec_driver_sql(statement, bound)


@lru_cache(maxsize=64)
def _prepared(columns: tuple[sa.Column[object], ...], dialect: Dialect) -> tuple[str, tuple[_Bind, ...]]:
    """The statement, and what binds the values of each column."""
    shown = dialect.identifier_preparer
    names = ", ".join(shown.format_column(column) for column in columns)
    marks = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(columns))
    statement = f"INSERT INTO {shown.format_table(columns[0].table)} ({names}) VALUES ({marks})"
    return statement, tuple(_bind(column, dialect) for column in columns)


def _bind(column: sa.Column[object], dialect: Dialect) -> _Bind:
    """What SQLAlchemy would call for a value; for text, of which there is most, without the layers around it."""
    kind: TypeEngine[object] = column.type
    if isinstance(kind, Text) and not column.nullable:
        return storable
    bind = kind.dialect_impl(dialect).bind_processor(dialect)
    return _as_it_is if bind is None else _remembering(bind)


def _as_it_is(value: object) -> object:
    return value


def _remembering(bind: _Bind) -> _Bind:
    """Binds the very same value once: all rows of a batch share their instant, their interface, their empty tuple."""
    last: tuple[object, object] = (object(), None)

    def bound(value: object) -> object:
        nonlocal last
        held = last  # several threads may bind at once
        if value is not held[0]:
            held = last = (value, bind(value))
        return held[1]

    return bound
