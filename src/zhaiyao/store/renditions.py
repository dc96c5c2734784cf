"""Renditions, the pointer to the current ones, and attempts: text we made and every try at it."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from zhaiyao.records import Attempt, Rendition, RenditionKind
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session

Place = tuple[str, int, str, RenditionKind]


class SqlRenditions:
    """`ports.Renditions`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, renditions: Iterable[Rendition]) -> None:
        """Stores each and points `current` at it, but never turns it from one of ours to another system's."""
        made = [(rendition.key, rendition) for rendition in renditions]
        ours_last = sorted(made, key=lambda one: not one[1].is_legacy)
        touched = self._store(dict(made))
        touched += self._point({_place(rendition): (key, rendition) for key, rendition in ours_last})
        self._session.changed("rendition", touched)

    def _store(self, made: Mapping[str, Rendition]) -> list[str]:
        insert = self._session.insert(t.renditions)
        statement = insert.on_conflict_do_nothing(index_elements=[t.renditions.c.key])
        rows = [row_of(rendition) | {"key": key} for key, rendition in made.items()]
        added = self._session.write(statement.returning(t.renditions.c.paper_id), rows)
        return [row["paper_id"] for row in added]

    def _point(self, pointers: Mapping[Place, tuple[str, Rendition]]) -> list[str]:
        insert = self._session.insert(t.current)
        new, old = insert.excluded, t.current.c
        statement = insert.on_conflict_do_update(
            index_elements=list(t.current.primary_key),
            set_={"key": new.key, "legacy": new.legacy},
            where=sa.and_(new.key != old.key, sa.or_(sa.not_(new.legacy), old.legacy)),
        )
        rows = [
            {"paper_id": paper_id, "version": version, "language": language, "kind": kind}
            | {"key": key, "legacy": rendition.is_legacy}
            for (paper_id, version, language, kind), (key, rendition) in pointers.items()
        ]
        moved = self._session.write(statement.returning(old.paper_id), rows)
        return [row["paper_id"] for row in moved]

    def record(self, attempts: Iterable[Attempt]) -> None:
        """Appends attempts, whatever their outcome."""
        tried = list(attempts)
        self._session.write(sa.insert(t.attempts), [row_of(attempt) for attempt in tried])
        self._session.changed("attempt", [attempt.paper_id for attempt in tried])

    def current(
        self, papers: Iterable[tuple[str, int]], *, language: str
    ) -> dict[tuple[str, int], dict[RenditionKind, Rendition]]:
        """The current renditions of these (paper id, version number) pairs; pairs without any are absent."""
        wanted = dict.fromkeys(papers)
        statement = (
            sa.select(*columns_of(t.renditions, Rendition))
            .join(t.current, t.current.c.key == t.renditions.c.key)
            .where(t.current.c.language == language)
        )
        found: dict[tuple[str, int], dict[RenditionKind, Rendition]] = {}
        for row in self._session.read_each(statement, t.current.c.paper_id, [paper_id for paper_id, _ in wanted]):
            rendition = record_of(Rendition, row)
            if (rendition.paper_id, rendition.version) in wanted:
                found.setdefault((rendition.paper_id, rendition.version), {})[rendition.kind] = rendition
        return found

    def of(self, paper_id: str, *, language: str) -> tuple[Rendition, ...]:
        """Every rendition of a paper, of all versions and kinds, newest first; of those made at one instant, the
        higher version first, then by kind in reading order."""
        made = t.renditions.c
        statement = sa.select(*columns_of(t.renditions, Rendition)).where(
            made.paper_id == paper_id, made.language == language
        )
        kinds = sa.case({kind: place for place, kind in enumerate(RenditionKind)}, value=made.kind)
        rows = self._session.read(statement.order_by(made.made_at.desc(), made.version.desc(), kinds, made.key))
        return tuple(record_of(Rendition, row) for row in rows)

    def attempts(self, paper_id: str) -> tuple[Attempt, ...]:
        """All attempts at a paper, oldest first."""
        statement = sa.select(*columns_of(t.attempts, Attempt)).where(t.attempts.c.paper_id == paper_id)
        return tuple(record_of(Attempt, row) for row in self._session.read(statement.order_by(t.attempts.c.id)))


def _place(rendition: Rendition) -> Place:
    return rendition.paper_id, rendition.version, rendition.language, rendition.kind
