"""Renditions with sentences that a reader put right: what changes, what the checks say of it, what is remembered.
Finds no sentence, and decides on none.

A rendition keeps its engine; the sentences that a reader changed carry `by="reader"`, so it is a new rendition by its
key, and the next edition is a new revision.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from zhaiyao.ports import UnitOfWork
from zhaiyao.records import Correction, Rendition, RenditionKind, Segment, SegmentState
from zhaiyao.usecases.glossary import Rendered
from zhaiyao.validating import check, check_tldr, is_mild

BY_READER = "reader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A sentence that a reader changed, before and after."""

    kind: RenditionKind
    before: Segment
    after: Segment


def own_of(rendered: Rendered) -> Rendered:
    """The renditions that we made, without imported ones."""
    return {kind: one for kind, one in rendered.items() if not one.is_legacy}


def segments_of(rendered: Rendered) -> list[tuple[RenditionKind, Segment]]:
    """All sentences in the order in which they are numbered: title, abstract, TL;DR."""
    return [(kind, one) for kind in RenditionKind if kind in rendered for one in rendered[kind].segments]


def source_of(rendered: Rendered, kind: RenditionKind) -> str:
    """The text that a rendition renders; empty where there is none."""
    return "".join(one.source + one.gap for one in rendered[kind].segments) if kind in rendered else ""


def by_reader(segment: Segment, target: str) -> Segment:
    """The sentence as a reader wants it."""
    return replace(segment, target=target, state=SegmentState.TRANSLATED, faults=(), by=BY_READER)


def objections(rendered: Rendered, changes: Iterable[Change]) -> tuple[str, ...]:
    """The faults that the changes bring in. What the sentence had before, and what is mild, is no objection."""
    found: dict[str, None] = {}
    for one in changes:
        was = () if one.before.state is SegmentState.KEPT else _judge(rendered, one.before)
        found.update((code, None) for code in _judge(rendered, one.after) if code not in was and not is_mild(code))
    return tuple(found)


def _judge(rendered: Rendered, segment: Segment) -> tuple[str, ...]:
    if segment.source:
        return check(segment.source, segment.target)
    title, abstract = (source_of(rendered, kind) for kind in (RenditionKind.TITLE, RenditionKind.ABSTRACT))
    return check_tldr(title, abstract, segment.target)


def with_changes(rendered: Rendered, changes: Iterable[Change], now: datetime) -> list[Rendition]:
    """The renditions that change, changed. What they cost stays with the ones that they came from."""
    after = {(one.kind, one.before): one.after for one in changes}
    made = []
    for kind, rendition in rendered.items():
        segments = tuple(after.get((kind, one), one) for one in rendition.segments)
        if segments != rendition.segments:
            free = replace(rendition, prompt_tokens=0, completion_tokens=0, cost_micros=0)
            made.append(replace(free, segments=segments, made_at=now))
    return made


def remember(tx: UnitOfWork, paper_id: str, changes: Iterable[Change], now: datetime) -> None:
    """Keeps corrected sentences for wherever they stand: but a TL;DR's wording holds for its paper alone."""
    for one in changes:
        if one.after.source and one.kind is not RenditionKind.TLDR:
            source, target = one.after.source, one.after.target
            tx.glossary.correct(Correction(source=source, target=target, paper_id=paper_id, at=now))
