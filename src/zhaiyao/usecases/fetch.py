"""Asks arXiv what it announced, takes it in, and queues what is to be translated. Translates nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from zhaiyao.errors import FetchError, ParseError
from zhaiyao.intake import Intake, Novelty, missing_kinds, shown, take_in
from zhaiyao.ports import Clock, Progress, Source, Store, UnitOfWork
from zhaiyao.ranking import score
from zhaiyao.records import Announcement, Page, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of one category: its day and counts, or the error that kept it away."""

    category: str
    day: date | None = None
    shown: int = 0
    novelties: Mapping[Novelty, int] = field(default_factory=dict)
    queued: int = 0
    error: FetchError | ParseError | None = None


def fetch(
    store: Store, source: Source, profiles: Sequence[Profile], *, clock: Clock, progress: Progress
) -> tuple[Fetched, ...]:
    """Fetches the latest day of every category of the profiles. A category that fails does not stop the others."""
    categories = sorted({category for profile in profiles for category in profile.categories})
    progress.start("step.fetch", len(categories))
    reports = []
    for category in categories:
        reports.append(_fetch_one(store, source, category, profiles, now=clock()))
        progress.advance()
    progress.finish()
    return tuple(reports)


def _fetch_one(store: Store, source: Source, category: str, profiles: Sequence[Profile], *, now: datetime) -> Fetched:
    try:
        page = source.latest(category)
    except (FetchError, ParseError) as error:
        return Fetched(category=category, error=error)
    return store_page(store, page, profiles, now=now)


def store_page(store: Store, page: Page, profiles: Sequence[Profile], *, now: datetime) -> Fetched:
    """Takes one page in, in one transaction. An empty page is noted and changes nothing else."""
    with store.writing() as tx:
        tx.ledger.tell(page.category, page.date, announced=page.announced, interface=page.interface, at=now)
        taken = _take_in(tx, page)
        tx.papers.put(
            [one.paper for one in taken],
            [one.version for one in taken],
            [one.announcement for one in taken if one.announcement is not None],
        )
        queued = _queue(tx, page, profiles)
    return Fetched(
        category=page.category,
        day=page.date,
        shown=len(page.sightings),
        novelties=Counter(one.novelty for one in taken),
        queued=queued,
    )


def _take_in(tx: UnitOfWork, page: Page) -> list[Intake]:
    ids = [sighting.paper.id for sighting in page.sightings]
    known, versions = tx.papers.get(ids), tx.papers.versions(ids)
    announced: dict[str, list[Announcement]] = {}
    for told in tx.papers.announcements(on=page.date, papers=ids):
        announced.setdefault(told.paper_id, []).append(told)
    return [
        take_in(sighting, known.get(paper_id), versions.get(paper_id, ()), announced.get(paper_id, ()))
        for paper_id, sighting in zip(ids, page.sightings, strict=True)
    ]


def _queue(tx: UnitOfWork, page: Page, profiles: Sequence[Profile]) -> int:
    """Queues the page's texts that lack a rendition, each with the highest score that any profile gives it."""
    keys = [(sighting.paper.id, sighting.version.number) for sighting in page.sightings]
    current = tx.renditions.current(keys, language="zh")
    texts = tx.papers.versions([paper_id for paper_id, _ in keys])
    wanted = []
    for (paper_id, number), sighting in zip(keys, page.sightings, strict=True):
        text = shown(texts[paper_id], number)
        if text is None or not missing_kinds(text, current.get((paper_id, number), {})):
            continue
        told = [sighting.announcement] if sighting.announcement else []
        priority = max((score(profile, told).value for profile in profiles), default=0.0)
        wanted.append((paper_id, number, priority))
    return tx.work.enqueue(wanted)
