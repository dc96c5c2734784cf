import sqlite3

import pytest
import sqlalchemy as sa

from zhaiyao.errors import StoreError
from zhaiyao.store.faults import store_errors


class Complaint(sqlite3.DatabaseError):
    """A driver's error with a code of SQLite's or PostgreSQL's."""

    def __init__(self, text: str, **codes: object) -> None:
        super().__init__(text)
        self.__dict__.update(codes)


def raised(error: Exception) -> StoreError:
    with pytest.raises(StoreError) as told, store_errors("the store"):
        raise error
    assert told.value.subject == "the store"
    return told.value


@pytest.mark.parametrize(
    ("codes", "what"),
    [
        ({"sqlite_errorcode": 5}, "is locked by another process"),
        ({"sqlite_errorcode": 5 | 2 << 8}, "is locked by another process"),  # SQLITE_BUSY_SNAPSHOT
        ({"sqlite_errorcode": 8}, "may not be written"),
        ({"sqlite_errorcode": 10 | 3 << 8}, "could not be read or written"),  # SQLITE_IOERR_WRITE
        ({"sqlite_errorcode": 11}, "is damaged"),
        ({"sqlite_errorcode": 13}, "the disk is full"),
        ({"sqlite_errorcode": 14}, "cannot be opened"),
        ({"sqlite_errorcode": 26}, "is no database"),
        ({"sqlstate": "53100"}, "the server's disk is full"),
        ({"sqlstate": "40P01"}, "another process was faster"),
        ({"sqlstate": "55P03"}, "is locked by another process"),
        ({"sqlstate": None}, "the database cannot be used"),
    ],
)
def test_a_fault_is_told_with_what_to_do(codes: dict[str, object], what: str) -> None:
    told = raised(sa.exc.OperationalError("SELECT 1", {}, Complaint("first line\nsecond line", **codes)))
    assert told.what == what
    assert told.hint.endswith(": first line")


def test_a_full_pool_is_told() -> None:
    assert raised(sa.exc.TimeoutError("QueuePool limit")).what == "all connections are in use"


@pytest.mark.parametrize(
    "bug",
    [
        sa.exc.ProgrammingError("SELEC 1", {}, Complaint("syntax error", sqlstate="42601")),
        sa.exc.OperationalError("x", {}, Complaint("no such table: x", sqlite_errorcode=1)),
        sa.exc.ResourceClosedError("closed"),
        KeyError("x"),
    ],
)
def test_a_bug_crashes_as_what_it_is(bug: Exception) -> None:
    with pytest.raises(type(bug)), store_errors("the store"):
        raise bug
