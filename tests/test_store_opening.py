"""SQLite files: what is refused and stays as it is, what is taken, and what a crash or a full disk leaves behind."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from zhaiyao.errors import StoreError, StoreForeign, StoreTooNew
from zhaiyao.records import Paper
from zhaiyao.store import open_store
from zhaiyao.store.database import database

APPLICATION_ID = 0x5A484159
FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous
MAKE_TABLE = "CREATE TABLE notes (text)"


def sql(path: Path, *statements: str) -> list[tuple[object, ...]]:
    """Runs statements past the store; returns what the last one gives."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements][-1]


def write(path: Path, *ids: str) -> None:
    with closing(open_store(path)) as store, store.writing() as tx:
        tx.papers.put([Paper(id=one) for one in ids], [], [])


def known(path: Path, *ids: str) -> set[str]:
    with closing(open_store(path)) as store, store.reading() as tx:
        return set(tx.papers.get(ids))


def a_text(path: Path) -> None:
    path.write_text("# 摘要\n" * 100, encoding="utf-8")


def a_short_text(path: Path) -> None:
    path.write_text("x")


def a_database(path: Path) -> None:
    sql(path, MAKE_TABLE, "INSERT INTO notes VALUES ('x')")


def a_marked_database(path: Path) -> None:
    sql(path, "PRAGMA application_id = 7", "VACUUM")


def a_damaged_database(path: Path) -> None:
    a_database(path)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 3996)


def a_database_in_use(path: Path) -> None:
    """One whose last rows are still in the write-ahead log, because its program was killed."""
    original = path.with_name("original")
    with closing(sqlite3.connect(original, isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode = WAL", MAKE_TABLE, "INSERT INTO notes VALUES ('x')"):
            connection.execute(statement)
        shutil.copy(original, path)
        shutil.copy(original.with_name("original-wal"), path.with_name(path.name + "-wal"))
    original.unlink()


def a_newer_store(path: Path) -> None:
    open_store(path).close()
    sql(path, "UPDATE alembic_version SET version_num = 'zhaiyao_9999'")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (a_text, StoreForeign),
        (a_short_text, StoreForeign),
        (a_database, StoreForeign),
        (a_marked_database, StoreForeign),
        (a_damaged_database, StoreForeign),
        (a_database_in_use, StoreForeign),
        (a_newer_store, StoreTooNew),
    ],
)
def test_a_refused_file_stays_as_it_is(tmp_path: Path, make: Callable[[Path], None], error: type[StoreError]) -> None:
    path = tmp_path / "odd name #1%20?.db"
    make(path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(error) as refused:
        open_store(path)
    assert refused.value.subject == str(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def nothing(path: Path) -> None:
    pass


def an_empty_file(path: Path) -> None:
    path.touch()


def an_empty_database(path: Path) -> None:
    sql(path, "VACUUM")


def an_interrupted_creation(path: Path) -> None:
    """A file that a killed process was about to fill, with the journal that undoes it."""
    original = path.with_name("original")
    with closing(sqlite3.connect(original, isolation_level=None)) as connection:
        for statement in ("PRAGMA cache_size = 1", "BEGIN", f"PRAGMA application_id = {APPLICATION_ID}", MAKE_TABLE):
            connection.execute(statement)
        connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 900,)] * 200)
        shutil.copy(original, path)
        shutil.copy(original.with_name("original-journal"), path.with_name(path.name + "-journal"))
    original.unlink()
    assert path.stat().st_size > 0


def an_earlier_interrupted_creation(path: Path) -> None:
    """The same, killed before the file's first page was written."""
    an_interrupted_creation(path)
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])


@pytest.mark.parametrize(
    "make", [nothing, an_empty_file, an_empty_database, an_interrupted_creation, an_earlier_interrupted_creation]
)
def test_what_is_empty_becomes_a_store(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "new folder" / "store.db" if make is nothing else tmp_path / "store.db"
    make(path)
    write(path, "a")
    assert known(path, "a") == {"a"}
    assert sql(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert sql(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_path_that_cannot_be_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "store.db"):
        with pytest.raises(StoreError, match="cannot be opened"):
            open_store(path)


def test_a_damaged_store_is_said(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, *(f"p{number}" for number in range(2000)))
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(StoreError, match="is damaged"):
        known(path, "p1")


def test_a_commit_is_on_the_disk_before_it_returns(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(database(path, patience=1)) as opened, opened.transaction(writes=False) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == FULL


def test_stores_in_memory_are_apart() -> None:
    with closing(open_store("sqlite://")) as one, closing(open_store("sqlite:///:memory:")) as other:
        with one.writing() as tx:
            tx.papers.put([Paper(id="a")], [], [])
        with other.reading() as tx:
            assert tx.papers.get(["a"]) == {}


def python(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Runs code in a Python of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_opening_a_store_at_its_head_imports_no_alembic(tmp_path: Path) -> None:
    code = """
import sys
from zhaiyao.store import open_store
for _ in range(2):
    open_store(sys.argv[1]).close()
print([name for name in ("alembic", "mako", "psycopg") if name in sys.modules])
"""
    done = python(code, f"sqlite:///{tmp_path / 'store.db'}")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_full_disk_loses_only_what_was_not_committed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, "a")
    code = """
import resource, signal, sys
from pathlib import Path
from zhaiyao.errors import StoreError
from zhaiyao.records import Paper
from zhaiyao.store import open_store
store = open_store(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    with store.writing() as tx:
        tx.papers.put([Paper(id=f"{number:0500}") for number in range(3000)], [], [])
except StoreError as error:
    print(error.hint)
with store.reading() as tx:
    print(len(tx.changes.since(0, limit=9999)))
store.close()
"""
    done = python(code, path)
    assert "what was committed before is unharmed" in done.stdout, done.stderr
    assert done.stdout.endswith("\n1\n")
    write(path, "b")
    assert known(path, "a", "b") == {"a", "b"}
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_killed_writer_leaves_the_store_whole(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, "a")
    code = """
import os, signal, sys
from pathlib import Path
from zhaiyao.records import Paper
from zhaiyao.store import open_store
store = open_store(Path(sys.argv[1]))
with store.writing() as tx:
    tx.papers.put([Paper(id="committed")], [], [])
with store.writing() as tx:
    tx.papers.put([Paper(id=f"{number:0500}") for number in range(9000)] + [Paper(id="lost")], [], [])
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert python(code, path).returncode == -9
    assert known(path, "a", "committed", "lost") == {"a", "committed"}
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]
