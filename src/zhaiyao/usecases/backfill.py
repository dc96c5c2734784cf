"""Finds the days that were missed here, or that arXiv told in part, and fetches them from their catch-up pages.

Newest first: a paper that was cross-listed later also stands on its first day's page, and is known by then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from zhaiyao.errors import FetchError, ParseError, UsageError
from zhaiyao.fetching import Trouble, denied, judge_past, overlooked, without_afterthoughts
from zhaiyao.ledger import REACH, closed, next_look
from zhaiyao.ports import Arxiv, Clock, Listings, Progress, Store, UnitOfWork
from zhaiyao.records import Fault, Incident, Interface, Page, Profile, Telling
from zhaiyao.usecases.fetch import failed, subscribed
from zhaiyao.usecases.standings import announcers, held_on
from zhaiyao.usecases.taking import note, store_page

MOST = 10
"""Past days of a category that are asked for in one run: at 15 seconds each, the run shall get on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A past day that is to be asked for: who told it so far, and how many of its papers are held."""

    category: str
    day: date
    told: tuple[Telling, ...]
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """What came of a past day: how many papers were added to what was held, or the error that kept it away."""

    category: str
    day: date
    added: int = 0
    incidents: tuple[Incident, ...] = ()
    error: FetchError | ParseError | None = None


def backfill(
    store: Store,
    arxiv: Arxiv,
    profiles: Sequence[Profile],
    *,
    since: date | None = None,
    clock: Clock,
    progress: Progress,
) -> tuple[Backfilled, ...]:
    """Asks for the past days of the profiles' categories that are due to be asked for, at most `MOST` of each.

    `since` reaches further back than the first day that is held, and has no such limit. Raises UsageError for a date
    that arXiv no longer tells.
    """
    if since is not None:
        insist_on_reach(since, clock().date())
    if arxiv.listings is None:
        return ()
    found = [list(gaps(store, category, since=since, now=clock())) for category in subscribed(profiles)]
    wanted = [days if since else days[:MOST] for days in found]
    if not any(wanted):
        return ()
    progress.start("step.backfill", sum(map(len, wanted)))
    reports = []
    for days in wanted:
        for gap in days:
            reports.append(_fill(store, arxiv, arxiv.listings, gap, profiles, clock=clock))
            progress.advance()
            if isinstance(reports[-1].error, FetchError):
                break  # whoever does not answer now would not answer for the day before
    progress.finish()
    return tuple(reports)


def gaps(store: Store, category: str, *, since: date | None, now: datetime) -> Iterator[Gap]:
    """The days of a category whose catch-up page is to be asked now, newest first."""
    reach = now.date() - REACH
    with store.reading() as tx:
        by_day: dict[date, list[Telling]] = {}
        for one in announcers(tx, category, since=reach):
            by_day.setdefault(one.date, []).append(one)
        first = max(reach, min([*by_day, *([since] if since else [])], default=now.date() + timedelta(days=2)))
        last = max([now.date(), *by_day])
        for on in _back(last, first):
            gap = _gap(tx, category, on, tuple(by_day.get(on, ())))
            look = next_look(on, gap.told, gap.held)
            if look is not None and look <= now:
                yield gap


def _back(last: date, first: date) -> Iterator[date]:
    while last >= first:
        yield last
        last -= timedelta(days=1)


def _gap(tx: UnitOfWork, category: str, on: date, told: tuple[Telling, ...]) -> Gap:
    """A day with what is held of it; what somebody showed is held at least, so most need not be counted."""
    held = max((one.shown for one in told), default=0)
    if not closed(on, told, held):
        held = held_on(tx, category, on)
    return Gap(category=category, day=on, told=told, held=held)


def _fill(
    store: Store, arxiv: Arxiv, listings: Listings, gap: Gap, profiles: Sequence[Profile], *, clock: Clock
) -> Backfilled:
    report = Backfilled(category=gap.category, day=gap.day)
    try:
        page = listings.on(gap.category, gap.day)
    except (FetchError, ParseError) as error:
        told = note(store, gap.category, Interface.CATCHUP, [failed(error, day=gap.day)], now=clock())
        return replace(report, incidents=told, error=error)
    finally:
        held_up = [Trouble(fault=fault, day=gap.day, detail=detail) for fault, detail in arxiv.setbacks()]
        note(store, gap.category, Interface.CATCHUP, held_up, now=clock())
    judged = judge_past(page, gap.day, gap.told, held=gap.held)
    incidents = note(store, gap.category, Interface.CATCHUP, judged.troubles, now=clock())
    if judged.believed:
        added, told = _take(store, gap, page, profiles, now=clock())
        report, incidents = replace(report, added=added), incidents + told
    return replace(report, incidents=incidents)


def _take(
    store: Store, gap: Gap, page: Page, profiles: Sequence[Profile], *, now: datetime
) -> tuple[int, tuple[Incident, ...]]:
    with store.reading() as tx:
        ids = [one.paper.id for one in page.sightings]
        elsewhere = [one for one in tx.papers.announcements(papers=ids) if one.category == gap.category]
    page = without_afterthoughts(page, elsewhere)
    added = store_page(store, page, profiles, now=now).added
    incidents: tuple[Incident, ...] = ()
    wrong = (*denied(page, gap.told), *overlooked(page, gap.told, added=added, held=gap.held)) if added else ()
    for interface, trouble in wrong:
        incidents += note(store, gap.category, interface, [trouble], now=now)
    if added:
        trouble = Trouble(fault=Fault.BACKFILLED, day=gap.day, detail=f"{added} papers")
        incidents += note(store, gap.category, Interface.CATCHUP, [trouble], now=now)
    return added, incidents


def insist_on_reach(since: date, today: date) -> None:
    """Raises UsageError for a date that arXiv no longer tells."""
    if since < today - REACH:
        raise UsageError(
            f"arXiv tells of past days for {REACH.days} days, back to {today - REACH}",
            subject=f"--since {since}",
            hint="Ask for a later date; older papers come with `zhaiyao import` from arXiv's metadata snapshot.",
        )
