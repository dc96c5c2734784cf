"""Takes a classic digest into the store as an imported edition. Reads no file and prints nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from zhaiyao.categories import subscription
from zhaiyao.errors import ParseError, UsageError
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import Announcement, AnnounceType, Digest, DigestEntry, Edition, EditionEntry, Interface, Paper
from zhaiyao.sources.digest_file import DigestFile, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What was imported: the edition, its different papers, its entries kept verbatim; `already` = it was known."""

    edition_id: str
    papers: int
    verbatim: int
    already: bool


def import_digest(
    store: Store, data: bytes, *, name: str, now: datetime, category: str | None, on: date | None
) -> ImportReport:
    """Imports a digest in one transaction; the same bytes again change nothing. `name` is what errors call it.

    The file names neither category nor date. With both told, its papers are announced there and then: as the entry
    tells, or as new where it tells nothing. Without, no announcement and no ledger row is made.
    Raises ParseError for a file that is no classic digest, UsageError if only one of the two is told, UnknownCategory.
    """
    if (category is None) != (on is None):
        raise UsageError(
            "an announcement needs a category and a date, only one of them was told",
            subject=name,
            hint="Give both --category and --date, or neither.",
        )
    if b"\0" in data:
        hint = "Nothing was imported; get an undamaged copy."
        raise ParseError(f"holds U+0000 (at byte {data.index(0)}), which no store keeps", subject=name, hint=hint)
    told = subscription(category) if category is not None else ""
    file = parse(data, made_at=now, name=name)
    edition = _edition(file, told, now)
    with store.writing() as tx:
        already = tx.editions.known(edition.id)
        announcements = _announcements(file, told, on) if on is not None else ()
        tx.papers.put(_papers(tx, file), () if already else file.versions, announcements)
        if on is not None:
            tx.ledger.tell(told, on, announced=None, interface=Interface.DIGEST, at=now)
        if not already:
            tx.renditions.put(file.renditions)
            tx.editions.put(edition)
    return ImportReport(edition_id=edition.id, papers=len(file.papers), verbatim=file.verbatim, already=already)


def read_digest(data: bytes, *, name: str, now: datetime) -> Digest:
    """A digest file as a resolved edition, without a store. Raises ParseError."""
    file = parse(data, made_at=now, name=name)
    papers = {paper.id: paper for paper in file.papers}
    versions = {version.key: version for version in file.versions}
    renditions = {rendition.key: rendition for rendition in file.renditions}
    edition = _edition(file, "", now)
    entries = (
        DigestEntry(
            entry=entry,
            paper=papers.get(entry.paper_id, Paper(id=entry.paper_id)),
            version=versions.get(entry.version_key),
            renditions={renditions[key].kind: renditions[key] for key in entry.rendition_keys},
        )
        for entry in edition.entries
    )
    return Digest(edition=edition, entries=tuple(entries))


def _edition(file: DigestFile, category: str, now: datetime) -> Edition:
    return Edition(
        id=f"sha256:{file.document}",
        made_at=now,
        entries=tuple(_placed(entry, category) for entry in file.entries),
        cause="imported",
        document=file.document,
    )


def _placed(entry: EditionEntry, category: str) -> EditionEntry:
    """The entry, announced in the told category if there is one."""
    if not category:
        return entry
    return replace(entry, announced=tuple((category, how) for how in _types(entry)))


def _types(entry: EditionEntry) -> tuple[AnnounceType, ...]:
    """How a paper was announced. A bare entry does not tell: it is new, for it was news to the earlier system."""
    if not entry.paper_id:
        return ()
    return tuple(how for _, how in entry.announced) or (AnnounceType.NEW,)


def _announcements(file: DigestFile, category: str, on: date) -> Iterator[Announcement]:
    """An announcement for each entry that is a paper. The version is 0 where the file does not tell it."""
    versions = {version.key: version for version in file.versions}
    for entry in file.entries:
        for how in _types(entry):
            yield Announcement(
                paper_id=entry.paper_id,
                category=category,
                date=on,
                type=how,
                version=versions[entry.version_key].number,
                interface=Interface.DIGEST,
            )


def _papers(tx: UnitOfWork, file: DigestFile) -> list[Paper]:
    """Papers that we know nothing better of: a digest tells at most one category."""
    known = tx.papers.get([paper.id for paper in file.papers])
    return [paper for paper in file.papers if paper.id not in known or not known[paper.id].categories]
