from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.build import NOW, version
from zhaiyao.bookkeeping import Owner, WorkItem
from zhaiyao.errors import StoreError
from zhaiyao.ports import Store
from zhaiyao.records import Interface

OWNER = Owner(boot="boot", pid=1, started="10.5")
OTHER = Owner(boot="boot:with:colons", pid=2**40, started="")
LEASE = timedelta(minutes=15)


def enqueue(store: Store, *items: tuple[str, int, float]) -> int:
    with store.writing() as tx:
        tx.papers.put([], [version(paper_id) for paper_id, _, _ in items], [])
        return tx.work.enqueue(iter(items))


def claim(store: Store, owner: Owner = OWNER, now: datetime = NOW) -> WorkItem | None:
    with store.writing() as tx:
        return next(iter(tx.work.claim(owner, most=1, now=now, until=now + LEASE)), None)


def claimed(store: Store, owner: Owner = OWNER, now: datetime = NOW) -> WorkItem:
    item = claim(store, owner, now)
    assert item is not None
    return item


def waiting(store: Store) -> list[tuple[str, int, float]]:
    with store.reading() as tx:
        return [(item.paper_id, item.version, item.priority) for item in tx.work.open()]


def settle(store: Store, item: WorkItem, fault: str = "") -> None:
    with store.writing() as tx:
        if fault:
            tx.work.give_back(item.id, OWNER, fault=fault, not_before=NOW + timedelta(minutes=5))
        else:
            tx.work.complete([item.id])


def test_the_best_comes_first_and_of_equals_the_oldest(store: Store) -> None:
    assert enqueue(store, ("a", 1, 0.1), ("b", 1, 0.9), ("c", 1, 0.5), ("b", 2, 0.5)) == 4
    claims = [claimed(store) for _ in range(4)]
    assert [(item.paper_id, item.version) for item in claims] == [("b", 1), ("c", 1), ("b", 2), ("a", 1)]
    assert claim(store) is None


def test_several_are_claimed_and_completed_at_once_best_first(store: Store) -> None:
    enqueue(store, ("a", 1, 0.1), ("b", 1, 0.9), ("c", 1, 0.5), ("b", 2, 0.5), ("d", 1, 0.2))
    with store.writing() as tx:
        items = tx.work.claim(OWNER, most=3, now=NOW, until=NOW + LEASE)
        assert [(item.paper_id, item.version) for item in items] == [("b", 1), ("c", 1), ("b", 2)]
        assert [item.paper_id for item in tx.work.claim(OTHER, most=9, now=NOW, until=NOW + LEASE)] == ["d", "a"]
        assert tx.work.claim(OWNER, most=9, now=NOW, until=NOW + LEASE) == ()
        tx.work.complete(item.id for item in items)
        tx.work.complete([])
    with store.reading() as tx:
        assert {item.paper_id for item in tx.work.open()} == {"a", "d"}
        noted = [change.key for change in tx.changes.since(0, limit=99) if change.kind == "work"]
    assert noted[-2:] == ["b", "c"]


def test_queueing_again_raises_a_priority_and_never_lowers_it(store: Store) -> None:
    assert enqueue(store, ("a", 1, 0.5), ("b", 1, 0.4), ("b", 1, 0.45)) == 2
    assert enqueue(store, ("a", 1, 0.1), ("b", 1, 0.9), ("b", 1, 0.2)) == 0
    assert waiting(store) == [("b", 1, 0.9), ("a", 1, 0.5)]
    assert enqueue(store) == 0


def test_a_completed_item_is_gone_until_it_is_queued_again(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9))
    settle(store, claimed(store), fault="echo")
    settle(store, claimed(store, now=NOW + LEASE))
    assert waiting(store) == []
    assert claim(store, now=NOW + timedelta(days=9)) is None
    assert enqueue(store, ("a", 1, 0.2), ("b", 1, 0.1)) == 2
    fresh = claimed(store)
    assert (fresh.paper_id, fresh.priority, fresh.tries, fresh.last_fault, fresh.not_before) == ("a", 0.2, 0, "", None)


def test_a_failure_waits_counts_and_says_why(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9))
    settle(store, claimed(store), fault="timeout")
    assert claim(store, now=NOW + timedelta(minutes=4)) is None
    again = claimed(store, now=NOW + timedelta(minutes=5))
    assert (again.tries, again.last_fault, again.not_before) == (1, "timeout", NOW + timedelta(minutes=5))


def test_a_done_item_given_back_late_stays_done(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9))
    item = claimed(store)
    settle(store, item)
    settle(store, item, fault="late")
    assert waiting(store) == []


def test_a_lease_holds_until_it_expires(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9))
    first = claimed(store)
    assert claim(store, OTHER, NOW + LEASE - timedelta(microseconds=1)) is None
    second = claimed(store, OTHER, NOW + LEASE)
    assert second == first
    with store.reading() as tx:
        assert tx.work.owners() == (OTHER,)


def test_a_renewed_lease_holds_longer(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9), ("b", 1, 0.8), ("c", 1, 0.7))
    claimed(store)
    claimed(store, OTHER)
    settle(store, claimed(store))
    with store.writing() as tx:
        assert tx.work.renew(OWNER, until=NOW + 2 * LEASE) == 1
    later = NOW + LEASE
    assert claimed(store, OTHER, later).paper_id == "b"
    assert claim(store, OTHER, later) is None


def test_releasing_frees_what_one_owner_held_and_blames_nobody(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9), ("b", 1, 0.8), ("c", 1, 0.7))
    claimed(store)
    claimed(store, OTHER)
    settle(store, claimed(store))
    with store.writing() as tx:
        assert tx.work.owners() == (OWNER, OTHER)
        assert tx.work.release(OWNER) == 1
        assert tx.work.release(OWNER) == 0
        assert tx.work.owners() == (OTHER,)
    assert (again := claimed(store)).paper_id == "a"
    assert again.tries == 0


def test_what_others_hold_is_counted_until_it_runs_out(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9), ("b", 1, 0.8), ("c", 1, 0.7), ("d", 1, 0.6))
    claimed(store)
    claimed(store, OTHER)
    settle(store, claimed(store, OTHER))
    with store.reading() as tx:
        assert [tx.work.held(besides=owner, now=NOW) for owner in (OWNER, OTHER)] == [1, 1]
        assert tx.work.held(besides=replace(OWNER, pid=99), now=NOW) == 2
        assert tx.work.held(besides=OWNER, now=NOW + LEASE) == 0


def test_open_gives_the_pairs_asked_for(store: Store) -> None:
    enqueue(store, ("a", 1, 0.5), ("a", 2, 0.6), ("b", 1, 0.7))
    claimed(store)
    with store.reading() as tx:
        assert [(one.paper_id, one.version) for one in tx.work.open()] == [("b", 1), ("a", 2), ("a", 1)]
        assert [(one.paper_id, one.version) for one in tx.work.open([("a", 1), ("b", 1), ("c", 1)])] == [
            ("b", 1),
            ("a", 1),
        ]
        assert tx.work.open([]) == ()


def counts(store: Store, due: datetime | None) -> int:
    with store.reading() as tx:
        return tx.work.count(due=due)


def next_due(store: Store) -> datetime | None:
    with store.reading() as tx:
        return tx.work.next_due()


def test_what_is_due_is_counted(store: Store) -> None:
    assert counts(store, None) == counts(store, NOW) == 0
    enqueue(store, ("a", 1, 0.9), ("b", 1, 0.8), ("c", 1, 0.7), ("d", 1, 0.6))
    settle(store, claimed(store), fault="echo")
    settle(store, claimed(store))
    claimed(store)
    later = NOW + timedelta(minutes=5)
    assert counts(store, None) == 3
    assert counts(store, NOW) == counts(store, later - timedelta(microseconds=1)) == 2  # one leased, one never tried
    assert counts(store, later) == counts(store, later + 9 * LEASE) == 3


def test_the_length_of_what_is_due(store: Store) -> None:
    enqueue(store, ("1", 1, 2.0), ("2", 1, 1.0), ("3", 1, 0.5))
    with store.writing() as tx:
        long = version("2", abstract="x" * 5_000, interface=Interface.LISTING)
        tx.papers.put([], [long], [])
        third = version("3")
        sizes = [len(text.title) + len(text.abstract) for text in (version("1"), long, third)]
        assert tx.work.length(due=NOW) == sum(sizes)
        assert tx.work.length(due=NOW, most=2) == sum(sizes[:2])
        assert tx.work.length(due=NOW, most=0) == 0
    settle(store, claimed(store))
    with store.reading() as tx:
        assert tx.work.length(due=NOW, most=1) == sizes[1]


def test_the_next_is_due_when_the_first_of_the_waiting_is(store: Store) -> None:
    assert next_due(store) is None  # nothing waits
    enqueue(store, ("a", 1, 0.9), ("b", 1, 0.8))
    assert next_due(store) is None  # two wait for nothing
    first = claimed(store)
    second = claimed(store)
    assert next_due(store) is None  # both are leased
    with store.writing() as tx:
        tx.work.give_back(first.id, OWNER, fault="echo", not_before=NOW + 2 * LEASE)
    assert next_due(store) == NOW + 2 * LEASE
    with store.writing() as tx:
        tx.work.give_back(second.id, OWNER, fault="echo", not_before=NOW + LEASE)
    assert next_due(store) == NOW + LEASE
    enqueue(store, ("c", 1, 0.1))
    assert next_due(store) is None
    settle(store, claimed(store))
    assert next_due(store) == NOW + LEASE


def test_settling_what_is_not_there_is_an_error(store: Store) -> None:
    enqueue(store, ("a", 1, 0.5))
    with store.reading() as tx:
        (known,) = tx.work.open()
    with pytest.raises(StoreError, match="no such item of work"), store.writing() as tx:
        tx.work.complete([known.id, 99])
    assert claimed(store).paper_id == "a", "a transaction that failed completes nothing"


def test_only_what_a_reader_could_see_is_a_change(store: Store) -> None:
    enqueue(store, ("a", 1, 0.9), ("a", 2, 0.9))
    enqueue(store, ("a", 1, 0.1))
    item = claimed(store)
    with store.writing() as tx:
        tx.work.renew(OWNER, until=NOW + LEASE)
        tx.work.release(OWNER)
    settle(store, item, fault="echo")
    settle(store, claimed(store), fault="echo")
    with store.reading() as tx:
        kinds = Counter(change.kind for change in tx.changes.since(0, limit=99))
    assert kinds["work"] == 2


def test_several_threads_are_given_each_item_once(store: Store) -> None:
    items = [(f"p{number}", 1, number / 40) for number in range(40)]
    enqueue(store, *items)

    def drain(pid: int) -> list[str]:
        owner, taken = Owner(boot="b", pid=pid, started=""), []
        while (item := claim(store, owner)) is not None:
            taken.append(item.paper_id)
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [paper_id for part in pool.map(drain, range(4)) for paper_id in part]
    assert sorted(taken) == sorted(paper_id for paper_id, _, _ in items)


def test_who_lost_the_lease_can_give_nothing_back(store: Store) -> None:
    enqueue(store, ("a", 1, 0.5))
    late, other = claimed(store), Owner(boot="b", pid=2, started="later")
    taken = claimed(store, other, NOW + 2 * LEASE)
    settle(store, late, fault="timeout")
    with store.reading() as tx:
        assert tx.work.owners() == (other,)
        assert tx.work.open()[0].tries == taken.tries == 0
