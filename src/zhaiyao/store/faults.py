"""Turns what databases complain of into StoreError, here and nowhere else. Bugs are not dressed up: they crash."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from zhaiyao.errors import StoreError

# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_BUSY = 5
_SQLITE = {
    _BUSY: ("is locked by another process", "Wait until it is done and try again."),
    6: ("is locked by another process", "Wait until it is done and try again."),
    8: ("may not be written", "Check the rights of the file and of its folder."),
    10: ("could not be read or written", "Check the disk; what was committed before is unharmed."),
    11: ("is damaged", "Restore a backup, or keep the file and begin a new store."),
    13: ("the disk is full", "Free some space and try again; what was committed before is unharmed."),
    14: ("cannot be opened", "Check that its folder exists and may be written."),
    26: ("is no database", "Name another file."),
}

# PostgreSQL's, https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "25006": ("may not be written", "Check the rights of the role, and that the server is no standby."),
    "40001": ("another process was faster", "Try again."),
    "40P01": ("another process was faster", "Try again."),
    "42501": ("may not be used", "Check the rights of the role."),
    "53100": ("the server's disk is full", "Free some space and try again; what was committed before is unharmed."),
    "53300": ("the server has too many connections", "Wait, or raise its max_connections."),
    "55P03": ("is locked by another process", "Wait until it is done and try again."),
}


@contextmanager
def store_errors(where: str) -> Iterator[None]:
    """Raises StoreError about the store `where` for what a person can mend; lets all else through as it is."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise StoreError("all connections are in use", subject=where, hint="Try again.") from error
    except sa.exc.StatementError as error:
        if isinstance(error.orig, StoreError):  # a column type refused a value
            raise error.orig from None
        told = _told(error, where)
        if told is None:
            raise
        raise told from error


def is_locked(error: sa.exc.StatementError) -> bool:
    """Whether SQLite says that another connection is in the way."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == _BUSY


def _told(error: sa.exc.StatementError, where: str) -> StoreError | None:
    if isinstance(error, sa.exc.IntegrityError):
        return StoreError(
            "a record contradicts what the store holds, or names what it does not hold",
            subject=where,
            hint=f"Nothing was written. The database says: {_first_line(error)}",
        )
    known = _known(error.orig)
    if known is not None:
        what, hint = known
        return StoreError(what, subject=where, hint=f"{hint} The database says: {_first_line(error)}")
    if isinstance(error, sa.exc.OperationalError) and not hasattr(error.orig, "sqlite_errorcode"):  # no connection
        return StoreError("the database cannot be used", subject=where, hint=f"It says: {_first_line(error)}")
    return None


def _known(cause: BaseException | None) -> tuple[str, str] | None:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & 0xFF)
    return _POSTGRES.get(getattr(cause, "sqlstate", None) or "")


def _first_line(error: sa.exc.StatementError) -> str:
    return str(error.orig).strip().partition("\n")[0]
