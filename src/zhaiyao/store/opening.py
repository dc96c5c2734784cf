"""Opens a database as a store: creates a new one, migrates an older one, refuses and leaves alone what is not ours."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from zhaiyao.errors import StoreError, StoreForeign, StoreTooNew
from zhaiyao.ports import Clock, Store
from zhaiyao.store import tables as t
from zhaiyao.store.database import Database, database
from zhaiyao.store.faults import store_errors
from zhaiyao.store.store import SqlStore

MARK = "zhaiyao_"
"""What our revisions begin with: Alembic's table is found in many databases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """The revisions that a schema went through, oldest first, and the folder of the scripts that lead through them."""

    revisions: tuple[str, ...] = t.REVISIONS
    scripts: Path = Path(__file__).parent / "migrations"

    @property
    def head(self) -> str:
        """The revision that this code is written for."""
        return self.revisions[-1]


def utc_now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def open_store(
    url: str | Path, *, clock: Clock = utc_now, patience: float = 30.0, lineage: Lineage | None = None
) -> Store:
    """Opens the store at a database address (`sqlite:///file`, `sqlite://` in memory, `postgresql://…`) or file path.

    A database that is empty or missing becomes a store; an older store is migrated, whole or not at all. `clock` dates
    the changes log; `patience` is how many seconds a writer waits for another. Raises ConfigError for an address that
    is none, StoreForeign and StoreTooNew for what must be left alone, StoreError for what cannot be opened.
    """
    opened = database(url, patience=patience)
    try:
        _bring_to_head(opened, lineage or Lineage())
    except BaseException:
        opened.close()
        raise
    return SqlStore(opened, clock=clock)


def _bring_to_head(opened: Database, lineage: Lineage) -> None:
    if opened.path is not None:
        _prepare_file(opened.path)
    with opened.transaction(writes=False) as connection:
        found = _revision(connection, opened.where, lineage)
    if found is None:
        _create(opened, lineage)
    elif found != lineage.head:
        _migrate(opened, lineage)
    if opened.path is not None:
        opened.use_write_ahead_log()


def _revision(connection: sa.Connection, where: str, lineage: Lineage) -> str | None:
    """The revision of the store in a database, None if the database is empty. Refuses what is not ours, or newer."""
    with store_errors(where):
        names = sa.inspect(connection).get_table_names()
        marked = t.revision.name in names
        found: str | None = connection.scalar(sa.select(t.revision.c.version_num)) if marked else None
    if not names:
        return None
    if found is None or not found.startswith(MARK):
        raise _foreign(where, "holds tables that are not Zhaiyao's")
    if found not in lineage.revisions:
        raise StoreTooNew(
            f"written by a newer Zhaiyao (its schema is {found}, this one knows {lineage.head})",
            subject=where,
            hint="It was left untouched. Upgrade with: pip install --upgrade zhaiyao",
        )
    return found


def _create(opened: Database, lineage: Lineage) -> None:
    with opened.transaction(writes=True) as connection:
        if _revision(connection, opened.where, lineage) is not None:
            return  # another process was faster
        with store_errors(opened.where):
            _mark(connection, opened.where)
            t.metadata.create_all(connection, checkfirst=False)
            connection.execute(sa.insert(t.revision), {"version_num": lineage.head})


def _mark(connection: sa.Connection, where: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {t.APPLICATION_ID}")
    elif (encoding := connection.exec_driver_sql("SHOW server_encoding").scalar()) != "UTF8":
        raise StoreError(
            f"this database is encoded in {encoding}, which cannot hold all text",
            subject=where,
            hint="Make one with: createdb --encoding UTF8 --template template0 NAME",
        )


def _migrate(opened: Database, lineage: Lineage) -> None:
    from zhaiyao.store.migrating import upgrade  # Alembic is slow to import, and seldom needed

    with opened.transaction(writes=True, references=False) as connection:
        if _revision(connection, opened.where, lineage) == lineage.head:
            return  # another process was faster
        with store_errors(opened.where):
            upgrade(connection, lineage.scripts, lineage.head)
            broken = opened.path and connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken:
            raise StoreError(
                f"a row of {broken[0]} names a missing one of {broken[2]}",
                subject=opened.where,
                hint="The store was not migrated. Restore a backup, or report this with a copy of the store.",
            )


def _prepare_file(path: Path) -> None:
    """Makes the folder of a new file; refuses a file that is not ours by its bytes, before SQLite touches it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        header = _header(path)
    except OSError as error:
        raise StoreError(
            f"cannot be opened: {error.strerror}", subject=str(path), hint="Check the path and its rights."
        ) from None
    if not header.strip(b"\0") or _is_ours(header):
        return  # nothing is there, or nothing yet but what SQLite itself will undo after a kill
    if not header.startswith(b"SQLite format 3\0"):
        raise _foreign(str(path), "is no SQLite database")
    if any(header[_APPLICATION_ID]) or _has_log(path) or _has_tables(path):
        raise _foreign(str(path), "is another program's database")


_APPLICATION_ID = slice(68, 72)  # https://www.sqlite.org/fileformat2.html#application_id


def _header(path: Path) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        return file.read(100)


def _is_ours(header: bytes) -> bool:
    return header[_APPLICATION_ID] == t.APPLICATION_ID.to_bytes(4, "big")


def _has_log(path: Path) -> bool:
    """Whether a program that still runs, or was killed, has rows in a write-ahead log beside the file."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _has_tables(path: Path) -> bool:
    """Looks without locks and without files beside it: whatever the file is, it stays as it is."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
        try:
            return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
        except sqlite3.DatabaseError:
            return True  # damaged, so not empty either


def _foreign(where: str, what: str) -> StoreForeign:
    return StoreForeign(what, subject=where, hint="It was left untouched. Name another place for the store.")
