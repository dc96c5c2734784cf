"""Composes editions: selects, orders and pins. A pure function of what the store held and what the profile wanted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from zhaiyao.arxiv_ids import ArxivId
from zhaiyao.records import (
    Announcement,
    AnnounceType,
    Edition,
    EditionEntry,
    Profile,
    Rendition,
    RenditionKind,
    Score,
    Version,
)

SECTIONS = tuple(AnnounceType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One paper of a day: all that is told of it, its present renditions, its score, and how it was announced then."""

    version: Version
    announcements: tuple[Announcement, ...]
    score: Score
    renditions: Mapping[RenditionKind, Rendition] = field(default_factory=dict)


def compose(
    profile: Profile, on: date, candidates: Iterable[Candidate], *, previous: Edition | None, now: datetime
) -> Edition | None:
    """The edition of a profile for an announcement date, or None where nothing differs from `previous`.

    Ordered by section (new, cross-lists, replacements), then by score, then by age, newest id first.
    Every candidate that the profile wants is in it, translated or not. An empty day makes no edition,
    so that an empty fetch cannot empty anything.
    """
    wanted = [candidate for candidate in candidates if _types(profile, candidate)]
    newest_first = sorted(
        wanted, key=lambda candidate: ArxivId.parse(candidate.version.paper_id).sort_key, reverse=True
    )
    ordered = sorted(newest_first, key=lambda candidate: _order(profile, candidate))
    entries = tuple(_entry(profile, candidate, place) for place, candidate in enumerate(ordered, start=1))
    if not entries or (previous is not None and entries == previous.entries):
        return None
    revision = previous.revision + 1 if previous else 1
    return Edition(
        id=edition_id(profile.name, on, revision),
        made_at=now,
        entries=entries,
        cause=_cause(entries, previous),
        profile=profile.name,
        date=on,
        revision=revision,
        profile_revision=profile.revision,
    )


def edition_id(profile: str, on: date, revision: int) -> str:
    """How an own edition is called: `cs.LG@2026-01-14.r1`."""
    return f"{profile}@{on.isoformat()}.r{revision}"


def section(announced: Iterable[tuple[str, AnnounceType]]) -> AnnounceType:
    """The section a paper belongs to: new before cross before replace before replace-cross."""
    return min((told for _, told in announced), key=SECTIONS.index)


def _types(profile: Profile, candidate: Candidate) -> tuple[tuple[str, AnnounceType], ...]:
    told = {
        (one.category, one.type)
        for one in candidate.announcements
        if one.category in profile.categories and one.type in profile.types
    }
    return tuple(sorted(told))


def _order(profile: Profile, candidate: Candidate) -> tuple[int, float]:
    return SECTIONS.index(section(_types(profile, candidate))), -candidate.score.value


def _entry(profile: Profile, candidate: Candidate, position: int) -> EditionEntry:
    pinned = [candidate.renditions[kind].key for kind in RenditionKind if kind in candidate.renditions]
    return EditionEntry(
        position=position,
        paper_id=candidate.version.paper_id,
        version_key=candidate.version.key,
        rendition_keys=tuple(pinned),
        announced=_types(profile, candidate),
        score=candidate.score,
    )


def _cause(entries: tuple[EditionEntry, ...], previous: Edition | None) -> str:
    """Why a revision is made: `first`, `backfilled` (papers came), `translated` (texts of ours came), `enriched` (arXiv
    told more of papers that were there), `changed`."""
    if previous is None:
        return "first"
    before = {entry.paper_id: entry for entry in previous.entries}
    after = {entry.paper_id: entry for entry in entries}
    if after.keys() - before.keys():
        return "backfilled"
    grown = _texts(entries) - _texts(previous.entries)
    if grown > 0:
        return "translated"
    told_more = any(entry.version_key != before[paper_id].version_key for paper_id, entry in after.items())
    return "enriched" if told_more and not grown and after.keys() == before.keys() else "changed"


def _texts(entries: Iterable[EditionEntry]) -> int:
    return sum(len(entry.rendition_keys) for entry in entries)
