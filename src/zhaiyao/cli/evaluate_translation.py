"""`zhaiyao evaluate translation`: engines side by side on the same papers."""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, progress, say

if TYPE_CHECKING:
    from zhaiyao.errors import EngineError
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
    help="Score what --out wrote earlier, all of it.",
)
@click.option(
    "--papers", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Translate so many at most."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which papers, and which resamples.")
@click.option("--judge", "judge_name", metavar="NAME", help="Ask this chat engine too which translation is better.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep all translations, as lines of JSON; in FILE.part until all are there.",
)
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
    faithfulness, speed and cost are measured. Nothing is stored: what it costs is told here and not by `zhaiyao cost`,
    and no daily cap holds it, so try a hosted engine with few --papers first.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases import renderings
    from zhaiyao.usecases.evaluate_translation import evaluate, score
    from zhaiyao.usecases.judging import must_judge
    from zhaiyao.usecases.references import sample

    settings, places = call.settings()
    texts = wiring.messages(settings)
    chosen = dict.fromkeys(policies or (() if kept else (settings.translation.policy,)))
    earlier = _earlier(kept, chosen)
    names = {*chosen, *(one.rendered.system for one in earlier), *((renderings.BASELINE,) if baseline else ())}
    with progress(texts) as bar, opened_store(places) as store, _judge(call, judge_name) as judge:
        told = _examples(references, store, seed, bar) if references or not kept else (one.example for one in earlier)
        examples = sample(told, papers if chosen else sys.maxsize, seed=seed)
        if judge is not None:
            must_judge(judge.traits, len(names))  # before an hour of work
        trials: list[Trial] = []
        with _keeping(out, trials, texts) as keep:
            if chosen:
                systems = _systems(call, chosen, store)
                evaluate(examples, systems, wiring.threads, resamples=0, progress=bar, keep=keep)
            for one in earlier:
                keep(one)
        trials += renderings.baseline(examples) if baseline else ()
        report = score(trials, seed=seed)
        judged, failure = _judged(trials, judge, seed, bar)
    outcome = Outcome(report=report, judged=judged)
    if as_json:
        print_json(outcome)
    else:
        _tell(outcome, texts, settings.translation.currency)
    if failure is not None:
        raise failure
    return 0


def _earlier(paths: Iterable[Path], taken: Iterable[str]) -> "tuple[Trial, ...]":
    """What files hold. A system that is known by its name already is another one: it is told by its file, too."""
    from zhaiyao.usecases.renderings import from_lines, renamed

    found: list[Trial] = []
    known = set(taken)
    for path in paths:
        with path.open("rb") as file:
            trials = list(from_lines(file, name=str(path)))
        told = {one.rendered.system for one in trials}
        names = {name: _free(name, path.stem, known) for name in sorted(told)}
        known |= set(names.values())
        found += (renamed(one, names[one.rendered.system]) for one in trials)
    return tuple(found)


def _free(name: str, stem: str, taken: Collection[str]) -> str:
    told = (f"{name} ({stem}{number})" for number in chain(("",), (f" {at}" for at in count(2))))
    return next(one for one in chain((name,), told) if one not in taken)


@contextmanager
def _keeping(out: Path | None, trials: "list[Trial]", texts: "Messages") -> "Iterator[Callable[[Trial], None]]":
    """Takes trials into a list, and writes each at once, so that a kill loses only what is under way.

    A file that stands there is replaced at the end, whatever ended it, if there is anything to replace it with.
    Raises PublishError before anything is paid for.
    """
    from zhaiyao.errors import PublishError
    from zhaiyao.usecases.renderings import to_line

    if out is None:
        try:
            yield trials.append
        except KeyboardInterrupt:
            say(texts.text("evaluate.discarded", papers=len(trials)))
            raise click.exceptions.Exit(1) from None
        return
    place = out.resolve()
    is_device = place.exists() and not place.is_file()
    part = place if is_device else place.with_name(f"{place.name}.part")
    try:
        file = part.open("wb", buffering=0)
    except OSError as error:
        what, hint = f"cannot be written: {error.strerror}", "Choose another place with --out."
        raise PublishError(what, subject=str(out), hint=hint) from None

    def keep(trial: "Trial") -> None:
        trials.append(trial)
        file.write(to_line(trial))

    with file:
        try:
            yield keep
        except KeyboardInterrupt:
            say(texts.text("evaluate.stopped", papers=len(trials), file=out))
            raise click.exceptions.Exit(1) from None
        finally:
            if not is_device:
                part.replace(place) if part.stat().st_size else part.unlink()


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
    """The judge, opened before the work, so that a model that cannot be loaded is told at once."""
    from zhaiyao import wiring

    if name is None:
        yield None
        return
    engine = wiring.engines(*call.settings(translation__policy=name))[0].spec.open()
    try:
        yield engine
    finally:
        engine.close()


def _judged(
    trials: "Sequence[Trial]", engine: "Engine | None", seed: int, bar: "Progress"
) -> "tuple[tuple[Preference, ...], EngineError | None]":
    """What the judge says, or why it stopped: the scores were paid for, and are told first."""
    from zhaiyao.errors import EngineError
    from zhaiyao.usecases.judging import judge

    try:
        return (judge(trials, engine, seed=seed, progress=bar) if engine is not None else ()), None
    except EngineError as error:
        return (), error


def _tell(outcome: Outcome, texts: "Messages", currency: str) -> None:
    from zhaiyao.usecases.translation_measures import MEASURES

    report = outcome.report
    say(texts.text("evaluate.translation", papers=report.papers, referenced=report.with_reference))
    first, *others = report.systems
    heads = [texts.text("column.measure"), first.name]
    for one in others:
        heads += [one.name, texts.text("column.difference")]
    rows = []
    for measure in MEASURES:
        row = [
            texts.text(f"measure.{measure.name}", currency=currency),
            _figure(measure.name, first.figures[measure.name]),
        ]
        for one in others:
            row += [_figure(measure.name, one.figures[measure.name]), _gap(measure.name, one.differences[measure.name])]
        if any(row[1:]):
            rows.append(row)
    print_table(heads, rows)
    say(report.signature)
    for one in report.systems:
        _tell_damage(one, texts)
    for preference in outcome.judged:
        _tell_judged(preference, texts, currency)


def _tell_damage(system: "SystemScore", texts: "Messages") -> None:
    if not system.damage:
        return
    say(texts.text("evaluate.damage", system=system.name, spans=len(system.damage)))
    for one in system.damage[:_DAMAGE_SHOWN]:
        say(f"  {one.paper_id} {one.kind} {one.how}: {one.span}")


def _tell_judged(one: "Preference", texts: "Messages", currency: str) -> None:
    from zhaiyao.usecases.cost import money

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
            cost=money(one.cost_micros, currency),
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
