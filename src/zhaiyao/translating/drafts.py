"""The work in hand: one draft per title, sentence or TL;DR, and the book of what was asked. Asks nothing itself."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhaiyao.asking import EngineTraits, Job, Reply, Request
from zhaiyao.masking import Masked, mask
from zhaiyao.records import Attempt, Outcome, RenditionKind
from zhaiyao.segmenting import sentences
from zhaiyao.translating.replies import TITLE, TLDR
from zhaiyao.validating import is_fatal, is_translatable

TOO_LONG = "too-long"
"""The fault of a request that does not fit into the engine's context: to ask again is no use, to ask in parts is."""

_LONGEST_DETAIL = 200


@dataclass(slots=True, kw_only=True)
class Draft:
    """One text on its way: `target` once it is translated, else the mildest `faults` of all that was tried.

    `label` is its name in a document request; `first` the number of its first placeholder there.
    """

    kind: RenditionKind
    label: str
    source: str
    gap: str = ""
    masked: Masked
    first: int = 1
    target: str | None = None
    faults: tuple[str, ...] = ()

    def fail(self, faults: Sequence[str]) -> None:
        """Notes what was wrong with a try. Local is milder than fatal; among equals the last try counts."""
        if not self.faults or self.is_fatal or not any(map(is_fatal, faults)):
            self.faults = tuple(faults)

    @property
    def is_fatal(self) -> bool:
        """Whether no try came nearer than a fatal fault."""
        return self.target is None and any(map(is_fatal, self.faults))

    @property
    def is_translatable(self) -> bool:
        """Whether there is anything in it to translate."""
        return self.kind is RenditionKind.TLDR or is_translatable(self.source)


def drafts_of(job: Job) -> tuple[Draft, ...]:
    """A draft for the title and one for each sentence of the abstract, with placeholders numbered through."""
    pieces = [(RenditionKind.TITLE, TITLE, job.title, "")] if job.title else []
    for number, (text, gap) in enumerate(sentences(job.abstract), 1):
        pieces.append((RenditionKind.ABSTRACT, str(number), text, gap))
    made: list[Draft] = []
    first = 1
    for kind, label, source, gap in pieces:
        masked = mask(source, first=first)
        made.append(Draft(kind=kind, label=label, source=source, gap=gap, masked=masked, first=first))
        first += len(masked.spans)
    return tuple(made)


def tldr_draft(job: Job) -> Draft:
    """A draft for a TL;DR that the engine writes itself."""
    return Draft(kind=RenditionKind.TLDR, label=TLDR, source=job.abstract, masked=Masked(text="", spans=()))


def to_ask(drafts: Iterable[Draft]) -> list[Draft]:
    """Those that still need a translation."""
    return [draft for draft in drafts if draft.target is None and draft.is_translatable]


def one_line(text: str) -> str:
    """Text as a prompt may hold it: no line breaks or control characters, single blanks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


@dataclass(slots=True)
class Book:
    """Every request with its outcome, and what was spent on each kind. A request counts for the kind it names."""

    job: Job
    traits: EngineTraits
    prompt_version: str
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
        self.last_at = max(self.last_at or reply.finished_at, reply.finished_at)
        self.spent.setdefault(request.kind, Counter()).update(
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            cost_micros=reply.cost_micros,
        )
        outcome = Outcome.FAILED if reply.fault else Outcome.REJECTED if faults else Outcome.ACCEPTED
        self.attempts.append(
            Attempt(
                paper_id=self.job.paper_id,
                version=self.job.version,
                kind=request.kind,
                engine=self.traits.name,
                model=self.traits.model,
                step=step,
                outcome=outcome,
                at=reply.finished_at,
                fault=reply.fault or (faults[0] if faults else ""),
                detail=one_line(reply.detail or detail)[:_LONGEST_DETAIL],
                prompt_version=self.prompt_version,
                prompt_tokens=reply.prompt_tokens,
                completion_tokens=reply.completion_tokens,
                cost_micros=reply.cost_micros,
                seconds=reply.seconds,
            )
        )
