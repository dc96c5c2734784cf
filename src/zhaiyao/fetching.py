"""Decides what an interface's answer means: which date it is of, whether it is believed, what is wrong with it.

A listing prints its date in its heading and counts itself, so it is believed. A feed's dates and its build stamp can
both be wrong, so its papers are compared: with the listing of the same hour, or else with what is held of the days
before. What nobody vouches for is held back, never announced under a guessed date. Asks nobody, reads no store.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from zhaiyao import calendar
from zhaiyao.calendar import Mailing
from zhaiyao.ledger import GRACE, count
from zhaiyao.records import Announcement, AnnounceType, Fault, Interface, Page, Sighting, Telling, Version

Mark = tuple[str, AnnounceType]
"""A paper and how it was announced: nearly never the same on two days that follow each other."""

Held = Mapping[date, frozenset[Mark]]
"""What is held of a category's latest days. A day that was told without papers has the empty set."""

UNLISTED = 6
"""Replacements from this version on are in no listing and no feed; their withdrawals are in the page of a past day."""

RECENT = timedelta(days=8)
"""How far back a stale feed is recognised by its papers: six announcements at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A fault of an interface's telling of a day, and what it was, for people."""

    fault: Fault
    day: date
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A page under the date that holds, whether it is believed, and what is wrong with it."""

    page: Page
    believed: bool
    troubles: tuple[Trouble, ...] = ()


def marks(page: Page) -> frozenset[Mark]:
    """What the page announces."""
    return frozenset((one.paper_id, one.type) for one in _announced(page))


def judge_listing(page: Page, held: Held, *, now: datetime) -> Judged:
    """A listing is believed, unless nothing is left of it. It may be stale, cut, or deny a day that is held."""
    due, shown = calendar.latest_expected(now), len(page.sightings)
    troubles = [*_own_faults(page)]
    newest = max((day for day, papers in held.items() if papers), default=page.date)
    if page.date < newest or (page.date < due and _late(calendar.announced_at(due) + 8 * GRACE, due, now)):
        troubles.append(Trouble(fault=Fault.STALE, day=max(newest, due), detail=f"still shows {page.date}"))
    if not shown and held.get(page.date):
        troubles.append(Trouble(fault=Fault.EMPTY, day=page.date, detail=f"{len(held[page.date])} are held"))
    return Judged(page=page, believed=not _says_nothing(page), troubles=tuple(troubles))


def judge_feed(page: Page, listing: Page | None, held: Held, *, checkable: bool, now: datetime) -> Judged:
    """A feed against the listing of the same hour (None if that failed) and against the days held.

    `checkable`: listings are to be had in general, so that a feed that cannot be vouched for now will not be missed.
    """
    if not page.sightings:
        return _judge_empty(page, listing, held, now)
    own = _own_faults(page)
    if listing is not None and listing.sightings:
        held = {**held, listing.date: held.get(listing.date, frozenset()) | marks(listing)}
        if _same(page, listing):
            return _vouched(page, listing, own)
    home = _home(page, held)
    if home == page.date:
        believed, trouble = True, _behind(page, now)
    elif home is not None:
        believed, trouble = False, Trouble(fault=Fault.MISDATED, day=page.date, detail=f"shows the papers of {home}")
    else:
        believed, trouble = _judge_unknown(page, held, checkable=checkable, now=now)
    if trouble is not None and trouble.fault is Fault.STALE and not checkable:
        trouble = None  # alone it cannot be told from one that arXiv put off
    return Judged(page=page, believed=believed, troubles=(*own, *((trouble,) if trouble else ())))


def _judge_empty(page: Page, listing: Page | None, held: Held, now: datetime) -> Judged:
    """An empty feed is right on a day without announcement; otherwise somebody else says so, or should."""
    wrong = bool(held.get(page.date))
    if listing is not None:
        wrong = wrong or (listing.date == page.date and bool(listing.sightings))
    else:
        wrong = wrong or _late(calendar.feed_ready_at(page.date), page.date, now)
    empty = (Trouble(fault=Fault.EMPTY, day=page.date),) if wrong else ()
    stale = _behind(page, now)
    return Judged(page=page, believed=True, troubles=(*empty, *((stale,) if stale else ())))


def _vouched(page: Page, listing: Page, own: tuple[Trouble, ...]) -> Judged:
    """The listing shows the same papers: its date holds."""
    troubles, day = list(own), listing.date
    if page.date != day:
        troubles.append(Trouble(fault=Fault.MISDATED, day=day, detail=f"dated {page.date}"))
    short = len(listing.sightings) - len(page.sightings)
    if short > 0:
        troubles.append(Trouble(fault=Fault.SHORT, day=day, detail=f"{short} fewer than the listing"))
    return Judged(page=dated(page, day), believed=True, troubles=tuple(troubles))


def _judge_unknown(page: Page, held: Held, *, checkable: bool, now: datetime) -> tuple[bool, Trouble | None]:
    """Papers that nobody vouches for. They are new if nothing contradicts: the feed's date is the one that is due, and
    the day before is held, so that a stale feed would have been recognised. On the very first day anything is."""
    if held.get(page.date):
        return False, Trouble(fault=Fault.MISDATED, day=page.date, detail="other papers are held of this date")
    newest = max((day for day, papers in held.items() if papers), default=None)
    if not checkable or newest is None:
        return True, None
    if page.date < max(newest, calendar.latest_fed(now)):
        return False, _behind(page, now)
    return calendar.before(page.date) in held, None


def _behind(page: Page, now: datetime) -> Trouble | None:
    due = calendar.latest_fed(now)
    stale = page.date < due and _late(calendar.feed_ready_at(due), due, now)
    return Trouble(fault=Fault.STALE, day=due, detail=f"still shows {page.date}") if stale else None


def judge_past(page: Page, day: date, told: Collection[Telling], *, held: int) -> Judged:
    """A past day's page, which prints its date and its count. That nothing was announced is doubted where others
    counted or showed something."""
    troubles = [*_own_faults(page)]
    others = [one for one in told if one.interface is not Interface.CATCHUP]
    if not page.sightings and not page.announced and (held or any(one.shown or one.announced for one in others)):
        troubles.append(Trouble(fault=Fault.EMPTY, day=day, detail=f"{held} are held"))
    if page.date != day:
        troubles.append(Trouble(fault=Fault.MISDATED, day=day, detail=f"dated {page.date}"))
    return Judged(page=page, believed=page.date == day and not _says_nothing(page), troubles=tuple(troubles))


def denied(page: Page, told: Collection[Telling]) -> Iterator[tuple[Interface, Trouble]]:
    """Who counted nothing on a day of which the page shows papers."""
    for one in told:
        if page.sightings and one.date == page.date and one.announced == 0 and not one.shown:
            yield one.interface, Trouble(fault=Fault.EMPTY, day=page.date, detail=f"{len(page.sightings)} elsewhere")


def overlooked(page: Page, told: Collection[Telling], *, added: int, held: int) -> Iterator[tuple[Interface, Trouble]]:
    """Who did not know papers of a past day, though what they told of it was complete by their own count.

    `added` papers came with this page, `held` were there before.
    """
    listed = sum(one.version.number < UNLISTED for one in page.sightings)
    counted = count(told)
    if not added or counted is None or held < counted or listed <= held:
        return
    for one in told:
        if one.interface in (Interface.FEED, Interface.LISTING) and one.shown:
            yield one.interface, Trouble(fault=Fault.LATE, day=page.date, detail=f"{listed - held} of {listed}")


def _says_nothing(page: Page) -> bool:
    """Whether so much of a page is missing that not even "nothing was announced" can be read from it."""
    return not page.sightings and not page.announced and Fault.CUT in page.faults


def _own_faults(page: Page) -> tuple[Trouble, ...]:
    """Those that the document itself shows."""
    shown = len(page.sightings)
    faults = dict.fromkeys(page.faults)
    if page.announced is not None and shown < page.announced:
        faults.setdefault(Fault.CUT)
    promised = f"{shown} of {page.announced}" if page.announced is not None else f"{shown}"
    return tuple(Trouble(fault=fault, day=page.date, detail=promised) for fault in faults)


def _late(at: datetime, day: date, now: datetime) -> bool:
    """Whether something that was to come at an instant is missing; never on days that may well be holidays."""
    return calendar.expected(day) is Mailing.YES and now >= at + GRACE


def _same(page: Page, listing: Page) -> bool:
    """Whether feed and listing show one day: at least half of the feed, or of a cut listing, is in both."""
    one, other = marks(page), marks(listing)
    cut = listing.announced is not None and len(listing.sightings) < listing.announced
    return 2 * len(one & other) >= (min(len(one), len(other)) if cut else len(one))


def _home(page: Page, held: Held) -> date | None:
    """The date under which most of the page's papers are held already, its own one if in doubt."""
    shown = marks(page)
    common = {day: len(shown & papers) for day, papers in held.items() if papers}
    alike = [day for day, both in common.items() if 2 * both >= min(len(shown), len(held[day]))]
    return max(alike, key=lambda day: (common[day], day == page.date, day), default=None)


def dated(page: Page, day: date) -> Page:
    """The page under another date."""
    if page.date == day:
        return page
    return replace(page, date=day, sightings=tuple(_under(one, day) for one in page.sightings))


def numbered(page: Page, told: Mapping[str, int]) -> Page:
    """The page with the version numbers that others told of its day: where it tells none, and in a past day's page,
    which shows the number of today. A new paper without a number is at its first version."""
    past = page.interface is Interface.CATCHUP
    return replace(page, sightings=tuple(_numbered(one, told, past=past) for one in page.sightings))


def _numbered(sighting: Sighting, told: Mapping[str, int], *, past: bool) -> Sighting:
    announced, text = sighting.announcement, sighting.version
    if announced is None:
        return sighting
    known = told.get(announced.paper_id, 0)
    if not known and not past and announced.type is AnnounceType.NEW:
        known = 1
    if not known or (announced.version and not past):
        return sighting
    if not text.number and not past:
        text = replace(text, number=known)
    return replace(sighting, version=text, announcement=replace(announced, version=known))


def unnumbered(page: Page) -> tuple[str, ...]:
    """The papers of which the page tells no version number."""
    return tuple(one.paper_id for one in _announced(page) if not one.version)


def plausible(number: int, announced: AnnounceType, known: Iterable[Version]) -> bool:
    """Whether a version of this number can have been announced so. An interface that is days behind tells the number
    before: a replacement is no first version, and none that was known before."""
    if announced in (AnnounceType.NEW, AnnounceType.CROSS):
        return number > 0
    return number > max((1, *(one.number for one in known)))


def without_afterthoughts(page: Page, elsewhere: Collection[Announcement]) -> Page:
    """A past day's page without the papers that were cross-listed on another day: arXiv shows them on both.

    `elsewhere` are announcements of these papers in this category. The page's counts shrink alike.
    """
    later = {one.paper_id for one in elsewhere if one.date > page.date and one.type is AnnounceType.CROSS} - {
        one.paper_id for one in elsewhere if one.date == page.date
    }
    kept = tuple(
        one
        for one in page.sightings
        if not (one.announcement and one.announcement.type is AnnounceType.CROSS and one.paper.id in later)
    )
    gone = len(page.sightings) - len(kept)
    announced = None if page.announced is None else page.announced - gone
    return replace(page, sightings=kept, announced=announced) if gone else page


def _under(sighting: Sighting, day: date) -> Sighting:
    told = sighting.announcement
    return sighting if told is None else replace(sighting, announcement=replace(told, date=day))


def _announced(page: Page) -> Iterator[Announcement]:
    return (one.announcement for one in page.sightings if one.announcement is not None)
