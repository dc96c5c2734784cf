"""Saved searches, and what they found."""

from datetime import UTC, datetime, timedelta

from zhaiyao.bookkeeping import SavedSearch
from zhaiyao.ports import Store
from zhaiyao.records import Paper

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TIDES = SavedSearch(name="tides", query="tidal 潮汐", saved_at=NOON)


def test_a_search_is_saved_listed_and_dropped(store: Store) -> None:
    other = SavedSearch(name="lattices", query="ti:lattice", saved_at=NOON)
    with store.writing() as tx:
        tx.searches.save(TIDES)
        tx.searches.save(other)
        assert tx.searches.all() == (other, TIDES)
        assert tx.searches.drop("tides")
        assert not tx.searches.drop("tides")
        assert tx.searches.all() == (other,)


def test_only_what_was_not_found_before_is_new(store: Store) -> None:
    with store.writing() as tx:
        tx.searches.save(TIDES)
        assert tx.searches.found("tides", ["b", "a", "b"], at=NOON) == ("b", "a")
        later = NOON + timedelta(hours=1)
        assert tx.searches.found("tides", ["a", "c"], at=later) == ("c",)
        assert tx.searches.matches("tides", limit=2) == (("c", later), ("a", NOON))


def test_a_changed_query_forgets_and_the_same_one_does_not(store: Store) -> None:
    changed = SavedSearch(name="tides", query="waves", saved_at=NOON)
    with store.writing() as tx:
        tx.searches.save(TIDES)
        tx.searches.found("tides", ["a"], at=NOON)
        tx.searches.save(TIDES)
        assert tx.searches.matches("tides", limit=9) == (("a", NOON),)
        tx.searches.save(changed)
        assert tx.searches.all() == (changed,)
        assert tx.searches.matches("tides", limit=9) == ()


def test_all_papers_page_by_page(store: Store) -> None:
    ids = ["2401.00002", "math/0101001", "2401.00001"]
    with store.writing() as tx:
        tx.papers.put([Paper(id=one) for one in ids], [], [])
    with store.reading() as tx:
        first = tx.papers.ids(limit=2)
        assert first == ("2401.00001", "2401.00002")
        assert tx.papers.ids(after=first[-1], limit=2) == ("math/0101001",)
