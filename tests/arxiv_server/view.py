"""What a request gets to see: a world at an instant, with the faults that are about. Renders nothing.

Each interface has the new mailing at another time: listings at 20:00 in New York, OAI at 22:30, feeds at midnight, the
query API some hours later.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.arxiv_server.cycle import api_at, in_new_york, listed_at, oai_at
from tests.arxiv_server.mailings import Shown, World
from tests.arxiv_server.postings import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many entries a page holds where arXiv decides it, and after how many a feed is cut."""

    catchup: int = 2000
    oai: int = 50
    oai_identifiers: int = 20_000
    feed: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`faults` are the kinds about for this request; `hides` says of (day, paper id) that it is not out yet."""

    world: World
    now: datetime
    sizes: Sizes = field(default_factory=Sizes)
    faults: frozenset[str] = frozenset()
    hides: Callable[[date, str], bool] = lambda _day, _paper: False

    @property
    def today(self) -> date:
        """The date in New York."""
        return in_new_york(self.now)

    @property
    def listing_day(self) -> date | None:
        """The newest day that listings have; None before the first."""
        return self._newest(listed_at, self.now)

    @property
    def api_day(self) -> date | None:
        """The newest day that the query API knows."""
        behind = timedelta(days=2) if "api-behind" in self.faults else timedelta()
        return self._newest(api_at, self.now - behind)

    @property
    def oai_day(self) -> date | None:
        """The newest day that OAI knows."""
        return self._newest(oai_at, self.now)

    def listing_days(self, count: int) -> tuple[date, ...]:
        """The newest days of the listings, newest first."""
        newest = self.listing_day
        upto = bisect_right(self.world.dates, newest) if newest else 0
        return self.world.dates[max(0, upto - count) : upto][::-1]

    def day_after(self, day: date) -> date | None:
        """The next date with a mailing that is out."""
        at = bisect_right(self.world.dates, day)
        newest = self.listing_day
        later = self.world.dates[at : at + 1]
        return later[0] if newest and later and later[0] <= newest else None

    def page(self, subject: str, day: date, unlisted: Collection[str]) -> tuple[Shown, ...]:
        """The entries of a listing page as it is now."""
        if self.listing_day is None or day > self.listing_day or "empty-listing" in self.faults:
            return ()
        shown = self.world.page(subject, day, seen=self.listing_day, unlisted=unlisted)
        return tuple(one for one in shown if not self.hides(day, one[1].id))

    def feed(self, names: tuple[str, ...]) -> tuple[date, tuple[Shown, ...]]:
        """The day that the feed's dates name, and its items. It shows the calendar day in New York, or nothing."""
        day = dated = self.today
        if self.faults & {"stale-feed", "stale-feed-redated"} and (before := self._day_before(day)):
            day = before
            dated = day if "stale-feed" in self.faults else dated
        if "late-date" in self.faults:
            dated -= timedelta(days=1)
        if "empty-feed" in self.faults or self.world.days.get(day) is None:
            return dated, ()
        shown = self.world.of_feed(names, day)
        shown = tuple(one for one in shown if not self.hides(day, one[1].id))
        return dated, shown[-self.sizes.feed :] if len(shown) > self.sizes.feed else shown

    def entry(self, paper_id: str, day: date | None) -> Entry | None:
        """A paper as an interface knows it whose newest day this is."""
        return self.world.entry(paper_id, on=day) if day else None

    def _day_before(self, day: date) -> date | None:
        before = [known for known in self.world.dates if known < day]
        return before[-1] if day in self.world.days and before else None

    def _newest(self, when: Callable[[date], datetime], now: datetime) -> date | None:
        """The newest day that is out by an instant, if it comes out at `when`."""
        upto = in_new_york(now) + timedelta(days=2)
        at = bisect_right(self.world.dates, upto)
        while at and when(self.world.dates[at - 1]) > now:
            at -= 1
        return self.world.dates[at - 1] if at else None


Params = Mapping[str, str]
