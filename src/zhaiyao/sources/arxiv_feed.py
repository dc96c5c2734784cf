"""What arXiv's feed of a category announced, as a page of sightings. `parse` is pure; `ArxivFeed` asks arXiv.

arXiv cuts a feed at 2,000 items, and what falls out are new papers. So an archive or a combination whose feed is full
is asked for again, category by category.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.categories import canonical, categories, in_scope, is_archive
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.http import Fetcher, Response, refusal
from zhaiyao.records import (
    Announcement,
    AnnounceType,
    Author,
    Fault,
    Interface,
    Page,
    Paper,
    Sighting,
    Version,
)
from zhaiyao.sources import fields, second_try
from zhaiyao.sources.feed_formats import FeedItem, fold, read, reason_of_refusal
from zhaiyao.sources.withdrawals import worded
from zhaiyao.textex import split_authors

DEFAULT_BASE = "https://rss.arxiv.org"

_PRIORITY = tuple(AnnounceType)


class ArxivFeed:
    """A `ports.Source`: today's RSS feed of a category. `base` is the address above `/rss/`."""

    def __init__(self, http: Fetcher, *, base: str = DEFAULT_BASE) -> None:
        self._http = http
        self._base = base.rstrip("/")

    def latest(self, category: str) -> Page:
        """What arXiv announced today in New York: a page without sightings on days without a mailing.

        A full feed that can be split is put together from those of its categories; the page is at fault (`full`) only
        if one of them is full too, or is not to be had. Raises FetchError, and ParseError for anything but the whole
        feed of this category.
        """
        page = self._ask(category)
        names = _parts(page.category) if Fault.FULL in page.faults else ()
        return _joined(page, [self._part(name) for name in names]) if names else page

    def _part(self, name: str) -> Page | None:
        """The feed of one category of several; None if it is not to be had, which must not cost the others."""
        try:
            return self._ask(name)
        except (FetchError, ParseError):
            return None

    def _ask(self, category: str) -> Page:
        return second_try.ask(lambda: self._get(category), lambda data: parse(data, category=category))

    def _get(self, category: str) -> Response:
        # In this path a plain `+` joins categories.
        answer = self._http.get(f"{self._base}/rss/{quote(category, safe='+')}", expect=(400,))
        if answer.status == 400:
            raise refusal(answer, reason=reason_of_refusal(answer.content))
        return answer


def parse(data: bytes, *, category: str | None = None) -> Page:
    """The page that a feed shows: one sighting per paper, in the feed's order.

    `category` is what was asked for (`cs.AI`, `cs`, `cs.AI+cs.LG`); a feed of another one is refused. Raises
    ParseError, and nothing else, for bytes that are not a whole feed.
    """
    feed = read(data)
    asked = tuple(fold(name) for name in category.split("+")) if category else feed.names
    if set(asked) != set(feed.names):
        raise ParseError(
            f"this is the feed of {'+'.join(feed.names)}, but {'+'.join(asked)} was asked for",
            hint="A proxy or a cache mixes the feeds up: check the address (arxiv.base_url, --base-url).",
        )
    spec = "+".join(asked)
    sightings = tuple(_sighting(item, spec, feed.date) for item in _once_each(feed.items))
    faults = (Fault.FULL,) if feed.is_full else ()
    return Page(category=spec, date=feed.date, interface=Interface.FEED, sightings=sightings, faults=faults)


def _parts(spec: str) -> tuple[str, ...]:
    """The categories that a full feed is asked for by one after the other; none if it is one category's."""
    names = spec.split("+")
    if len(names) == 1 and not is_archive(spec):
        return ()
    inside = {
        found.alias_of or found.id
        for found in categories()
        if found.active and any(in_scope((found.id,), name) for name in names)
    }
    return tuple(sorted(inside)) if inside != {canonical(spec)} else ()


def _joined(page: Page, parts: Sequence[Page | None]) -> Page:
    """One page of all that a full feed and those of its categories show, in a feed's order.

    Types become relative to the whole again: what is new in one of the categories is new, and a replacement is none of
    a cross-list if the primary category is inside. Only parts of the same date count.
    """
    usable = [part for part in parts if part is not None and part.date == page.date]
    complete = len(usable) == len(parts) and not any(part.faults for part in usable)
    best: dict[str, Sighting] = {}
    for part in (*usable, page):
        for sighting in (_relative_to(page.category, one) for one in part.sightings):
            held = best.setdefault(sighting.paper.id, sighting)
            if _order(sighting) < _order(held):
                best[sighting.paper.id] = sighting
    return replace(page, sightings=tuple(sorted(best.values(), key=_order)), faults=() if complete else page.faults)


def _relative_to(spec: str, sighting: Sighting) -> Sighting:
    told = sighting.announcement
    assert told is not None, "every item of a feed is announced"
    kind = told.type
    primary = sighting.paper.categories[:1]
    if kind is AnnounceType.REPLACE_CROSS and any(in_scope(primary, name) for name in spec.split("+")):
        kind = AnnounceType.REPLACE
    return replace(sighting, announcement=replace(told, category=spec, type=kind))


def _order(sighting: Sighting) -> tuple[int, object, int]:
    """arXiv's order within a feed: by type, then by id; of one paper the later version first."""
    told = sighting.announcement
    assert told is not None, "every item of a feed is announced"
    return _PRIORITY.index(told.type), ArxivId(paper=told.paper_id).sort_key, -told.version


def _once_each(items: Iterable[FeedItem]) -> list[FeedItem]:
    """One item per paper; of several the one that says most: new before cross before replace, then the latest."""
    best: dict[str, FeedItem] = {}
    for item in items:
        held = best.get(item.id.paper)
        if held is None or _weight(item) < _weight(held):
            best[item.id.paper] = item
    return list(best.values())


def _weight(item: FeedItem) -> tuple[int, int]:
    return _PRIORITY.index(item.type), -item.id.version


def _sighting(item: FeedItem, spec: str, on: date) -> Sighting:
    return Sighting(
        paper=Paper(id=item.id.paper, categories=item.categories),
        version=_version(item),
        announcement=Announcement(
            paper_id=item.id.paper,
            category=spec,
            date=on,
            type=item.type,
            version=item.id.version,
            interface=Interface.FEED,
        ),
    )


def _version(item: FeedItem) -> Version:
    abstract = fields.prose(item.abstract)
    return Version(
        paper_id=item.id.paper,
        number=item.id.version,
        interface=Interface.FEED,
        title=fields.line(item.title),
        abstract=abstract,
        authors=tuple(Author(name=name, affiliations=places) for name, places in split_authors(item.creators)),
        journal_ref=fields.line(item.journal_ref),
        doi=fields.dois([item.doi]),
        license=item.license,
        withdrawal=worded(abstract=abstract),
    )
