"""What the imports of many records share: batches with progress, and the refused pieces. Knows no format."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from zhaiyao.errors import ParseError
from zhaiyao.ports import Progress
from zhaiyao.sources.containers import Document, Piece

NAMED = 5
"""So many of the pieces that could not be read are named; the others are only counted."""


@dataclass(slots=True)
class Refused:
    """Pieces that could not be read: how many, and (name, why) of the first."""

    count: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, why: str) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append((name, why))


def batches(document: Document, size: int, progress: Progress) -> Iterator[list[Piece]]:
    """The pieces in lists of at most `size`. A batch counts as done when the next one is asked for.

    Raises ParseError where the document is damaged, but only after all that came before.
    """
    progress.start("step.import", document.parts or None)
    try:
        pieces, behind, damage = document.pieces(), 0, None
        while damage is None:
            batch, damage = _some(pieces, size)
            if batch:
                yield batch
            elif damage is None:
                return
            progress.advance(document.done - behind)
            behind = document.done
        raise damage
    finally:
        progress.finish()


def _some(pieces: Iterator[Piece], size: int) -> tuple[list[Piece], ParseError | None]:
    """The next pieces, and what kept more of them away."""
    batch: list[Piece] = []
    try:
        batch.extend(islice(pieces, size))
    except ParseError as error:
        return batch, error
    return batch, None
