"""Composes a profile's editions from what the store holds now, and appends them. A follower of the changes log.

An edition pins texts by key. Where several interfaces told something of a version (the text here, the comments there),
what they told is put together, stored as a text of its own (`Interface.JOINED`), and that is pinned.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from zhaiyao import composing
from zhaiyao.composing import Candidate
from zhaiyao.intake import assembled, number_on, same_look
from zhaiyao.ports import Clock, Store, UnitOfWork
from zhaiyao.ranking import score
from zhaiyao.records import Announcement, Edition, Interface, Profile, Version

TOUCHING = frozenset({"announcement", "paper", "rendition", "version"})
"""Kinds of changes that can change what an edition says. Their keys are paper ids."""

BATCH = 1000


def follower(profile: str) -> str:
    """The name under which a profile's composing keeps its watermark."""
    return f"compose:{profile}"


def compose_due(store: Store, profile: Profile, days: Iterable[date] = (), *, clock: Clock) -> tuple[Edition, ...]:
    """Appends a revision to every date of the profile whose edition would differ; returns them, oldest date first.

    Looked at are the given days, the latest one held, and every date of a paper that changed since the last call,
    whoever changed it and however long ago the date is. The watermark moves when all is composed, so that a kill in
    between only means looking again.
    """
    due, seen = _due(store, profile)
    made = [compose(store, profile, on, clock=clock) for on in sorted(due | set(days))]
    with store.reading() as tx:
        behind = tx.changes.watermark(follower(profile.name)) < seen
    if behind:
        with store.writing() as tx:
            tx.changes.advance(follower(profile.name), seen)
    return tuple(edition for edition in made if edition is not None)


def compose(store: Store, profile: Profile, on: date, *, clock: Clock) -> Edition | None:
    """Appends and returns the date's next revision, or returns None where nothing changed since the last one."""
    with store.reading() as tx:
        if _edition(tx, profile, on, clock) is None:
            return None
    with store.writing() as tx:
        made = _edition(tx, profile, on, clock)
        if made is None:
            return None
        edition, texts = made
        tx.papers.put([], [text for text in texts if text.interface is Interface.JOINED], [])
        tx.editions.put(edition)
    return edition


def _edition(tx: UnitOfWork, profile: Profile, on: date, clock: Clock) -> tuple[Edition, tuple[Version, ...]] | None:
    """The date's next revision, and the texts that were to choose from; None where nothing changed."""
    previous = tx.editions.latest(profile.name, on)
    found = candidates(tx, profile, on, previous=previous)
    edition = composing.compose(profile, on, found, previous=previous, now=clock())
    return None if edition is None else (edition, tuple(candidate.version for candidate in found))


def _due(store: Store, profile: Profile) -> tuple[set[date], int]:
    """Dates that changes may have touched since the watermark, and how far the log was read."""
    with store.reading() as tx:
        seen = tx.changes.watermark(follower(profile.name))
        touched: set[str] = set()
        while changes := tx.changes.since(seen, limit=BATCH):
            touched |= {change.key for change in changes if change.kind in TOUCHING}
            seen = changes[-1].seq
        told = tx.papers.announcements(papers=touched)
        days = {one.date for one in told if one.category in profile.categories}
        latest = (tx.papers.latest_date(category) for category in profile.categories)
        return days | {day for day in latest if day is not None}, seen


def candidates(tx: UnitOfWork, profile: Profile, on: date, *, previous: Edition | None = None) -> tuple[Candidate, ...]:
    """Every paper announced on the date in one of the profile's categories, with its text and renditions.

    Where nothing that a page shows has changed since the previous edition, its text is the one pinned there.
    """
    announced: dict[str, list[Announcement]] = {}
    for category in profile.categories:
        for told in tx.papers.announcements(category=category, on=on):
            announced.setdefault(told.paper_id, []).append(told)
    pins = {entry.paper_id: entry.version_key for entry in previous.entries} if previous else {}
    versions = tx.papers.versions(announced)
    texts = {
        paper_id: _text(versions.get(paper_id, ()), number_on(on, told, versions.get(paper_id, ())), pins.get(paper_id))
        for paper_id, told in announced.items()
    }
    keys = [(text.paper_id, text.number) for text in texts.values()]
    current = tx.renditions.current(keys, language="zh")
    return tuple(
        Candidate(
            version=text,
            announcements=tuple(announced[paper_id]),
            renditions=current.get((paper_id, text.number), {}),
            score=score(profile, announced[paper_id]),
        )
        for paper_id, text in texts.items()
    )


def _text(versions: Sequence[Version], number: int, pinned: str | None) -> Version:
    """All that is told of a version; the pinned text where that looks the same."""
    whole = assembled(versions, number)
    assert whole is not None, "an announcement is stored together with its text"
    held = next((version for version in versions if pinned and version.key == pinned), None)
    return held if held is not None and same_look(held, whole) else whole
