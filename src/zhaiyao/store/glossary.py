"""Terms as readers want them, and sentences that they corrected."""

from collections.abc import Iterable

import sqlalchemy as sa

from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import Correction, Term
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session


class SqlGlossary:
    """`ports.Glossary`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, terms: Iterable[Term]) -> None:
        """Adds, or replaces by source (case aside) and language."""
        told = {(_folded(term.source), term.language): term for term in terms}
        self._replace(t.terms, [{"folded": folded, **row_of(term)} for (folded, _), term in told.items()])
        self._session.changed("term", [folded for folded, _ in told])

    def drop(self, source: str, *, language: str) -> bool:
        """Removes a term; whether there was one."""
        same = (t.terms.c.folded == _folded(source), t.terms.c.language == language)
        removed = bool(self._session.write(sa.delete(t.terms).where(*same).returning(t.terms.c.folded)))
        if removed:
            self._session.changed("term", [_folded(source)])
        return removed

    def terms(self, *, language: str) -> tuple[Term, ...]:
        """All terms of readers, by source."""
        statement = sa.select(*columns_of(t.terms, Term)).where(t.terms.c.language == language)
        return tuple(record_of(Term, row) for row in self._session.read(statement.order_by(t.terms.c.folded)))

    def correct(self, correction: Correction) -> None:
        """Keeps a corrected sentence, in the place of an earlier correction of the same source sentence."""
        fingerprint = text_fingerprint(correction.source)
        self._replace(t.corrections, [{"fingerprint": fingerprint, **row_of(correction)}])
        self._session.changed("correction", [correction.paper_id])

    def corrections(self, *, language: str, fingerprints: Iterable[str] | None = None) -> tuple[Correction, ...]:
        """The corrections of the sentences of these fingerprints, or all of them, newest first."""
        held = t.corrections.c
        statement = sa.select(*columns_of(t.corrections, Correction)).where(held.language == language)
        rows = (
            self._session.read(statement)
            if fingerprints is None
            else self._session.read_each(statement, held.fingerprint, fingerprints)
        )
        found = (record_of(Correction, row) for row in rows)
        return tuple(sorted(found, key=lambda one: (one.at, one.source), reverse=True))

    def _replace(self, table: sa.Table, rows: list[dict[str, object]]) -> None:
        insert = self._session.insert(table)
        keys = [column.name for column in table.primary_key]
        new = {column.name: insert.excluded[column.name] for column in table.c if column.name not in keys}
        self._session.write(insert.on_conflict_do_update(index_elements=keys, set_=new), rows)


def _folded(source: str) -> str:
    return " ".join(source.split()).casefold()
