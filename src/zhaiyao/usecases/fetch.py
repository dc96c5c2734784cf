"""Asks arXiv what it announced last, and takes in what can be believed. Translates nothing, fills no gaps.

Of each category the feed is asked, and the listing as long as its count of the day is not confirmed. Where one of
them fails, the other serves; what a listing leaves out (version numbers) is taken from the feed, or asked of the query
API. What went wrong goes into the ledger.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from zhaiyao import calendar
from zhaiyao.errors import FetchError, ParseError
from zhaiyao.fetching import RECENT, Held, Trouble, denied, judge_feed, judge_listing, marks, unnumbered
from zhaiyao.intake import Novelty
from zhaiyao.ledger import Standing, confirmed
from zhaiyao.ports import Arxiv, Clock, Progress, Store, UnitOfWork
from zhaiyao.records import Fault, Incident, Interface, Page, Profile, Sighting, Telling
from zhaiyao.usecases.standings import announcers, standing_of
from zhaiyao.usecases.taking import believable, note, store_page, tell_again, with_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of one category: its day and counts, what went wrong on the way, and how the category stands now.

    `asked` are the interfaces that were asked, in order. `error` is set if one of them failed, and none told anything
    that can be believed.
    """

    category: str
    day: date | None = None
    shown: int = 0
    novelties: Mapping[Novelty, int] = field(default_factory=dict)
    queued: int = 0
    asked: tuple[Interface, ...] = ()
    incidents: tuple[Incident, ...] = ()
    standing: Standing | None = None
    error: FetchError | ParseError | None = None


def fetch(
    store: Store, arxiv: Arxiv, profiles: Sequence[Profile], *, clock: Clock, progress: Progress
) -> tuple[Fetched, ...]:
    """Fetches the latest day of every category of the profiles. A category that fails does not stop the others."""
    wanted = subscribed(profiles)
    progress.start("step.fetch", len(wanted))
    reports = []
    for category in wanted:
        reports.append(fetch_latest(store, arxiv, category, profiles, clock=clock))
        progress.advance()
    progress.finish()
    return tuple(reports)


def subscribed(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """All categories that a profile names, sorted."""
    return tuple(sorted({category for profile in profiles for category in profile.categories}))


def fetch_latest(
    store: Store, arxiv: Arxiv, category: str, profiles: Sequence[Profile], *, clock: Clock, feed: bool = True
) -> Fetched:
    """The latest day of one category. Without `feed` only the listing is asked, which is hours earlier."""
    return _Visit(store, arxiv, category, profiles, clock).run(feed=feed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store holds of a category's latest days: who told them, and the papers."""

    told: tuple[Telling, ...]
    held: Held

    def confirmed(self, on: date) -> bool:
        """Whether arXiv's count of a day is reached and said late enough, or twice."""
        return confirmed(on, [one for one in self.told if one.date == on], self.count(on))

    def has(self, page: Page) -> bool:
        """Whether this interface told this day before, as much of it, and all of that is held."""
        before = [one for one in self.told if (one.interface, one.date) == (page.interface, page.date)]
        told = any(one.shown >= len(page.sightings) for one in before)
        return told and marks(page) <= self.held.get(page.date, frozenset())

    def count(self, on: date) -> int:
        """How many papers are held of a day."""
        return len({paper_id for paper_id, _ in self.held.get(on, ())})


def known_of(tx: UnitOfWork, category: str, *, now: datetime) -> Known:
    """What is held of the last two weeks."""
    told = announcers(tx, category, since=now.date() - RECENT)
    held = {on: tx.papers.announcements(category=category, on=on) for on in {one.date for one in told}}
    return Known(
        told=told,
        held={
            on: frozenset((one.paper_id, one.type) for one in papers if one.interface.is_arxiv)
            for on, papers in held.items()
        },
    )


class _Visit:
    """One category's turn: asks, judges, takes in, and collects the report."""

    def __init__(self, store: Store, arxiv: Arxiv, category: str, profiles: Sequence[Profile], clock: Clock) -> None:
        self._store = store
        self._arxiv = arxiv
        self._category = category
        self._profiles = profiles
        self._clock = clock
        self._asked: list[Interface] = []
        self._incidents: list[Incident] = []
        self._errors: list[FetchError | ParseError] = []
        self._novelties: dict[str, Novelty] = {}
        self._queued = 0

    def run(self, *, feed: bool) -> Fetched:
        with self._store.reading() as tx:
            known = known_of(tx, self._category, now=self._clock())
        told = self._ask(Interface.FEED, self._arxiv.feed.latest) if feed else None
        listing = None
        if self._arxiv.listings is not None and not known.confirmed(self._newest(told)):
            listing = self._ask(Interface.LISTING, self._arxiv.listings.latest)
        pages = self._believed(told, listing, known.held)
        for page in self._complete([page for page in pages if not known.has(page)]):
            self._store_page(page, known.told)
        for page in filter(known.has, pages):
            tell_again(self._store, page, now=self._clock())
        return self._report(pages)

    def _newest(self, feed: Page | None) -> date:
        due = calendar.latest_expected(self._clock())
        return max(due, feed.date) if feed is not None and feed.sightings else due

    def _ask(self, interface: Interface, ask: Callable[[str], Page]) -> Page | None:
        self._asked.append(interface)
        try:
            return ask(self._category)
        except (FetchError, ParseError) as error:
            self._errors.append(error)
            self._note(interface, [failed(error, day=calendar.latest_expected(self._clock()))])
            return None
        finally:
            self._note_setbacks(interface)

    def _believed(self, feed: Page | None, listing: Page | None, held: Held) -> list[Page]:
        now, judged = self._clock(), []
        if feed is not None:
            checkable = self._arxiv.listings is not None
            judged.append(judge_feed(feed, listing, held, checkable=checkable, now=now))
        if listing is not None:
            fed = [one.page for one in judged if one.believed and one.page.date == listing.date]
            judged.append(judge_listing(listing, _with(held, fed), now=now))
        for one in judged:
            self._note(one.page.interface, one.troubles)
        return [one.page for one in judged if one.believed]

    def _complete(self, pages: list[Page]) -> list[Page]:
        """The pages with version numbers, as far as anybody tells them."""
        fed = {
            (one.paper.id, page.date): one.version.number
            for page in pages
            for one in page.sightings
            if page.interface is Interface.FEED
        }
        found = []
        for page in pages:
            told = {paper_id: number for (paper_id, on), number in fed.items() if on == page.date}
            page = with_numbers(self._store, page, told)
            found.append(with_numbers(self._store, page, self._api_numbers(page)))
        return found

    def _api_numbers(self, page: Page) -> dict[str, int]:
        """What the query API says of the version numbers that nobody told."""
        wanted = unnumbered(page)
        if not wanted or self._arxiv.texts is None:
            return {}
        self._asked.append(Interface.API)
        found: Sequence[Sighting] = ()
        try:
            found = self._arxiv.texts.of(wanted)
        except (FetchError, ParseError) as error:
            self._note(Interface.API, [failed(error, day=page.date)])
            return {}
        finally:
            self._note_setbacks(Interface.API)
        numbers = believable(self._store, page, found)
        late = len(wanted) - len(numbers)
        if late:
            self._note(Interface.API, [Trouble(fault=Fault.LATE, day=page.date, detail=f"{late} of {len(wanted)}")])
        return numbers

    def _store_page(self, page: Page, told: Sequence[Telling]) -> None:
        for interface, trouble in denied(page, told):
            self._note(interface, [trouble])
        taken = store_page(self._store, page, self._profiles, now=self._clock())
        for paper_id, novelty in taken.novelties.items():
            self._novelties.setdefault(paper_id, novelty)
        self._queued += taken.queued

    def _note(self, interface: Interface, troubles: Sequence[Trouble]) -> None:
        self._incidents += note(self._store, self._category, interface, troubles, now=self._clock())

    def _note_setbacks(self, interface: Interface) -> None:
        """What held the answer up, although it came."""
        due = calendar.latest_expected(self._clock())
        setbacks = [Trouble(fault=fault, day=due, detail=detail) for fault, detail in self._arxiv.setbacks()]
        self._note(interface, setbacks)

    def _report(self, pages: list[Page]) -> Fetched:
        day = max((page.date for page in pages), default=None)
        told = any(page.sightings or Fault.CUT not in page.faults for page in pages)
        shown = {one.paper.id for page in pages if page.date == day for one in page.sightings}
        with self._store.reading() as tx:
            standing = standing_of(tx, self._category, now=self._clock())
        return Fetched(
            category=self._category,
            day=day,
            shown=len(shown),
            novelties=Counter(self._novelties.values()),
            queued=self._queued,
            asked=tuple(self._asked),
            incidents=tuple(self._incidents),
            standing=standing,
            error=self._errors[0] if self._errors and not told else None,
        )


def failed(error: FetchError | ParseError, *, day: date) -> Trouble:
    """What kept an answer away, of the day that it was asked for."""
    fault = Fault.UNREADABLE if isinstance(error, ParseError) else Fault.UNREACHED
    return Trouble(fault=fault, day=day, detail=error.what)


def _with(held: Held, pages: Sequence[Page]) -> Held:
    """What is held, and what these pages add to it."""
    return {**held, **{page.date: held.get(page.date, frozenset()) | marks(page) for page in pages}}
