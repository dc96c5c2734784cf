"""Renditions, the pointer to the current ones, and attempts: text we made and every try at it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from zhaiyao.bookkeeping import Spent
from zhaiyao.records import Attempt, Rendition, RenditionKind
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of
from zhaiyao.store.session import Session

Place = tuple[str, int, str, RenditionKind]

_RENDITION = (t.renditions.c.key, *columns_of(t.renditions, Rendition))
_USED = ("prompt_tokens", "cached_tokens", "completion_tokens", "cost_micros")
_fields = attrgetter(*Rendition.__dataclass_fields__)

_ATTEMPT = tuple(columns_of(t.attempts, Attempt))
_tried = attrgetter(*Attempt.__dataclass_fields__)

_KINDS = sa.case({kind: place for place, kind in enumerate(RenditionKind)}, value=t.renditions.c.kind)
_KEYS = sa.select(t.renditions.c.key)
_POINTERS = sa.select(t.current)
_CURRENT = (
    sa.select(*columns_of(t.renditions, Rendition))
    .join(t.current, t.current.c.key == t.renditions.c.key)
    .where(t.current.c.language == sa.bindparam("language"))
)
_NEWEST_FIRST = (
    sa.select(*columns_of(t.renditions, Rendition))
    .where(t.renditions.c.language == sa.bindparam("language"))
    .order_by(t.renditions.c.made_at.desc(), t.renditions.c.version.desc(), _KINDS, t.renditions.c.key)
)

_POINTER = tuple(t.current.c)
_MOVED = tuple(f"new_{column.name}" for column in _POINTER)
_MOVE = (
    sa.update(t.current)
    .where(*(column == sa.bindparam(f"new_{column.name}") for column in t.current.primary_key))
    .values({column.name: sa.bindparam(f"new_{column.name}") for column in (t.current.c.key, t.current.c.legacy)})
)


class SqlRenditions:
    """`ports.Renditions`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, renditions: Iterable[Rendition]) -> None:
        """Stores each and points `current` at it, but never turns it from one of ours to another system's."""
        made = [(rendition.key, rendition) for rendition in renditions]
        ours_last = sorted(made, key=lambda one: not one[1].is_legacy)
        touched = self._store(dict(made))
        touched += self._point({_place(rendition): (key, rendition.is_legacy) for key, rendition in ours_last})
        self._session.changed("rendition", touched)

    def _store(self, made: Mapping[str, Rendition]) -> list[str]:
        known = {row["key"] for row in self._session.read_each(_KEYS, t.renditions.c.key, made)}
        new = [(key, rendition) for key, rendition in made.items() if key not in known]
        self._session.add(_RENDITION, [(key, *_fields(rendition)) for key, rendition in new])
        return [rendition.paper_id for _, rendition in new]

    def _point(self, pointers: Mapping[Place, tuple[str, bool]]) -> list[str]:
        """Looks before it writes, as `SqlPapers` does. Returns the papers whose pointers are new or moved."""
        rows = self._session.read_each(_POINTERS, t.current.c.paper_id, [place[0] for place in pointers])
        held = {
            (row["paper_id"], row["version"], row["language"], row["kind"]): (row["key"], row["legacy"]) for row in rows
        }
        new = [(*place, *to) for place, to in pointers.items() if place not in held]
        moved = [(*place, *to) for place, to in pointers.items() if place in held and _moves(held[place], to)]
        self._session.add(_POINTER, new)
        self._session.write(_MOVE, [dict(zip(_MOVED, pointer, strict=True)) for pointer in moved])
        return [pointer[0] for pointer in (*new, *moved)]

    def record(self, attempts: Iterable[Attempt]) -> None:
        """Appends attempts, whatever their outcome."""
        tried = list(attempts)
        self._session.add(_ATTEMPT, [_tried(attempt) for attempt in tried])
        self._session.changed("attempt", [attempt.paper_id for attempt in tried])

    def current(
        self, papers: Iterable[tuple[str, int]], *, language: str
    ) -> dict[tuple[str, int], dict[RenditionKind, Rendition]]:
        """The current renditions of these (paper id, version number) pairs; pairs without any are absent."""
        wanted = dict.fromkeys(papers)
        found: dict[tuple[str, int], dict[RenditionKind, Rendition]] = {}
        ids = [paper_id for paper_id, _ in wanted]
        for row in self._session.read_each(_CURRENT, t.current.c.paper_id, ids, language=language):
            rendition = record_of(Rendition, row)
            if (rendition.paper_id, rendition.version) in wanted:
                found.setdefault((rendition.paper_id, rendition.version), {})[rendition.kind] = rendition
        return found

    def translated(self, *, language: str, after: str = "", limit: int) -> tuple[str, ...]:
        """The first `limit` ids after this one of papers of which some version's title is rendered."""
        pointer = t.current.c
        statement = (
            sa.select(pointer.paper_id)
            .distinct()
            .where(pointer.paper_id > after, pointer.language == language, pointer.kind == RenditionKind.TITLE)
            .order_by(pointer.paper_id)
            .limit(limit)
        )
        return tuple(row["paper_id"] for row in self._session.read(statement))

    def of(self, ids: Iterable[str], *, language: str) -> dict[str, tuple[Rendition, ...]]:
        """Every rendition of these papers, of all versions and kinds, newest first; of those made at one instant, the
        higher version first, then by kind in reading order. Papers without any are absent."""
        found: dict[str, list[Rendition]] = {}
        for row in self._session.read_each(_NEWEST_FIRST, t.renditions.c.paper_id, ids, language=language):
            found.setdefault(row["paper_id"], []).append(record_of(Rendition, row))
        return {paper_id: tuple(renditions) for paper_id, renditions in found.items()}

    def attempts(self, paper_id: str) -> tuple[Attempt, ...]:
        """All attempts at a paper, oldest first."""
        statement = sa.select(*columns_of(t.attempts, Attempt)).where(t.attempts.c.paper_id == paper_id)
        return tuple(record_of(Attempt, row) for row in self._session.read(statement.order_by(t.attempts.c.id)))

    def spent(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Spent, ...]:
        """What all attempts from an instant on and before another one used, per UTC day, engine, model and kind."""
        tried = t.attempts.c
        day = self._session.day_of(tried.at)
        group = (day, tried.engine, tried.model, tried.kind)
        sums = (sa.func.sum(tried[name]).label(name) for name in _USED)
        requests = sa.func.sum(1.0 / tried.shared_by).label("requests")
        statement = sa.select(*group, sa.func.count().label("attempts"), requests, *sums).group_by(*group)
        if since is not None:
            statement = statement.where(tried.at >= since)
        if until is not None:
            statement = statement.where(tried.at < until)
        rows = self._session.read(statement.order_by(*group))
        return tuple(_spent(row) for row in rows)


def _spent(row: RowMapping) -> Spent:
    """A row of sums; PostgreSQL gives them as decimals."""
    prompt, cached, completion, cost = (int(row[name]) for name in _USED)
    return Spent(
        day=date.fromisoformat(row["day"]),
        engine=row["engine"],
        model=row["model"],
        kind=row["kind"],
        attempts=row["attempts"],
        requests=float(row["requests"]),
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        cost_micros=cost,
    )


def _moves(held: tuple[str, bool], to: tuple[str, bool]) -> bool:
    """Whether a (key, legacy) pointer gives way to another."""
    return to[0] != held[0] and (held[1] or not to[1])


def _place(rendition: Rendition) -> Place:
    return rendition.paper_id, rendition.version, rendition.language, rendition.kind
