"""Composes a profile's edition of an announcement date from what the store holds now, and appends it."""

from collections.abc import Iterable
from datetime import date, datetime

from zhaiyao import composing
from zhaiyao.composing import Candidate
from zhaiyao.intake import shown
from zhaiyao.ports import Store, UnitOfWork
from zhaiyao.ranking import score
from zhaiyao.records import Announcement, Edition, Profile, Version


def compose(store: Store, profile: Profile, on: date, *, now: datetime) -> Edition | None:
    """Appends and returns the day's next revision, or returns None where nothing changed since the last one."""
    with store.writing() as tx:
        edition = composing.compose(
            profile, on, candidates(tx, profile, on), previous=tx.editions.latest(profile.name, on), now=now
        )
        if edition is not None:
            tx.editions.put(edition)
    return edition


def candidates(tx: UnitOfWork, profile: Profile, on: date) -> tuple[Candidate, ...]:
    """Every paper announced on the date in one of the profile's categories, with its text and renditions."""
    announced: dict[str, list[Announcement]] = {}
    for category in profile.categories:
        for told in tx.papers.announcements(category=category, on=on):
            announced.setdefault(told.paper_id, []).append(told)
    versions = tx.papers.versions(announced)
    texts = {paper_id: _text(versions.get(paper_id, ()), told) for paper_id, told in announced.items()}
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


def _text(versions: Iterable[Version], announced: Iterable[Announcement]) -> Version:
    """The text of the latest version that was announced that day."""
    number = max(told.version for told in announced)
    text = shown(tuple(versions), number)
    assert text is not None, "an announcement is stored together with its text"
    return text
