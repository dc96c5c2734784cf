"""Editions and their entries: appended, never changed; and their texts, looked up again by what the entries pin."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from zhaiyao.errors import StoreError, UnknownEdition
from zhaiyao.records import Digest, DigestEntry, Edition, EditionEntry, Paper, Rendition, Version
from zhaiyao.store import tables as t
from zhaiyao.store.codec import Row, columns_of, finite, record_of, row_of
from zhaiyao.store.papers import SqlPapers
from zhaiyao.store.session import Session

SUGGESTIONS = 5
"""How many ids an error about an unknown one names."""

_HEAD = tuple(field.name for field in fields(Edition) if field.name != "entries")
_HEAD_COLUMNS = tuple(t.editions.c[name] for name in _HEAD)
_NEWEST_FIRST = (t.editions.c.made_at.desc(), t.editions.c.serial.desc())
_LAST = "\U0010ffff"  # sorts after every character of an id, so that a prefix is a range
_ABSENT = ("paper_id", "version_key")  # empty in a verbatim entry; NULL in its row, since they are references
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqlEditions:
    """`ports.Editions`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, edition: Edition) -> None:
        """Appends. Raises StoreError if this id, or this revision, is taken by other content, or if a pinned text is
        not in the store. The same content is left alone, whenever it was made."""
        taken = self._find(t.editions.c.id == edition.id) or self._same_revision(edition)
        if taken is not None:
            if _content(taken) != _content(edition):
                raise _taken(taken)
            return
        self._refuse_unknown_pins(edition)
        self._session.write(sa.insert(t.editions), [{name: getattr(edition, name) for name in _HEAD}])
        self._session.write(sa.insert(t.entries), [_entry_row(edition.id, entry) for entry in edition.entries])
        self._session.changed("edition", [edition.id])

    def get(self, edition_id: str) -> Edition:
        """By id, or by a prefix of it that only one edition has. Raises UnknownEdition, and says what there is."""
        exact = self._find(t.editions.c.id == edition_id)
        if exact is not None:
            return exact
        alike = self._some_ids(t.editions.c.id >= edition_id, t.editions.c.id < edition_id + _LAST)
        if len(alike) != 1:
            raise self._unknown(edition_id, alike)
        found = self._find(t.editions.c.id == alike[0])
        assert found is not None, "it was listed in the same transaction"
        return found

    def known(self, edition_id: str) -> bool:
        """Whether there is an edition of exactly this id."""
        return bool(self._session.read(sa.select(t.editions.c.id).where(t.editions.c.id == edition_id)))

    def latest(self, profile: str, on: date) -> Edition | None:
        """The highest revision of a profile's edition of a date."""
        return self._find(t.editions.c.profile == profile, t.editions.c.date == on)

    def latest_of(self, profile: str, *, limit: int) -> tuple[Edition, ...]:
        """The highest revision of each of the profile's latest `limit` announcement dates, newest date first."""
        made = t.editions.c
        own = sa.and_(made.profile == profile, made.date.is_not(None))
        dates = sa.select(made.date).where(own).distinct().order_by(made.date.desc()).limit(limit)
        best_first = (made.revision.desc(), made.serial.desc())
        place = sa.func.row_number().over(partition_by=made.date, order_by=best_first).label("place")
        ranked = sa.select(*_HEAD_COLUMNS, place).where(own, made.date.in_(dates)).subquery()
        newest_first = sa.select(*(ranked.c[name] for name in _HEAD)).order_by(ranked.c.date.desc())
        return self._editions(self._session.read(newest_first.where(ranked.c.place == 1)))

    def holding(self, paper_id: str, *, limit: int) -> tuple[tuple[str, EditionEntry, int], ...]:
        """(edition id, the paper's entry, number of entries) of the newest `limit` editions that hold the paper,
        newest first. Of several entries of one edition, the first."""
        newest = _holding(paper_id, limit)
        others = t.entries.alias()
        size = sa.select(sa.func.count()).where(others.c.edition_id == newest.c.edition_id).scalar_subquery()
        first = sa.and_(t.entries.c.edition_id == newest.c.edition_id, t.entries.c.position == newest.c.position)
        statement = sa.select(t.entries.c.edition_id, *columns_of(t.entries, EditionEntry), size.label("size"))
        rows = self._session.read(
            statement.join(newest, first).order_by(newest.c.made_at.desc(), newest.c.serial.desc())
        )
        return tuple((row["edition_id"], _entry(row), int(row["size"])) for row in rows)

    def ids(self, *, profile: str | None = None) -> tuple[str, ...]:
        """All edition ids, newest first; of those made at one instant, the one stored last first."""
        statement = sa.select(t.editions.c.id).order_by(*_NEWEST_FIRST)
        if profile is not None:
            statement = statement.where(t.editions.c.profile == profile)
        return tuple(row["id"] for row in self._session.read(statement))

    def resolve(self, edition: Edition) -> Digest:
        """The edition with all its texts (without ledger). Raises StoreError if a pinned text is missing."""
        papers = SqlPapers(self._session).get(entry.paper_id for entry in edition.entries)
        versions = self._versions(entry.version_key for entry in edition.entries)
        renditions = self._renditions(key for entry in edition.entries for key in entry.rendition_keys)
        try:
            entries = tuple(_resolved(entry, papers, versions, renditions) for entry in edition.entries)
        except KeyError as missing:
            raise _missing(edition.id, str(missing.args[0])) from None
        return Digest(edition=edition, entries=entries)

    def _find(self, *conditions: sa.ColumnElement[bool]) -> Edition | None:
        head = sa.select(*_HEAD_COLUMNS).where(*conditions)
        found = self._editions(self._session.read(head.order_by(t.editions.c.revision.desc()).limit(1)))
        return found[0] if found else None

    def _editions(self, heads: Sequence[RowMapping]) -> tuple[Edition, ...]:
        """The editions of these rows, in their order, with their entries."""
        entries: dict[str, list[EditionEntry]] = {head["id"]: [] for head in heads}
        statement = sa.select(t.entries.c.edition_id, *columns_of(t.entries, EditionEntry))
        statement = statement.order_by(t.entries.c.edition_id, t.entries.c.position)
        for row in self._session.read_each(statement, t.entries.c.edition_id, entries):
            entries[row["edition_id"]].append(_entry(row))
        return tuple(Edition(**head, entries=tuple(entries[head["id"]])) for head in heads)

    def _some_ids(self, *conditions: sa.ColumnElement[bool]) -> list[str]:
        """The newest ids, one more than an error would name."""
        statement = sa.select(t.editions.c.id).where(*conditions).order_by(*_NEWEST_FIRST).limit(SUGGESTIONS + 1)
        return [row["id"] for row in self._session.read(statement)]

    def _same_revision(self, edition: Edition) -> Edition | None:
        if not edition.profile:
            return None
        same = {"profile": edition.profile, "date": edition.date, "revision": edition.revision}
        return self._find(*(t.editions.c[name] == value for name, value in same.items()))

    def _refuse_unknown_pins(self, edition: Edition) -> None:
        pinned = {key for entry in edition.entries for key in entry.rendition_keys}
        versions = {entry.version_key for entry in edition.entries if entry.version_key}
        for column, wanted in ((t.renditions.c.key, pinned), (t.versions.c.key, versions)):
            held = {row["key"] for row in self._session.read_each(sa.select(column), column, wanted)}
            for key in sorted(wanted - held):
                raise _missing(edition.id, key)

    def _unknown(self, edition_id: str, alike: list[str]) -> UnknownEdition:
        if alike:
            what, known = "several editions begin like this", alike
        else:
            what, known = "no such edition", self._some_ids()
        named = ", ".join(known[:SUGGESTIONS]) + (", …" if len(known) > SUGGESTIONS else "")
        hint = f"There are: {named}." if known else "There is none yet; import or compose one first."
        return UnknownEdition(what, subject=edition_id, hint=hint)

    def _versions(self, keys: Iterable[str]) -> dict[str, Version]:
        statement = sa.select(t.versions.c.key, *columns_of(t.versions, Version))
        return {
            row["key"]: record_of(Version, row) for row in self._session.read_each(statement, t.versions.c.key, keys)
        }

    def _renditions(self, keys: Iterable[str]) -> dict[str, Rendition]:
        statement = sa.select(t.renditions.c.key, *columns_of(t.renditions, Rendition))
        found = self._session.read_each(statement, t.renditions.c.key, keys)
        return {row["key"]: record_of(Rendition, row) for row in found}


def _holding(paper_id: str, limit: int) -> sa.Subquery:
    """The newest editions that hold a paper, each with the place of its first entry there."""
    made = t.editions.c
    return (
        sa.select(
            t.entries.c.edition_id, sa.func.min(t.entries.c.position).label("position"), made.made_at, made.serial
        )
        .join(t.editions, made.id == t.entries.c.edition_id)
        .where(t.entries.c.paper_id == paper_id)
        .group_by(t.entries.c.edition_id, made.made_at, made.serial)
        .order_by(*_NEWEST_FIRST)
        .limit(limit)
        .subquery()
    )


def _entry(row: RowMapping) -> EditionEntry:
    return record_of(EditionEntry, {**row, **{name: row[name] or "" for name in _ABSENT}})


def _entry_row(edition_id: str, entry: EditionEntry) -> Row:
    if entry.score is not None:
        for number in (entry.score.value, *(weight for _, weight in entry.score.reasons)):
            finite(number)
    absent = {name: getattr(entry, name) or None for name in _ABSENT}
    return row_of(entry) | absent | {"edition_id": edition_id}


def _resolved(
    entry: EditionEntry, papers: dict[str, Paper], versions: dict[str, Version], renditions: dict[str, Rendition]
) -> DigestEntry:
    """An entry with its texts. Raises KeyError for the key of a text that is not there."""
    if entry.verbatim is not None:
        return DigestEntry(entry=entry, paper=Paper(id=entry.paper_id), version=None)
    texts = [renditions[key] for key in entry.rendition_keys]
    return DigestEntry(
        entry=entry,
        paper=papers[entry.paper_id],
        version=versions[entry.version_key],
        renditions={text.kind: text for text in texts},
    )


def _content(edition: Edition) -> Edition:
    """The edition as far as it counts: whenever made, its entries in order."""
    entries = tuple(sorted(edition.entries, key=lambda entry: entry.position))
    return replace(edition, made_at=_EPOCH, entries=entries)


def _taken(edition: Edition) -> StoreError:
    return StoreError(
        "this edition exists with other content, and editions are never changed",
        subject=edition.id,
        hint="Nothing was written. What is new makes a new revision: compose again.",
    )


def _missing(edition_id: str, key: str) -> StoreError:
    return StoreError(
        f"a text that this edition pins is not in the store: {key}",
        subject=edition_id,
        hint="Store its texts before the edition; if they were there once, restore a backup.",
    )
