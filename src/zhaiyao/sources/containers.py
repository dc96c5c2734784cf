"""Opens what `import` is given, packed or not, and streams its lines or members. Reads no record and writes nothing.

A file is what its bytes say, whatever it is called: gzip, xz, zstd and a zip of one file are unpacked as they are read,
a tar tells its members, lines of JSON are a snapshot, anything else is one document. Memory stays constant: a line, a
member and a document have a greatest size. Members are never unpacked to disk, and their names are for messages only.
"""

import gzip
import io
import lzma
import os
import re
import stat
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import zstandard

from zhaiyao.errors import ParseError, UsageError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LARGEST_LINE = 8 * 2**20
"""Bytes. A paper of three thousand authors has half a megabyte."""
LARGEST_MEMBER = 2**20
LARGEST_DOCUMENT = 64 * 2**20
PART = 2**20
"""Bytes of a file that count as one part of the way."""

_BUFFER = 2**18
_ZSTD_STEP = 2**11  # bytes: four of them can stand for 128 KB, so that this many become 64 MB at most
_FURTHEST_HEADER = 2**26  # bytes that a tar may read to reach its next member: its headers may be of any length
_DAMAGED = (
    *(EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile),
    *(tarfile.TarError, zipfile.BadZipFile, NotImplementedError),  # the last of a zip packed in an unknown way
)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HINT = "What was read before is kept. Get an undamaged copy, and import it again: what is known changes nothing."


class Shape(StrEnum):
    """What a document holds: many records (folder, tar), lines of JSON, one JSON object, or other text."""

    RECORDS = "records"
    LINES = "lines"
    RECORD = "record"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line (named by its number) or a member. `fault` says why it could not be had; then `data` is empty."""

    name: str
    data: bytes = b""
    fault: str = ""

    def content(self) -> bytes:
        """The data. Raises ParseError if it could not be had."""
        if self.fault:
            raise ParseError(self.fault, subject=self.name)
        return self.data


def holds_nul(data: bytes) -> bool:
    """Whether a JSON text holds U+0000, which no store keeps."""
    return rb"\u0000" in data and _NUL.search(data) is not None


class Document(ABC):
    """An opened document. Its methods may be called once, one of them. `parts` is the length of the way through it:
    megabytes of the file as it lies there, or files of a folder."""

    def __init__(self, shape: Shape, *, parts: int) -> None:
        self.shape = shape
        self.parts = parts

    @property
    @abstractmethod
    def done(self) -> int:
        """How many of the parts are behind us."""

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """All lines, members, or the single record, in their order. Raises ParseError where the document is damaged."""

    @abstractmethod
    def whole(self) -> bytes:
        """All of it. Raises ParseError if it is damaged, UsageError if it is far too large."""


@contextmanager
def opened(path: Path) -> Iterator[Document]:
    """The document at a path, closed with the block. Raises UsageError if it cannot be read, ParseError if damaged."""
    with ExitStack() as stack:
        with _readable(path):
            document = _Folder(path) if path.is_dir() else _File(path, stack)
        yield document


class _Folder(Document):
    """A folder of JSON files, in the order of their paths. Links are not followed: they may lead anywhere."""

    def __init__(self, root: Path) -> None:
        self._paths = sorted(_json_files(root))
        self._root = root
        self._done = 0
        super().__init__(Shape.RECORDS, parts=len(self._paths))

    @property
    def done(self) -> int:
        return self._done

    def pieces(self) -> Iterator[Piece]:
        for path in self._paths:
            with _readable(path), Path(path).open("rb") as file:
                piece = _piece(os.path.relpath(path, self._root), file, LARGEST_MEMBER)
            yield piece
            self._done += 1

    def whole(self) -> bytes:
        raise UsageError("is a folder, not a document", subject=str(self._root), hint="Name its files.")


class _File(Document):
    """A file, unpacked as it is read."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._path = path
        self._raw = stack.enter_context(path.open("rb"))
        with self._intact():
            self._stream = stack.enter_context(io.BufferedReader(_unpacked(self._raw), _BUFFER))
            shape = _shape(self._stream.peek(_BUFFER))
        status = os.fstat(self._raw.fileno())
        self._told = stat.S_ISREG(status.st_mode)
        super().__init__(shape, parts=-(-status.st_size // PART))

    @property
    def done(self) -> int:
        return min(self._raw.tell() // PART, self.parts) if self._told else 0

    def pieces(self) -> Iterator[Piece]:
        with self._intact():
            if self.shape is Shape.RECORDS:
                yield from _members(self._stream)
            elif self.shape is Shape.RECORD:
                yield _piece(self._path.name, self._stream, LARGEST_MEMBER)
            else:
                yield from _lines(self._stream)

    def whole(self) -> bytes:
        with self._intact():
            data = self._stream.read(LARGEST_DOCUMENT + 1)
        if len(data) > LARGEST_DOCUMENT:
            hint = f"At most {LARGEST_DOCUMENT >> 20} MB."
            raise UsageError("larger than a digest can be", subject=str(self._path), hint=hint)
        return data

    @contextmanager
    def _intact(self) -> Iterator[None]:
        try:
            with _readable(self._path):
                yield
        except _DAMAGED as error:
            raise ParseError(f"damaged or cut off: {error}", subject=str(self._path), hint=_HINT) from None


@contextmanager
def _readable(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise
        hint = "Check the path and its rights."
        raise UsageError(f"cannot be read: {error.strerror}", subject=str(path), hint=hint) from None


def _json_files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith(".json") and stat.S_ISREG(os.lstat(path).st_mode):
                yield path


def _unpacked(raw: BinaryIO) -> io.RawIOBase:
    """What the file's first bytes say it is packed with, undone. Each reads no further ahead than it must."""
    peeked = cast(io.BufferedReader, raw).peek(8)
    if peeked.startswith(b"\x1f\x8b"):
        return cast(io.RawIOBase, gzip.GzipFile(fileobj=raw))
    if peeked.startswith(b"\xfd7zXZ\0"):
        return cast(io.RawIOBase, lzma.LZMAFile(raw))
    if peeked.startswith(b"\x28\xb5\x2f\xfd"):
        return _Zstd(raw)
    if peeked.startswith(b"PK\x03\x04"):
        return _only_file(zipfile.ZipFile(raw))
    return cast(io.RawIOBase, raw)


def _only_file(packed: zipfile.ZipFile) -> io.RawIOBase:
    """The one file of a zip: so the snapshot is handed out."""
    files = [member for member in packed.infolist() if not member.is_dir()]
    if len(files) != 1 or files[0].flag_bits & 1:
        what = "a zip with a password" if len(files) == 1 else f"a zip of {len(files)} files"
        raise ParseError(what, subject=packed.filename or "", hint="Unpack it, and import the files or their folder.")
    return cast(io.RawIOBase, packed.open(files[0]))


class _Zstd(io.RawIOBase):
    """Frames of zstd, one behind the other. Unlike the library's own reader it notices a last one that is cut."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._packed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fills all of it while there is more, so that one look at the beginning sees enough."""
        target, filled = memoryview(buffer).cast("B"), 0
        while filled < len(target):
            if not self._ready and not self._more(begun=filled > 0):
                break
            size = min(len(target) - filled, len(self._ready))
            target[filled : filled + size], self._ready = self._ready[:size], self._ready[size:]
            filled += size
        return filled

    def _more(self, *, begun: bool) -> bool:
        """Unpacks some more, if there is any. A cut is told only when all before it has been given."""
        packed = self._packed or self._raw.read(_ZSTD_STEP)
        if packed:
            self._unpack(packed)
        elif self._frame is not None and not begun:
            raise EOFError("it ends within a frame")
        return bool(packed)

    def _unpack(self, packed: bytes) -> None:
        self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._ready = memoryview(self._frame.decompress(packed))
        self._packed = self._frame.unused_data if self._frame.eof else b""
        if self._frame.eof:
            self._frame = None


def _shape(head: bytes) -> Shape:
    if head[257:262] == b"ustar":
        return Shape.RECORDS
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begin.startswith(b"{"):
        return Shape.TEXT
    return Shape.LINES if b"}" in begin.partition(b"\n")[0] or b"\n" not in begin else Shape.RECORD


def _lines(stream: "io.BufferedReader[io.RawIOBase]") -> Iterator[Piece]:
    """Lines that are not blank, by number. One that is too long is passed over and told."""
    number = 0
    while line := stream.readline(LARGEST_LINE + 1):
        number += 1
        if len(line) > LARGEST_LINE:
            while not line.endswith(b"\n") and line:
                line = stream.readline(LARGEST_LINE)
            yield Piece(name=str(number), fault=f"longer than {LARGEST_LINE >> 20} MB")
        elif line.strip():
            yield Piece(name=str(number), data=line)


def _piece(name: str, file: IO[bytes], limit: int) -> Piece:
    data = file.read(limit + 1)
    if len(data) > limit:
        return Piece(name=name, fault=f"larger than {limit >> 20} MB")
    return Piece(name=name, data=data)


class _Metered(io.RawIOBase):
    """Counts what a tar reads on the way to its next member, and stops it where that is absurd."""

    def __init__(self, stream: "io.BufferedReader[io.RawIOBase]") -> None:
        self._stream = stream
        self.left = _FURTHEST_HEADER

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise tarfile.ReadError("a header of this tar is absurdly long")
        return data


def _members(stream: "io.BufferedReader[io.RawIOBase]") -> Iterator[Piece]:
    """The tar's JSON files; everything else in it is passed over."""
    metered = _Metered(stream)
    with tarfile.open(fileobj=cast(IO[bytes], metered), mode="r|") as tar:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it would remember every one
            metered.left = _FURTHEST_HEADER
            file = tar.extractfile(member) if member.isreg() else None
            if file is None:
                continue
            if member.name.endswith(".json"):
                yield _piece(member.name, file, LARGEST_MEMBER)
            while file.read(_BUFFER):  # to the end, so that a large one counts as no header
                metered.left = _FURTHEST_HEADER
