"""Vectors of papers in a folder: added, replaced, removed, and searched by angle. Knows no text and no embedder.

Pieces (`segments`) are written once and never changed; a manifest names those that count, and is replaced whole, so
that a kill at any moment leaves the state before or the one after. Pieces of like size are merged, as log-structured
indexes do (O'Neil et al. 1996), up to `LARGEST`. One process writes at a time, and sees what it wrote after `commit`;
any number read meanwhile and notice a new manifest by themselves.
"""

import json
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zhaiyao.errors import IndexDamaged, SearchError
from zhaiyao.search import segments
from zhaiyao.search.segments import FACTS, Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from zhaiyao.features import Vectors

LARGEST = 1_048_576
"""Papers of a merged piece at most."""

WIDTH = 384
"""Bytes of a vector at least. All are turned at random, which changes no angle, into a space of so many dimensions:
then no coordinate is much larger than another, and a byte for each loses little."""

_FORMAT = 1
_MANIFEST = "manifest.json"
_PENDING = 65_536  # papers that wait in memory at most, as bytes
_ALIKE = 3  # a piece is merged with the one before it if that is at most so many times as large
_HINT = "Run zhaiyao index --rebuild."


class VectorIndex:
    """Vectors in a folder. Not thread-safe while writing. Raises IndexDamaged if the files make no sense.

    `signs_from`: papers from which a piece that is written is searched by signs first.
    """

    def __init__(self, folder: Path, *, signs_from: int = segments.SIGNS_FROM) -> None:
        self._folder = folder
        self._signs_from = signs_from
        self._seen: tuple[int, int] | None = None
        self._segments: list[Segment] = []
        self._next = 1
        self._retired: list[Segment] = []
        self._pending: dict[bytes, tuple[NDArray[np.int8], float, int, bool]] = {}
        self._rotation = self._load()

    @classmethod
    def create(cls, folder: Path, dimensions: int) -> "VectorIndex":
        """An empty index in a folder that holds none; folders are made. Raises SearchError."""
        width = max(WIDTH, -(-dimensions // 8) * 8)
        random = np.random.default_rng(0).standard_normal((width, dimensions))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.save(folder / "rotation.npy", np.linalg.qr(random)[0].T.astype(np.float32))
            _write_manifest(folder, [], 1)
        except OSError as error:
            what = f"the search index cannot be written: {error.strerror}"
            raise SearchError(what, subject=str(folder), hint="Check the folder's rights and free space.") from None
        return cls(folder)

    @property
    def dimensions(self) -> int:
        """Length of the vectors."""
        return len(self._rotation)

    @property
    def size(self) -> int:
        """Papers in it."""
        self.refresh()
        return sum(segment.alive for segment in self._segments)

    def count(self, kind: int) -> int:
        """Papers that were put with this mark."""
        self.refresh()
        return sum(int(np.count_nonzero((segment.facts["kind"] == kind) & ~segment.dead)) for segment in self._segments)

    def marked(self, bit: int, *, limit: int) -> list[str]:
        """Papers that were put with a mark that has this bit, in the order of their ids within each piece."""
        self.refresh()
        found: list[str] = []
        for segment in self._segments:
            rows = np.flatnonzero(((segment.facts["kind"] & bit) != 0) & ~segment.dead)[: limit - len(found)]
            found += [bytes(one).decode() for one in segment.ids[rows]]
        return found

    def put(self, ids: Sequence[str], vectors: "Vectors", pushes: "Vectors", kinds: Sequence[int]) -> None:
        """Adds papers, each in the place of what was there of it: vectors of at most length 1, what to take off their
        similarity to any query, and a mark per paper."""
        codes = segments.coded(np.asarray(vectors @ self._rotation, np.float32), np.asarray(pushes, np.float32))
        known: NDArray[np.bool_] = np.linalg.norm(vectors, axis=1) > 0
        for at, paper_id in enumerate(ids):
            self._pending[paper_id.encode()] = (codes[at], float(pushes[at]), kinds[at], bool(known[at]))
        if len(self._pending) >= _PENDING:
            self._flush()

    def remove(self, ids: Collection[str]) -> None:
        """Removes papers; unknown ones are left alone."""
        wanted = _encoded(ids)
        for paper_id in wanted:
            self._pending.pop(bytes(paper_id), None)
        self._kill(wanted)

    def commit(self) -> None:
        """Makes all changes seen and safe. Merging is done here, so it can take a while after many."""
        with self._readable():
            self._flush()
            for segment in self._segments:
                if segment.rows >= self._signs_from:
                    segment.build_signs()
            self._publish()

    def search(
        self, vector: "Vectors", *, limit: int, allowed: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """The papers whose vectors are nearest, of the allowed ones only, best first, with scores (1 at most)."""
        self.refresh()
        return self._search(np.asarray(vector @ self._rotation, np.float32), limit, allowed)

    def near(
        self, ids: Collection[str], *, limit: int, allowed: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """The papers nearest to the middle of these, without them. Nothing if none of them is in the index."""
        self.refresh()
        wanted = _encoded(ids)
        with self._readable():
            width = self._rotation.shape[1]
            codes = [segment.codes[segment.places(wanted), :width] for segment in self._segments]
            summed = np.concatenate(codes).astype(np.float32).sum(axis=0) if codes else np.zeros(0, np.float32)
        length = float(np.linalg.norm(summed))
        if not length:
            return []
        given = set(ids)
        found = self._search(np.asarray(summed / length, np.float32), limit + len(given), allowed)
        return [hit for hit in found if hit[0] not in given][:limit]

    def refresh(self) -> None:
        """Looks whether another process published; keeps what this one wrote and did not publish yet."""
        if not self._pending and not self._retired and _identity(self._folder) != self._seen:
            self._rotation = self._load()

    def close(self) -> None:
        """Lets the files go. Idempotent."""
        self._segments = []
        self._pending = {}
        self._seen = None

    def _search(self, query: "Vectors", limit: int, allowed: Collection[str] | None) -> list[tuple[str, float]]:
        within = None if allowed is None else _encoded(allowed)
        found: list[tuple[float, str]] = []
        with self._readable():
            for segment in self._segments:
                rows, scores = segment.best(query, limit, None if within is None else segment.places(within))
                found += zip((-scores).tolist(), (bytes(one).decode() for one in segment.ids[rows]), strict=True)
        return [(paper_id, -score) for score, paper_id in sorted(found)[:limit]]

    def _load(self) -> "Vectors":
        """Opens what the manifest names. Its files may be merged away while we look; then it is read again."""
        for tries_left in (3, 2, 1, 0):
            seen = _identity(self._folder)
            try:
                told = json.loads((self._folder / _MANIFEST).read_text(encoding="utf-8"))
                if told["format"] != _FORMAT:
                    raise IndexDamaged("is of another version of Zhaiyao", subject=str(self._folder), hint=_HINT)
                known = {(segment.name, segment.dead_file): segment for segment in self._segments}
                self._segments = [
                    known.get((one["name"], one["dead"]))
                    or Segment(self._folder, one["name"], one["rows"], one["dead"])
                    for one in told["segments"]
                ]
                rotation: Vectors = np.load(self._folder / "rotation.npy")
                self._next, self._seen = int(told["next"]), seen
                return rotation
            except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
                if not tries_left:
                    what = f"the semantic index cannot be read: {error}"
                    raise IndexDamaged(what, subject=str(self._folder), hint=_HINT) from None
        raise AssertionError("the last try returns or raises")

    def _flush(self) -> None:
        """Writes what waits as a piece, and merges."""
        if self._pending:
            ids = np.array(sorted(self._pending))
            waiting = [self._pending[bytes(one)] for one in ids]
            codes = np.array([one[0] for one in waiting], np.int8)
            facts = np.array([one[1:] for one in waiting], FACTS)
            self._kill(ids)
            piece = segments.write(self._folder, self._name(), segments.Entries(ids=ids, codes=codes, facts=facts))
            self._segments.append(piece)
            self._pending = {}
        self._tidy()

    def _tidy(self) -> None:
        """Merges what is alike in size, and rewrites what is largely dead."""
        for at, segment in enumerate(self._segments):
            if segment.rows and segment.alive < segment.rows * 3 / 4:
                self._merge(at, at + 1)
        while len(self._segments) > 1:
            before, last = self._segments[-2:]
            if before.rows > _ALIKE * last.rows or before.rows + last.rows > LARGEST:
                return
            self._merge(len(self._segments) - 2, len(self._segments))

    def _merge(self, first: int, last: int) -> None:
        old = self._segments[first:last]
        self._segments[first:last] = [segments.merge(self._folder, self._name(), old)]
        self._retired += old

    def _kill(self, ids: "NDArray[np.bytes_]") -> None:
        for segment in self._segments:
            segment.kill(segment.places(ids))

    def _publish(self) -> None:
        kept = [segment for segment in self._segments if segment.alive]
        self._retired += [segment for segment in self._segments if not segment.alive]
        stale = [name for segment in kept if (name := segment.save_dead(self._next))]
        self._next += 1
        _write_manifest(self._folder, kept, self._next)
        self._segments = kept
        self._seen = _identity(self._folder)
        for segment in self._retired:
            segment.remove()
        self._retired = []
        for name in stale:
            (self._folder / name).unlink(missing_ok=True)

    def _name(self) -> str:
        self._next += 1
        return f"piece-{self._next - 1:06}"

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, RuntimeError) as error:  # usearch complains with RuntimeError
            what = f"the semantic index cannot be read: {error}"
            raise IndexDamaged(what, subject=str(self._folder), hint=_HINT) from None


def _encoded(ids: Collection[str]) -> "NDArray[np.bytes_]":
    return np.array([paper_id.encode() for paper_id in ids] or np.zeros(0, "S1"))


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a manifest from the one before."""
    try:
        told = (folder / _MANIFEST).stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns


def _write_manifest(folder: Path, kept: Sequence[Segment], following: int) -> None:
    told = {
        "format": _FORMAT,
        "next": following,
        "segments": [{"name": one.name, "rows": one.rows, "dead": one.dead_file} for one in kept],
    }
    temporary = folder / "manifest.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / _MANIFEST)
