"""Editions and their entries: appended, never changed; and their texts, looked up again by what the entries pin."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa

from zhaiyao.errors import StoreError, UnknownEdition
from zhaiyao.records import Digest, DigestEntry, Edition, EditionEntry, Paper, Rendition, Version
from zhaiyao.store import tables as t
from zhaiyao.store.codec import Row, columns_of, finite, record_of, row_of
from zhaiyao.store.papers import SqlPapers
from zhaiyao.store.session import Session

SUGGESTIONS = 5
"""How many ids an error about an unknown one names."""

_HEAD = tuple(field.name for field in fields(Edition) if field.name != "entries")
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
        alike = [known for known in self.ids() if known.startswith(edition_id)]
        if len(alike) != 1:
            raise self._unknown(edition_id, alike)
        found = self._find(t.editions.c.id == alike[0])
        assert found is not None, "it was listed in the same transaction"
        return found

    def latest(self, profile: str, on: date) -> Edition | None:
        """The highest revision of a profile's edition of a date."""
        return self._find(t.editions.c.profile == profile, t.editions.c.date == on)

    def ids(self, *, profile: str | None = None) -> tuple[str, ...]:
        """All edition ids, newest first; of those made at one instant, the one stored last first."""
        statement = sa.select(t.editions.c.id).order_by(t.editions.c.made_at.desc(), t.editions.c.serial.desc())
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
        head = sa.select(*(t.editions.c[name] for name in _HEAD)).where(*conditions)
        rows = self._session.read(head.order_by(t.editions.c.revision.desc()).limit(1))
        return Edition(**rows[0], entries=tuple(self._entries(rows[0]["id"]))) if rows else None

    def _same_revision(self, edition: Edition) -> Edition | None:
        if not edition.profile:
            return None
        same = {"profile": edition.profile, "date": edition.date, "revision": edition.revision}
        return self._find(*(t.editions.c[name] == value for name, value in same.items()))

    def _entries(self, edition_id: str) -> Iterator[EditionEntry]:
        statement = sa.select(*columns_of(t.entries, EditionEntry)).where(t.entries.c.edition_id == edition_id)
        for row in self._session.read(statement.order_by(t.entries.c.position)):
            yield record_of(EditionEntry, {**row, **{name: row[name] or "" for name in _ABSENT}})

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
            what, known = "no such edition", list(self.ids())
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
