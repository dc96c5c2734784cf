"""The work in hand: one draft per title, sentence or TL;DR, and the book of what was asked. Asks nothing itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhaiyao.asking import EngineTraits, Job, Reply, Request
from zhaiyao.fingerprint import text_fingerprint
from zhaiyao.glossary import Glossary
from zhaiyao.masking import Masked, mask
from zhaiyao.records import Attempt, Outcome, RenditionKind, Term
from zhaiyao.segmenting import sentences
from zhaiyao.translating.replies import TITLE, TLDR
from zhaiyao.validating import FAULTS, is_fatal, is_mild, is_translatable

TOO_LONG = "too-long"
"""The fault of a request that does not fit into the engine's context: to ask again is no use, to ask in parts is."""

STOPPED = "stopped"
"""The fault of a request that the engine never answered because it rests: to ask it again is no use."""

READER = "reader"
"""Who made a sentence that a reader corrected."""

_LONGEST_DETAIL = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who made a translation: an engine with the prompt it was given, or (without traits) a reader or the model of an
    earlier day of this name."""

    traits: EngineTraits | None = None
    prompt_version: str = ""
    name: str = READER

    @property
    def by(self) -> str:
        """The name that a sentence's credit tells."""
        return self.name if self.traits is None else self.traits.model


@dataclass(slots=True, kw_only=True)
class Draft:
    """One text on its way: `target` once it is translated, else the mildest `faults` of all that was tried.

    `label` is its name in a document request; `first` the number of its first placeholder there. `terms` are those of
    the glossary that occur in it. `spare` is a translation with mild faults only, which is taken if nothing better
    comes. A translation may keep mild `faults`.
    """

    kind: RenditionKind
    label: str
    source: str
    gap: str = ""
    masked: Masked
    first: int = 1
    terms: tuple[Term, ...] = ()
    target: str | None = None
    maker: Maker | None = None
    faults: tuple[str, ...] = ()
    spare: tuple[str, tuple[str, ...], Maker] | None = None

    def take(self, target: str, maker: Maker) -> None:
        """Ends with this translation."""
        self.target, self.maker, self.faults, self.spare = target, maker, (), None

    def fail(self, faults: Sequence[str]) -> None:
        """Notes what was wrong with a try. Local is milder than fatal; among equals the last try counts."""
        if not self.faults or self.is_fatal or not any(map(is_fatal, faults)):
            self.faults = tuple(faults)

    def judge(self, target: str, faults: Sequence[str], maker: Maker) -> None:
        """Takes a translation without faults; keeps one with mild faults as a spare; notes what is wrong."""
        if not faults:
            self.take(target, maker)
            return
        if all(map(is_mild, faults)) and (self.spare is None or len(faults) < len(self.spare[1])):
            self.spare = target, tuple(faults), maker
        self.fail(faults)

    def settle(self) -> None:
        """Ends with the spare, if there is one and nothing better came."""
        if self.target is None and self.spare is not None:
            target, faults, maker = self.spare
            self.take(target, maker)
            self.faults = faults

    @property
    def is_fatal(self) -> bool:
        """Whether no try came nearer than a fatal fault."""
        return self.target is None and any(map(is_fatal, self.faults))

    @property
    def is_refused(self) -> bool:
        """Whether the last word on it was about the text: it was answered, badly, or is too long to be asked for."""
        return self.target is None and all(fault in FAULTS or fault == TOO_LONG for fault in self.faults)

    @property
    def is_translatable(self) -> bool:
        """Whether there is anything in it to translate."""
        return self.kind is RenditionKind.TLDR or is_translatable(self.source)


def drafts_of(job: Job) -> tuple[Draft, ...]:
    """A draft for the title and one for each sentence of the abstract, with placeholders numbered through."""
    pieces = [(RenditionKind.TITLE, TITLE, job.title, "")] if job.title else []
    for number, (text, gap) in enumerate(sentences(job.abstract), 1):
        pieces.append((RenditionKind.ABSTRACT, str(number), text, gap))
    glossary = Glossary(job.terms)
    made: list[Draft] = []
    first = 1
    for kind, label, source, gap in pieces:
        masked = mask(source, first=first)
        terms = glossary.occurring(source) if job.terms else ()
        made.append(Draft(kind=kind, label=label, source=source, gap=gap, masked=masked, first=first, terms=terms))
        first += len(masked.spans)
    return tuple(made)


def use_corrections(drafts: Iterable[Draft], job: Job) -> None:
    """Gives each text that a reader corrected somewhere the reader's translation, whatever an engine may say."""
    wanted = {text_fingerprint(one.source): one.target for one in reversed(job.corrections)}
    for draft in drafts if wanted else ():
        target = wanted.get(text_fingerprint(draft.source))
        if target is not None:
            draft.take(target, Maker())


def tldr_draft(job: Job, drafts: Iterable[Draft]) -> Draft:
    """A draft for a TL;DR that the engine writes itself, of a paper with these drafts."""
    terms = terms_of(draft for draft in drafts if draft.kind is RenditionKind.ABSTRACT)
    blank = Masked(text="", spans=())
    return Draft(kind=RenditionKind.TLDR, label=TLDR, source=job.abstract, masked=blank, terms=terms)


def terms_of(drafts: Iterable[Draft]) -> tuple[Term, ...]:
    """The terms that occur in these texts, each once."""
    return tuple(dict.fromkeys(term for draft in drafts for term in draft.terms))


def to_ask(drafts: Iterable[Draft]) -> list[Draft]:
    """Those that still need a translation."""
    return [draft for draft in drafts if draft.target is None and draft.is_translatable]


def one_line(text: str) -> str:
    """Text as a prompt may hold it: no line breaks or control characters, single blanks."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())


@dataclass(slots=True)
class Book:
    """Every request with its outcome, and what was spent on each kind. A request counts for the kind it names.

    `maker` is who is asked at present; None before anybody was.
    """

    job: Job
    maker: Maker | None = None
    attempts: list[Attempt] = field(default_factory=list)
    spent: dict[RenditionKind, Counter[str]] = field(default_factory=dict)
    last_at: datetime | None = None

    def __post_init__(self) -> None:
        self.last_at = self.job.at  # a job without a word to translate is made at once

    @property
    def is_answered(self) -> bool:
        """Whether a usable reply came to any request, if there was one."""
        return not self.attempts or any(attempt.outcome is not Outcome.FAILED for attempt in self.attempts)

    def note(self, request: Request, reply: Reply, *, step: str, faults: Sequence[str], detail: str = "") -> None:
        """Writes down one request, whatever came of it."""
        assert self.maker is not None
        assert self.maker.traits is not None
        self.last_at = max(self.last_at or reply.finished_at, reply.finished_at)
        self.spent.setdefault(request.kind, Counter()).update(_used(reply))
        outcome = Outcome.FAILED if reply.fault else Outcome.REJECTED if faults else Outcome.ACCEPTED
        self.attempts.append(
            Attempt(
                paper_id=self.job.paper_id,
                version=self.job.version,
                kind=request.kind,
                engine=self.maker.traits.name,
                model=self.maker.traits.model,
                step=step,
                outcome=outcome,
                at=reply.finished_at,
                fault=reply.fault or (faults[0] if faults else ""),
                detail=one_line(reply.detail or detail)[:_LONGEST_DETAIL],
                prompt_version=self.maker.prompt_version,
                seconds=reply.seconds,
                cached_tokens=reply.cached_tokens,
                shared_by=reply.shared_by,
                **_used(reply),
            )
        )


def _used(reply: Reply) -> Mapping[str, int]:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "cost_micros": reply.cost_micros,
    }
