"""Reads the snapshot's lines in a process of its own, while this one writes the store. Understands no line itself.

Reading a line costs about as much as storing it, and threads would only take turns. The two processes hand each batch
over in a file, as MessagePack, and only tell each other through a pipe that it is there: a pipe takes small pieces,
and for each of them a busy interpreter would make the reading thread wait its turn.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from zhaiyao.sources.containers import Piece
from zhaiyao.sources.snapshot import Lines, parse

_READY = b"\n"


@dataclass(frozen=True, slots=True)
class ReaderSpec:
    """The recipe of a reader (`ports.WorkerSpec`)."""

    def build(self) -> Callable[[list[Piece]], Lines]:
        """A reader. Starts nothing yet."""
        return Reader()


class Reader:
    """Reads batches of lines, one after the other, from however many threads.

    The first batch is read here, so that a small file needs no further process. Where there can be none, or it was
    killed, all the others are read here as well.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_first = True
        self._helper: _Helper | None = None

    def __call__(self, pieces: list[Piece]) -> Lines:
        with self._lock:
            first, self._is_first = self._is_first, False
            answer = None if first else self._asked(pieces)
        return parse(pieces) if answer is None else answer

    def close(self) -> None:
        """Ends the process, in the middle of a batch if need be."""
        if self._helper is not None:
            self._helper.close()

    def _asked(self, pieces: list[Piece]) -> Lines | None:
        with suppress(OSError):
            self._helper = self._helper or _Helper()
            return self._helper.ask(pieces)
        return None


class _Helper:
    """The other process. It hears no Ctrl-C of the terminal, for its end is ours to decide."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zhaiyao-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "zhaiyao.sources.snapshot_reader", self._folder.name],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ask(self, pieces: list[Piece]) -> Lines | None:
        """What it makes of a batch, or None if it is gone. Raises OSError as files and pipes do."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request, reply = _files(Path(self._folder.name))
        request.write_bytes(msgspec.msgpack.encode(pieces))
        self._process.stdin.write(_READY)
        if self._process.stdout.read(1) != _READY:
            return None
        return msgspec.msgpack.decode(reply.read_bytes(), type=Lines)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


def _files(folder: Path) -> tuple[Path, Path]:
    """Where a request and its reply lie."""
    return folder / "request", folder / "reply"


def serve(folder: Path) -> None:
    """The other side: answers in the folder whenever a byte comes in. When none comes any more, whoever asked is gone,
    perhaps without having cleaned up."""
    request, reply = _files(folder)
    decoder = msgspec.msgpack.Decoder(list[Piece])
    while sys.stdin.buffer.read(1) == _READY:
        reply.write_bytes(msgspec.msgpack.encode(parse(decoder.decode(request.read_bytes()))))
        sys.stdout.buffer.write(_READY)
        sys.stdout.buffer.flush()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
