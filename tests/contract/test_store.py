"""Transactions, threads and the changes log, alike on every database."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from tests.build import DAY, NOW, announcement, rendition, version
from zhaiyao.bookkeeping import Change, Delivery, FeedbackEvent
from zhaiyao.errors import StoreError
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Attempt, Edition, Outcome, Paper, RenditionKind
from zhaiyao.store import open_store

TITLE = RenditionKind.TITLE


def put(store: Store, *ids: str) -> None:
    with store.writing() as tx:
        tx.papers.put([Paper(id=one, categories=("cs.LG",)) for one in ids], [], [])


def known(tx: UnitOfWork) -> set[str]:
    return set(tx.papers.get("abcdef"))


def changes(store: Store) -> tuple[Change, ...]:
    with store.reading() as tx:
        return tx.changes.since(0, limit=99)


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[threading.Thread]:
    """Acts in another thread while the block runs; joins it afterwards."""
    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(30)
        assert not thread.is_alive()


def test_what_raises_leaves_nothing_behind(store: Store) -> None:
    put(store, "a")

    def spoil() -> None:
        with store.writing() as tx:
            tx.papers.put([Paper(id="b")], [version("c")], [])
            tx.work.enqueue([("b", 1, 1.0)])
            tx.ledger.tell("cs.LG", DAY, announced=1, interface="feed", at=NOW)
            assert known(tx) == {"a", "b", "c"}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spoil()
    with store.reading() as tx:
        assert known(tx) == {"a"}
        assert tx.work.open() == tx.ledger.days() == ()
        assert [change.key for change in tx.changes.since(0, limit=9)] == ["a"]
    put(store, "d")  # and the store still works


def test_the_latest_change_has_the_highest_number(store: Store) -> None:
    with store.reading() as tx:
        assert tx.changes.latest() == 0
    put(store, "a", "b")
    with store.reading() as tx:
        assert tx.changes.latest() == tx.changes.since(0, limit=9)[-1].seq > 0


def test_what_a_database_refuses_undoes_the_whole_transaction(store: Store) -> None:
    def refused() -> None:
        with store.writing() as tx:
            tx.papers.put([Paper(id="b")], [], [])
            tx.work.enqueue([("nobody", 1, 1.0)])

    with pytest.raises(StoreError, match="names what it does not hold"):
        refused()
    put(store, "c")
    with store.reading() as tx:
        assert known(tx) == {"c"}


def test_reading_sees_one_state_to_its_end(store: Store, url: str) -> None:
    put(store, "a")
    with ThreadPoolExecutor(1) as pool:
        with store.reading() as tx:
            assert known(tx) == {"a"}
            written = pool.submit(put, store, "b")
            if url != "sqlite://":  # in memory all share one connection, and the writer waits for us
                written.result(30)
            assert known(tx) == {"a"}
            assert len(tx.changes.since(0, limit=9)) == 1
        written.result(30)
    with store.reading() as tx:
        assert known(tx) == {"a", "b"}


def test_a_reader_does_not_write(store: Store) -> None:
    with pytest.raises(RuntimeError, match="only reads"), store.reading() as tx:
        tx.papers.put([Paper(id="a")], [], [])


@pytest.mark.parametrize("inner", ["reading", "writing"])
@pytest.mark.parametrize("outer", ["reading", "writing"])
def test_units_of_work_do_not_nest(store: Store, outer: str, inner: str) -> None:
    with getattr(store, outer)(), pytest.raises(RuntimeError, match="do not nest"), getattr(store, inner)():
        pass
    put(store, "a")  # the thread is free again


def test_a_store_serves_several_threads(store: Store) -> None:
    def both(number: int) -> int:
        put(store, f"p{number}")
        with store.reading() as tx:
            return len(tx.papers.get([f"p{number}"]))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(both, range(24))) == [1] * 24


def test_every_write_is_a_change(store: Store) -> None:
    text = version("a")
    event = FeedbackEvent(profile="mine", kind="like", at=NOW)
    attempt = Attempt(
        paper_id="a", version=1, kind=TITLE, engine="e", model="m", step="s", outcome=Outcome.FAILED, at=NOW
    )
    with store.writing() as tx:
        tx.papers.put([], [text], [announcement("a")])
        tx.renditions.put([rendition(text, TITLE)])
        tx.renditions.record([attempt])
        tx.editions.put(Edition(id="e", made_at=NOW, entries=(), cause="imported"))
        tx.deliveries.record(Delivery(edition_id="e", outlet="mail", at=NOW, state="sent"))
        tx.profiles.append(event)
        tx.work.enqueue([("a", 1, 1.0)])
        tx.ledger.tell("cs.LG", DAY, announced=1, interface="feed", at=NOW)
    assert [(change.kind, change.key) for change in changes(store)] == [
        *((kind, "a") for kind in ("paper", "version", "announcement", "rendition", "attempt")),
        ("edition", "e"),
        ("delivery", "e"),
        ("feedback", "mine"),
        ("work", "a"),
        ("told", "cs.LG 2026-01-14"),
    ]


def test_changes_are_dated_numbered_and_paged(store: Store) -> None:
    put(store, "a", "b")
    put(store, "c")
    with store.reading() as tx:
        found = tx.changes.since(0, limit=9)
        assert [(change.kind, change.key, change.at) for change in found] == [("paper", key, NOW) for key in "abc"]
        numbers = [change.seq for change in found]
        assert numbers == sorted(set(numbers))
        assert tx.changes.since(0, limit=2) == found[:2]
        assert tx.changes.since(numbers[0], limit=1) == found[1:2]
        assert tx.changes.since(numbers[-1], limit=9) == ()


def test_a_change_seen_is_never_preceded_later(empty_url: str) -> None:
    """A writer that began first ends last, if the database lets it; a follower looks between. (In memory it waits.)"""
    first_wrote, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with store.writing() as tx:
            tx.papers.put([Paper(id="slow")], [], [])
            first_wrote.set()
            go_on.wait(10)

    with closing(open_store(empty_url)) as store:
        with meanwhile(slow):
            first_wrote.wait(10)
            with meanwhile(lambda: put(store, "quick")) as second:
                second.join(0.2)
                seen = changes(store)
                go_on.set()
        assert changes(store)[: len(seen)] == seen
        assert [change.key for change in changes(store)] == ["slow", "quick"]


def test_a_follower_never_misses_a_change(store: Store) -> None:
    seen: list[int] = []
    stop = threading.Event()

    def follow() -> None:
        while not stop.is_set():
            with store.reading() as tx:
                seen.extend(change.seq for change in tx.changes.since(seen[-1] if seen else 0, limit=5))

    with meanwhile(follow):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda number: put(store, f"x{number}", f"y{number}"), range(15)))
        stop.set()
    with store.reading() as tx:
        rest = [change.seq for change in tx.changes.since(seen[-1] if seen else 0, limit=99)]
        assert [change.seq for change in tx.changes.since(0, limit=99)] == seen + rest
    assert len(seen + rest) == 30


def test_a_watermark_never_goes_back(store: Store) -> None:
    with store.writing() as tx:
        assert tx.changes.watermark("index") == 0
        tx.changes.advance("index", 7)
        tx.changes.advance("index", 5)
        tx.changes.advance("feeds", 2**40)
        assert tx.changes.watermark("index") == 7
        assert tx.changes.watermark("feeds") == 2**40
        assert tx.changes.since(0, limit=9) == ()


def test_a_writer_waits_and_then_says_who_is_in_the_way(empty_url: str) -> None:
    url = empty_url  # in memory nobody else could hold a lock
    with closing(open_store(url)) as store, closing(open_store(url, patience=0.1)) as hasty, store.writing() as tx:
        tx.papers.put([Paper(id="a")], [], [])
        with ThreadPoolExecutor(1) as pool, pytest.raises(StoreError, match="is locked by another process"):
            pool.submit(put, hasty, "b").result(30)


def test_a_closed_store_is_closed(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(RuntimeError, match="is closed"):
        put(store, "a")


def test_the_clock_is_the_one_that_was_given(url: str) -> None:
    later = NOW + timedelta(days=1)
    with closing(open_store(url, clock=lambda: later)) as store:
        put(store, "a")
        with store.reading() as tx:
            assert [change.at for change in tx.changes.since(0, limit=9)] == [later]
