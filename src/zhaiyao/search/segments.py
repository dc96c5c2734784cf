"""One immutable piece of the vector index: codes, ids and facts of its papers in files. Knows no other piece.

A vector is kept as one byte per dimension. Pieces are searched exactly, byte by byte; from `SIGNS_FROM` papers on the
signs of their coordinates find candidates, a bit each (`signs`). The best are compared once more with the query
unrounded. Everything is mapped from disk, not read into memory. Papers are sorted by id, so that one is found by
bisection.

What is to be taken off a paper's similarity (`push`) stands in some further bytes behind its vector, so that a plain
inner product with a query that has a constant there subtracts it. What is usual is left out of it, so that those
bytes have room for what is not.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zhaiyao.search import signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zhaiyao.features import Vectors

    Codes = NDArray[np.int8]
    Rows = NDArray[np.int64]
    Ids = NDArray[np.bytes_]
    Signs = NDArray[np.uint64]

SIGNS_FROM = 300_000
"""Papers from which a piece is searched by signs first. An exact scan of as many takes 20 ms of one core, and misses
nothing. A graph (HNSW, Malkov and Yashunin 2016) was here before: for a piece of a million it took three quarters of an
hour to build, where signs are written as fast as the disk takes them."""

FACTS = np.dtype([("push", np.float32), ("kind", np.uint8), ("known", np.bool_)])
"""Per paper: what is taken off its similarity, a mark of the caller's, and whether its vector says anything."""

_CANDIDATES = 200  # of an exact scan, to be compared once more
_FROM_SIGNS = 4000  # of a scan of signs; a piece has a million papers at most
_BLOCK = 65_536
_USUAL, _PUSHES = 0.2, 600  # what is usually taken off, and steps of a byte per unit of what is more or less


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Papers on their way into a piece: sorted by id, each once."""

    ids: "Ids"
    codes: "Codes"
    facts: "NDArray[np.void]"


class Segment:
    """A piece as it lies on disk, and which of its papers were replaced or removed since (`dead`).

    Raises OSError or ValueError if its files are missing or not what they should be.
    """

    def __init__(self, folder: Path, name: str, rows: int, dead: str = "") -> None:
        self.name = name
        self.rows = rows
        self.dead_file = dead
        self._stem = folder / name
        self.codes: Codes = np.load(f"{self._stem}.codes.npy", mmap_mode="r")
        self.ids: Ids = np.load(f"{self._stem}.ids.npy", mmap_mode="r")
        self.facts: NDArray[np.void] = np.load(f"{self._stem}.facts.npy", mmap_mode="r")
        self.dead: NDArray[np.bool_] = np.load(folder / dead) if dead else np.zeros(rows, np.bool_)
        self.changed = False
        if not len(self.codes) == len(self.ids) == len(self.facts) == len(self.dead) == rows:
            raise ValueError(f"{name} does not hold {rows} papers")
        self._signs: Signs | None = None

    @property
    def alive(self) -> int:
        """Papers that are still found."""
        return self.rows - int(self.dead.sum())

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files it may have."""
        named = tuple(f"{self.name}.{part}" for part in ("codes.npy", "ids.npy", "facts.npy", "signs.npy"))
        return (*named, self.dead_file) if self.dead_file else named

    def places(self, ids: "Ids") -> "Rows":
        """The rows of those of these papers that are in it, dead ones included."""
        if not self.rows or not len(ids):
            return np.zeros(0, np.int64)
        found = np.searchsorted(self.ids, ids)
        found[found == self.rows] = 0
        return np.asarray(found[self.ids[found] == ids], np.int64)

    def best(self, query: "Vectors", limit: int, allowed: "Rows | None" = None) -> "tuple[Rows, Vectors]":
        """The best rows and their scores, best first; of the allowed rows only, if told."""
        rows = self._candidates(query, limit, allowed)
        rows = rows[~self.dead[rows] & self.facts["known"][rows]]
        size = len(query)
        scores = np.asarray(self.codes)[rows, :size].astype(np.float32) @ query / scale(size) - self.facts["push"][rows]
        first = np.lexsort((rows, -scores))[:limit]
        return rows[first], scores[first]

    def build_signs(self) -> None:
        """Writes the signs of its vectors, if it has none yet."""
        path = Path(f"{self._stem}.signs.npy")
        if path.exists():
            return
        temporary = path.with_suffix(".tmp")
        signs.write(temporary, self.codes)
        _sync(temporary)
        temporary.replace(path)

    def kill(self, places: "Rows") -> None:
        """Marks papers as replaced or removed. Kept in memory until `save_dead`."""
        if len(places) and not self.dead[places].all():
            self.dead[places] = True
            self.changed = True

    def save_dead(self, number: int) -> str:
        """Writes which papers are dead into a new file, if that changed; returns the old one's name, if any."""
        if not self.changed:
            return ""
        old, self.dead_file = self.dead_file, f"{self.name}.dead-{number}.npy"
        path = self._stem.parent / self.dead_file
        np.save(path, self.dead)
        _sync(path)
        self.changed = False
        return old

    def remove(self) -> None:
        """Removes its files, as far as the system lets go of them: elsewhere they may still be mapped."""
        for name in self.files:
            with suppress(OSError):
                (self._stem.parent / name).unlink()

    def _candidates(self, query: "Vectors", limit: int, allowed: "Rows | None") -> "Rows":
        found = self._opened_signs() if allowed is None or len(allowed) >= SIGNS_FROM else None
        if found is None:
            return self._scanned(query, limit + _CANDIDATES, allowed)
        wanted = limit + _FROM_SIGNS + int(self.dead.sum())
        near = signs.nearest(found, _asked(query)[0, : len(query)], min(self.rows, wanted))
        if allowed is None:
            return near
        near = np.intersect1d(near, allowed)
        return near if len(near) >= limit else self._scanned(query, limit + _CANDIDATES, allowed)

    def _scanned(self, query: "Vectors", count: int, allowed: "Rows | None") -> "Rows":
        """The nearest rows by a scan of all bytes."""
        from usearch.compiled import MetricKind
        from usearch.index import search

        papers = self.rows if allowed is None else len(allowed)
        wanted = min(papers, count + int(self.dead.sum()))
        if wanted == papers:
            return np.arange(self.rows) if allowed is None else allowed
        codes = self.codes if allowed is None else self.codes[allowed]
        near = np.asarray(
            search(codes, _asked(query), wanted, MetricKind.IP, exact=True, threads=0).keys, np.int64
        ).ravel()
        return near if allowed is None else allowed[near]

    def _opened_signs(self) -> "Signs | None":
        """The signs, mapped; None as long as nobody wrote them."""
        path = Path(f"{self._stem}.signs.npy")
        if self._signs is None and path.exists():
            found: Signs = np.load(path, mmap_mode="r")
            if found.ndim != 2 or found.shape[1] != self.rows:
                raise ValueError(f"{path.name} does not hold {self.rows} papers")
            self._signs = found
        return self._signs


def write(folder: Path, name: str, rows: Entries) -> Segment:
    """Writes a piece and opens it."""
    _forget_signs(folder, name)
    for part, array in (("codes", rows.codes), ("ids", rows.ids), ("facts", rows.facts)):
        path = folder / f"{name}.{part}.npy"
        np.save(path, array)
        _sync(path)
    return Segment(folder, name, len(rows.ids))


def merge(folder: Path, name: str, segments: Sequence[Segment]) -> Segment:
    """Writes one piece of several, without their dead papers. No paper is alive in two of them."""
    _forget_signs(folder, name)
    alive = [np.flatnonzero(~segment.dead) for segment in segments]
    ids = np.concatenate([segment.ids[rows] for segment, rows in zip(segments, alive, strict=True)])
    facts = np.concatenate([segment.facts[rows] for segment, rows in zip(segments, alive, strict=True)])
    order = np.argsort(ids, kind="stable")
    path = folder / f"{name}.codes.npy"
    codes = np.lib.format.open_memmap(path, "w+", np.int8, (len(ids), segments[0].codes.shape[1]))
    target = np.empty(len(ids), np.int64)
    target[order] = np.arange(len(ids))
    start = 0
    for segment, rows in zip(segments, alive, strict=True):
        for block in np.array_split(rows, len(rows) // _BLOCK + 1):
            codes[target[start : start + len(block)]] = segment.codes[block]
            start += len(block)
    codes.flush()
    del codes
    for part, array in (("ids", ids[order]), ("facts", facts[order])):
        np.save(folder / f"{name}.{part}.npy", array)
        _sync(folder / f"{name}.{part}.npy")
    return Segment(folder, name, len(ids))


def scale(dimensions: int) -> float:
    """Bytes per unit of a coordinate. A rotated vector's coordinates are as of a normal distribution; six deviations
    fit, what is beyond is cut."""
    return float(127 * np.sqrt(dimensions) / 6)


def quantised(vectors: "Vectors") -> "Codes":
    """Rows of at most length 1, rotated, as bytes."""
    scaled = vectors * np.float32(scale(vectors.shape[1]))
    codes: Codes = np.clip(np.rint(scaled), -127, 127).astype(np.int8)
    return codes


def coded(vectors: "Vectors", pushes: "Vectors") -> "Codes":
    """Rows as a piece keeps them: the vector, and behind it what is to be taken off."""
    levels = np.clip(np.rint((pushes - _USUAL) * _PUSHES), -127, 127).astype(np.int8)
    return np.hstack([quantised(vectors), np.repeat(levels[:, None], _push_columns(vectors.shape[1]), axis=1)])


def _push_columns(dimensions: int) -> int:
    """Enough of them that a byte of the query's can outweigh the vector."""
    return -(-int(scale(dimensions) ** 2 / _PUSHES) // 100)


def _asked(query: "Vectors") -> "Codes":
    """A query as the rows are coded, one row: what is to be taken off stands against a negative constant."""
    columns = _push_columns(len(query))
    level = -round(scale(len(query)) ** 2 / _PUSHES / columns)
    return np.hstack([quantised(query[None, :]), np.full((1, columns), level, np.int8)])


def _forget_signs(folder: Path, name: str) -> None:
    """A process that was killed may have left one behind under the same name."""
    (folder / f"{name}.signs.npy").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
