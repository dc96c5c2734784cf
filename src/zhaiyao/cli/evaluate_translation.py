"""`zhaiyao evaluate translation`: engines side by side on the same papers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, progress, say

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Engine, Progress, Store
    from zhaiyao.scoring.bootstrap import Difference, Interval
    from zhaiyao.usecases.evaluate_translation import Report, SystemScore
    from zhaiyao.usecases.judging import Preference
    from zhaiyao.usecases.references import Example
    from zhaiyao.usecases.renderings import System, Trial

_DAMAGE_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What `--json` prints."""

    report: "Report"
    judged: "tuple[Preference, ...]" = ()


@click.command("translation")
@click.option(
    "--references",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    metavar="FILE",
    help="Papers with references: a classic digest, the earlier system's archive, or lines of JSON.",
)
@click.option(
    "--policy", "--engine", "policies", multiple=True, metavar="NAMES", help="Who translates; repeat it to compare."
)
@click.option("--baseline", is_flag=True, help="Check the references themselves too, as one more system.")
@click.option(
    "--from",
    "kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Score what --out wrote earlier.",
)
@click.option("--papers", type=click.IntRange(1, 10_000), default=100, show_default=True, help="So many at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which papers, and which resamples.")
@click.option("--judge", "judge_name", metavar="NAME", help="Ask this chat engine too which translation is better.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Keep all translations, as lines of JSON.")
@json_option
@click.pass_obj
def command(
    call: Call,
    /,
    references: tuple[Path, ...],
    policies: tuple[str, ...],
    kept: tuple[Path, ...],
    papers: int,
    seed: int,
    judge_name: str | None,
    out: Path | None,
    *,
    baseline: bool,
    as_json: bool,
) -> int:
    """Let engines translate the same papers, and compare them with references and with each other.

    Without --references, papers of the store are taken that another system translated, and sentences that you
    corrected. A line of JSON has id, title, abstract, and title_zh, abstract_zh, tldr_zh if known: without them, only
    faithfulness, speed and cost are measured. Nothing is stored.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases import renderings
    from zhaiyao.usecases.evaluate_translation import evaluate, score
    from zhaiyao.usecases.references import sample

    settings, places = call.settings()
    texts = wiring.messages(settings)
    chosen = dict.fromkeys(policies or (() if kept else (settings.translation.policy,)))
    earlier = [trial for path in kept for trial in _earlier(path)]
    with progress(texts) as bar, opened_store(places) as store, _judge(call, judge_name) as judge:
        told = _examples(references, store, seed, bar) if references or not kept else (one.example for one in earlier)
        examples = sample(told, papers, seed=seed)
        trials: list[Trial] = []
        try:
            if chosen:
                evaluate(
                    examples,
                    _systems(call, chosen, store),
                    wiring.threads,
                    resamples=0,
                    progress=bar,
                    keep=trials.append,
                )
        finally:
            if out is not None:
                wiring.write_file(out, b"".join(map(renderings.to_line, trials)))
        trials += earlier
        trials += renderings.baseline(examples) if baseline else ()
        report = score(trials, seed=seed)
        judged = _judged(trials, judge, seed, bar) if judge is not None else ()
    if as_json:
        print_json(Outcome(report=report, judged=judged))
        return 0
    _tell(report, texts)
    for one in judged:
        _tell_judged(one, texts)
    return 0


def _earlier(path: Path) -> "Iterator[Trial]":
    from zhaiyao.usecases.renderings import from_lines

    with path.open("rb") as file:
        yield from from_lines(file, name=str(path))


def _examples(paths: Sequence[Path], store: "Store", seed: int, bar: "Progress") -> "Iterator[Example]":
    from zhaiyao import wiring
    from zhaiyao.usecases.references import read, stored

    if not paths:
        yield from stored(store, seed=seed)
    for path in paths:
        with wiring.document(path) as document:
            yield from read(document, name=str(path), progress=bar)


def _systems(call: Call, policies: Iterable[str], store: "Store") -> "Iterator[System]":
    """One system per policy, each with its settings' engines and the reader's glossary, as `translate` has them."""
    from zhaiyao import wiring
    from zhaiyao.usecases.jobs import Briefing
    from zhaiyao.usecases.renderings import System

    glossary = Briefing.read(store).glossary
    for name in policies:
        with wiring.crew(*call.settings(translation__policy=name)) as crew:
            yield System(name=name, spec=crew.spec, limit=crew.limit, batch=crew.batch, terms=glossary.occurring)


@contextmanager
def _judge(call: Call, name: str | None) -> "Iterator[Engine | None]":
    """The judge, opened before the work, so that a missing key is told at once."""
    from zhaiyao import wiring

    if name is None:
        yield None
        return
    engine = wiring.engines(*call.settings(translation__policy=name))[0].spec.open()
    try:
        yield engine
    finally:
        engine.close()


def _judged(trials: "Sequence[Trial]", engine: "Engine", seed: int, bar: "Progress") -> "tuple[Preference, ...]":
    from zhaiyao.usecases.judging import judge

    return judge(trials, engine, seed=seed, progress=bar)


def _tell(report: "Report", texts: "Messages") -> None:
    from zhaiyao.usecases.translation_measures import MEASURES

    say(texts.text("evaluate.translation", papers=report.papers, referenced=report.with_reference))
    first, *others = report.systems
    heads = [texts.text("column.measure"), first.name]
    for one in others:
        heads += [one.name, texts.text("column.difference")]
    rows = []
    for measure in MEASURES:
        row = [texts.text(f"measure.{measure.name}"), _figure(measure.name, first.figures[measure.name])]
        for one in others:
            row += [_figure(measure.name, one.figures[measure.name]), _gap(measure.name, one.differences[measure.name])]
        if any(row[1:]):
            rows.append(row)
    print_table(heads, rows)
    say(report.signature)
    for one in report.systems:
        _tell_damage(one, texts)


def _tell_damage(system: "SystemScore", texts: "Messages") -> None:
    if not system.damage:
        return
    say(texts.text("evaluate.damage", system=system.name, spans=len(system.damage)))
    for one in system.damage[:_DAMAGE_SHOWN]:
        say(f"  {one.paper_id} {one.kind} {one.how}: {one.span}")


def _tell_judged(one: "Preference", texts: "Messages") -> None:
    say(
        texts.text(
            "evaluate.judged",
            judge=one.judge,
            system=one.name,
            base=one.base,
            wins=one.wins,
            losses=one.losses,
            ties=one.ties,
            unread=one.unread,
            share=_figure("share", one.share) or "–",
            first=_figure("share", one.first_shown) or "–",
        )
    )


def _figure(measure: str, figure: "Interval | None") -> str:
    if figure is None:
        return ""
    value, low, high = (_number(measure, one) for one in (figure.value, figure.low, figure.high))
    return value if low == high else f"{value} ({low}–{high})"


def _gap(measure: str, gap: "Difference | None") -> str:
    if gap is None:
        return ""
    value, low, high = (_number(measure, one, sign="+") for one in (gap.value, gap.low, gap.high))
    return f"{value} ({low} … {high}), p={gap.p:.3f}"


def _number(measure: str, value: float, sign: str = "") -> str:
    """A share in per cent, with a digit more of what is small."""
    from zhaiyao.usecases.translation_measures import SHARES

    if measure == "share" or measure in SHARES:
        return f"{100 * value:{sign}.1f} %"
    digits = {"rouge_l": 3, "seconds": 2, "tokens": 0, "cost": 5}.get(measure, 1)
    return f"{value:{sign}.{digits}f}"
