"""Turns editions into pages: one edition in one layout, a digest file in another, or all pages of a profile."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate
from urllib.parse import quote

from zhaiyao.bookkeeping import Delivery
from zhaiyao.errors import UsageError
from zhaiyao.intake import earlier
from zhaiyao.ports import Clock, Outlet, Store, UnitOfWork
from zhaiyao.publish.classic import classic
from zhaiyao.publish.feeds import atom
from zhaiyao.publish.html import page
from zhaiyao.publish.markdown import rich
from zhaiyao.records import AnnounceType, Digest, Edition, Profile
from zhaiyao.usecases.import_digest import read_digest

FEED_DATES = 10
"""How many announcement days a profile's feed reaches back at most: who was away a week misses nothing."""

FEED_PAPERS = 500
"""How many papers a feed holds before it takes in no older day: feed readers give up on files of tens of megabytes."""

_REPLACEMENTS = {AnnounceType.REPLACE, AnnounceType.REPLACE_CROSS}

OUTLET = "files"
BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How pages look: `language` of the words around the papers, `site_url` under which they will be served.

    `flat`: a profile's pages stand at the root of the outlet and not in a folder of its name. `place` names the
    outlet, so that each one is known to be behind or not; a `fresh` one holds nothing yet, or no longer.
    """

    language: str = "zh"
    site_url: str = ""
    flat: bool = False
    place: str = ""
    fresh: bool = False


def publish_changed(store: Store, profile: Profile, outlet: Outlet, look: Look, *, clock: Clock) -> tuple[str, ...]:
    """Writes the pages of every date that got a revision since this place was published to, and the latest ones.

    Returns the names of the pages. Where no revision came, nothing is written. The watermark moves when all is
    written, so that what a full disk kept away comes with the next call.
    """
    if look.fresh:
        return publish_all(store, profile, outlet, look, clock=clock)
    with store.reading() as tx:
        dates, seen = _revised(tx, profile.name, _follower(profile.name, look))
    return _publish(store, profile, outlet, look, dates, seen, clock=clock) if dates else ()


def publish_all(store: Store, profile: Profile, outlet: Outlet, look: Look, *, clock: Clock) -> tuple[str, ...]:
    """Writes all pages of the profile's latest dates anew and returns their names; none without an edition."""
    with store.reading() as tx:
        dates, seen = _latest_dates(tx, profile.name), tx.changes.latest()
    return _publish(store, profile, outlet, look, dates, seen, clock=clock) if dates else ()


def _publish(
    store: Store, profile: Profile, outlet: Outlet, look: Look, dates: set[date], seen: int, *, clock: Clock
) -> tuple[str, ...]:
    with store.reading() as tx:
        latest = tx.editions.latest_of(profile.name, limit=FEED_DATES)
        revised = [tx.editions.latest(profile.name, on) for on in sorted(dates)]
        wanted = {edition.id: edition for edition in (*latest, *revised) if edition is not None}
        digests = {edition_id: _resolve(tx, edition) for edition_id, edition in wanted.items()}
    days = [digests[edition.id] for edition in revised if edition is not None]
    files = _pages(profile, [digests[edition.id] for edition in latest], days, look)
    outlet.publish(files)
    with store.writing() as tx:
        now = [edition.id for edition in tx.editions.latest_of(profile.name, limit=FEED_DATES)]
        moved = now != [edition.id for edition in latest]
        for digest in days:
            told = Delivery(edition_id=digest.edition.id, outlet=OUTLET, at=clock(), state="done", detail=look.place)
            tx.deliveries.record(told)
        tx.changes.advance(_follower(profile.name, look), seen)
    if moved:  # another process published meanwhile, and what stands there now may be the older pages
        return publish_all(store, profile, outlet, look, clock=clock)
    return tuple(files)


def _follower(profile: str, look: Look) -> str:
    return f"publish:{profile}:{look.language}:{look.place}"


def _revised(tx: UnitOfWork, profile: str, follower: str) -> tuple[set[date], int]:
    """The dates of the profile that got a revision since the follower's watermark, and how far the log was read."""
    seen = tx.changes.watermark(follower)
    if not seen:  # a new place gets the latest dates, and not a look at all that ever happened
        return _latest_dates(tx, profile), tx.changes.latest()
    dates: set[date] = set()
    while changes := tx.changes.since(seen, limit=BATCH):
        for change in changes:
            if change.kind == "edition" and change.key.startswith(f"{profile}@"):
                on = tx.editions.get(change.key).date
                dates |= {on} if on else set()
        seen = changes[-1].seq
    return dates, seen


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


def _latest_dates(tx: UnitOfWork, profile: str) -> set[date]:
    return {edition.date for edition in tx.editions.latest_of(profile, limit=FEED_DATES) if edition.date}


def _resolve(tx: UnitOfWork, edition: Edition) -> Digest:
    """The edition with its texts, those of replaced versions, and the ledger of its day."""
    digest = _with_earlier(tx, tx.editions.resolve(edition))
    if edition.date is None:
        return digest
    profile = tx.profiles.get(edition.profile)
    wanted = profile.categories if profile else ()
    return replace(digest, ledger=tx.ledger.days(categories=wanted, on=edition.date))


def _with_earlier(tx: UnitOfWork, digest: Digest) -> Digest:
    """The digest with the version before each replacement, where it is held, so that pages can say what changed."""
    replaced = {one.paper.id for one in digest.entries if _REPLACEMENTS & {told for _, told in one.entry.announced}}
    held = tx.papers.versions(replaced)
    entries = tuple(
        replace(one, earlier=earlier(held.get(one.paper.id, ()), one.version.number)) if one.version else one
        for one in digest.entries
    )
    return replace(digest, entries=entries)


def _pages(profile: Profile, latest: list[Digest], days: list[Digest], look: Look) -> dict[str, bytes]:
    """Pages of the newest date at the root, a feed of the latest dates, and a folder for each of the given days."""
    root = "" if look.flat else f"{profile.name}/"
    newest = latest[0]
    files = {
        "digest.md": rich(newest, language=look.language),
        "index.html": page(newest, language=look.language),
        "classic.md": classic(newest),
        "feed.xml": atom(
            _for_feed(latest), profile=profile.name, language=look.language, site_url=_address(look, root)
        ),
    }
    for digest in days:
        files[f"{digest.edition.date}/digest.md"] = rich(digest, language=look.language)
        files[f"{digest.edition.date}/index.html"] = page(digest, language=look.language)
    return {root + name: data for name, data in files.items()}


def _for_feed(latest: list[Digest]) -> list[Digest]:
    """The newest days until there are papers enough; the newest one in any case."""
    before = accumulate((len(digest.entries) for digest in latest), initial=0)
    return [digest for digest, papers in zip(latest, before, strict=False) if papers < FEED_PAPERS]


def _address(look: Look, root: str) -> str:
    """Where a profile's folder will be served from; nothing where no site is set."""
    return f"{look.site_url.rstrip('/')}/{quote(root)}".rstrip("/") if look.site_url else ""


def _layout(name: str, look: Look) -> Callable[[Digest], bytes]:
    layouts: dict[str, Callable[[Digest], bytes]] = {
        "classic": classic,
        "rich": lambda digest: rich(digest, language=look.language),
        "html": lambda digest: page(digest, language=look.language),
        "feed": lambda digest: atom(
            [digest],
            profile=digest.edition.profile,
            language=look.language,
            site_url=_address(look, f"{digest.edition.profile}/" if digest.edition.profile else ""),
        ),
    }
    if name not in layouts:
        raise UsageError("no such layout", subject=name, hint=f"Known: {', '.join(layouts)}.")
    return layouts[name]
