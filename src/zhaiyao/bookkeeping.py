"""What the store keeps for the machinery: leases, deliveries, the log of changes, feedback, searches, spending."""

from dataclasses import dataclass
from datetime import date, datetime

from zhaiyao.records import RenditionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the changes log: what kind of thing changed, and its key. `seq` only grows."""

    seq: int
    at: datetime
    kind: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that holds leases: machine boot, process id and the process's start, so that a dead one is known."""

    boot: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.boot}:{self.pid}:{self.started}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A paper's version waiting to be rendered, or leased. `tries` counts how often it was given back."""

    id: int
    paper_id: str
    version: int
    priority: float
    tries: int = 0
    not_before: datetime | None = None
    last_fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One edition handed to one outlet, or the failure to do so."""

    edition_id: str
    outlet: str
    at: datetime
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEvent:
    """One entry of a profile's event log. `kind`: configure, like, dislike, star, hide… `payload` is JSON."""

    profile: str
    kind: str
    at: datetime
    paper_id: str = ""
    payload: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A query that is asked again whenever new text comes in."""

    name: str
    query: str
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one engine used on one day (UTC) for one kind of text. `requests` is not whole where several kinds or
    papers shared one; `cached_tokens` are those of `prompt_tokens` that the server had in its cache."""

    day: date
    engine: str
    model: str
    kind: RenditionKind
    attempts: int
    requests: float
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_micros: int
