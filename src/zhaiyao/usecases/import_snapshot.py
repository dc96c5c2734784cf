"""Takes arXiv's metadata snapshot into the store, in constant memory. Opens no file itself and prints nothing.

The snapshot tells texts and categories and no announcements, so no edition or ledger row comes of it, and nothing is
queued for translation.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from zhaiyao.categories import in_scope, subscription
from zhaiyao.errors import ParseError
from zhaiyao.ports import Executor, Progress, Store
from zhaiyao.records import Sighting
from zhaiyao.sources.containers import Document, Piece
from zhaiyao.sources.snapshot import Lines
from zhaiyao.sources.snapshot_reader import ReaderSpec
from zhaiyao.usecases.importing import Refused, batches

BATCH = 5000
"""Papers per transaction: a kill loses at most these, and they are few enough to hold."""

AHEAD = 2
"""Batches that are read while one is written. More would only wait for the writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotReport:
    """What a snapshot held: `papers` taken, of which `new` were unknown, and `outside` the categories asked for.

    `unreadable` counts the lines that could not be read, `unread` says of the first ones (number, why).
    """

    papers: int
    new: int
    outside: int = 0
    unreadable: int = 0
    unread: tuple[tuple[str, str], ...] = ()


def import_snapshot(
    store: Store, document: Document, executor: Executor, *, categories: Sequence[str] = (), progress: Progress
) -> SnapshotReport:
    """Imports line by line, some thousands to a transaction; lines that are known change nothing.

    With `categories` (or archives) only papers in one of them are taken, cross-lists included. A bad line is named and
    does not stop the rest. Raises UnknownCategory, and ParseError where the document itself is damaged: what came
    before is imported.
    """
    wanted = tuple(subscription(name) for name in categories)
    papers = new = outside = 0
    refused = Refused()
    for lines in _read(document, executor, progress):
        inside = [one for one in lines.told if _wanted(one, wanted)] if wanted else lines.told
        new += _put(store, inside)
        papers += len(inside)
        outside += len(lines.told) - len(inside)
        for name, why in lines.refused:
            refused.add(name, why)
    return SnapshotReport(
        papers=papers, new=new, outside=outside, unreadable=refused.count, unread=tuple(refused.first)
    )


def _read(document: Document, executor: Executor, progress: Progress) -> Iterator[Lines]:
    """What the lines tell, batch by batch. Damage of the document is raised after all that came before it."""
    damage: list[ParseError] = []

    def intact() -> Iterator[list[Piece]]:
        try:
            yield from batches(document, BATCH, progress)
        except ParseError as error:
            damage.append(error)

    with closing(executor.imap(ReaderSpec(), intact(), limit=AHEAD)) as outcomes:
        for outcome in outcomes:
            if outcome.result is None:
                assert outcome.error is not None
                raise outcome.error
            yield outcome.result
    if damage:
        raise damage[0]


def _wanted(told: Sighting, wanted: Sequence[str]) -> bool:
    return any(in_scope(told.paper.categories, name) for name in wanted)


def _put(store: Store, told: Sequence[Sighting]) -> int:
    """Stores some papers and returns how many were unknown."""
    with store.writing() as tx:
        known = tx.papers.get([one.paper.id for one in told])
        tx.papers.put([one.paper for one in told], [one.version for one in told], [])
    return len({one.paper.id for one in told} - known.keys())
