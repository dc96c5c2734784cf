"""Keeps the last good body of an address on disk, so that a server may answer "not changed". Asks nobody.

A convenience, never a source of truth: an entry that is damaged or cannot be read counts as absent, and one that
cannot be written is not written. Either costs a whole answer, and nothing else.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MEGABYTE = 2**20

# An entry is one line of JSON and the body: {"etag": …, "headers": {…}, "sha256": of the body}.
_SUFFIX = ".answer"
_PART = ".part"
_LONGEST_HEAD = 2**16
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it came: `etag` verbatim, quotes or not; names of headers in lower case; the decoded body."""

    etag: str
    headers: Mapping[str, str]
    content: bytes


class ResponseCache:
    """Answers in a folder, one file each, the longest unused dropped as soon as all bodies pass `size_limit` bytes.

    Processes and threads may share the folder: a file is replaced whole or not at all.
    """

    def __init__(self, folder: Path, *, size_limit: int = 64 * MEGABYTE) -> None:
        self._folder = folder
        self._size_limit = size_limit

    def get(self, key: str) -> Kept | None:
        """What was kept under a key, None if that is nothing, or nothing that can be trusted."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                kept = _unpacked(file.readline(_LONGEST_HEAD), file.read(self._size_limit + 1))
            os.utime(path)  # used: the last to be dropped
        except (OSError, *_DAMAGE):
            return None
        return kept

    def put(self, key: str, kept: Kept) -> None:
        """Keeps an answer in place of the one before. One that could not be sent back or is too large is not kept."""
        self.drop(key)
        packed = _packed(kept)
        if not _is_sendable(kept.etag) or len(packed) > self._size_limit:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace(self._path(key), packed)
            self._shrink()

    def drop(self, key: str) -> None:
        """Forgets what was kept under a key."""
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}{_SUFFIX}"

    def _shrink(self) -> None:
        found = []
        for path in self._folder.glob("*"):  # parts of writers that were killed too
            with suppress(FileNotFoundError):  # another process was faster
                told = path.stat()
                found.append((told.st_mtime_ns, told.st_size, path))
        size = sum(bytes_of for _, bytes_of, _ in found)
        for _, bytes_of, path in sorted(found):
            if size <= self._size_limit:
                break
            path.unlink(missing_ok=True)
            size -= bytes_of


def _is_sendable(etag: str) -> bool:
    return 0 < len(etag) <= 1000 and etag.isascii() and etag.isprintable()


def _packed(kept: Kept) -> bytes:
    digest = sha256(kept.content).hexdigest()
    head = {"etag": kept.etag, "headers": dict(kept.headers), "sha256": digest}
    return json.dumps(head).encode() + b"\n" + kept.content


def _unpacked(head: bytes, content: bytes) -> Kept:
    """Raises one of `_DAMAGE` for a damaged entry."""
    told = json.loads(head)
    if sha256(content).hexdigest() != told["sha256"] or not _is_sendable(told["etag"]):
        raise ValueError("not what was kept")
    headers = {str(name): str(value) for name, value in told["headers"].items()}
    return Kept(etag=told["etag"], headers=headers, content=content)


def _replace(path: Path, data: bytes) -> None:
    """Writes aside and moves: nobody ever reads half a file. Needs no fsync, since a damaged entry counts as absent."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=_PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
