"""Decides what a sighting means against what is known: new, revised, cross-listed or unchanged. Stores nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import Announcement, Paper, Rendition, RenditionKind, Sighting, Version, Withdrawal


class Novelty(StrEnum):
    """What a sighting adds to what is known of its paper."""

    NEW = "new"
    REVISED = "revised"
    CROSS = "cross"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What to store of one sighting. `paper` is merged with what was known."""

    novelty: Novelty
    paper: Paper
    version: Version
    announcement: Announcement | None


def take_in(
    sighting: Sighting, known: Paper | None, versions: Sequence[Version], announced: Sequence[Announcement]
) -> Intake:
    """Judges one sighting against the paper's known facts, texts and announcements.

    A text counts as changed by its fingerprint, so the same version in another interface's spelling is not news.
    """
    paper = merge(known, sighting.paper)
    changed = shown_fingerprints(versions) != fingerprints(sighting.version)
    return Intake(
        novelty=_novelty(sighting, known, versions, announced, changed=changed),
        paper=paper,
        version=sighting.version,
        announcement=sighting.announcement,
    )


def _novelty(
    sighting: Sighting,
    known: Paper | None,
    versions: Sequence[Version],
    announced: Sequence[Announcement],
    *,
    changed: bool,
) -> Novelty:
    if known is None:
        return Novelty.NEW
    newer = sighting.version.number > max((version.number for version in versions), default=0)
    if newer and sighting.version.withdrawal is not Withdrawal.NO:
        return Novelty.WITHDRAWN
    if newer or changed:
        return Novelty.REVISED
    told = sighting.announcement
    if told is not None and told.category not in {other.category for other in announced}:
        return Novelty.CROSS
    return Novelty.UNCHANGED


def merge(known: Paper | None, told: Paper) -> Paper:
    """The paper's facts after a sighting: what is told wins, but silence removes nothing."""
    if known is None or told.categories:
        return told
    return known


def shown(versions: Sequence[Version], number: int) -> Version | None:
    """The text to show of a version: of those that arXiv told, the one of the most trusted interface.

    Texts of imported documents are shown only where arXiv told none.
    """
    of_number = [version for version in versions if version.number == number]
    return min(of_number, key=lambda version: version.interface.rank, default=None)


def fingerprints(version: Version) -> tuple[str, str]:
    """Canonical fingerprints of title and abstract."""
    return text_fingerprint(version.title), text_fingerprint(version.abstract)


def shown_fingerprints(versions: Sequence[Version]) -> tuple[str, str] | None:
    """Those of the latest text that arXiv told, None if it told none."""
    told = [version for version in versions if version.interface.is_arxiv]
    latest = shown(told, max((version.number for version in told), default=0))
    return None if latest is None else fingerprints(latest)


def missing_kinds(version: Version, current: Mapping[RenditionKind, Rendition]) -> tuple[RenditionKind, ...]:
    """The renditions that are still to be made of a text: absent, imported, or made from another text."""
    title, abstract = fingerprints(version)
    wanted = {RenditionKind.TITLE: title}
    if version.abstract:
        wanted |= {RenditionKind.ABSTRACT: abstract, RenditionKind.TLDR: abstract}
    return tuple(kind for kind, source in wanted.items() if not _serves(current.get(kind), source))


def reusable(
    version: Version, kinds: Iterable[RenditionKind], renditions: Iterable[Rendition]
) -> tuple[Rendition, ...]:
    """For these kinds: what was made, for whatever version of the paper, from the very same source text.

    Returned as renditions of this version that cost nothing, because the text is already paid for.
    """
    title, abstract = fingerprints(version)
    found: dict[RenditionKind, Rendition] = {}
    for rendition in renditions:
        source = title if rendition.kind is RenditionKind.TITLE else abstract
        if rendition.kind not in found and _serves(rendition, source):
            found[rendition.kind] = rendition
    return tuple(
        replace(found[kind], version=version.number, prompt_tokens=0, completion_tokens=0, cost_micros=0)
        for kind in kinds
        if kind in found
    )


def _serves(rendition: Rendition | None, source_fingerprint: str) -> bool:
    return rendition is not None and not rendition.is_legacy and rendition.source_fingerprint == source_fingerprint
