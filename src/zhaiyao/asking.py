"""What is asked of an engine, and what it answers: frozen records between `translating` and the engines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zhaiyao.errors import EngineError
from zhaiyao.records import Attempt, Correction, Rendition, RenditionKind, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTraits:
    """What an engine can do, so that requests are built for it.

    `whole_documents`: takes a title and all sentences at once and writes a TL;DR; otherwise one sentence at a time.
    `structured`: can be held to a JSON schema. `max_words`: longest sentence that it translates well, 0 = no limit.
    `batch`: how many papers one request may hold. `instructions` is the prompt that it is given, by name and version
    (`prompts.load`), where it is not the usual one; its text is in `instructions_text` if it is the user's own.
    """

    name: str
    model: str
    whole_documents: bool = True
    structured: bool = True
    max_words: int = 0
    batch: int = 1
    parameters: str = ""
    instructions: str = ""
    instructions_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One paper's part of a document request: its lines as (label, masked text), and the labels of the answers wanted.

    `notes` say in our words what was wrong with earlier answers, by label; `terms` occur in what is asked for.
    """

    lines: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]
    notes: tuple[tuple[str, str], ...] = ()
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to an engine. `sources` are the (masked) texts in it, in order; `prompt` already holds them.

    `schema` is a JSON schema that the reply must obey, or None. `max_tokens` bounds the reply. `engine` is the place
    of the engine to ask in the policy, from 0. `sheets` are the papers in a document request, and `company` how many
    it may at most be packed together with, itself included; 0 = as many as the engine takes.
    """

    kind: RenditionKind
    system: str
    prompt: str
    sources: tuple[str, ...]
    max_tokens: int
    schema: Mapping[str, object] | None = None
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    engine: int = 0
    sheets: tuple[Sheet, ...] = ()
    company: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, a failure included: then `fault` is a code (`timeout`, `rate-limited`, …), `text` is empty.

    `truncated`: the reply reached `max_tokens`. `cached_tokens` of the prompt's were in the server's cache; `seconds`
    is the time from sending to the end, waiting for a place aside. `shared_by` is how many papers were in the request
    of which this is one's part.
    """

    text: str
    finished_at: datetime
    truncated: bool = False
    fault: str = ""
    detail: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cost_micros: int = 0
    seconds: float = 0.0
    shared_by: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One paper's text to be rendered: `kinds` are those still missing; `at` is when it was claimed.

    `claim` is the work item behind it, and `tries` how often that was given back before. `known` are earlier
    renditions of the paper's abstract and TL;DR, newest first: what stands in them need not be asked for again.
    `terms` are those of the glossary that occur in its text, and `corrections` a reader's translations of its
    sentences, whatever paper they were made for.
    """

    paper_id: str
    version: int
    title: str
    abstract: str
    kinds: tuple[RenditionKind, ...]
    language: str = "zh"
    at: datetime | None = None
    claim: int = 0
    tries: int = 0
    known: tuple[Rendition, ...] = ()
    terms: tuple[Term, ...] = ()
    corrections: tuple[Correction, ...] = ()


Batch = tuple[Job, ...]
"""The papers that a worker takes at once; each engine of its policy is asked for them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What came of a job. A kind without a rendition here stays untranslated and is tried again later.

    `stopped` is set if no engine of the policy works any more: what they had answered before is here all the same.
    `setbacks` are the engines that stopped while another one went on in their place.
    """

    job: Job
    renditions: tuple[Rendition, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    stopped: EngineError | None = None
    setbacks: tuple[EngineError, ...] = ()

    @property
    def missing(self) -> tuple[RenditionKind, ...]:
        """The kinds that were asked for and did not come."""
        made = {rendition.kind for rendition in self.renditions}
        return tuple(kind for kind in self.job.kinds if kind not in made)
