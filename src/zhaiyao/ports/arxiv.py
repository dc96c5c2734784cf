"""What is needed of arXiv: its interfaces, each as far as it tells something that the others do not."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from zhaiyao.records import Fault, Page, Roster, Sighting


class Source(Protocol):
    """An interface of arXiv that tells what was announced last."""

    def latest(self, category: str) -> Page:
        """The latest announcement day of one category or archive. Raises FetchError or ParseError."""


class Listings(Source, Protocol):
    """An interface of arXiv that also tells past days, and counts what it tells: its HTML listings."""

    def on(self, category: str, day: date) -> Page:
        """What was announced on a past date, as far back as 90 days. Raises FetchError or ParseError."""

    def recent(self, category: str) -> tuple[Roster, ...]:
        """The last days' counts of new papers and cross-lists, newest date first. Raises FetchError or ParseError."""


class Texts(Protocol):
    """An interface of arXiv that tells the metadata of papers asked for by id: its query API."""

    def of(self, ids: Collection[str]) -> tuple[Sighting, ...]:
        """The current versions of these papers (or `ID` with `vN`: that version), without announcements, in the order
        asked. Those that the interface does not know are absent. Raises FetchError or ParseError."""


class Harvest(Protocol):
    """An interface of arXiv that tells everything that changed on a day: OAI-PMH."""

    def changed(self, category: str, day: date) -> Iterator[Sighting]:
        """Each paper of a category (or archive) whose record last changed on this UTC date, in its present version,
        without announcement; page by page as it is consumed. Nothing for a day without changes.
        Raises FetchError or ParseError, also midway; what came before is right.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Arxiv:
    """arXiv's interfaces, None where not to be had or switched off. `setbacks` tells, once, what held answers up."""

    feed: Source
    listings: Listings | None = None
    texts: Texts | None = None
    harvest: Harvest | None = None
    setbacks: Callable[[], Sequence[tuple[Fault, str]]] = tuple
