"""Searches that a reader saved, and what they have found so far."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from zhaiyao.bookkeeping import SavedSearch
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session


class SqlSearches:
    """`ports.Searches`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(self, search: SavedSearch) -> None:
        """Adds or replaces by name. A changed query forgets what the old one found."""
        if any(held.name == search.name and held.query != search.query for held in self.all()):
            self.drop(search.name)
        insert = self._session.insert(t.searches)
        statement = insert.on_conflict_do_nothing(index_elements=[t.searches.c.name])
        self._session.write(statement, [row_of(search)])
        self._session.changed("search", [search.name])

    def drop(self, name: str) -> bool:
        """Removes a search with what it found; whether there was one."""
        self._session.write(sa.delete(t.matches).where(t.matches.c.search == name))
        gone = sa.delete(t.searches).where(t.searches.c.name == name).returning(t.searches.c.name)
        removed = bool(self._session.write(gone))
        if removed:
            self._session.changed("search", [name])
        return removed

    def all(self) -> tuple[SavedSearch, ...]:
        """All saved searches, by name."""
        rows = self._session.read(sa.select(*columns_of(t.searches, SavedSearch)).order_by(t.searches.c.name))
        return tuple(record_of(SavedSearch, row) for row in rows)

    def found(self, name: str, ids: Iterable[str], *, at: datetime) -> tuple[str, ...]:
        """Notes what a search found; returns those it had not found before, in the order given."""
        asked = list(dict.fromkeys(ids))
        insert = self._session.insert(t.matches).on_conflict_do_nothing().returning(t.matches.c.paper_id)
        rows = [{"search": name, "paper_id": paper_id, "found_at": at} for paper_id in asked]
        added = {row["paper_id"] for row in self._session.write(insert, rows)}
        return tuple(paper_id for paper_id in asked if paper_id in added)

    def matches(self, name: str, *, limit: int) -> tuple[tuple[str, datetime], ...]:
        """What a search has found and when, newest first."""
        c = t.matches.c
        statement = sa.select(c.paper_id, c.found_at).where(c.search == name)
        rows = self._session.read(statement.order_by(c.found_at.desc(), c.paper_id).limit(limit))
        return tuple((row["paper_id"], row["found_at"]) for row in rows)
