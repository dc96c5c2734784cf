"""Lets systems render examples, and keeps what came as lines of JSON. Scores nothing; writes nothing into the store."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec

from zhaiyao.asking import Batch, Job, Translation
from zhaiyao.errors import EngineError, ParseError
from zhaiyao.ports import Done, Executor, Progress, WorkerSpec
from zhaiyao.records import Attempt, Outcome, RenditionKind, Segment, SegmentState, Term
from zhaiyao.usecases.references import Example

BASELINE = "references"
"""The system that answers with the references themselves."""

FIRST_STEPS = frozenset({"sentence", "document"})
"""The steps of the ladder in which a sentence is asked for the first time."""

_OPEN = re.compile(r"^(\d+) of (\d+) open")
_LANGUAGE = "zh"

Terms = Callable[[str], tuple[Term, ...]]
"""The glossary: the terms that occur in a text."""


def no_terms(text: str) -> tuple[Term, ...]:
    """A glossary without terms."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Who translates: a name for the tables, the recipe of its worker, how many batches of how many papers at once."""

    name: str
    spec: WorkerSpec[Batch, tuple[Translation, ...]]
    limit: int = 1
    batch: int = 1
    terms: Terms = no_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sentence and what a reader is shown for it; `kept`: it stayed in the original, and `faults` say why."""

    source: str
    target: str
    kept: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What a system made of an example, and what that took.

    `pairs` are the sentences of title and abstract, none if the system does not tell them. Of `asked` sentences (or
    parts of them) the first reply passed all checks in `unaided`. `seconds` passed since the paper before was done, so
    that their sum is the time that all of them took, opening the engine included. `missing` are the kinds that did not
    come, `fault` says why. `is_reference`: it is what others are compared with, and not compared itself.
    """

    system: str
    is_reference: bool = False
    title_zh: str = ""
    abstract_zh: str = ""
    tldr_zh: str = ""
    pairs: tuple[Pair, ...] = ()
    missing: tuple[RenditionKind, ...] = ()
    asked: int = 0
    unaided: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0
    seconds: float | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An example with what one system made of it: a line of the file that `--out` writes."""

    example: Example
    rendered: Rendered


def render(
    system: System,
    examples: Sequence[Example],
    executor: Executor,
    *,
    progress: Progress,
    ticks: Callable[[], float] = time.monotonic,
) -> Iterator[Trial]:
    """Each paper as it is done, in any order. Raises EngineError where the system cannot work at all, and with it what
    a worker raised: a measurement that leaves papers out would mislead."""
    batches = [tuple(examples[start : start + system.batch]) for start in range(0, len(examples), system.batch)]
    jobs = {jobs: batch for batch in batches for jobs in [tuple(_job(one, system.terms) for one in batch)]}
    progress.start("step.translate", len(examples))
    behind = ticks()
    with closing(executor.imap(system.spec, jobs, limit=system.limit)) as outcomes:
        for outcome in outcomes:
            done, now = _told(outcome), ticks()
            each, behind = (now - behind) / len(done), now
            for example, translation in zip(jobs[outcome.item], done, strict=True):
                yield Trial(example=example, rendered=_rendered(system.name, translation, each))
            progress.advance(len(done))
    progress.finish()


def baseline(examples: Iterable[Example], name: str = BASELINE) -> Iterator[Trial]:
    """The references as a system of their own, to be checked like any other."""
    for one in examples:
        if not one.has_reference:
            continue
        texts = {RenditionKind.TITLE: one.title_zh, RenditionKind.ABSTRACT: one.abstract_zh}
        texts[RenditionKind.TLDR] = one.tldr_zh
        yield Trial(
            example=one,
            rendered=Rendered(
                system=name,
                is_reference=True,
                title_zh=one.title_zh,
                abstract_zh=one.abstract_zh,
                tldr_zh=one.tldr_zh,
                missing=tuple(kind for kind in _kinds(one) if not texts[kind]),
            ),
        )


def by_system(trials: Iterable[Trial]) -> dict[str, dict[str, Trial]]:
    """Trials by system, in the order in which the systems are met, and by paper."""
    found: dict[str, dict[str, Trial]] = {}
    for trial in trials:
        found.setdefault(trial.rendered.system, {})[trial.example.paper_id] = trial
    return found


def renamed(trial: Trial, system: str) -> Trial:
    """The trial as another system's."""
    return replace(trial, rendered=replace(trial.rendered, system=system))


def to_line(trial: Trial) -> bytes:
    """A trial as a line of JSON."""
    return msgspec.json.encode(trial) + b"\n"


def from_lines(lines: Iterable[bytes], *, name: str) -> Iterator[Trial]:
    """Trials as they were written. A last line that was cut off is passed over, as a killed run leaves one. Raises
    ParseError, which names the line, for any other."""
    broken = ""
    for number, line in enumerate(lines, 1):
        if broken:
            raise ParseError(broken, subject=name, hint="This takes what `evaluate translation --out` wrote.")
        try:
            yield _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            broken = f"line {number}: {error}"
    if broken and number == 1:
        raise ParseError(broken, subject=name, hint="This takes what `evaluate translation --out` wrote.")


_decoder = msgspec.json.Decoder(Trial)


def _kinds(example: Example) -> tuple[RenditionKind, ...]:
    """What is asked for: a text without a title is a sentence of its own, of which nobody wants a summary."""
    return tuple(RenditionKind) if example.title else (RenditionKind.ABSTRACT,)


def _job(example: Example, terms: Terms) -> Job:
    return Job(
        paper_id=example.paper_id,
        version=1,
        title=example.title,
        abstract=example.abstract,
        kinds=_kinds(example),
        language=_LANGUAGE,
        at=datetime.now(UTC),
        terms=terms(f"{example.title}\n{example.abstract}"),
    )


def _told(outcome: Done[Batch, tuple[Translation, ...]]) -> tuple[Translation, ...]:
    """What a worker made of a batch. Raises its error, and EngineError if no engine works any more."""
    if outcome.result is None:
        assert outcome.error is not None
        raise outcome.error
    stopped: Iterator[EngineError] = (one.stopped for one in outcome.result if one.stopped is not None)
    for error in stopped:
        raise error
    return outcome.result


def _rendered(name: str, translation: Translation, seconds: float) -> Rendered:
    made = {rendition.kind: rendition for rendition in translation.renditions}
    texts = {kind: rendition.text for kind, rendition in made.items()}
    compared = (made[kind] for kind in (RenditionKind.TITLE, RenditionKind.ABSTRACT) if kind in made)
    attempts = translation.attempts
    items = sum(len(rendition.segments) for rendition in made.values())
    asked, unaided = first_replies(attempts, items)
    return Rendered(
        system=name,
        title_zh=texts.get(RenditionKind.TITLE, ""),
        abstract_zh=texts.get(RenditionKind.ABSTRACT, ""),
        tldr_zh=texts.get(RenditionKind.TLDR, ""),
        pairs=tuple(_pair(segment) for rendition in compared for segment in rendition.segments),
        missing=translation.missing,
        asked=asked,
        unaided=unaided,
        requests=len(attempts),
        prompt_tokens=sum(one.prompt_tokens for one in attempts),
        cached_tokens=sum(one.cached_tokens for one in attempts),
        completion_tokens=sum(one.completion_tokens for one in attempts),
        cost_micros=sum(one.cost_micros for one in attempts),
        seconds=seconds,
        fault=next((one.fault for one in reversed(attempts) if one.fault), "") if translation.missing else "",
    )


def _pair(segment: Segment) -> Pair:
    kept = segment.state is SegmentState.KEPT
    return Pair(source=segment.source, target=segment.target, kept=kept, faults=segment.faults)


def first_replies(attempts: Iterable[Attempt], items: int) -> tuple[int, int]:
    """How many sentences (or parts, or a document's `items`) were asked for, and how many passed at the first reply.

    A request that failed says nothing about the engine's words: its repetition counts. An attempt at a document tells
    in its detail how many of its items stayed open.
    """
    asked = passed = 0
    for one in attempts:
        if one.step not in FIRST_STEPS or one.outcome is Outcome.FAILED:
            continue
        told = _OPEN.match(one.detail)
        size = int(told[2]) if told else 1 if one.step == "sentence" else items
        still_open = int(told[1]) if told else size * (one.outcome is Outcome.REJECTED)
        asked += size
        passed += size - still_open
    return asked, passed
