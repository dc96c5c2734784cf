"""Asks an engine which of two translations of a paper is better, without telling whose they are. Scores nothing else.

Judges prefer what they see first (Zheng et al. 2023, "Judging LLM-as-a-Judge"): which system is shown first is drawn
for each paper, each pair is shown both ways round, and only a verdict that is the same both times counts for a system.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.errors import UsageError
from zhaiyao.fingerprint import content_key
from zhaiyao.ports import Engine, Progress
from zhaiyao.prompts import load, text
from zhaiyao.records import RenditionKind
from zhaiyao.scoring.bootstrap import Interval, binomial
from zhaiyao.usecases.renderings import Trial, by_system

PROMPT, PAIR = "judge-1", "judge-pair-1"
_AT_ONCE = 16
_LONGEST_ANSWER = 300

_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"better": {"type": "string", "enum": ["A", "B", "tie"]}, "reason": {"type": "string"}},
    "required": ["better", "reason"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How often a judge preferred a system to the first one. `ties` counts papers on which it said so, or changed its
    mind with the order. `share` is that of the wins among what was decided. `first_shown` is how often an answer
    preferred what stood first: about half, of a judge that reads. `unread` papers got no usable answer.
    """

    name: str
    base: str
    judge: str
    wins: int
    losses: int
    ties: int
    unread: int
    share: Interval | None
    first_shown: Interval | None
    prompt_tokens: int
    completion_tokens: int
    cost_micros: int


class _Verdict(msgspec.Struct):
    better: Literal["A", "B", "tie"]
    reason: str = ""


_decoder = msgspec.json.Decoder(_Verdict)


Shown = tuple[Trial, Trial]
"""What two systems made of one paper."""


def judge(trials: Sequence[Trial], engine: Engine, *, seed: int = 0, progress: Progress) -> tuple[Preference, ...]:
    """Every system against the first one met, on the papers of both. Raises UsageError where there are no two, or the
    engine takes single sentences only; EngineError if it cannot work."""
    systems = by_system(trials)
    must_judge(engine.traits, len(systems))
    base, *others = systems
    return tuple(
        _preference(name, base, _pairs(systems[name], systems[base]), engine, random.Random(seed), progress)
        for name in others
    )


def must_judge(judge: EngineTraits, systems: int) -> None:
    """Raises UsageError where there are no two systems, or the engine takes single sentences only."""
    if systems < 2:
        raise UsageError("a judge compares two systems", hint="Name another one, or add --baseline.")
    if not judge.whole_documents:
        hint = "Name a chat engine with --judge."
        raise UsageError("translates sentences and can judge nothing", subject=judge.name, hint=hint)


def _pairs(ours: Mapping[str, Trial], base: Mapping[str, Trial]) -> list[Shown]:
    both = sorted(ours.keys() & base.keys())
    return [(ours[one], base[one]) for one in both if ours[one].rendered.abstract_zh and base[one].rendered.abstract_zh]


def _preference(
    name: str,
    base: str,
    pairs: Sequence[Shown],
    engine: Engine,
    chance: random.Random,
    progress: Progress,
) -> Preference:
    """Both ways round, the order of the two ways drawn as well."""
    ours_first = [first for _ in pairs for first in chance.sample((True, False), 2)]
    asked = [_request(*(pairs[at // 2] if first else pairs[at // 2][::-1])) for at, first in enumerate(ours_first)]
    replies = list(_replies(asked, engine, progress))
    verdicts = [_read(reply) for reply in replies]
    papers = Counter(_agreed(verdicts[at : at + 2], ours_first[at : at + 2]) for at in range(0, len(verdicts), 2))
    decided = papers["win"] + papers["loss"]
    return Preference(
        name=name,
        base=base,
        judge=engine.traits.model,
        wins=papers["win"],
        losses=papers["loss"],
        ties=papers["tie"],
        unread=papers["unread"],
        share=binomial(papers["win"], decided),
        first_shown=binomial(verdicts.count("A"), verdicts.count("A") + verdicts.count("B")),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        completion_tokens=sum(reply.completion_tokens for reply in replies),
        cost_micros=sum(reply.cost_micros for reply in replies),
    )


def _agreed(verdicts: Sequence[str], ours_first: Sequence[bool]) -> str:
    """What two answers on one paper come to."""
    if "" in verdicts:
        return "unread"
    said = {
        "tie" if one == "tie" else "win" if (one == "A") == first else "loss"
        for one, first in zip(verdicts, ours_first, strict=True)
    }
    return said.pop() if len(said) == 1 else "tie"


def _replies(requests: Sequence[Request], engine: Engine, progress: Progress) -> Iterator[Reply]:
    progress.start("step.judge", len(requests))
    for start in range(0, len(requests), _AT_ONCE):
        some = requests[start : start + _AT_ONCE]
        yield from engine.ask(some)
        progress.advance(len(some))
    progress.finish()


def _request(first: Trial, second: Trial) -> Request:
    source = _one_line(f"{first.example.title} | {first.example.abstract}")
    shown = [_one_line(f"{one.rendered.title_zh} | {one.rendered.abstract_zh}") for one in (first, second)]
    return Request(
        kind=RenditionKind.ABSTRACT,
        system=text(PROMPT),
        prompt=load(PAIR).substitute(
            mark=f"pair {content_key(source, *shown)[:12]}", source=source, a=shown[0], b=shown[1]
        ),
        sources=(source, *shown),
        max_tokens=_LONGEST_ANSWER,
        schema=_SCHEMA,
    )


def _one_line(told: str) -> str:
    """Text that cannot begin a line of the prompt, and so forge none of its marks."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in told).split())


def _read(reply: Reply) -> str:
    """`A`, `B` or `tie`; `""` if the answer cannot be read. Some engines put the object in a fence."""
    found = reply.text[reply.text.find("{") : reply.text.rfind("}") + 1]
    try:
        return _decoder.decode(found).better
    except (msgspec.DecodeError, UnicodeEncodeError):
        return ""
