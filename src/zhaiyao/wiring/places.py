"""Store, pages and files: where things are kept and put, and the clock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhaiyao.errors import UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zhaiyao.messages import Messages
    from zhaiyao.ports import Executor, Outlet, Store
    from zhaiyao.publish.dataset import DatasetWriter
    from zhaiyao.records import Profile
    from zhaiyao.settings import Places, Settings
    from zhaiyao.sources.containers import Document
    from zhaiyao.usecases.publish import Look

LARGEST_FILE = 64 * 2**20
"""Bytes of a document that `import` and `publish --from` read at most."""


def clock() -> datetime:
    """Now, in UTC. The only clock that the program is wired with."""
    return datetime.now(UTC)


def open_store(places: "Places") -> "Store":
    """Opens (creates, migrates) the store. Raises StoreError."""
    from zhaiyao import store

    return store.open_store(places.store)


def profiles(store: "Store", categories: Sequence[str]) -> "tuple[Profile, ...]":
    """The profiles that a command's categories mean."""
    from zhaiyao.usecases.profiles import chosen

    return chosen(store, categories, now=clock())


def outlet(places: "Places") -> "Outlet":
    """The folder of pages."""
    from zhaiyao.publish.files import FileOutlet

    return FileOutlet(places.pages)


def look(settings: "Settings", places: "Places", *, flat: bool = False) -> "Look":
    """How pages look, and which place they go to."""
    from zhaiyao.usecases.publish import Look

    return Look(
        language=settings.language,
        site_url=settings.site_url,
        flat=flat,
        place=f"{places.pages}|{settings.site_url}",
        fresh=not places.pages.is_dir(),
    )


def messages(settings: "Settings") -> "Messages":
    """The words of the chosen language."""
    from zhaiyao.messages import Messages

    return Messages(settings.language)


def read_file(path: Path) -> bytes:
    """A document of the user's, whole. Raises UsageError if it cannot be read or is far too large."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)  # a device tells no size
    except OSError as error:
        raise UsageError(
            f"cannot be read: {error.strerror}", subject=str(path), hint="Check the path and its rights."
        ) from None
    if len(data) > LARGEST_FILE:
        raise UsageError("larger than a digest can be", subject=str(path), hint=f"At most {LARGEST_FILE >> 20} MB.")
    return data


@contextmanager
def threads() -> "Iterator[Executor]":
    """Who works side by side here; closed at the end."""
    from zhaiyao.executors.threads import ThreadExecutor

    executor = ThreadExecutor()
    try:
        yield executor
    finally:
        executor.close()


def document(path: Path) -> "AbstractContextManager[Document]":
    """What `import` is given, opened as what its bytes say it is. Raises UsageError and ParseError when entered."""
    from zhaiyao.sources.containers import opened

    return opened(path)


def write_file(path: Path, data: bytes) -> None:
    """One document, replaced whole or not at all; what is no regular file (a device, a pipe) is written to instead.

    Links are followed. Raises PublishError.
    """
    from zhaiyao.errors import PublishError
    from zhaiyao.publish.files import FileOutlet

    place = path.resolve()
    if not place.exists() or place.is_file() or place.is_dir():
        FileOutlet(place.parent).publish({place.name: data})
        return
    try:
        place.write_bytes(data)
    except OSError as error:
        raise PublishError(
            f"cannot be written: {error.strerror}", subject=str(path), hint="Choose another place with --out."
        ) from None


@contextmanager
def dataset(folder: Path, *, name: str) -> "Iterator[DatasetWriter]":
    """A new data set in a folder. Raises PublishError, and UsageError where the libraries for it are missing."""
    from zhaiyao import __version__
    from zhaiyao.publish import dataset as sets

    with sets.dataset(folder, name=name, version=__version__, made_at=clock()) as writer:
        yield writer


def shown_store(address: str | Path) -> str:
    """Where a store is, without its password."""
    from zhaiyao.store import shown_address

    return shown_address(address) if isinstance(address, str) else str(address)
