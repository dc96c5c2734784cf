"""Turns a paper's title and abstract into Chinese by asking an engine, step by step. Asks nobody itself.

    ladder = translate(job, traits)           a generator: yields requests, is sent their replies, returns a Translation
        cut the abstract into sentences, put placeholders for what must not change
        take over what was translated before (`memory`): of a new version only what changed is asked for
        ask; validate; ask again for what failed, in another way; in smaller parts
        what then still has a local fault stays in the original, marked; what is fatally wrong is no rendition

`sentencewise` and `documentwise` are the two ladders, for the two kinds of engines. No I/O, no clock: instants come
with the replies. The number of requests is bounded by the text: a document takes at most seven rounds, and each part of
a sentence is asked for in at most five forms and once more after a failure.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import replace

from zhaiyao.asking import EngineTraits, Job, Reply, Request, Translation
from zhaiyao.contribution import choose
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import Rendition, RenditionKind, Segment, SegmentState
from zhaiyao.translating import documentwise, sentencewise
from zhaiyao.translating.drafts import Book, Draft, drafts_of, tldr_draft, to_ask
from zhaiyao.translating.memory import recall, recall_tldr
from zhaiyao.validating import CHECKS, TLDR_CHECKS

CHOSEN = "contribution-1"
"""The prompt version of a TL;DR that no prompt made: a sentence chosen from the abstract."""

_CANDIDATES = 3
_LEAST_TRANSLATED = 0.5

Ladder = Generator[tuple[Request, ...], Sequence[Reply], Translation]


def translate(job: Job, traits: EngineTraits) -> Ladder:
    """The ladder for one paper. Send it one reply per request, in order; it returns what came of the job.

    A kind that is missing in the result stays untranslated and is to be tried again later. Never raises for what an
    engine answers.
    """
    drafts = drafts_of(job)
    recall(drafts, job, traits)
    prompt = documentwise.PROMPT if traits.whole_documents else sentencewise.PROMPT
    book = Book(job, traits, prompt)
    tldr = tldr_draft(job) if RenditionKind.TLDR in job.kinds and job.abstract.strip() else None
    told = recall_tldr(job, traits) if tldr and traits.whole_documents else None
    if traits.whole_documents:
        wanted = [*(draft for draft in drafts if draft.kind in job.kinds), *([tldr] if tldr and not told else [])]
        yield from documentwise.climb_document(wanted, drafts, job, traits, book)
    else:
        yield from sentencewise.climb_sentences(to_ask(_wanted(job, drafts)), traits, book)
    made = [_text_rendition(kind, drafts, book) for kind in job.kinds if kind is not RenditionKind.TLDR]
    if tldr:
        made.append(told or _written(tldr, book) or (_chosen(drafts, book) if book.is_answered else None))
    renditions = tuple(rendition for rendition in made if rendition is not None)
    return Translation(job=job, renditions=renditions, attempts=tuple(book.attempts))


def _wanted(job: Job, drafts: Sequence[Draft]) -> list[Draft]:
    """What a sentence engine is asked for. For a TL;DR alone: the sentences that may become it."""
    wanted = [draft for draft in drafts if draft.kind in job.kinds]
    if RenditionKind.TLDR in job.kinds and RenditionKind.ABSTRACT not in job.kinds:
        wanted += _best(job.title, [draft for draft in drafts if draft.kind is RenditionKind.ABSTRACT], _CANDIDATES)
    return wanted


def _best(title: str, drafts: Sequence[Draft], most: int) -> list[Draft]:
    return [drafts[index] for index in choose(title, [draft.source for draft in drafts], most=most)]


def _text_rendition(kind: RenditionKind, drafts: Sequence[Draft], book: Book) -> Rendition | None:
    """The rendition of the title or the abstract; None if nothing was asked, or too much is fatally wrong.

    What is known from before makes no rendition as long as the engine gave no answer at all to the rest.
    """
    own = [draft for draft in drafts if draft.kind is kind]
    if not own or book.last_at is None or not _is_content(own):
        return None
    if not book.is_answered and any(draft.is_fatal for draft in own):
        return None
    faults = {fault for draft in own for fault in draft.faults if draft.target is None}
    return _rendition(
        book, kind, tuple(map(_segment, own)), checks=tuple(code for code in CHECKS if code not in faults)
    )


def _is_content(drafts: Sequence[Draft]) -> bool:
    """Whether a text may be shown: no fatal fault, or at least half of it translated."""
    if not any(draft.is_fatal for draft in drafts):
        return True
    texts = [draft for draft in drafts if draft.is_translatable]
    done = sum(len(draft.source) for draft in texts if draft.target is not None)
    return done >= _LEAST_TRANSLATED * sum(len(draft.source) for draft in texts)


def _segment(draft: Draft) -> Segment:
    if draft.target is not None:
        return Segment(source=draft.source, target=draft.target, gap=draft.gap)
    state = SegmentState.KEPT if draft.is_translatable else SegmentState.TRANSLATED
    return Segment(source=draft.source, target=draft.source.strip(), gap=draft.gap, state=state, faults=draft.faults)


def _written(tldr: Draft, book: Book) -> Rendition | None:
    """The TL;DR that the engine wrote. Its segment has no source: it renders no sentence."""
    if tldr.target is None:
        return None
    return _rendition(book, RenditionKind.TLDR, (Segment(source="", target=tldr.target),), checks=TLDR_CHECKS)


def _chosen(drafts: Sequence[Draft], book: Book) -> Rendition | None:
    """The TL;DR of an engine that writes none: the translated sentence that says best what the paper contributes.

    Where no sentence could be translated and none failed (an abstract in French, say), it stays in the original.
    """
    own = [draft for draft in drafts if draft.kind is RenditionKind.ABSTRACT]
    done = [draft for draft in own if draft.target is not None]
    stays = all(not draft.is_translatable or (draft.faults and not draft.is_fatal) for draft in own)
    if book.last_at is None or not (done or (own and stays)):
        return None
    best = _best(book.job.title, done or own, 1)
    segments = tuple(replace(_segment(draft), source=draft.source.strip(), gap="") for draft in best)
    return _rendition(book, RenditionKind.TLDR, segments, checks=CHECKS, prompt_version=CHOSEN)


def _rendition(
    book: Book,
    kind: RenditionKind,
    segments: tuple[Segment, ...],
    *,
    checks: tuple[str, ...],
    prompt_version: str = "",
) -> Rendition:
    job, traits = book.job, book.traits
    spent = book.spent.get(kind, Counter())
    assert book.last_at is not None  # a draft has a target only if a reply came
    return Rendition(
        paper_id=job.paper_id,
        version=job.version,
        kind=kind,
        segments=segments,
        engine=traits.name,
        model=traits.model,
        source_fingerprint=text_fingerprint(job.title if kind is RenditionKind.TITLE else job.abstract),
        made_at=book.last_at,
        language=job.language,
        parameters=traits.parameters,
        prompt_version=prompt_version or book.prompt_version,
        checks=checks,
        prompt_tokens=spent["prompt_tokens"],
        completion_tokens=spent["completion_tokens"],
        cost_micros=spent["cost_micros"],
    )
