"""Turns editions into pages: one edition in one layout, a digest file in another, or all pages of a profile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from zhaiyao.errors import UsageError
from zhaiyao.ports import Outlet, Store, UnitOfWork
from zhaiyao.publish.classic import classic
from zhaiyao.publish.feeds import atom
from zhaiyao.publish.html import page
from zhaiyao.publish.markdown import rich
from zhaiyao.records import Digest, Edition, Profile
from zhaiyao.usecases.import_digest import read_digest

FEED_EDITIONS = 10
"""How many announcement days a profile's feed reaches back: a reader who was away a week misses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How pages look: `language` of the words around the papers, `site_url` under which they will be served.

    `flat`: a profile's pages stand at the root of the outlet and not in a folder of its name.
    """

    language: str = "zh"
    site_url: str = ""
    flat: bool = False


def publish_latest(store: Store, profile: Profile, outlet: Outlet, look: Look) -> tuple[str, ...]:
    """Writes a profile's pages and returns their names: the latest edition's, and a feed of the latest dates.

    A profile without an edition has no pages; what was published before stays.
    """
    with store.reading() as tx:
        digests = [_resolve(tx, edition) for edition in latest_editions(tx, profile.name)]
    if not digests:
        return ()
    files = _pages(profile, digests, look)
    outlet.publish(files)
    return tuple(files)


def publish_edition(store: Store, name: str, layout: str, look: Look) -> bytes:
    """One edition in one layout. `name` is an id, a prefix of one, or `PROFILE@DATE` for that day's latest revision."""
    with store.reading() as tx:
        digest = _resolve(tx, find_edition(tx, name))
    return _layout(layout, look)(digest)


def publish_file(data: bytes, layout: str, look: Look, *, name: str, now: datetime) -> bytes:
    """A digest file in a layout, without a store. Raises ParseError if it is none."""
    return _layout(layout, look)(read_digest(data, name=name, now=now))


def find_edition(tx: UnitOfWork, name: str) -> Edition:
    """The edition that a name means. Raises UnknownEdition."""
    profile, at, day = name.rpartition("@")
    if at:
        try:
            latest = tx.editions.latest(profile, datetime.strptime(day, "%Y-%m-%d").date())
        except ValueError:
            latest = None  # not a bare date: an id or a prefix of one
        if latest is not None:
            return latest
    return tx.editions.get(name)


def latest_editions(tx: UnitOfWork, profile: str) -> Iterator[Edition]:
    """The last revision of each of the profile's latest dates, newest date first."""
    dates: list[object] = []
    for edition_id in tx.editions.ids(profile=profile):
        edition = tx.editions.get(edition_id)
        if edition.date in dates:
            continue
        if len(dates) == FEED_EDITIONS:
            return
        dates.append(edition.date)
        yield edition


def _resolve(tx: UnitOfWork, edition: Edition) -> Digest:
    """The edition with its texts, and the ledger of its day."""
    digest = tx.editions.resolve(edition)
    if edition.date is None:
        return digest
    profile = tx.profiles.get(edition.profile)
    wanted = profile.categories if profile else ()
    days = tuple(day for day in tx.ledger.days(on=edition.date) if day.category in wanted)
    return replace(digest, ledger=days)


def _pages(profile: Profile, digests: list[Digest], look: Look) -> dict[str, bytes]:
    root = "" if look.flat else f"{profile.name}/"
    newest = digests[0]
    day = newest.edition.date
    files = {
        "digest.md": rich(newest, language=look.language),
        "index.html": page(newest, language=look.language),
        "classic.md": classic(newest),
        "feed.xml": atom(digests, profile=profile.name, language=look.language, site_url=_address(look, root)),
        f"{day}/digest.md": rich(newest, language=look.language),
        f"{day}/index.html": page(newest, language=look.language),
    }
    return {root + name: data for name, data in files.items()}


def _address(look: Look, root: str) -> str:
    """Where a profile's folder will be served from; nothing where no site is set."""
    return f"{look.site_url.rstrip('/')}/{quote(root)}".rstrip("/") if look.site_url else ""


def _layout(name: str, look: Look) -> Callable[[Digest], bytes]:
    layouts: dict[str, Callable[[Digest], bytes]] = {
        "classic": classic,
        "rich": lambda digest: rich(digest, language=look.language),
        "html": lambda digest: page(digest, language=look.language),
        "feed": lambda digest: atom(
            [digest], profile=digest.edition.profile, language=look.language, site_url=look.site_url
        ),
    }
    if name not in layouts:
        raise UsageError("no such layout", subject=name, hint=f"Known: {', '.join(layouts)}.")
    return layouts[name]
