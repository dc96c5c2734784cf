"""Papers, versions and announcements: facts from arXiv, added and never removed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from zhaiyao.records import Announcement, AnnounceType, Interface, Paper, Version
from zhaiyao.store import tables as t
from zhaiyao.store.codec import columns_of, record_of, row_of
from zhaiyao.store.session import Session

_PAPER = (t.papers.c.id, t.papers.c.categories)
_VERSION = (t.versions.c.key, *columns_of(t.versions, Version))
_LATEST_FIRST = sa.select(*columns_of(t.versions, Version)).order_by(t.versions.c.id.desc())
_fields = attrgetter(*Version.__dataclass_fields__)


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

    def _put_papers(self, told: Mapping[str, tuple[str, ...]]) -> None:
        """Looks before it writes, which is right because one writer writes at a time, and much faster than asking the
        database what became of each row."""
        known = {row["id"]: row["categories"] for row in self._held(t.papers.c.id, told, t.papers.c.categories)}
        new = [(paper_id, names) for paper_id, names in told.items() if paper_id not in known]
        moved = [(paper_id, told[paper_id]) for paper_id in known if told[paper_id] not in ((), known[paper_id])]
        self._session.add(_PAPER, new)
        statement = sa.update(t.papers).where(t.papers.c.id == sa.bindparam("paper"))
        self._session.write(statement, [{"paper": paper_id, "categories": names} for paper_id, names in moved])
        self._session.changed("paper", [paper_id for paper_id, _ in (*new, *moved)])

    def _put_versions(self, texts: Mapping[str, Version]) -> None:
        known = {row["key"] for row in self._held(t.versions.c.key, texts)}
        new = {key: version for key, version in texts.items() if key not in known}
        self._session.add(_VERSION, [(key, *_fields(version)) for key, version in new.items()])
        self._session.changed("version", [*(version.paper_id for version in new.values()), *self._tell_again(known)])

    def _tell_again(self, known: Iterable[str]) -> list[str]:
        """Makes a text that its interface had changed, and tells again, the latest told: it trades its place with the
        newest text of that version and interface. Returns the papers that this touched."""
        c, newer = t.versions.c, t.versions.alias()
        alike = (newer.c[name] == c[name] for name in ("paper_id", "number", "interface"))
        newest = sa.func.max(newer.c.id).label("newest")
        statement = sa.select(c.id, c.paper_id, newest).join(newer, sa.and_(*alike, newer.c.id > c.id))
        rows = tuple(self._session.read_each(statement.group_by(c.id, c.paper_id), c.key, known))
        for row in rows:
            for place, becomes in ((row["newest"], -1), (row["id"], row["newest"]), (-1, row["id"])):
                self._session.write(sa.update(t.versions).where(c.id == place).values(id=becomes))
        return [row["paper_id"] for row in rows]

    def _held(self, key: sa.Column[str], keys: Iterable[str], *further: sa.Column[object]) -> Iterator[RowMapping]:
        """The rows that the store holds of these keys: the key, and what else is asked for."""
        return self._session.read_each(sa.select(key, *further), key, keys)

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
        found: dict[str, list[Version]] = {}
        for row in self._session.read_each(_LATEST_FIRST, t.versions.c.paper_id, ids):
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

    def cut(self, *, after: str = "", limit: int) -> tuple[str, ...]:
        """The first `limit` ids after this one of papers of which some version is held as a cut text, or in the earlier
        system's words alone, and no whole text of arXiv's of that version or a later one."""
        text, whole = t.versions.alias("text").c, t.versions.alias("whole").c
        better = sa.exists().where(
            whole.paper_id == text.paper_id,
            whole.number >= text.number,
            whole.abstract != "",
            sa.not_(whole.truncated),
            _from_arxiv(whole),
        )
        statement = (
            sa.select(text.paper_id)
            .distinct()
            .where(text.paper_id > after, sa.or_(text.truncated, sa.not_(_from_arxiv(text))), sa.not_(better))
            .order_by(text.paper_id)
            .limit(limit)
        )
        return tuple(row["paper_id"] for row in self._session.read(statement))


_TYPES = tuple(AnnounceType)
_ARXIV = [interface for interface in Interface if interface.is_arxiv]


def _from_arxiv(version: sa.ColumnCollection[str, sa.ColumnElement[object]]) -> sa.ColumnElement[bool]:
    return version.interface.in_(_ARXIV)


def _place(told: Announcement) -> tuple[date, str, int, str, int, str]:
    return told.date, told.category, _TYPES.index(told.type), told.paper_id, told.version, told.interface


def _precedence(version: Version) -> tuple[int, int]:
    return -version.number, version.interface.rank
