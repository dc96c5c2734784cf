"""A database and its transactions: SQLite in a file or in memory, or PostgreSQL. Knows no table.

Writing transactions run one at a time on every database: SQLite has one writer anyway, and PostgreSQL's take a lock
first. So use cases that look before they write are right everywhere, writers cannot deadlock, and the numbers of the
changes log are drawn in the order in which they become visible. Readers wait for nobody (but in memory, where all
share one connection, units of work take turns).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from zhaiyao.errors import ConfigError, StoreError
from zhaiyao.store.address import shown_address
from zhaiyao.store.faults import is_locked, store_errors

WRITER_LOCK = 0x5A484159
"""The number of the advisory lock that PostgreSQL's writers hold to the end of their transaction."""

POOL = {"pool_size": 5, "max_overflow": 40, "pool_timeout": 30}
"""Enough for a web server's thread pool; five connections stay open."""


class Database:
    """Connections to one database. `where` names it in errors, without passwords."""

    def __init__(self, url: sa.URL, *, patience: float) -> None:
        self.url = url
        self.where = url.database if _is_sqlite(url) and url.database else _shown(url)
        self._engine = _engine(url, patience)
        self._turns: AbstractContextManager[object] = threading.Lock() if self.in_memory else nullcontext()
        self._thread = threading.local()
        self._patience = patience
        self._closed = False

    @property
    def in_memory(self) -> bool:
        """Whether it lives and dies with this object."""
        return _is_sqlite(self.url) and not self.url.database

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self.url.database) if _is_sqlite(self.url) and self.url.database else None

    @contextmanager
    def transaction(self, *, writes: bool, references: bool = True) -> Iterator[sa.Connection]:
        """A connection within a transaction, which is committed at the end, or rolled back if the block raises.

        Without `references` SQLite enforces none meanwhile, so that a migration can replace tables.
        """
        with self._one_per_thread(), self._turns, self._connected() as connection:
            with store_errors(self.where):
                if self.path is not None and not references:
                    _without_references(connection)
                self._begin(connection, writes=writes)
            handle = connection.connection.dbapi_connection
            try:
                yield connection
            except BaseException:
                connection.rollback()
                # Ctrl-C inside a statement makes SQLAlchemy drop the connection without a rollback, and the file stays
                # locked for as long as the traceback holds a cursor: by us, against us.
                if isinstance(handle, sqlite3.Connection):
                    with suppress(sqlite3.ProgrammingError):  # it may be closed by now, and then holds no lock
                        handle.rollback()
                raise
            with store_errors(self.where):
                connection.commit()

    def use_write_ahead_log(self) -> None:
        """Lets SQLite's readers and its writer not wait for each other. The file remembers it.

        Whoever uses the file at this moment may keep us from it; then he does it himself, or who opens it next.
        """
        with store_errors(self.where), self._connected() as connection:
            try:
                connection.execution_options(begin=None).exec_driver_sql("PRAGMA journal_mode = WAL")
            except sa.exc.OperationalError as error:
                if not is_locked(error):
                    raise

    def close(self) -> None:
        """Closes all connections that are not in use. Idempotent."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        if self._closed:
            raise RuntimeError(f"the store {self.where} is closed")
        with store_errors(self.where):
            connection = self._engine.connect()
        with connection:
            yield connection

    @contextmanager
    def _one_per_thread(self) -> Iterator[None]:
        """Refuses a second unit of work inside another: it would wait for itself, or not see what the outer wrote."""
        if getattr(self._thread, "busy", False):
            raise RuntimeError("units of work do not nest within a thread; end the first before beginning another")
        self._thread.busy = True
        try:
            yield
        finally:
            self._thread.busy = False

    def _begin(self, connection: sa.Connection, *, writes: bool) -> None:
        if _is_sqlite(self.url):
            connection.execution_options(begin="BEGIN IMMEDIATE" if writes else "BEGIN").begin()
        elif writes:
            connection.begin()
            connection.execute(sa.text(f"SET LOCAL lock_timeout = {max(1, int(self._patience * 1000))}"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))
        else:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True).begin()


def database(url: str | Path, *, patience: float) -> Database:
    """The database that an address or a path means; nothing is opened yet. Raises ConfigError if it means none."""
    return Database(_parsed(url), patience=patience)


def _parsed(address: str | Path) -> sa.URL:
    if isinstance(address, Path):
        return sa.URL.create("sqlite", database=str(address))
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):  # the latter of a port that is no number
        raise _no_address(address) from None
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    if url.drivername not in {*drivers, *drivers.values()}:
        raise _no_address(address)
    if url.database == ":memory:":
        return sa.URL.create("sqlite")
    return url.set(drivername=drivers.get(url.drivername, url.drivername))


def _no_address(address: str) -> ConfigError:
    return ConfigError(
        "not the address of a store",
        subject=shown_address(address),
        hint="Write sqlite:///path/to/file.db or postgresql://user@host/database.",
    )


def _shown(url: sa.URL) -> str:
    return shown_address(url.render_as_string(hide_password=False))


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _engine(url: sa.URL, patience: float) -> sa.Engine:
    if not _is_sqlite(url):
        return _postgres_engine(url)
    arguments = {"timeout": patience, "check_same_thread": False, "isolation_level": None}
    if url.database:
        engine = sa.create_engine(url, connect_args=arguments, **POOL)
    else:
        engine = sa.create_engine(url, connect_args=arguments, poolclass=StaticPool)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgres_engine(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url, pool_pre_ping=True, **POOL)
    except ModuleNotFoundError as error:
        raise StoreError(
            f"the driver for PostgreSQL is not installed: {error.name}",
            subject=_shown(url),
            hint="Install it with: pip install 'zhaiyao[postgres]'",
        ) from None


def _prepare_sqlite(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    """What SQLite keeps per connection. A commit is on the disk before it returns: with NORMAL, a power cut could lose
    the last ones of a write-ahead log."""
    _execute(connection, "PRAGMA foreign_keys = ON")
    _execute(connection, "PRAGMA synchronous = FULL")
    _execute(connection, "PRAGMA cache_size = -65536")  # 64 MB at most: imports touch an index all over


def _without_references(connection: sa.Connection) -> None:
    """The pragma works only before the transaction, and must not outlive it: the connection does not return."""
    connection.detach()
    _execute(connection.connection, "PRAGMA foreign_keys = OFF")


def _execute(connection: DBAPIConnection, statement: str) -> None:
    cursor = connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    """Begins the transaction ourselves: Python's driver would begin it late, and not for every statement."""
    begin = connection.get_execution_options().get("begin", "BEGIN")
    if begin is not None:
        connection.exec_driver_sql(begin)
