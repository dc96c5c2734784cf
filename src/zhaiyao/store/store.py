"""The store's face: units of work over a database. Holds no SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from zhaiyao import ports
from zhaiyao.store.changes import SqlChanges
from zhaiyao.store.database import Database
from zhaiyao.store.deliveries import SqlDeliveries
from zhaiyao.store.editions import SqlEditions
from zhaiyao.store.glossary import SqlGlossary
from zhaiyao.store.ledger import SqlLedger
from zhaiyao.store.papers import SqlPapers
from zhaiyao.store.profiles import SqlProfiles
from zhaiyao.store.renditions import SqlRenditions
from zhaiyao.store.searches import SqlSearches
from zhaiyao.store.session import Session
from zhaiyao.store.work import SqlWork


@dataclass(slots=True, kw_only=True)
class SqlUnitOfWork:
    """`ports.UnitOfWork`: all parts of the store within one transaction."""

    papers: ports.Papers
    renditions: ports.Renditions
    editions: ports.Editions
    profiles: ports.Profiles
    work: ports.Work
    ledger: ports.Ledger
    deliveries: ports.Deliveries
    changes: ports.Changes
    searches: ports.Searches
    glossary: ports.Glossary


class SqlStore:
    """`ports.Store`. May be used from several threads; within one, units of work do not nest (RuntimeError)."""

    def __init__(self, database: Database, *, clock: ports.Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def writing(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that may write. Commits when its block ends well, rolls back when it raises."""
        with self._database.transaction(writes=True) as connection:
            yield self._unit(connection, writes=True)

    @contextmanager
    def reading(self) -> Iterator[ports.UnitOfWork]:
        """A transaction that only reads, and sees one state from its first look to its end."""
        with self._database.transaction(writes=False) as connection:
            yield self._unit(connection, writes=False)

    def close(self) -> None:
        """Closes all connections. Idempotent."""
        self._database.close()

    def _unit(self, connection: sa.Connection, *, writes: bool) -> ports.UnitOfWork:
        session = Session(connection, where=self._database.where, clock=self._clock, writes=writes)
        return SqlUnitOfWork(
            papers=SqlPapers(session),
            renditions=SqlRenditions(session),
            editions=SqlEditions(session),
            profiles=SqlProfiles(session),
            work=SqlWork(session),
            ledger=SqlLedger(session),
            deliveries=SqlDeliveries(session),
            changes=SqlChanges(session),
            searches=SqlSearches(session),
            glossary=SqlGlossary(session),
        )
