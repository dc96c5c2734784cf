"""What need not be asked for again: sentences, and a TL;DR, of a paper's earlier renditions. Asks nothing.

A sentence is the same by its canonical fingerprint, whatever version it stood in. Its translation is taken over with
the formulas and links of the new text in it, and only if it passes the checks of today; what was kept in the original
gets another chance. Only what an engine of the policy made counts, as the ladder comes to it, and it keeps its credit,
so that a rendition says truly by whom it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from zhaiyao.asking import EngineTraits, Job
from zhaiyao.contribution import choose
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.masking import mask, renumber, unmask
from zhaiyao.records import Rendition, RenditionKind, Segment, SegmentState
from zhaiyao.segmenting import sentences
from zhaiyao.translating.drafts import READER, Draft, Maker
from zhaiyao.validating import check, check_tldr, is_mild

_RESTS_ON = 3
"""How many sentences a TL;DR is taken to rest on: those that say best what the paper contributes."""

_MOST_CHANGED = 0.25
"""The share of both abstracts, in characters, that may differ before a TL;DR is written anew in any case."""


def recall(drafts: Iterable[Draft], job: Job, maker: Maker) -> None:
    """Gives each sentence that this maker translated before its translation, so that it is not asked for.

    So it does with what stands in a rendition of this maker's by somebody else: it was made where this one failed.
    """
    held = _held(job, maker) if job.known else {}
    for draft in drafts if held else ():
        is_open = draft.kind is RenditionKind.ABSTRACT and draft.target is None
        known = held.get(text_fingerprint(draft.source)) if is_open else None
        target = _carried_by(known[1], known[0], draft.source) if known else None
        if known and target is not None:
            draft.take(target, known[1])


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
    return None if not all(map(is_mild, check(source, target))) else target


def _carried_by(maker: Maker, segment: Segment, source: str) -> str | None:
    """An earlier translation; a reader's of the very same words is not ours to judge."""
    return segment.target if maker.by == READER and segment.source == source else carried(segment, source)


def recall_tldr(job: Job, traits: EngineTraits) -> Rendition | None:
    """The earlier TL;DR that this abstract still bears out, as a rendition of it that cost nothing; else None.

    It is written anew if one of the sentences that it rests on changed, if another sentence now says better what the
    paper contributes, if more than a quarter of the abstract changed, or if it tells a number that is gone.
    """
    told = [made for made in job.known if made.kind is RenditionKind.TLDR and _is_by(made, traits)]
    now = [text for text, _ in sentences(job.abstract)] if told else []
    for made in told:
        before = _sentences_of(made, job.known)
        if before and _is_borne_out(made.text, before, now, job):
            free = replace(made, prompt_tokens=0, completion_tokens=0, cost_micros=0)
            return replace(free, version=job.version, source_fingerprint=text_fingerprint(job.abstract))
    return None


def _held(job: Job, maker: Maker) -> dict[str, tuple[Segment, Maker]]:
    """The translated sentences of the earlier renditions by fingerprint, with who made them; of several the newest."""
    found: dict[str, tuple[Segment, Maker]] = {}
    for made in job.known:
        if made.kind is not RenditionKind.ABSTRACT or made.language != job.language or maker.traits is None:
            continue
        is_own = _is_by(made, maker.traits)
        for segment in made.segments:
            is_wanted = is_own or segment.by == maker.traits.model
            if is_wanted and segment.state is SegmentState.TRANSLATED and segment.source:
                by = maker if segment.by in ("", maker.traits.model) else Maker(name=segment.by)
                found.setdefault(text_fingerprint(segment.source), (segment, by))
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
        and all(map(is_mild, check_tldr(job.title, job.abstract, tldr)))
    )


def _core(texts: Sequence[str], title: str) -> set[str]:
    return {text_fingerprint(texts[index]) for index in choose(title, texts, most=_RESTS_ON)}


def _changed_share(before: Sequence[str], now: Sequence[str]) -> float:
    """The characters of all sentences that stand in one of two texts only, as a share of both."""
    old, new = set(map(text_fingerprint, before)), set(map(text_fingerprint, now))
    both = (*before, *now)
    alone = sum(len(text) for text in both if text_fingerprint(text) in old ^ new)
    return alone / max(1, sum(map(len, both)))
