"""What arXiv's feed of a category announced, as a page of sightings. `parse` is pure; `ArxivFeed` asks arXiv."""

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import quote

from zhaiyao.errors import ParseError
from zhaiyao.http import Fetcher, refusal
from zhaiyao.records import (
    Announcement,
    AnnounceType,
    Author,
    Interface,
    Page,
    Paper,
    Sighting,
    Version,
    Withdrawal,
)
from zhaiyao.sources.feed_formats import FeedItem, fold, read, reason_of_refusal
from zhaiyao.textex import one_line, split_authors, unicode_text

DEFAULT_BASE = "https://rss.arxiv.org"

# How abstracts of withdrawn papers begin. A feed has no better sign, so the most it can say is "perhaps".
_WITHDRAWN = re.compile(
    r"\W*(?:withdrawn\b|(?:this|the) (?:\w+ ){0,2}?(?:paper|article|manuscript|submission|preprint|work|note|version) "
    r"(?:has been|was|is|is being) (?:\w+ )?withdrawn\b)",
    re.IGNORECASE,
)

_PRIORITY = tuple(AnnounceType)


class ArxivFeed:
    """A `ports.Source`: today's RSS feed of a category. `base` is the address above `/rss/`."""

    def __init__(self, http: Fetcher, *, base: str = DEFAULT_BASE) -> None:
        self._http = http
        self._base = base.rstrip("/")

    def latest(self, category: str) -> Page:
        """What arXiv announced today in New York: a page without sightings on days without a mailing.

        Raises FetchError, and ParseError for anything but the whole feed of this category.
        """
        # In this path a plain `+` joins categories.
        answer = self._http.get(f"{self._base}/rss/{quote(category, safe='+')}", expect=(400,))
        if answer.status == 400:
            raise refusal(answer, reason=reason_of_refusal(answer.content))
        try:
            return parse(answer.content, category=category)
        except ParseError as error:
            raise ParseError(error.what, subject=answer.url, hint=error.hint) from None


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
    return Page(category=spec, date=feed.date, interface=Interface.FEED, sightings=sightings)


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
    abstract = _clean(item.abstract)
    return Version(
        paper_id=item.id.paper,
        number=item.id.version,
        interface=Interface.FEED,
        title=_clean(item.title),
        abstract=abstract,
        authors=tuple(Author(name=name, affiliations=places) for name, places in split_authors(item.creators)),
        journal_ref=_clean(item.journal_ref),
        doi=item.doi,
        license=item.license,
        withdrawal=Withdrawal.PERHAPS if _WITHDRAWN.match(abstract) else Withdrawal.NO,
    )


def _clean(told: str) -> str:
    return unicode_text(one_line(told))
