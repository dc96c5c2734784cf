"""What need not be asked for again: sentences, and a TL;DR, of a paper's earlier renditions. Asks nothing.

A sentence is the same by its canonical fingerprint, whatever version it stood in. Its translation is taken over with
the formulas and links of the new text in it, and only if it passes the checks of today; what was kept in the original
gets another chance. Only what the same engine and model made counts, so that a rendition says truly by whom it is, and
one text does not speak with two voices.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from zhaiyao.asking import EngineTraits, Job
from zhaiyao.contribution import choose
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.masking import mask, renumber, unmask
from zhaiyao.records import Rendition, RenditionKind, Segment, SegmentState
from zhaiyao.segmenting import sentences
from zhaiyao.translating.drafts import Draft
from zhaiyao.validating import check, check_tldr

_RESTS_ON = 3
"""How many sentences a TL;DR is taken to rest on: those that say best what the paper contributes."""

_MOST_CHANGED = 0.25
"""The share of both abstracts, in characters, that may differ before a TL;DR is written anew in any case."""


def recall(drafts: Iterable[Draft], job: Job, traits: EngineTraits) -> None:
    """Gives each sentence that was translated before its translation, so that it is not asked for."""
    held = _held(job, traits)
    for draft in drafts:
        segment = held.get(text_fingerprint(draft.source)) if draft.kind is RenditionKind.ABSTRACT else None
        if segment is not None:
            draft.target = carried(segment, draft.source)


def carried(segment: Segment, source: str) -> str | None:
    """An earlier translation for another spelling of the same sentence; None if it does not fit faultlessly.

    Every span of the target becomes the one that stands in `source` at its place: `$\\alpha$` may be `$α$` there.
    """
    target = segment.target
    if segment.source != source:
        before, now = mask(segment.source).spans, mask(source).spans
        if list(map(text_fingerprint, before)) != list(map(text_fingerprint, now)):
            return None
        unmasked = unmask(renumber(target, before), now)
        if not unmasked.intact:
            return None
        target = unmasked.text
    return None if check(source, target) else target


def recall_tldr(job: Job, traits: EngineTraits) -> Rendition | None:
    """The earlier TL;DR that this abstract still bears out, as a rendition of it that cost nothing; else None.

    It is written anew if one of the sentences that it rests on changed, if another sentence now says better what the
    paper contributes, if more than a quarter of the abstract changed, or if it tells a number that is gone.
    """
    now = [text for text, _ in sentences(job.abstract)]
    for made in job.known:
        before = _sentences_of(made, job.known) if made.kind is RenditionKind.TLDR and _is_by(made, traits) else []
        if before and _is_borne_out(made.text, before, now, job):
            free = replace(made, prompt_tokens=0, completion_tokens=0, cost_micros=0)
            return replace(free, version=job.version, source_fingerprint=text_fingerprint(job.abstract))
    return None


def _held(job: Job, traits: EngineTraits) -> dict[str, Segment]:
    """The translated sentences of the earlier renditions by fingerprint; of several the newest."""
    found: dict[str, Segment] = {}
    for made in job.known:
        if made.kind is not RenditionKind.ABSTRACT or not _is_by(made, traits) or made.language != job.language:
            continue
        for segment in made.segments:
            if segment.state is SegmentState.TRANSLATED and segment.source:
                found.setdefault(text_fingerprint(segment.source), segment)
    return found


def _is_by(made: Rendition, traits: EngineTraits) -> bool:
    return (made.engine, made.model) == (traits.name, traits.model)


def _sentences_of(tldr: Rendition, known: Iterable[Rendition]) -> list[str]:
    """The sentences of the abstract that a TL;DR was written from; none if no rendition of that abstract is known."""
    if any(segment.source for segment in tldr.segments):
        return []  # a sentence that was chosen, at no cost: to be chosen anew
    for made in known:
        if made.kind is RenditionKind.ABSTRACT and made.source_fingerprint == tldr.source_fingerprint:
            return [segment.source for segment in made.segments]
    return []


def _is_borne_out(tldr: str, before: Sequence[str], now: Sequence[str], job: Job) -> bool:
    return (
        _changed_share(before, now) <= _MOST_CHANGED
        and _core(before, job.title) == _core(now, job.title)
        and not check_tldr(job.title, job.abstract, tldr)
    )


def _core(texts: Sequence[str], title: str) -> set[str]:
    return {text_fingerprint(texts[index]) for index in choose(title, texts, most=_RESTS_ON)}


def _changed_share(before: Sequence[str], now: Sequence[str]) -> float:
    """The characters of all sentences that stand in one of two texts only, as a share of both."""
    old, new = set(map(text_fingerprint, before)), set(map(text_fingerprint, now))
    both = (*before, *now)
    alone = sum(len(text) for text in both if text_fingerprint(text) in old ^ new)
    return alone / max(1, sum(map(len, both)))
