"""One paper's whole story, as far as it is known: announced, seen, rendered, published; or what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.bookkeeping import WorkItem
from zhaiyao.errors import UsageError
from zhaiyao.intake import assembled, missing_kinds
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.records import (
    Announcement,
    Attempt,
    EditionEntry,
    Incident,
    Interface,
    Paper,
    Rendition,
    RenditionKind,
    Version,
)

MOST_EDITIONS = 50

_RECORDS = (Interface.OAI_RAW, Interface.OAI, Interface.API, Interface.SNAPSHOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the store knows of a paper. `missing` are the renditions of its latest text that are still to be made.

    `editions` are the newest that hold it: id, the paper's entry, and how many papers there are in all. `incidents`
    are what went wrong with the days on which it was announced, oldest first.
    """

    paper: Paper
    versions: tuple[Version, ...]
    announcements: tuple[Announcement, ...]
    renditions: tuple[Rendition, ...]
    missing: tuple[RenditionKind, ...]
    attempts: tuple[Attempt, ...]
    waiting: tuple[WorkItem, ...]
    editions: tuple[tuple[str, EditionEntry, int], ...]
    incidents: tuple[Incident, ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether an interface told the paper's record: comments, journal, licence, the numbers of its versions."""
        return any(version.interface in _RECORDS for version in self.versions)


def why(store: Store, text: str) -> Story:
    """The story of the paper that an id or address names. Raises InvalidId, or UsageError if it was never seen."""
    paper_id = ArxivId.parse(text).paper
    with store.reading() as tx:
        paper = tx.papers.get([paper_id]).get(paper_id)
        if paper is None:
            raise UsageError(
                "this paper was never seen",
                subject=paper_id,
                hint="It was announced in none of the categories fetched so far. See them with: zhaiyao status",
            )
        return _story(tx, paper)


def _story(tx: UnitOfWork, paper: Paper) -> Story:
    versions = tx.papers.versions([paper.id]).get(paper.id, ())
    announcements = tx.papers.announcements(papers=[paper.id])
    numbers = sorted({version.number for version in versions}, reverse=True)
    keys = [(paper.id, number) for number in numbers]
    current = tx.renditions.current(keys, language="zh")
    latest = assembled(versions, numbers[0]) if numbers else None
    missing = missing_kinds(latest, current.get((paper.id, latest.number), {})) if latest else ()
    return Story(
        paper=paper,
        versions=versions,
        announcements=announcements,
        renditions=tuple(made for key in keys for made in current.get(key, {}).values()),
        missing=missing,
        attempts=tx.renditions.attempts(paper.id),
        waiting=tx.work.open(keys),
        editions=tx.editions.holding(paper.id, limit=MOST_EDITIONS),
        incidents=_incidents(tx, announcements),
    )


def _incidents(tx: UnitOfWork, announcements: Iterable[Announcement]) -> tuple[Incident, ...]:
    days = sorted({(told.date, told.category) for told in announcements})
    return tuple(
        incident for on, category in days for incident in reversed(tx.ledger.incidents(categories=[category], on=on))
    )
