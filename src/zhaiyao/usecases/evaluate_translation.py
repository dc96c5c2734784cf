"""Translates the same papers with several systems and scores what comes. Writes nothing into the store.

    for each system: every paper through the ladder, as `zhaiyao translate` sends it       -> Trial   (`renderings`)
    for each trial: the independent check, the reference if there is one                   -> rows    (`measures`)
    for each measure: the figure, its interval, the difference to the first system         -> Report

The intervals come of one set of resamples of the papers, so that systems are compared paper by paper.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from zhaiyao.errors import UsageError
from zhaiyao.ports import Executor, Progress
from zhaiyao.scoring import Row, signature
from zhaiyao.scoring.bootstrap import RESAMPLES, Difference, Draw, Interval, difference, draws, interval
from zhaiyao.usecases.references import Example
from zhaiyao.usecases.renderings import System, Trial, by_system, render
from zhaiyao.usecases.translation_measures import MEASURES, Checked, Damage, checked, damage_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemScore:
    """One system's figures by the name of the measure, None where there is nothing to measure, and how much each is
    above the first system's."""

    name: str
    papers: int
    figures: Mapping[str, Interval | None]
    differences: Mapping[str, Difference | None]
    damage: tuple[Damage, ...]

    def value(self, measure: str) -> float | None:
        """A figure without its interval."""
        figure = self.figures[measure]
        return figure.value if figure else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All scores, the first system's first. `signature` tells how BLEU and chrF were counted; `seed` is that of the
    resamples."""

    papers: int
    with_reference: int
    seed: int
    signature: str
    systems: tuple[SystemScore, ...]


def evaluate(
    examples: Sequence[Example],
    systems: Iterable[System],
    executors: Callable[[], AbstractContextManager[Executor]],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress,
    keep: Callable[[Trial], None] | None = None,
) -> Report:
    """Translates the examples with every system and scores them: one after the other, so that none slows another, and
    each with an executor of its own, so that no more than one model is loaded.

    `keep` is given each trial as it is done. Raises EngineError where a system cannot work, UsageError without
    examples, or without the library that scores.
    """
    signature()  # before an hour of work
    trials: list[Trial] = []
    for system in systems:
        with executors() as executor:
            for trial in render(system, examples, executor, progress=progress):
                if keep is not None:
                    keep(trial)
                trials.append(trial)
    return score(trials, seed=seed, resamples=resamples)


def score(trials: Iterable[Trial], *, seed: int = 0, resamples: int = RESAMPLES) -> Report:
    """Scores what was rendered, on the papers that every system rendered. The first system met is the one that the
    others are compared with. Raises UsageError if there is no such paper."""
    systems = by_system(trials)
    common = set.intersection(*map(set, systems.values())) if systems else set()
    if not common:
        hint = "Name papers with --references FILE, or import some translations first."
        raise UsageError("there is no paper to compare translations of", hint=hint)
    papers = {name: [checked(told[one]) for one in sorted(common)] for name, told in systems.items()}
    drawn = draws(len(common), seed=seed, count=resamples)
    rows = {name: _rows(own) for name, own in papers.items()}
    first = next(iter(rows.values()))
    return Report(
        papers=len(common),
        with_reference=sum(one.trial.example.has_reference for one in next(iter(papers.values()))),
        seed=seed,
        signature=signature(),
        systems=tuple(_score(name, own, rows[name], first, drawn) for name, own in papers.items()),
    )


Rows = Mapping[str, tuple[Row, ...]]


def _rows(papers: Sequence[Checked]) -> Rows:
    return {measure.name: measure.rows(papers) for measure in MEASURES}


def _score(name: str, papers: Sequence[Checked], rows: Rows, first: Rows, drawn: Sequence[Draw]) -> SystemScore:
    is_first = rows is first
    return SystemScore(
        name=name,
        papers=len(papers),
        figures={one.name: interval(rows[one.name], one.reduce, drawn) for one in MEASURES},
        differences={}
        if is_first
        else {one.name: difference(rows[one.name], first[one.name], one.reduce, drawn) for one in MEASURES},
        damage=damage_of(papers),
    )
