"""Every database that the store runs on, each test on one of its own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.build import NOW
from tests.conftest import skip_unless
from tests.contract.postgres import Cluster, programs
from zhaiyao.ports import Store
from zhaiyao.store import open_store


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test run's own."""
    found = programs()
    skip_unless(found is not None, "postgres", "PostgreSQL (initdb) or its driver (psycopg) is not installed")
    assert found is not None
    running = Cluster(found)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def postgres_url(cluster: Cluster) -> str:
    """The address of a store on PostgreSQL that tests use one after the other."""
    made = cluster.database()
    open_store(made).close()
    return made


@pytest.fixture(params=["memory", "file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh store."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'store.db'}"
    shared: str = request.getfixturevalue("postgres_url")
    request.getfixturevalue("cluster").empty(shared, but="alembic_version")
    return shared


@pytest.fixture(params=["file", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes addresses of empty databases that outlive their connections."""
    if request.param == "file":
        numbers = count()
        return lambda: f"sqlite:///{tmp_path / f'store{next(numbers)}.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.database


@pytest.fixture
def empty_url(new_url: Callable[[], str]) -> str:
    """One such address."""
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A fresh store whose changes are dated NOW, and whose writers wait for each other."""
    with closing(open_store(url, clock=lambda: NOW)) as opened:
        yield opened
