"""Column types: how Python values lie in the database and come back equal on SQLite and PostgreSQL. Knows no table.

Nothing is changed on the way. What one of the databases could not give back (U+0000, half a surrogate pair, an
instant without zone) is refused on both, with StoreError or ValueError, before anything is sent.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from zhaiyao.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Word = TypeVar("Word", bound=StrEnum)
Value = TypeVar("Value")
Record = TypeVar("Record", bound="DataclassInstance")
Row = Mapping[str, object]

BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text that sorts by its bytes, so that order and ranges are the same on every database."""

_JSON_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Text(TypeDecorator[str]):
    """Any text, byte for byte."""

    impl = BYTEWISE
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuses what PostgreSQL could not store."""
        return None if value is None else storable(value)


class Choice(TypeDecorator[Word]):
    """A member of a StrEnum, stored as its value."""

    impl = BYTEWISE
    cache_ok = True

    def __init__(self, words: type[Word]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: Word | None, dialect: Dialect) -> str | None:
        """The word itself; ValueError for a word that is none of them."""
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Word | None:
        """The member again."""
        return None if value is None else self.words(value)


class Instant(TypeDecorator[datetime]):
    """An instant: aware when it goes in, UTC when it comes out, to the microsecond."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; ValueError for a naive one, because guessing its zone would make up a fact."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware again: SQLite keeps no zone, PostgreSQL answers in the session's."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Packed(TypeDecorator[Value]):
    """A tuple or record as one JSON text, for what is always read whole and never searched."""

    impl = BYTEWISE
    cache_ok = True

    def __init__(self, shape: type[Value]) -> None:
        super().__init__()
        self.shape = shape
        self._decoder = msgspec.json.Decoder(shape)

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:
        """Its JSON, or NULL for None."""
        return None if value is None else pack(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:
        """The value again, of exactly this shape. Fields that came later take their defaults."""
        return None if value is None else self._decoder.decode(value)


class Real(TypeDecorator[float]):
    """A finite double. NaN would turn into NULL on SQLite, and has no place in an order."""

    impl = sa.Double()
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """ValueError for infinity and NaN."""
        return None if value is None else finite(value)


def storable(text: str) -> str:
    """The text itself, as a plain `str`. Raises StoreError if it holds U+0000 or half a surrogate pair."""
    if "\0" in text:
        raise _unstorable("U+0000", text)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _unstorable("half a surrogate pair", text) from None
    return str(text)  # psycopg has ideas of its own about members of enumerations


def finite(value: float) -> float:
    """The number itself. Raises ValueError for infinity and NaN, which are bugs of whoever computed them."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no finite number")
    return value


def pack(value: object) -> str:
    """JSON of a value. Raises StoreError like `storable`: JSON could carry U+0000, but one rule holds for all text."""
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError as error:
        raise _unstorable("half a surrogate pair", error.object) from None
    if b"\\u0000" in data and _JSON_NUL.search(data):
        raise _unstorable("U+0000", data.decode())
    return data.decode()


def row_of(record: "DataclassInstance") -> dict[str, object]:
    """A record's fields by name, not copied: the row of a table whose columns are called like them."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def record_of(kind: type[Record], row: Mapping[Any, Any]) -> Record:
    """The record whose fields a row holds. Columns that are no fields are left out."""
    return kind(**{name: row[name] for name in kind.__dataclass_fields__})


def columns_of(table: sa.Table, kind: type["DataclassInstance"]) -> list[sa.Column[object]]:
    """The columns of a table that are fields of a record."""
    return [table.c[name] for name in kind.__dataclass_fields__]


def decode(text: str, shape: type[Value]) -> Value:
    """A JSON text as a value of this shape. Raises ValueError if it is none; unknown fields are left out."""
    return msgspec.json.decode(text, type=shape)


def _unstorable(what: str, text: str) -> StoreError:
    return StoreError(
        f"this text holds {what}, which no store can keep",
        subject=ascii(text[:60]),
        hint="Nothing was written. Clean the text where it comes from.",
    )
