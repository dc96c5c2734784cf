"""Turns a paper's title and abstract into Chinese by asking engines, step by step. Asks nobody itself.

    ladder = translate(job, policy)           a generator: yields requests, is sent their replies, returns a Translation
        cut the abstract into sentences, put placeholders for what must not change
        take over what a reader corrected, wherever it stood
        for each engine of the policy, as long as something is left to do
            take over what it translated before (`memory`): of a new version only what changed is asked for
            ask; validate; ask again for what failed, in another way; in smaller parts
        what then still has a local fault stays in the original, marked; what is fatally wrong is no rendition, unless
        it is a title whose abstract came well, or the paper was tried often enough: then it stays, marked, as well

`sentencewise` and `documentwise` are the two ladders, for the two kinds of engines; `packing` puts the requests of
several papers into one. No I/O, no clock: instants come with the replies. The number of requests is bounded by the
text: of an engine, a document takes at most seven rounds (and a few more while a request that it shared is halved), and
each part of a sentence is asked for in at most six forms and once more after a failure.
"""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from zhaiyao.asking import EngineTraits, Job, Reply, Request, Translation
from zhaiyao.contribution import choose
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.records import Rendition, RenditionKind, Segment, SegmentState
from zhaiyao.translating import documentwise, sentencewise
from zhaiyao.translating.drafts import (
    STOPPED,
    Book,
    Draft,
    Maker,
    drafts_of,
    terms_of,
    tldr_draft,
    to_ask,
    use_corrections,
)
from zhaiyao.translating.memory import recall, recall_tldr
from zhaiyao.translating.packing import Parcel, pack, unpack
from zhaiyao.validating import CHECKS, TLDR_CHECKS

__all__ = ["CHOSEN", "PATIENCE", "STOPPED", "Ladder", "Parcel", "pack", "translate", "unpack"]

CHOSEN = "contribution-1"
"""The prompt version of a TL;DR that no prompt made: a sentence chosen from the abstract."""

PATIENCE = 3
"""How often a paper is given back before what no engine can do of it stays in the original, marked. Who is only bad
today has been asked on that many more occasions by then; who says the same every time is asked, and paid, no more."""

_CANDIDATES = 3
_LEAST_TRANSLATED = 0.5

Ladder = Generator[tuple[Request, ...], Sequence[Reply], Translation]


def translate(job: Job, policy: Iterable[EngineTraits], *, resting: Iterable[EngineTraits] = ()) -> Ladder:
    """The ladder for one paper. Send it one reply per request, in order; it returns what came of the job.

    The next engine of the policy is only looked at when the ones before it have left something to do. What those that
    are `resting` translated before counts, though they are not asked. A kind that is missing in the result stays
    untranslated and is to be tried again later. Never raises for what an engine answers.
    """
    paper = _Paper(job)
    for traits in resting:
        paper.remember(traits)
        paper.is_short_handed = True
    for place, traits in enumerate(policy):
        yield from paper.climb(traits, place)
        if paper.is_done:
            break
    return paper.result()


class _Paper:
    """A paper on its way through the engines."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.book = Book(job)
        self._drafts = drafts_of(job)
        wants_tldr = RenditionKind.TLDR in job.kinds and bool(job.abstract.strip())
        self._tldr = tldr_draft(job, self._drafts) if wants_tldr else None
        self._told: Rendition | None = None
        self.is_short_handed = False
        use_corrections(self._drafts, job)

    @property
    def is_done(self) -> bool:
        """Whether no text is left that another engine may try. A TL;DR can be chosen, and is no reason to ask one."""
        return not to_ask(self._wanted(is_written=False))

    def remember(self, traits: EngineTraits) -> Maker:
        """Takes over what this engine translated before."""
        prompt = traits.instructions or documentwise.PROMPT if traits.whole_documents else sentencewise.PROMPT
        maker = Maker(traits=traits, prompt_version=prompt)
        recall(self._drafts, self.job, maker)
        if traits.whole_documents and self._tldr is not None and self._told is None:
            self._told = recall_tldr(self.job, traits)
        return maker

    @property
    def _wants_tldr(self) -> bool:
        """Whether an engine is to write the TL;DR: not if an earlier one has answered, and a sentence can be it."""
        has_answer = bool(self.book.attempts) and self.book.is_answered
        can_choose = any(draft.target is not None for draft in self._of(RenditionKind.ABSTRACT))
        return self._told is None and not (has_answer and can_choose)

    def climb(self, traits: EngineTraits, place: int) -> Generator[tuple[Request, ...], Sequence[Reply], None]:
        """All that one engine can do."""
        self.book.maker = self.remember(traits)
        wanted = self._wanted(is_written=traits.whole_documents)
        if traits.whole_documents:
            wanted += [self._tldr] if self._tldr and self._wants_tldr else []
            yield from documentwise.climb_document(wanted, self._drafts, self.book, place)
        else:
            yield from sentencewise.climb_sentences(to_ask(wanted), self.book, place)
        for draft in (*self._drafts, *([self._tldr] if self._tldr else [])):
            draft.settle()

    def result(self) -> Translation:
        """What came of it."""
        job, book = self.job, self.book
        if book.maker is None:
            return Translation(job=job)  # nobody was there to ask
        made = [self._text_rendition(kind) for kind in job.kinds if kind is not RenditionKind.TLDR]
        if RenditionKind.TLDR in job.kinds:
            made.append(self._tldr_rendition(self._tldr) if self._tldr else self._blank(RenditionKind.TLDR))
        renditions = tuple(rendition for rendition in made if rendition is not None)
        return Translation(job=job, renditions=renditions, attempts=tuple(book.attempts))

    def _wanted(self, *, is_written: bool) -> list[Draft]:
        """What an engine is asked for. For a TL;DR alone that it does not write: the sentences that may become it."""
        kinds = self.job.kinds
        wanted = [draft for draft in self._drafts if draft.kind in kinds]
        has_tldr = self._told is not None or (self._tldr is not None and self._tldr.target is not None)
        if self._tldr and not is_written and not has_tldr and RenditionKind.ABSTRACT not in kinds:
            wanted += self._best(self._of(RenditionKind.ABSTRACT), _CANDIDATES)
        return wanted

    def _of(self, kind: RenditionKind) -> list[Draft]:
        return [draft for draft in self._drafts if draft.kind is kind]

    def _best(self, drafts: Sequence[Draft], most: int) -> list[Draft]:
        return [drafts[index] for index in choose(self.job.title, [draft.source for draft in drafts], most=most)]

    def _text_rendition(self, kind: RenditionKind) -> Rendition | None:
        """The rendition of the title or the abstract; None if nothing was asked, or too much is fatally wrong.

        What is known from before makes no rendition as long as no engine gave an answer at all to the rest.
        """
        own = self._of(kind)
        if not own:
            return self._blank(kind)
        if self.book.last_at is None or not self._is_content(kind, own):
            return None
        if not self.book.is_answered and any(draft.is_fatal for draft in own):
            return None
        faults = {fault for draft in own for fault in draft.faults}
        checks = tuple(code for code in CHECKS if code not in faults)
        maker = self._main_maker(own)
        return self._rendition(kind, tuple(_segment(draft, maker) for draft in own), maker, checks=checks)

    def _is_content(self, kind: RenditionKind, own: Sequence[Draft]) -> bool:
        """Whether a text may be shown: no fatal fault, or at least half of it translated, or nothing better to expect.

        Who translated the abstract is well today, so what it cannot do of the title it cannot do tomorrow either.
        """
        if not any(draft.is_fatal for draft in own) or _is_half_translated(own):
            return True
        is_well = kind is RenditionKind.TITLE and _is_half_translated(self._of(RenditionKind.ABSTRACT))
        is_hopeless = (is_well and not self.is_short_handed) or self.job.tries >= PATIENCE
        return is_hopeless and all(draft.is_refused for draft in own if draft.is_fatal)

    def _stays(self, draft: Draft) -> bool:
        """Whether a sentence stays in the original for good."""
        if not draft.is_translatable:
            return True
        is_over = self.job.tries >= PATIENCE and draft.is_refused
        return bool(draft.faults) and (is_over or not draft.is_fatal)

    def _main_maker(self, drafts: Iterable[Draft]) -> Maker:
        """The engine that made most of these texts; the last one asked where none made any."""
        made: Counter[Maker] = Counter()
        for draft in drafts:
            if draft.target is not None and draft.maker is not None and draft.maker.traits is not None:
                made[draft.maker] += len(draft.source)
        last = self.book.maker
        assert last is not None
        return made.most_common(1)[0][0] if made else last

    def _blank(self, kind: RenditionKind) -> Rendition | None:
        """The rendition of a text without a word: there is nothing to ask, and nothing to wait for."""
        maker = self._main_maker(())
        segments = (Segment(source="", target=""),)
        return self._rendition(kind, segments, maker, checks=()) if self.book.last_at is not None else None

    def _tldr_rendition(self, tldr: Draft) -> Rendition | None:
        """One that stands from before, one that an engine wrote, or a sentence of the abstract."""
        return self._told or self._written(tldr) or (self._chosen() if self.book.is_answered else None)

    def _written(self, tldr: Draft) -> Rendition | None:
        """The TL;DR that the engine wrote. Its segment has no source: it renders no sentence."""
        if tldr.target is None or tldr.maker is None:
            return None
        segments = (Segment(source="", target=tldr.target, faults=tldr.faults),)
        return self._rendition(RenditionKind.TLDR, segments, tldr.maker, checks=TLDR_CHECKS)

    def _chosen(self) -> Rendition | None:
        """The TL;DR of an engine that writes none: the translated sentence that says best what the paper contributes.

        Where none could be translated and all of them stay in the original (an abstract in French, say), it stays too.
        """
        own = self._of(RenditionKind.ABSTRACT)
        done = [draft for draft in own if draft.target is not None]
        if self.book.last_at is None or not (done or (own and all(map(self._stays, own)))):
            return None
        best = self._best(done or own, 1)
        maker = self._main_maker(best)
        segments = tuple(replace(_segment(draft, maker), source=draft.source.strip(), gap="") for draft in best)
        return self._rendition(RenditionKind.TLDR, segments, maker, checks=CHECKS, prompt_version=CHOSEN)

    def _rendition(
        self,
        kind: RenditionKind,
        segments: tuple[Segment, ...],
        maker: Maker,
        *,
        checks: tuple[str, ...],
        prompt_version: str = "",
    ) -> Rendition:
        job, traits = self.job, maker.traits
        spent = self.book.spent.get(kind, Counter())
        assert self.book.last_at is not None  # a draft has a target only if a reply came, or the job says when it began
        assert traits is not None
        source = job.title if kind is RenditionKind.TITLE else job.abstract
        text = RenditionKind.ABSTRACT if kind is RenditionKind.TLDR else kind
        return Rendition(
            paper_id=job.paper_id,
            version=job.version,
            kind=kind,
            segments=segments,
            engine=traits.name,
            model=traits.model,
            source_fingerprint=text_fingerprint(source),
            made_at=self.book.last_at,
            language=job.language,
            parameters=traits.parameters,
            prompt_version=prompt_version or maker.prompt_version,
            glossary=tuple(f"{term.source}={term.target}" for term in terms_of(self._of(text))),
            checks=checks,
            prompt_tokens=spent["prompt_tokens"],
            completion_tokens=spent["completion_tokens"],
            cost_micros=spent["cost_micros"],
        )


def _is_half_translated(drafts: Sequence[Draft]) -> bool:
    texts = [draft for draft in drafts if draft.is_translatable]
    done = sum(len(draft.source) for draft in texts if draft.target is not None)
    return bool(done) and done >= _LEAST_TRANSLATED * sum(len(draft.source) for draft in texts)


def _segment(draft: Draft, main: Maker) -> Segment:
    """What became of a sentence. Who made it is said where it is not the rendition's maker."""
    if draft.target is not None:
        by = draft.maker.by if draft.maker is not None and draft.maker != main else ""
        return Segment(source=draft.source, target=draft.target, gap=draft.gap, faults=draft.faults, by=by)
    state = SegmentState.KEPT if draft.is_translatable else SegmentState.TRANSLATED
    return Segment(source=draft.source, target=draft.source.strip(), gap=draft.gap, state=state, faults=draft.faults)
