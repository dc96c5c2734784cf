"""Takes what an interface told into the store: facts, the ledger's counts, the queue of texts. Asks nobody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhaiyao.fetching import Trouble, numbered, plausible, unnumbered
from zhaiyao.intake import Intake, Novelty, assembled, missing_kinds, take_in
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.ranking import score
from zhaiyao.records import Announcement, Incident, Interface, Page, Profile, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a page changed: what each of its papers was, how many had not been announced here on that day, and how
    many texts were queued."""

    novelties: Mapping[str, Novelty] = field(default_factory=dict)
    added: int = 0
    queued: int = 0


def store_page(store: Store, page: Page, profiles: Sequence[Profile], *, now: datetime) -> Taken:
    """Takes one page in, in one transaction. An empty page is noted in the ledger and changes nothing else."""
    with store.writing() as tx:
        _tell(tx, page, now)
        if not page.sightings:
            return Taken()
        page = numbered(page, numbers_told(tx, page))
        held = {one.paper_id for one in tx.papers.announcements(category=page.category, on=page.date)}
        taken = _take_in(tx, page)
        tx.papers.put(
            [one.paper for one in taken],
            [one.version for one in taken],
            [one.announcement for one in taken if one.announcement is not None],
        )
        queued = _queue(tx, page, profiles)
    return Taken(
        novelties={one.paper.id: one.novelty for one in taken},
        added=len({one.paper.id for one in taken} - held),
        queued=queued,
    )


def tell_again(store: Store, page: Page, *, now: datetime) -> None:
    """Notes that an interface told once more what it had told before."""
    with store.writing() as tx:
        _tell(tx, page, now)


def note(
    store: Store, category: str, interface: Interface, troubles: Iterable[Trouble], *, now: datetime
) -> tuple[Incident, ...]:
    """Notes what went wrong in the ledger, and returns it."""
    incidents = tuple(
        Incident(category=category, date=one.day, interface=interface, fault=one.fault, at=now, detail=one.detail)
        for one in troubles
    )
    if incidents:
        with store.writing() as tx:
            tx.ledger.note(incidents)
    return incidents


def numbers_told(tx: UnitOfWork, page: Page) -> dict[str, int]:
    """The version numbers that interfaces told of the page's papers on its day, in whatever category."""
    told: dict[str, int] = {}
    for one in tx.papers.announcements(on=page.date, papers=[sighting.paper.id for sighting in page.sightings]):
        told[one.paper_id] = max(one.version, told.get(one.paper_id, 0))
    return {paper_id: number for paper_id, number in told.items() if number}


def with_numbers(store: Store, page: Page, told: Mapping[str, int]) -> Page:
    """The page with what others told of its version numbers: the store, and `told` by whoever was asked just now."""
    with store.reading() as tx:
        return numbered(page, {**told, **numbers_told(tx, page)})


def believable(store: Store, page: Page, sightings: Iterable[Sighting]) -> dict[str, int]:
    """The version numbers in these sightings that can be the ones which the page announces."""
    announced = {one.announcement.paper_id: one.announcement.type for one in page.sightings if one.announcement}
    with store.reading() as tx:
        known = tx.papers.versions(unnumbered(page))
    return {
        one.paper.id: one.version.number
        for one in sightings
        if one.paper.id in announced
        and plausible(one.version.number, announced[one.paper.id], known.get(one.paper.id, ()))
    }


def _tell(tx: UnitOfWork, page: Page, now: datetime) -> None:
    tx.ledger.tell(
        page.category, page.date, announced=page.announced, interface=page.interface, at=now, shown=len(page.sightings)
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
        text = assembled(texts[paper_id], number)
        if text is None or not missing_kinds(text, current.get((paper_id, number), {})):
            continue
        told = [sighting.announcement] if sighting.announcement else []
        priority = max((score(profile, told).value for profile in profiles), default=0.0)
        wanted.append((paper_id, number, priority))
    return tx.work.enqueue(wanted)
