"""The rules of politeness, and who broke them: pauses between requests, one at a time, Retry-After. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

PAGES = "pages"
INTERFACES = "interfaces"
SLACK = timedelta(milliseconds=50)


@dataclass(slots=True)
class Visit:
    """A request on the server's clock. `waiting` others had no answer yet when it came."""

    what: str
    kind: str
    came: datetime
    waiting: int = 0
    away_until: datetime | None = None


def kind_of(interface: str) -> str:
    """Feeds, API and OAI are counted together; arxiv.org's pages have a rule of their own."""
    return PAGES if interface in ("new", "recent", "month", "catchup", "abs") else INTERFACES


def away_until(told: str, now: datetime) -> datetime | None:
    """What a Retry-After means: seconds or a date. None for none, and for 0."""
    if told.isdecimal():
        return now + timedelta(seconds=int(told)) if int(told) else None
    return parsedate_to_datetime(told) if told else None


def violations(visits: Iterable[Visit], *, interval: float, html_interval: float) -> list[str]:
    """All that was impolite, in sentences."""
    visits = list(visits)
    found = [f"{visit.what} came while {visit.waiting} other(s) waited" for visit in visits if visit.waiting]
    for kind, pause in ((INTERFACES, interval), (PAGES, html_interval)):
        of_kind = [visit for visit in visits if visit.kind == kind]
        for earlier, later in pairwise(of_kind):
            gap = later.came - earlier.came
            if gap + SLACK < timedelta(seconds=pause):
                found.append(f"{later.what} came {gap.total_seconds():.2f} s after {earlier.what}, not {pause:g} s")
            if earlier.away_until and later.came + SLACK < earlier.away_until:
                found.append(f"{later.what} came at {later.came:%H:%M:%S}, before the Retry-After of {earlier.what}")
    return found
