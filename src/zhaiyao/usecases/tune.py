"""Searches better instructions for a translating chat engine, by letting an engine write them. Translates through
`evaluate`, keeps a journal through its caller, and stores nothing.

    score the present instructions on papers with references
    repeat: show the optimizer the best so far with their scores, the best last, and some of the papers
            take its proposals; score each that is new and well-formed
    score the best few, and the present ones, on papers held out: the best there wins

That is OPRO (Yang et al. 2023, "Large Language Models as Optimizers", arXiv:2309.03409), with a second set of papers,
since the best of many scores is partly luck. A proposal is text that a model wrote: it is bounded, what looks like a
delimiter is refused, and the rules that keep a paper's text from instructing are no part of it (`prompts/reply-*`).
"""

import dataclasses
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

import msgspec

from zhaiyao.asking import Request
from zhaiyao.errors import ParseError, UsageError
from zhaiyao.fingerprint import content_key
from zhaiyao.ports import Engine, EngineSpec, Executor, Progress
from zhaiyao.prompts import text as prompt_text
from zhaiyao.records import RenditionKind
from zhaiyao.usecases.evaluate_translation import Report, SystemScore, evaluate, score
from zhaiyao.usecases.references import Example
from zhaiyao.usecases.renderings import System, Trial, renamed

PROMPT = "tune-1"
PRESENT = "document-2"
"""The instructions of an engine that names none."""

FIXED = "Copy every number and unit exactly, and each sign like ⟦1⟧ exactly once where it belongs."
"""What every proposal ends with, whatever was proposed: the ladder checks translations for it."""

SHORTEST, LONGEST = 40, 1500
"""Characters of a proposal."""

SHOWN, EXAMPLES = 12, 3
"""Instructions tried, and papers, that the optimizer sees at once."""

FINALISTS = 3
DAMAGE, AGAIN = 100.0, 10.0
"""Points that a score loses if all spans are damaged, or if every sentence must be asked for again."""

_SPANS = ("math_intact", "spans_kept", "macros_kept", "numbers_kept")
_LONGEST_SHOWN, _LONGEST_ANSWER = 700, 900
_FOUND = re.compile(r"<instructions>(.*?)</instructions>", re.DOTALL | re.IGNORECASE)
_FORGED = re.compile(r"===|</?\w+>|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How far to search. `start` are the present instructions, `engine` is whose; `allowance` is what this run may cost
    in millionths of the currency, None for no border. A plan with the same papers is the same search, which a journal
    continues."""

    start: str
    engine: str = ""
    steps: int = 5
    proposals: int = 4
    seed: int = 0
    temperature: float = 1.0
    allowance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Who is tuned (`system` makes one of instructions), who proposes, and who runs the work."""

    system: Callable[[str], System]
    optimizer: Engine
    executors: Callable[[], AbstractContextManager[Executor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good instructions are: `value` is chrF, less a point for each percent of spans that were damaged or papers
    that did not come, and a tenth for each percent of sentences that had to be asked for again."""

    value: float
    chrf: float
    damaged: float
    incomplete: float
    again: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the journal. `kind`: plan (`text` tells which), asked, proposed, refused (`text` says why), tried, or
    held (scored on the papers held out). `day` is that of UTC."""

    kind: str
    step: int = 0
    text: str = ""
    score: Score | None = None
    cost_micros: int = 0
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a search came to: the best instructions on the papers held out, which may be those it started with.
    `report` compares both there, the start first. `exhausted`: the allowance ended it before the last step. `stalled`:
    a round brought nothing to try and ended it; why its last answer was refused."""

    text: str
    start: Score
    best: Score
    report: Report
    tried: int
    refused: int
    steps: int
    cost_micros: int
    exhausted: bool
    stalled: str = ""

    def improved(self, start: str) -> bool:
        """Whether something better than the start was found."""
        return self.text != start


class Journal:
    """What was done so far, and where it is kept: a line of JSON for each thing that was paid for."""

    def __init__(self, lines: Iterable[bytes], keep: Callable[[bytes], None], *, day: str = "") -> None:
        """Reads what an earlier run kept; what is noted now is of this day. Raises ParseError."""
        self.entries = list(_read(lines))
        self._keep = keep
        self._day = day

    def note(self, entry: Entry) -> None:
        """Keeps an entry, at once."""
        entry = dataclasses.replace(entry, day=self._day)
        self._keep(msgspec.json.encode(entry) + b"\n")
        self.entries.append(entry)

    def of(self, kind: str, step: int | None = None) -> list[Entry]:
        """The entries of a kind, of one step or of all."""
        return [one for one in self.entries if one.kind == kind and step in (None, one.step)]

    @property
    def cost_micros(self) -> int:
        """What all of it cost."""
        return sum(one.cost_micros for one in self.entries)


def spent_on(day: str, lines: Iterable[bytes]) -> int:
    """What a journal's entries of a day cost. A line that cannot be read costs nothing here: `Journal` tells of it."""
    cost = 0
    for line in lines:
        with suppress(ParseError):
            cost += sum(one.cost_micros for one in _read([line]) if one.day == day)
    return cost


def instructed(spec: EngineSpec, name: str, text: str) -> EngineSpec:
    """The recipe of the same engine with these instructions. Raises UsageError for one that takes none."""
    present(spec)
    made: EngineSpec = dataclasses.replace(spec, instructions=name, instructions_text=text)  # type: ignore[type-var]
    return made


def present(spec: EngineSpec) -> tuple[str, str]:
    """Name and text of the instructions that an engine is given now. Raises UsageError for one that takes none."""
    name, text = getattr(spec, "instructions", None), getattr(spec, "instructions_text", None)
    if name is None or text is None:
        what, hint = "this engine takes no instructions", "Name a chat engine, with --engine and --optimizer."
        raise UsageError(what, subject=type(spec).__name__.removesuffix("Spec").lower(), hint=hint)
    return name or PRESENT, text or prompt_text(name or PRESENT)


def split(examples: Sequence[Example], *, seed: int) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Papers with references in two halves, by chance but the same for the same seed: to search on, and to hold out.
    Raises UsageError if there are too few."""
    known = [one for one in examples if one.has_reference]
    if len(known) < 2:
        hint = "Give some with --references: a digest, an archive, or lines of JSON with abstract and abstract_zh."
        raise UsageError(f"{len(known)} papers with a reference translation are too few to tune with", hint=hint)
    random.Random(seed).shuffle(known)
    return tuple(known[: len(known) // 2]), tuple(known[len(known) // 2 :])


def tune(
    bench: Bench,
    plan: Plan,
    papers: Sequence[Example],
    held_out: Sequence[Example],
    journal: Journal,
    *,
    progress: Progress,
) -> Tuned:
    """Searches, or continues the search of the journal. Raises UsageError if that is another one's, EngineError."""
    return _Search(bench, plan, papers, held_out, journal, progress).run()


class _Search:
    """One search. What the journal holds is not done again."""

    def __init__(
        self,
        bench: Bench,
        plan: Plan,
        papers: Sequence[Example],
        held_out: Sequence[Example],
        journal: Journal,
        progress: Progress,
    ) -> None:
        self._bench = bench
        self._plan = plan
        self._papers = papers
        self._held_out = held_out
        self._journal = journal
        self._progress = progress
        self._dearest = 0
        self._stalled = ""
        self._before = journal.cost_micros

    def run(self) -> Tuned:
        self._begin()
        self._try(0, self._plan.start)
        steps = 0
        for step in range(1, self._plan.steps + 1):
            if not self._affords() or not self._step(step):
                break
            steps = step
        return self._decided(steps)

    def _begin(self) -> None:
        plan, papers = self._plan, (*self._papers, *self._held_out)
        traits = self._bench.optimizer.traits
        told = (plan.start, plan.engine, str(plan.seed), str(plan.proposals), str(plan.temperature), traits.model)
        texts = (
            text for one in papers for text in (one.paper_id, one.title, one.abstract, one.title_zh, one.abstract_zh)
        )
        key = content_key(PROMPT, *told, *texts)
        known = [one.text for one in self._journal.of("plan")][-1:]
        if known == [key]:
            return
        if any(one.kind != "plan" for one in self._journal.entries):
            hint = "Call it with the same options, or give another --name."
            raise UsageError("the journal of that name is of another search", hint=hint)
        self._journal.note(Entry(kind="plan", text=key))

    def _affords(self) -> bool:
        """Whether a further trial fits into the allowance, the last comparison of two on the other papers aside."""
        allowance = self._plan.allowance
        rest = self._dearest * (FINALISTS + 2)
        return allowance is None or self._journal.cost_micros - self._before + rest <= allowance

    def _step(self, step: int) -> bool:
        """One round; False where nothing came of it that could be tried."""
        if not self._journal.of("asked", step):
            self._ask(step)
        proposed = [one.text for one in self._journal.of("proposed", step)]
        for text in proposed:
            if not self._affords():
                return False
            self._try(step, text)
        if not proposed:
            self._stalled = self._journal.of("refused", step)[-1].text
        return bool(proposed)

    def _ask(self, step: int) -> None:
        """Takes proposals. They are noted before anything else, with the note of the asking behind them. A round
        without any counts as not asked: the next call asks again."""
        requests = [self._request(step, number) for number in range(self._plan.proposals)]
        replies = self._bench.optimizer.ask(requests)
        known = {one.text for one in (*self._journal.of("tried"), *self._journal.of("proposed"))}
        for reply in replies:
            text, fault = proposal(reply.text) if not reply.fault else ("", reply.fault)
            if not fault and text in known:
                fault = "known already"
            kind = "refused" if fault else "proposed"
            self._journal.note(Entry(kind=kind, step=step, text=fault or text, cost_micros=reply.cost_micros))
            known.add(text)
        if self._journal.of("proposed", step):
            self._journal.note(Entry(kind="asked", step=step))

    def _request(self, step: int, number: int) -> Request:
        chance = random.Random(f"{self._plan.seed} {step} {number}")
        shown = chance.sample(self._papers, min(EXAMPLES, len(self._papers)))
        tried = [(one.score.value, one.text) for one in self._journal.of("tried") if one.score is not None]
        return Request(
            kind=RenditionKind.ABSTRACT,
            system=prompt_text(PROMPT),
            prompt=material(sorted(tried)[-SHOWN:], shown),
            sources=(),
            max_tokens=_LONGEST_ANSWER,
            temperature=self._plan.temperature,
        )

    def _try(self, step: int, text: str) -> None:
        """Scores instructions on the papers to search on, unless that was done."""
        if any(one.text == text for one in self._journal.of("tried")):
            self._dearest = max(self._dearest, *(one.cost_micros for one in self._journal.of("tried")))
            return
        found, cost, _ = self._measured(text, self._papers)
        self._journal.note(Entry(kind="tried", step=step, text=text, score=found, cost_micros=cost))
        self._dearest = max(self._dearest, cost)

    def _measured(self, text: str, papers: Sequence[Example]) -> tuple[Score, int, list[Trial]]:
        trials: list[Trial] = []
        report = evaluate(
            papers,
            [self._bench.system(text)],
            self._bench.executors,
            resamples=0,
            progress=self._progress,
            keep=trials.append,
        )
        return score_of(report.systems[0]), sum(one.rendered.cost_micros for one in trials), trials

    def _decided(self, steps: int) -> Tuned:
        """The best on the papers held out, of those that were best before; ties go to the start."""
        plan, tried = self._plan, self._journal.of("tried")
        best = sorted(tried, key=lambda one: -(one.score.value if one.score else 0.0))
        texts = list(dict.fromkeys([plan.start, *(one.text for one in best[:FINALISTS])]))
        found: dict[str, tuple[Score, list[Trial]]] = {}
        for text in texts:
            measured, cost, trials = self._measured(text, self._held_out)
            self._journal.note(Entry(kind="held", step=steps, text=text, score=measured, cost_micros=cost))
            found[text] = measured, trials
        winner = max(texts, key=lambda text: (found[text][0].value, text == plan.start))
        compared = [plan.start] if winner == plan.start else [plan.start, winner]
        report = score([renamed(trial, f"{at}") for at, text in enumerate(compared) for trial in found[text][1]])
        return Tuned(
            text=winner,
            start=found[plan.start][0],
            best=found[winner][0],
            report=report,
            tried=len(tried),
            refused=len(self._journal.of("refused")),
            steps=steps,
            cost_micros=self._journal.cost_micros,
            exhausted=not self._affords() and steps < plan.steps,
            stalled=self._stalled,
        )


def proposal(answer: str) -> tuple[str, str]:
    """(instructions, ""): those in an optimizer's answer, with what all end with; or ("", why they are refused)."""
    found = _FOUND.search(answer)
    if found is None:
        return "", "no instructions in it"
    lines = (" ".join(line.split()) for line in found[1].splitlines())
    said = "\n".join(line for line in lines if line and line != FIXED)
    if not SHORTEST <= len(said) <= LONGEST:
        return "", f"{len(said)} characters"
    if _FORGED.search(said):
        return "", "holds what looks like a delimiter"
    return f"{said}\n{FIXED}", ""


def material(tried: Sequence[tuple[float, str]], examples: Sequence[Example]) -> str:
    """What the optimizer is shown: scores and instructions, the best last; papers, between marks that they cannot
    know."""
    papers = [
        f"{one.title}\n{one.abstract[:_LONGEST_SHOWN]}\n-> {one.title_zh}\n-> {one.abstract_zh[:_LONGEST_SHOWN]}"
        for one in examples
    ]
    mark = f"=== {content_key(*papers)[:8]}"
    rounds = "\n\n".join(f"score {value:.1f}\n{text}" for value, text in tried)
    return "\n".join(["Instructions tried:", rounds, "", "Papers:", *(f"{mark}\n{one}" for one in papers), mark])


def score_of(system: SystemScore) -> Score:
    """One figure of many. Spans and sentences of which there are none cost nothing."""
    chrf = system.value("chrf")
    if chrf is None:
        raise UsageError("no paper has a reference translation", hint="Give some with --references.")
    shares = [value for name in _SPANS if (value := system.value(name)) is not None]
    damaged = 1 - sum(shares) / len(shares) if shares else 0.0
    complete, unaided = system.value("complete"), system.value("unaided")
    incomplete, again = 1 - (1.0 if complete is None else complete), 1 - (1.0 if unaided is None else unaided)
    value = chrf - DAMAGE * (damaged + incomplete) - AGAIN * again
    return Score(value=value, chrf=chrf, damaged=damaged, incomplete=incomplete, again=again)


def _read(lines: Iterable[bytes]) -> Iterator[Entry]:
    for number, line in enumerate(lines, 1):
        try:
            yield msgspec.json.decode(line, type=Entry)
        except (msgspec.DecodeError, UnicodeDecodeError):
            hint = "Give another --name, and leave the file for later."
            raise ParseError("the journal cannot be read", subject=f"line {number}", hint=hint) from None
