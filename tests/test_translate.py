"""The driver's own promises: what is paid for is written, whatever happens, and with few transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.build import sighting
from tests.fakes import Clock, Quiet
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.errors import StoreError
from zhaiyao.executors.threads import ThreadExecutor
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import RenditionKind
from zhaiyao.store import open_store
from zhaiyao.usecases.translate import Crew, Translated, translate
from zhaiyao.worker import TranslatorSpec

PAPERS = 12


@dataclass
class Watched:
    """A store that counts the transactions that write, and refuses to commit one of them as a busy one would."""

    store: Store
    refused: int = 0
    written: int = 0

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        self.written += 1
        is_refused = self.written == self.refused
        with self.store.writing() as tx:
            yield tx
            if is_refused:
                raise StoreError("the store is busy", subject="zhaiyao.db", hint="Try again.")

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        with self.store.reading() as tx:
            yield tx

    def close(self) -> None:
        self.store.close()


@pytest.fixture
def store() -> Iterator[Watched]:
    opened = Watched(open_store("sqlite://"))
    told = [sighting(f"2601.{10_000 + number}") for number in range(PAPERS)]
    with opened.store.writing() as tx:
        tx.papers.put([one.paper for one in told], [one.version for one in told], [])
        tx.work.enqueue((one.paper.id, 1, place) for place, one in enumerate(told))
    yield opened
    opened.close()


def translated(store: Store, *, limit: int) -> Translated:
    executor = ThreadExecutor()
    crew = Crew(
        executor=executor,
        spec=TranslatorSpec((ScriptedSpec(),)),
        limit=limit,
        owner=Owner(boot="here", pid=1, started="now"),
        is_gone=lambda owner: False,
    )
    try:
        return translate(store, crew, clock=Clock(), progress=Quiet())
    finally:
        executor.close()


def test_a_turn_writes_what_arrived_and_claims_the_next_in_one_transaction(store: Watched) -> None:
    """One for each paper, and four: to free the dead, claim the first, see that nothing is left, and let go."""
    assert translated(store, limit=1).done == PAPERS
    assert store.written == PAPERS + 4


@pytest.mark.parametrize("limit", [1, 4, 2 * PAPERS])
def test_places_beyond_one_need_no_more_transactions(store: Watched, limit: int) -> None:
    assert translated(store, limit=limit).done == PAPERS
    assert store.written <= PAPERS + 4


@pytest.mark.parametrize("refused", [3, 6])
def test_what_arrived_is_written_after_all_if_the_store_was_busy(store: Watched, refused: int) -> None:
    store.refused = refused
    with pytest.raises(StoreError, match="busy"):
        translated(store, limit=1)
    with store.reading() as tx:
        ids = tx.papers.ids(limit=99)
        made = tx.renditions.current([(paper_id, 1) for paper_id in ids], language="zh")
        tried = [attempt for paper_id in ids for attempt in tx.renditions.attempts(paper_id)]
        left = tx.work.count()
    paid = {attempt.paper_id for attempt in tried}
    assert len(paid) == refused - 2
    assert {paper_id for paper_id, _ in made} == paid
    assert all(set(kinds) == set(RenditionKind) for kinds in made.values())
    assert left == PAPERS - len(paid)


def test_after_a_busy_store_the_next_run_goes_on(store: Watched) -> None:
    store.refused = 4
    with pytest.raises(StoreError):
        translated(store, limit=2)
    with store.reading() as tx:
        left = tx.work.count()
    assert 0 < left < PAPERS
    assert translated(store, limit=2).done == left
