"""Papers, versions and announcements: facts from arXiv, added and never removed."""

from collections.abc import Iterable, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from zhaiyao.records import Announcement, AnnounceType, Paper, Version
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session


class SqlPapers:
    """`ports.Papers`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, papers: Iterable[Paper], versions: Iterable[Version], announcements: Iterable[Announcement]) -> None:
        """Adds or updates; of a known paper only the categories, and only by some. Nothing is removed.

        A paper that is only named, by a version or an announcement, is added without categories.
        """
        texts = {version.key: version for version in versions}
        told = dict.fromkeys(announcements)
        categories: dict[str, tuple[str, ...]] = {}
        for paper in papers:
            categories[paper.id] = paper.categories or categories.get(paper.id, ())
        named_by: list[Version | Announcement] = [*texts.values(), *told]
        for named in named_by:
            categories.setdefault(named.paper_id, ())
        self._put_papers(categories)
        self._put_versions(texts)
        self._put_announcements(told)

    def _put_papers(self, categories: Mapping[str, tuple[str, ...]]) -> None:
        insert = self._session.insert(t.papers)
        new = insert.excluded.categories
        statement = insert.on_conflict_do_update(
            index_elements=[t.papers.c.id],
            set_={"categories": new},
            where=sa.and_(new != sa.literal((), t.papers.c.categories.type), new != t.papers.c.categories),
        ).returning(t.papers.c.id)
        rows = [{"id": paper_id, "categories": names} for paper_id, names in categories.items()]
        self._session.changed("paper", [row["id"] for row in self._session.write(statement, rows)])

    def _put_versions(self, texts: Mapping[str, Version]) -> None:
        insert = self._session.insert(t.versions)
        statement = insert.on_conflict_do_nothing(index_elements=[t.versions.c.key]).returning(t.versions.c.paper_id)
        rows = [row_of(version) | {"key": key} for key, version in texts.items()]
        self._session.changed("version", [row["paper_id"] for row in self._session.write(statement, rows)])

    def _put_announcements(self, told: Iterable[Announcement]) -> None:
        insert = self._session.insert(t.announcements)
        statement = insert.on_conflict_do_nothing().returning(t.announcements.c.paper_id)
        added = self._session.write(statement, [row_of(announcement) for announcement in told])
        self._session.changed("announcement", [row["paper_id"] for row in added])

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The known ones of these papers."""
        found = self._session.read_each(sa.select(t.papers), t.papers.c.id, ids)
        return {row["id"]: record_of(Paper, row) for row in found}

    def versions(self, ids: Iterable[str]) -> dict[str, tuple[Version, ...]]:
        """All texts of these papers: by number descending, then by trust in the interface, then latest told first."""
        statement = sa.select(*columns_of(t.versions, Version)).order_by(t.versions.c.id.desc())
        found: dict[str, list[Version]] = {}
        for row in self._session.read_each(statement, t.versions.c.paper_id, ids):
            found.setdefault(row["paper_id"], []).append(record_of(Version, row))
        return {paper_id: tuple(sorted(texts, key=_precedence)) for paper_id, texts in found.items()}

    def announcements(
        self, *, category: str | None = None, on: date | None = None, papers: Iterable[str] | None = None
    ) -> tuple[Announcement, ...]:
        """Announcements that match all given conditions, by date, category, type (in listing order), paper id. No
        papers, none of them."""
        told = t.announcements.c
        wanted = {told.category: category, told.date: on}
        statement = sa.select(*columns_of(t.announcements, Announcement)).where(
            *(column == value for column, value in wanted.items() if value is not None)
        )
        if papers is None:
            rows: Iterable[RowMapping] = self._session.read(statement)
        else:
            rows = self._session.read_each(statement, told.paper_id, papers)
        return tuple(sorted((record_of(Announcement, row) for row in rows), key=_place))

    def latest_date(self, category: str) -> date | None:
        """The latest announcement date held for a category."""
        latest = sa.func.max(t.announcements.c.date).label("date")
        (row,) = self._session.read(sa.select(latest).where(t.announcements.c.category == category))
        found: date | None = row["date"]
        return found

    def ids(self, *, after: str = "", limit: int) -> tuple[str, ...]:
        """The first `limit` paper ids after this one, in the order of their bytes."""
        key = t.papers.c.id
        rows = self._session.read(sa.select(key).where(key > after).order_by(key).limit(limit))
        return tuple(row["id"] for row in rows)


_TYPES = tuple(AnnounceType)


def _place(told: Announcement) -> tuple[date, str, int, str, int, str]:
    return told.date, told.category, _TYPES.index(told.type), told.paper_id, told.version, told.interface


def _precedence(version: Version) -> tuple[int, int]:
    return -version.number, version.interface.rank
