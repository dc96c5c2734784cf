"""Which requests were handed to a provider as a batch, in files of a folder: a killed process must not pay twice.

Keeps hashes of requests and the provider's numbers, no texts and no keys. Asks nobody.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from zhaiyao.engines import wire
from zhaiyao.errors import EngineError

KEPT = timedelta(days=7)
"""How long an entry is of use. Providers keep answers for weeks, but who asks the same after a week wants a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Requests in one batch, by their hashes. `file` is what was uploaded; `batch` is empty until the provider has
    said that it took it."""

    server: str
    file: str
    batch: str = ""
    keys: tuple[str, ...]
    at: datetime

    @property
    def name(self) -> str:
        """Of the file that holds it: made of nothing that a server says."""
        digest = blake2b("\n".join((self.server, self.file, *self.keys)).encode(), digest_size=8).hexdigest()
        return f"{self.at:%Y%m%dT%H%M%S}-{digest}.json"


class Journal:
    """The entries of a folder. Several processes may share it; each writes files of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self, server: str, now: datetime) -> list[Entry]:
        """Those of a server, oldest first; what is too old to be of use is deleted, and files of others are left."""
        found = []
        for path in sorted(self._folder.glob("*.json")):
            entry = _read(path)
            if entry is not None and entry.at < now - KEPT:
                self.forget(entry)
            elif entry is not None and entry.server == server:
                found.append(entry)
        return found

    def write(self, entry: Entry) -> Path:
        """Puts an entry on the disk, instead of an earlier one of the same requests. Raises EngineError."""
        told = {"server": entry.server, "file": entry.file, "batch": entry.batch, "at": entry.at.isoformat()}
        path = self._folder / entry.name
        unfinished = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("w", encoding="utf-8") as file:
                json.dump({**told, "keys": entry.keys}, file)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _sync(self._folder)
        except OSError as error:
            hint = "Make room there or check the rights of the folder; no batch was begun."
            raise EngineError(f"cannot be written: {error.strerror}", subject=str(path), hint=hint) from None
        return path

    def path(self, entry: Entry) -> Path:
        """Where an entry is kept."""
        return self._folder / entry.name

    def forget(self, entry: Entry) -> None:
        """Deletes an entry: nothing can be had from its batch."""
        with suppress(OSError):
            self.path(entry).unlink()


def key_of(body: wire.Heard) -> str:
    """The hash by which a request is known: whatever asks the same of the same model has the same."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return blake2b(canonical.encode(), digest_size=16).hexdigest()


def _sync(folder: Path) -> None:
    """Brings a new name to the disk, which a file's own bytes do not; not every file system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(path: Path) -> Entry | None:
    """The entry in a file; None if there is none in it."""
    try:
        told = wire.parsed(path.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(wire.text(told.get("at")))
    except (OSError, ValueError):
        return None
    keys = told.get("keys")
    if at.tzinfo is None or not isinstance(keys, list):
        return None
    return Entry(
        server=wire.text(told.get("server")),
        file=wire.text(told.get("file")),
        batch=wire.text(told.get("batch")),
        keys=tuple(_texts(keys)),
        at=at,
    )


def _texts(values: Iterable[object]) -> Iterable[str]:
    return (value for value in values if isinstance(value, str))
