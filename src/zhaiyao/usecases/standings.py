"""How categories stand now, read from the store. Shared by whoever fetches and whoever asks. Changes nothing."""

from collections.abc import Iterable
from datetime import date, datetime

from zhaiyao import calendar
from zhaiyao.fetching import RECENT
from zhaiyao.ledger import ANNOUNCING, Standing, standing
from zhaiyao.ports import UnitOfWork
from zhaiyao.records import Telling


def standing_of(tx: UnitOfWork, category: str, *, now: datetime) -> Standing:
    """A category's state: where today's papers are."""
    due = calendar.latest_expected(now)
    told = announcers(tx, category, since=min(due, now.date()) - RECENT)
    day = max([due, *(one.date for one in told if one.shown or one.announced)])
    incidents = tx.ledger.incidents(categories=[category], since=calendar.announced_at(due))
    return standing(category, told, incidents, held_on(tx, category, day), now=now)


def standings(tx: UnitOfWork, categories: Iterable[str], *, now: datetime) -> tuple[Standing, ...]:
    """Those of several, in the order given."""
    return tuple(standing_of(tx, category, now=now) for category in categories)


def announcers(tx: UnitOfWork, category: str, *, since: date) -> tuple[Telling, ...]:
    """Who told what was announced in a category, from a date on."""
    return tuple(one for one in tx.ledger.tellings(category, since=since) if one.interface in ANNOUNCING)


def held_on(tx: UnitOfWork, category: str, on: date) -> int:
    """How many papers are held that arXiv announced in a category on a date."""
    told = tx.papers.announcements(category=category, on=on)
    return len({one.paper_id for one in told})
