"""Searches that a reader saved: keeps them, and tells what came in since that they match. Prints nothing.

A match is a matter of words: an alert needs a yes or a no, and nearness of meaning has no border.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from zhaiyao.bookkeeping import SavedSearch
from zhaiyao.errors import UsageError
from zhaiyao.finding import Index, Mode
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.search.querying import parse, render
from zhaiyao.usecases.index import touched

FOLLOWER = "saved-searches"
AT_ONCE = 5000
"""Changes looked at together."""

MOST_KNOWN = 100_000
"""Papers that a new search may find at once without telling them as news later."""

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a saved search has found that it had not found before."""

    name: str
    query: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A saved search and the newest papers it has found, with the instants."""

    search: SavedSearch
    papers: tuple[tuple[str, datetime], ...]


def save(store: Store, index: Index, name: str, query: str, *, now: datetime, fuzzy: bool = False) -> SavedSearch:
    """Saves a search; what it finds today is known, and only what comes later is news. Raises UsageError."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError("not a name for a search", subject=name[:80], hint=f"1 to {LONGEST_NAME} characters.")
    tree = parse(query, fuzzy=fuzzy)
    search = SavedSearch(name=name, query=render(tree), saved_at=now)
    if not search.query:
        raise UsageError("an empty search would match everything", subject=name, hint="Give it a query.")
    known = index.find(tree, query, limit=MOST_KNOWN, mode=Mode.LEXICAL)
    with store.writing() as tx:
        if not tx.searches.all():
            tx.changes.advance(FOLLOWER, index.reached.seq)
        tx.searches.save(search)
        tx.searches.found(name, [hit.paper_id for hit in known.hits], at=now)
    return search


def drop(store: Store, name: str) -> None:
    """Forgets a search. Raises UsageError if there is none of that name."""
    with store.writing() as tx:
        if not tx.searches.drop(name):
            raise _unknown(tx, name)


def kept(store: Store, name: str | None = None, *, limit: int) -> tuple[Kept, ...]:
    """One saved search or all, each with its newest `limit` papers. Raises UsageError for an unknown name."""
    with store.reading() as tx:
        searches = [search for search in tx.searches.all() if name is None or search.name == name]
        if name is not None and not searches:
            raise _unknown(tx, name)
        return tuple(Kept(search=one, papers=tx.searches.matches(one.name, limit=limit)) for one in searches)


def news(store: Store, index: Index, *, now: datetime) -> tuple[News, ...]:
    """What the saved searches newly match among the papers that changed since the last look, as far as the index has
    read. Each paper is news once per search, and a kill loses none: what was found and how far was looked is one
    transaction.
    """
    told: dict[str, News] = {}
    for seq, ids in _changed(store, until=index.reached.seq):
        with store.reading() as tx:
            searches = tx.searches.all()
        matching = {search: index.among(ids, parse(search.query)) for search in searches} if ids else {}
        with store.writing() as tx:
            for search, found in matching.items():
                new = tx.searches.found(search.name, sorted(found), at=now)
                before = told[search.name].papers if search.name in told else ()
                if new:
                    told[search.name] = News(name=search.name, query=search.query, papers=(*before, *new))
            tx.changes.advance(FOLLOWER, seq)
    return tuple(told.values())


def _changed(store: Store, *, until: int) -> Iterator[tuple[int, list[str]]]:
    """(last change's number, papers touched), some changes at a time; nothing where no search is saved."""
    while True:
        with store.reading() as tx:
            if not tx.searches.all():
                return
            changes = tx.changes.since(tx.changes.watermark(FOLLOWER), limit=AT_ONCE)
            changes = tuple(change for change in changes if change.seq <= until)
            ids = touched(tx, changes)
        if not changes:
            return
        yield changes[-1].seq, ids


def _unknown(tx: UnitOfWork, name: str) -> UsageError:
    known = ", ".join(search.name for search in tx.searches.all())
    hint = f"There are: {known}." if known else "None is saved yet; save one with: zhaiyao search QUERY --save NAME"
    return UsageError("no such saved search", subject=name[:80], hint=hint)
