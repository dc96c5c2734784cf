"""The morning edition on a clock that waiting moves: first ten early, the rest as revision 2, and when to give up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from tests.build import DAY, listing, page, sighting
from tests.fakes import MemoryOutlet, PageSource, Quiet, SerialExecutor
from zhaiyao import calendar
from zhaiyao.bookkeeping import Owner
from zhaiyao.engines.scripted import ScriptedSpec
from zhaiyao.errors import FetchError
from zhaiyao.ports import Arxiv, Store
from zhaiyao.records import Page, RenditionKind, Roster
from zhaiyao.store import open_store
from zhaiyao.usecases.morning import FIRST, PATIENCE, Morning, Press, Published, morning
from zhaiyao.usecases.profiles import implicit
from zhaiyao.usecases.publish import Look
from zhaiyao.usecases.translate import Crew
from zhaiyao.worker import TranslatorSpec

EVENING = calendar.announced_at(DAY) - timedelta(hours=2)
TWENTY = [sighting(f"2601.999{number:02}") for number in range(20)]
DOWN = FetchError("the server answered 503", subject="http://localhost")
OLD = [sighting("2601.88801", on=calendar.before(DAY))]


@pytest.fixture
def store() -> Iterator[Store]:
    opened = open_store("sqlite://")
    yield opened
    opened.close()


@dataclass
class Time:
    """A clock that stands still but for waiting."""

    now: datetime = EVENING

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += timedelta(seconds=seconds)


@dataclass
class Timetable:
    """Listings by the hour: the last page whose time has come."""

    time: Time
    pages: dict[str, list[tuple[datetime, Page]]]
    asked: list[tuple[str, datetime]] = field(default_factory=list)

    def latest(self, category: str) -> Page:
        self.asked.append((category, self.time.now))
        come = [page for when, page in self.pages[category] if when <= self.time.now]
        if not come:
            raise DOWN
        return come[-1]

    def on(self, category: str, day: object) -> Page:
        raise NotImplementedError("nobody asks for past days in the morning")

    def recent(self, category: str) -> tuple[Roster, ...]:
        raise NotImplementedError("nobody asks for it yet")


@dataclass
class Reader:
    store: Store
    time: Time = field(default_factory=Time)
    outlet: MemoryOutlet = field(default_factory=MemoryOutlet)
    early: list[tuple[datetime, Published]] = field(default_factory=list)

    def wait_for(self, listings: Timetable | None, *categories: str, feed: PageSource | None = None) -> Morning:
        crew = Crew(
            executor=SerialExecutor(),
            spec=TranslatorSpec((ScriptedSpec(),)),
            limit=1,
            owner=Owner(boot="here", pid=1, started="now"),
            is_gone=lambda owner: False,
        )
        profile = implicit(self.store, categories or ("cs.LG",), now=self.time())
        return morning(
            self.store,
            Arxiv(feed=feed or PageSource(errors=dict.fromkeys(profile.categories, DOWN)), listings=listings),
            [profile],
            Press(crew=crew, outlet=self.outlet, look=Look()),
            early=lambda first: self.early.append((self.time.now, first)),
            clock=self.time,
            sleep=self.time.sleep,
            progress=Quiet(),
        )


@pytest.fixture
def reader(store: Store) -> Reader:
    return Reader(store)


def at(minutes: float) -> datetime:
    return calendar.announced_at(DAY) + timedelta(minutes=minutes)


def test_the_first_ten_come_early_and_the_rest_as_revision_two(reader: Reader) -> None:
    listings = Timetable(
        reader.time, {"cs.LG": [(at(-999), listing(OLD, on=calendar.before(DAY))), (at(7), listing(TWENTY))]}
    )
    report = reader.wait_for(listings)
    assert listings.asked[0] == ("cs.LG", at(0)), "nobody is asked before the hour"
    ((when, first),) = reader.early
    assert at(7) <= when <= at(20)
    edition = first.editions[-1]
    assert edition.id == "cs.LG@2026-01-14.r1"
    complete = [entry for entry in edition.entries if len(entry.rendition_keys) == len(RenditionKind)]
    assert (len(edition.entries), len(complete)) == (20, FIRST)
    assert [(one.revision, one.cause) for one in report.last.editions if one.date == DAY] == [(2, "translated")]
    assert (report.day, report.missing, report.translated.waiting) == (DAY, (), 0)


def test_polling_slows_down(reader: Reader) -> None:
    listings = Timetable(reader.time, {"cs.LG": [(at(60), listing(TWENTY))]})
    reader.wait_for(listings)
    times = [when for _, when in listings.asked]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses == sorted(pauses)
    assert timedelta(minutes=1) <= pauses[0]
    assert pauses[-1] <= timedelta(minutes=10)
    assert len(times) < 20


def test_a_listing_that_is_cut_is_waited_for(reader: Reader) -> None:
    cut = listing(TWENTY[:5], announced=20)
    listings = Timetable(reader.time, {"cs.LG": [(at(0), cut), (at(12), listing(TWENTY))]})
    report = reader.wait_for(listings)
    assert reader.early[0][0] >= at(12)
    assert report.missing == ()
    assert len(reader.early[0][1].editions[0].entries) == 20


def test_one_category_does_not_wait_for_another_to_begin(reader: Reader) -> None:
    other = listing([sighting("2601.77777", category="stat.ML")], "stat.ML")
    listings = Timetable(reader.time, {"cs.LG": [(at(0), listing(TWENTY))], "stat.ML": [(at(90), other)]})
    report = reader.wait_for(listings, "cs.LG", "stat.ML")
    assert reader.early[0][0] < at(5)
    assert report.missing == ()
    (last,) = report.last.editions
    assert (last.revision, len(last.entries)) == (2, 21)
    assert sum(category == "cs.LG" for category, _ in listings.asked) == 1


def test_what_does_not_come_is_given_up_at_the_deadline(reader: Reader) -> None:
    report = reader.wait_for(Timetable(reader.time, {"cs.LG": []}))
    assert (report.first, report.missing, report.last.editions) == (None, ("cs.LG",), ())
    assert at(0) + PATIENCE <= reader.time.now <= at(30) + PATIENCE


def test_the_feed_helps_from_its_hour_on(reader: Reader) -> None:
    report = reader.wait_for(Timetable(reader.time, {"cs.LG": []}), feed=PageSource(page(TWENTY)))
    assert report.missing == ("cs.LG",), "nobody counted"
    assert report.first is not None
    assert len(report.first.editions[0].entries) == 20


def test_a_day_without_papers_is_believed_after_half_an_hour(reader: Reader) -> None:
    report = reader.wait_for(Timetable(reader.time, {"cs.LG": [(at(0), listing([]))]}))
    assert (report.first, report.missing) == (None, ())
    assert at(30) <= reader.time.now < at(60)


def test_who_has_the_day_waits_for_the_next(reader: Reader) -> None:
    listings = Timetable(reader.time, {"cs.LG": [(at(0), listing(TWENTY))]})
    reader.wait_for(listings)
    following = calendar.after(DAY)
    shown = [sighting("2601.66666", on=following)]
    listings.pages["cs.LG"].append((calendar.announced_at(following), listing(shown, on=following)))
    assert reader.wait_for(listings).day == following


def test_a_day_that_was_announced_while_nobody_waited_is_taken_at_once(reader: Reader) -> None:
    reader.time.now = at(120)
    report = reader.wait_for(Timetable(reader.time, {"cs.LG": [(at(0), listing(TWENTY))]}))
    assert (report.day, report.missing) == (DAY, ())
    assert reader.time.now == at(120)
