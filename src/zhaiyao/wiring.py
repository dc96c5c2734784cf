"""The composition root: settings in, concrete adapters out. The only place that names one; holds no rule.

What can fail cheaply fails here, before a store is opened. Every adapter is imported where it is built, so that a
command pays only for what it uses.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from zhaiyao.errors import UsageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from zhaiyao.finding import Hit, Index, Mode
    from zhaiyao.gate import Turnstile
    from zhaiyao.http import HttpClient
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Arxiv, Clock, EngineSpec, Executor, Outlet, Store
    from zhaiyao.publish.dataset import DatasetWriter
    from zhaiyao.records import Profile
    from zhaiyao.search.following import Meaning
    from zhaiyao.settings import Places, Settings
    from zhaiyao.sources.containers import Document
    from zhaiyao.usecases.doctor import Check
    from zhaiyao.usecases.publish import Look
    from zhaiyao.usecases.translate import Crew

DEMO_CATEGORY = "cs.LG"
PAPERS_AT_ONCE = {"local": 3, "chat": 8, "scripted": 8}
"""Papers under way at once where none are set. Three papers' sentences fill the embedded model's slots; more in flight
only means more to lose in a kill."""

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


@contextmanager
def arxiv(
    settings: "Settings", places: "Places", *, clock: "Clock" = clock, sleep: Callable[[float], None] = time.sleep
) -> "Iterator[Arxiv]":
    """arXiv's interfaces, behind the gates that all processes of this home share; connections end with the block.

    An interval of 0, which is for a server of one's own, means no gates and no pauses between tries either.
    """
    from zhaiyao.gate import gates, open_gates
    from zhaiyao.http import HttpClient, Patience, ResponseCache, user_agent
    from zhaiyao.ports import Arxiv
    from zhaiyao.settings import insist_on_politeness
    from zhaiyao.sources import arxiv_api, arxiv_feed, arxiv_listing, arxiv_oai
    from zhaiyao.sources.setbacks import Setbacks

    told = settings.arxiv
    insist_on_politeness(told)
    patience = Patience(timeout=told.timeout)
    polite = told.interval > 0
    intervals = {"services": told.interval, "pages": told.listing_interval}
    opened = gates(places.gate, **intervals, clock=clock, sleep=sleep) if polite else open_gates()
    setbacks = Setbacks()
    with ExitStack() as clients:

        def client(gate: "Turnstile") -> "HttpClient":
            return clients.enter_context(
                HttpClient(
                    agent=user_agent(told.contact),
                    patience=patience if polite else patience.without_pauses(),
                    gate=gate,
                    cache=ResponseCache(places.cache),
                    clock=clock,
                    sleep=sleep,
                    overcome=setbacks.note,
                )
            )

        services, pages = client(opened.services), client(opened.pages)
        yield Arxiv(
            feed=arxiv_feed.ArxivFeed(services, base=told.base_url or arxiv_feed.DEFAULT_BASE),
            listings=arxiv_listing.ArxivListings(pages, base=told.base_url or arxiv_listing.DEFAULT_BASE)
            if told.listings
            else None,
            texts=arxiv_api.ArxivApi(services, base=told.base_url or arxiv_api.DEFAULT_BASE) if told.api else None,
            harvest=arxiv_oai.ArxivOai(services, base=told.base_url or arxiv_oai.DEFAULT_BASE) if told.oai else None,
            setbacks=setbacks,
        )


def demo_arxiv() -> "Arxiv":
    """The sample day that the package carries, in arXiv's own format."""
    from zhaiyao.ports import Arxiv
    from zhaiyao.sources.bundled import BundledFeed

    return Arxiv(feed=BundledFeed((files("zhaiyao") / "data" / "demo" / "rss.xml").read_bytes()))


def engine(settings: "Settings", places: "Places") -> "EngineSpec":
    """The recipe of the engine that the settings name. Opens nothing."""
    told = settings.engine
    if told.name == "scripted":
        from zhaiyao.engines.scripted import ScriptedSpec

        return ScriptedSpec(latency=told.latency, journal=Path(told.journal) if told.journal else None)
    if told.name == "chat":
        from zhaiyao.engines.chat import ChatSpec

        return ChatSpec(
            model=told.model,
            base_url=told.base_url,
            # A key of OpenAI's is sent to nobody else.
            api_key=told.api_key or ("" if told.base_url else os.environ.get("OPENAI_API_KEY", "")),
            timeout=told.timeout,
            concurrency=told.concurrency or PAPERS_AT_ONCE["chat"],
        )
    from zhaiyao.engines.local import LocalSpec

    return LocalSpec(model=told.model or "packaged", models=places.models, slots=told.slots, threads=told.threads)


@contextmanager
def crew(settings: "Settings", places: "Places") -> "Iterator[Crew]":
    """Who translates, with this process as the owner of leases; closed at the end."""
    from zhaiyao.executors.threads import ThreadExecutor
    from zhaiyao.processes import is_gone, this_process
    from zhaiyao.usecases.translate import Crew
    from zhaiyao.worker import TranslatorSpec

    executor = ThreadExecutor()
    try:
        yield Crew(
            executor=executor,
            spec=TranslatorSpec((engine(settings, places),)),
            limit=settings.engine.concurrency or PAPERS_AT_ONCE[settings.engine.name],
            owner=this_process(),
            is_gone=is_gone,
        )
    finally:
        executor.close()


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


@contextmanager
def index(settings: "Settings", places: "Places") -> "Iterator[Index]":
    """The search index, whatever its state; made on its first use."""
    from zhaiyao.search.following import Indexes

    opened = Indexes(places.index, meaning=_meaning, fuse=_fuse)
    try:
        yield opened
    finally:
        opened.close()


def scratch_index(folder: Path) -> "Index":
    """An index of the same kind in a folder of its own, to be closed by the caller."""
    from zhaiyao.search.following import Indexes

    return Indexes(folder, meaning=_meaning, fuse=_fuse)


def _meaning(folder: Path) -> "Meaning":
    from zhaiyao.search.semantic import SemanticIndex  # NumPy is not free to import, and a search for words needs none

    return SemanticIndex(folder)


def _fuse(lexical: "Sequence[Hit]", semantic: Sequence[tuple[str, float]]) -> "Sequence[Hit]":
    from zhaiyao.search.fusion import fuse

    return fuse(lexical, semantic)


def search_mode(settings: "Settings") -> "Mode | None":
    """How to search, if it is set."""
    from zhaiyao.finding import Mode

    return Mode(settings.search.mode) if settings.search.mode else None


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


def checks(settings: "Settings", places: "Places", *, offline: bool) -> "list[Check]":
    """What `zhaiyao doctor` looks at, cheapest first. Opening the engine loads the model."""
    found: list[Check] = [
        ("settings", lambda: _probe_settings(settings, places)),
        ("store", lambda: _probe_store(places)),
        ("pages", lambda: _probe_pages(places)),
        ("engine", lambda: _probe_engine(settings, places)),
    ]
    if not offline:
        found.append(("arXiv", lambda: _probe_arxiv(settings, places)))
    return found


def _probe_settings(settings: "Settings", places: "Places") -> tuple[str, ...]:
    shown = (f"{name} = {value}" for name, value in settings.shown(store=shown_store))
    return str(places.config), *shown


def _probe_store(places: "Places") -> tuple[str]:
    store = open_store(places)
    try:
        with store.reading() as tx:
            held = f"{len(tx.editions.ids())} editions, {tx.work.count()} papers wait"
        return (f"{shown_store(places.store)}, {held}",)
    finally:
        store.close()


def _probe_pages(places: "Places") -> tuple[str]:
    from zhaiyao.errors import PublishError

    below = next(place for place in (places.pages, *places.pages.parents) if place.exists())
    if not below.is_dir() or not os.access(below, os.W_OK):
        raise PublishError("cannot be written", subject=str(below), hint='Choose another place: pages = "…"')
    return (str(places.pages),)


def _probe_engine(settings: "Settings", places: "Places") -> tuple[str]:
    opened = engine(settings, places).open()
    try:
        return (f"{opened.traits.name}, {opened.traits.model}",)
    finally:
        opened.close()


def _probe_arxiv(settings: "Settings", places: "Places") -> tuple[str, ...]:
    with arxiv(settings, places) as asked:
        fed = asked.feed.latest(DEMO_CATEGORY)
        found = [f"feed: {fed.category}, {fed.date}, {len(fed.sightings)} announced"]
        if asked.listings is not None:
            listed = asked.listings.latest(DEMO_CATEGORY)
            found.append(
                f"listing: {listed.category}, {listed.date}, {len(listed.sightings)} of {listed.announced} announced"
            )
    return found[0], *found[1:]
