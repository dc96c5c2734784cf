"""Takes the earlier system's archive into the store: papers, cut texts and all, and what it had translated.

Nothing is announced, and no edition or ledger row is made, for the archive knows no dates. Opens no file itself and
prints nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from zhaiyao.errors import ParseError
from zhaiyao.ports import Progress, Store, UnitOfWork
from zhaiyao.records import Paper
from zhaiyao.sources.archive import Filed, parse
from zhaiyao.sources.containers import Document, Piece
from zhaiyao.usecases.importing import Refused, batches

BATCH = 1000
"""Records per transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveReport:
    """What an archive held. `new` papers were unknown; of all `papers`, `truncated` have a cut abstract.

    `flagged` counts translations by what is wrong with them, `lacking` the records that miss one. `unreadable` counts
    the records that could not be read, `unread` says of the first ones (name, why).
    """

    papers: int
    new: int
    truncated: int
    renditions: int
    flagged: Mapping[str, int]
    lacking: int
    unreadable: int = 0
    unread: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Tally:
    papers: int = 0
    new: int = 0
    truncated: int = 0
    renditions: int = 0
    lacking: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    refused: Refused = field(default_factory=Refused)

    def add(self, filed: Filed) -> None:
        self.papers += 1
        self.truncated += filed.version.truncated
        self.renditions += len(filed.renditions)
        self.lacking += bool(filed.lacking)
        self.flagged.update(fault for made in filed.renditions for part in made.segments for fault in part.faults)

    def report(self) -> ArchiveReport:
        return ArchiveReport(
            papers=self.papers,
            new=self.new,
            truncated=self.truncated,
            renditions=self.renditions,
            flagged=dict(self.flagged.most_common()),
            lacking=self.lacking,
            unreadable=self.refused.count,
            unread=tuple(self.refused.first),
        )


def import_archive(store: Store, document: Document, *, now: datetime, progress: Progress) -> ArchiveReport:
    """Imports record by record, a thousand to a transaction; the same records again change nothing.

    A record that cannot be read is named and does not stop the rest. Raises ParseError where the document itself is
    damaged: what came before it is imported.
    """
    tally = _Tally()
    for pieces in batches(document, BATCH, progress):
        filed = list(_read(pieces, tally.refused, now))
        with store.writing() as tx:
            tally.new += _put(tx, filed)
        for one in filed:
            tally.add(one)
    return tally.report()


def _read(pieces: Iterable[Piece], refused: Refused, now: datetime) -> Iterator[Filed]:
    for piece in pieces:
        try:
            yield parse(piece.content(), made_at=now)
        except ParseError as error:
            refused.add(piece.name, error.what)


def _put(tx: UnitOfWork, filed: list[Filed]) -> int:
    """Stores some records and returns how many papers were unknown. The one category that a record tells is taken only
    where nothing better is known."""
    known = tx.papers.get([one.paper.id for one in filed])
    papers = [one.paper for one in filed if not known.get(one.paper.id, _NOBODY).categories]
    tx.papers.put(papers, [one.version for one in filed], [])
    tx.renditions.put([made for one in filed for made in one.renditions])
    return len({one.paper.id for one in filed} - known.keys())


_NOBODY = Paper(id="")
