"""`zhaiyao tune`: better instructions for a chat engine, found by trying."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, progress, say
from zhaiyao.errors import UsageError

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Engine, EngineSpec, Store
    from zhaiyao.settings import Places
    from zhaiyao.usecases.budget import Cap
    from zhaiyao.usecases.references import Example
    from zhaiyao.usecases.renderings import System
    from zhaiyao.usecases.tune import Tuned
    from zhaiyao.wiring import Hired

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The options of a call."""

    engine: str | None
    optimizer: str | None
    references: tuple[Path, ...]
    steps: int
    proposals: int
    papers: int
    seed: int
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is written beside new instructions, and what `--json` prints. `saved` is their name, empty if there are
    none: nothing was better than `start`."""

    saved: str
    start: str
    engine: str
    optimizer: str
    papers: int
    held_out: int
    seed: int
    tuned: "Tuned"


@click.command("tune")
@click.option("--engine", metavar="NAME", help="Whose instructions; the first engine of the policy without it.")
@click.option("--optimizer", metavar="NAME", help="Who proposes; the same engine without it.")
@click.option(
    "--references",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    metavar="FILE",
    help="Papers with references, as evaluate translation takes them.",
)
@click.option("--steps", type=click.IntRange(1, 100), default=5, show_default=True, help="Rounds of proposals.")
@click.option("--proposals", type=click.IntRange(1, 20), default=4, show_default=True, help="Of each round.")
@click.option(
    "--papers",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="To search on; as many more are held out.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which papers.")
@click.option("--name", metavar="NAME", help="Of the new instructions; a number after the present ones without it.")
@json_option
@click.pass_obj
def command(call: Call, /, *, as_json: bool, **told: object) -> int:
    """Search better instructions for a chat engine.

    An engine proposes instructions, each is tried on papers with references, and the best on papers held out is kept
    in the home directory; `instructions = "NAME"` in the engine's section uses it. Every round costs proposals times
    papers, and the last comparison four times the papers; of a daily cap it takes what translating and earlier tuning
    have left. Stopped, it goes on where it was when it is called again. The embedded model was trained for its one task
    and takes no instructions.
    """
    from zhaiyao import wiring

    asked = _Asked(**told)  # type: ignore[arg-type]  # click has checked them
    settings, places = call.settings(translation__policy=asked.engine)
    texts = wiring.messages(settings)
    outcome = _tuned(call, asked, texts)
    if outcome.saved:
        _save(places, outcome)
    if as_json:
        print_json(outcome)
    _tell(outcome, texts, settings.translation.currency)
    return 0


def _tuned(call: Call, asked: _Asked, texts: "Messages") -> Told:
    """The search itself."""
    from zhaiyao import wiring
    from zhaiyao.usecases import tune as tuning
    from zhaiyao.usecases.references import sample

    settings, places = call.settings(translation__policy=asked.engine)
    hired = wiring.engines(settings, places)[0]
    proposer = wiring.engines(*call.settings(translation__policy=asked.optimizer))[0] if asked.optimizer else hired
    present, text = tuning.present(hired.spec)
    tuning.present(proposer.spec)
    name = _name(places, asked.name, present)
    with progress(texts) as bar, opened_store(places) as store, _opened(proposer.spec) as optimizer:
        examples = sample(_examples(asked, store), 2 * asked.papers, seed=asked.seed)
        papers, held_out = tuning.split(examples, seed=asked.seed)
        plan = tuning.Plan(
            start=text,
            engine=hired.name,
            steps=asked.steps,
            proposals=asked.proposals,
            seed=asked.seed,
            allowance=_allowance(store, places, wiring.cap(settings, tuple(dict.fromkeys((hired, proposer))))),
        )
        bench = tuning.Bench(system=_systems(hired, name, store), optimizer=optimizer, executors=wiring.threads)
        with wiring.journal(wiring.instructions_file(places, name, ".jsonl")) as (lines, keep):
            journal = tuning.Journal(lines, keep, day=wiring.clock().date().isoformat())
            found = tuning.tune(bench, plan, papers, held_out, journal, progress=bar)
    return Told(
        saved=name if found.improved(text) else "",
        start=present,
        engine=hired.name,
        optimizer=proposer.name,
        papers=len(papers),
        held_out=len(held_out),
        seed=asked.seed,
        tuned=found,
    )


def _name(places: "Places", told: str | None, present: str) -> str:
    """The name of what is to be found: as told, or the first number after the present name that is not taken."""
    from zhaiyao import wiring

    if told is not None and not _NAME.fullmatch(told):
        raise UsageError("not a name for instructions", subject=told[:80], hint="Letters, digits and . _ - only.")
    stem = present.partition("-tuned-")[0]
    names = [told] if told else [f"{stem}-tuned-{number}" for number in range(1, 1000)]
    free = (name for name in names if not wiring.instructions_file(places, name, ".txt").exists())
    found = next(free, None)
    if found is None:
        raise UsageError("there are such instructions already", subject=names[0], hint="Give another --name.")
    return found


def _systems(hired: "Hired", name: str, store: "Store") -> "Callable[[str], System]":
    """Makes the system of given instructions, with the reader's glossary, as `translate` has it."""
    from zhaiyao import wiring
    from zhaiyao.usecases.jobs import Briefing
    from zhaiyao.usecases.renderings import System
    from zhaiyao.usecases.tune import instructed

    glossary = Briefing.read(store).glossary

    def made(text: str) -> "System":
        return System(
            name=name,
            spec=wiring.translator(instructed(hired.spec, name, text)),
            limit=hired.limit,
            batch=hired.papers,
            terms=glossary.occurring,
        )

    return made


def _examples(asked: _Asked, store: "Store") -> "Iterator[Example]":
    from zhaiyao import wiring
    from zhaiyao.cli.common import Silent
    from zhaiyao.usecases.references import read, stored

    if not asked.references:
        yield from stored(store, seed=asked.seed)
    for path in asked.references:
        with wiring.document(path) as document:
            yield from read(document, name=str(path), progress=Silent())


def _allowance(store: "Store", places: "Places", cap: "Cap | None") -> int | None:
    """What is left of the day's cap, in millionths; None without one. Other searches of the day took from it, too."""
    from zhaiyao import wiring
    from zhaiyao.usecases.budget import midnight
    from zhaiyao.usecases.tune import spent_on

    if cap is None:
        return None
    today = wiring.clock().date()
    with store.reading() as tx:
        spent = sum(one.cost_micros for one in tx.renditions.spent(since=midnight(today)))
    for journal in wiring.instructions_file(places, "", "").parent.glob("*.jsonl"):
        with journal.open("rb") as lines:
            spent += spent_on(today.isoformat(), lines)
    return max(0, cap.micros - spent)


@contextmanager
def _opened(spec: "EngineSpec") -> "Iterator[Engine]":
    engine = spec.open()
    try:
        yield engine
    finally:
        engine.close()


def _save(places: "Places", outcome: Told) -> None:
    """The instructions and, beside them, what is known of them. Raises PublishError."""
    import msgspec

    from zhaiyao import wiring

    told = msgspec.json.format(msgspec.json.encode(outcome), indent=2)
    wiring.write_file(wiring.instructions_file(places, outcome.saved, ".json"), told + b"\n")
    wiring.write_file(wiring.instructions_file(places, outcome.saved, ".txt"), outcome.tuned.text.encode() + b"\n")


def _tell(outcome: Told, texts: "Messages", currency: str) -> None:
    found = outcome.tuned
    cost = f"{found.cost_micros / 1_000_000:.4f} {currency}"
    if found.exhausted:
        say(texts.text("tune.exhausted", steps=found.steps))
    if found.stalled:
        say(texts.text("tune.stalled", step=found.steps + 1, why=found.stalled))
    say(texts.text("tune.tried", tried=found.tried, refused=found.refused, steps=found.steps, cost=cost))
    scores = {"before": f"{found.start.value:.1f}", "after": f"{found.best.value:.1f}", "papers": outcome.held_out}
    if not outcome.saved:
        say(texts.text("tune.nothing", **scores))
        return
    gap = found.report.systems[-1].differences.get("chrf")
    sure = f"{gap.value:+.1f} ({gap.low:+.1f} … {gap.high:+.1f})" if gap else ""
    say(texts.text("tune.saved", name=outcome.saved, sure=sure, **scores))
