"""Creating, migrating and refusing, on both kinds of database."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.contract.postgres import Cluster
from tests.contract.schema import described, run
from zhaiyao.errors import ConfigError, StoreError, StoreForeign, StoreTooNew
from zhaiyao.records import Paper
from zhaiyao.store import open_store
from zhaiyao.store.database import database
from zhaiyao.store.migrating import upgrade
from zhaiyao.store.opening import Lineage

NEXT = '''"""A migration of tomorrow."""

import sqlalchemy as sa
from alembic import op

revision = "zhaiyao_9999"
down_revision = "HEAD"


def upgrade() -> None:
    op.create_table("tomorrow", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("papers") as papers:
        papers.alter_column("categories", new_column_name="archives")
'''


@pytest.fixture
def tomorrow(tmp_path: Path) -> Iterator[Lineage]:
    """The schema's history with one more migration."""
    scripts = tmp_path / "100% migrations"
    shutil.copytree(Lineage().scripts, scripts)
    (scripts / "versions" / "zhaiyao_9999.py").write_text(NEXT.replace("HEAD", Lineage().head))
    return Lineage(revisions=(*Lineage().revisions, "zhaiyao_9999"), scripts=scripts)


def write(url: str, *ids: str) -> None:
    with closing(open_store(url)) as store, store.writing() as tx:
        tx.papers.put([Paper(id=one, categories=("cs.LG",)) for one in ids], [], [])
        tx.work.enqueue([(one, 1, 1.0) for one in ids])


def known(url: str, *ids: str) -> set[str]:
    with closing(open_store(url)) as store, store.reading() as tx:
        return set(tx.papers.get(ids))


def test_a_fresh_schema_is_the_migrated_schema(new_url: Callable[[], str]) -> None:
    fresh, migrated = new_url(), new_url()
    open_store(fresh).close()
    with closing(database(migrated, patience=1)) as opened, opened.transaction(writes=True) as connection:
        upgrade(connection, Lineage().scripts, Lineage().head)
    assert len(described(fresh)) > 20
    assert described(fresh) == described(migrated)
    assert run(fresh, "SELECT * FROM alembic_version") == run(migrated, "SELECT * FROM alembic_version")


def test_the_migrations_are_one_line_that_ends_at_the_present_schema() -> None:
    config = Config()
    config.set_main_option("script_location", str(Lineage().scripts))
    script = ScriptDirectory.from_config(config)
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == Lineage().revisions
    assert script.get_heads() == [Lineage().head]


def test_text_sorts_by_its_bytes_on_postgresql(postgres_url: str) -> None:
    collations = run(
        postgres_url,
        "SELECT DISTINCT collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'text'",
    )
    assert collations == [("C",)]


def test_a_store_stays_what_it_was_when_opened_again(empty_url: str) -> None:
    write(empty_url, "a")
    before = described(empty_url)
    assert known(empty_url, "a") == {"a"}
    assert described(empty_url) == before


def test_many_may_open_a_new_store_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: write(empty_url, f"p{number}"), range(5)))
    assert known(empty_url, *(f"p{number}" for number in range(5))) == {f"p{number}" for number in range(5)}


def test_an_older_store_is_migrated_without_a_word(
    empty_url: str, tomorrow: Lineage, capfd: pytest.CaptureFixture[str]
) -> None:
    write(empty_url, "a", "b")
    for _ in range(2):
        open_store(empty_url, lineage=tomorrow).close()
        assert run(empty_url, "SELECT * FROM alembic_version") == [("zhaiyao_9999",)]
    assert run(empty_url, "SELECT id, archives FROM papers ORDER BY id") == [("a", '["cs.LG"]'), ("b", '["cs.LG"]')]
    assert run(empty_url, "SELECT count(*) FROM tomorrow") == [(0,)]
    assert run(empty_url, "SELECT count(*) FROM work") == [(2,)]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("spoiler", ["raise ValueError('spoilt')", "op.execute('DELETE FROM papers')"])
def test_a_migration_happens_whole_or_not_at_all(empty_url: str, tomorrow: Lineage, spoiler: str) -> None:
    write(empty_url, "a")
    before = described(empty_url)
    with (tomorrow.scripts / "versions" / "zhaiyao_9999.py").open("a") as script:
        script.write(f"    {spoiler}\n")
    with pytest.raises((StoreError, ValueError), match=r"spoilt|missing one|contradicts"):
        open_store(empty_url, lineage=tomorrow)
    assert described(empty_url) == before
    assert known(empty_url, "a") == {"a"}


def test_a_newer_store_is_refused(empty_url: str, tomorrow: Lineage) -> None:
    write(empty_url, "a")
    open_store(empty_url, lineage=tomorrow).close()
    before = described(empty_url)
    with pytest.raises(StoreTooNew, match="written by a newer Zhaiyao"):
        open_store(empty_url)
    assert described(empty_url) == before


@pytest.mark.parametrize(
    "statements",
    [
        [
            "CREATE TABLE alembic_version (version_num VARCHAR(32))",
            "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
        ],
        ["CREATE TABLE alembic_version (version_num VARCHAR(32))"],
        ["CREATE TABLE papers (id INTEGER)"],
    ],
    ids=["another program's revision", "no revision", "other tables"],
)
def test_another_programs_database_is_refused(empty_url: str, statements: list[str]) -> None:
    run(empty_url, *statements)
    before = described(empty_url)
    with pytest.raises(StoreForeign, match="left untouched"):
        open_store(empty_url)
    assert described(empty_url) == before


def test_a_postgresql_database_that_cannot_hold_all_text_is_refused(cluster: Cluster) -> None:
    cluster.execute("CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreError, match="encoded in LATIN1"):
        open_store(cluster.url("narrow"))
    assert described(cluster.url("narrow")) == []


def test_a_postgresql_database_that_is_not_there_is_said(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match=r'cannot be used(.|\n)*database "nowhere" does not exist'):
        open_store(cluster.url("nowhere"))


def test_a_server_that_is_gone_is_said_without_the_password() -> None:
    for address in (
        "me:secret@127.0.0.1:1/db?connect_timeout=2",
        "me@127.0.0.1:1/db?connect_timeout=2&password=secret",
    ):
        with pytest.raises(StoreError, match="cannot be used") as error:
            open_store(f"postgresql://{address}")
        assert "secret" not in str(error.value)
        assert "postgresql" in error.value.subject


def test_connections_cut_by_the_server_are_replaced(cluster: Cluster) -> None:
    url = cluster.database()
    with closing(open_store(url)) as store:
        with store.reading() as tx:
            assert tx.papers.get(["a"]) == {}
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%'")
        with store.writing() as tx:
            tx.papers.put([Paper(id="a")], [], [])
    assert known(url, "a") == {"a"}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "store.db",
        "postgresql://me:planted@host:port/db",
        "postgresql://me:planted",
        "mysql://host/db",
        "sqlite",
        "https://arxiv.org/",
    ],
)
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(ConfigError, match="not the address of a store") as error:
        open_store(address)
    assert "planted" not in str(error.value)
