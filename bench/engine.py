"""Claim: the embedded engine's translations can be trusted. Every paper complete; no damage to formulas, links and
citations in what is shown as translated, by a check that shares nothing with the validator; at most 5 % of the
sentences left in English. How good they are, and how fast, is printed with intervals, and beside it what the earlier
system made of the same papers under the same check.

    python bench/engine.py                       all 168 papers of the seeds, 200 uncut ones of the listings
    python bench/engine.py --papers 6            so many of each
    python bench/engine.py --folder PATH         goes on where a run that was cut off stopped

Needs the reference material (ZHAIYAO_REFERENCE). Exits with 1 if a limit is exceeded.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from zhaiyao import wiring
from zhaiyao.cli.common import Silent
from zhaiyao.engines.local import LocalSpec
from zhaiyao.glossary import Glossary, defaults
from zhaiyao.usecases import references, renderings
from zhaiyao.usecases.evaluate_translation import Report, SystemScore, score
from zhaiyao.usecases.references import Example
from zhaiyao.usecases.renderings import System, Trial
from zhaiyao.usecases.translation_measures import MEASURES, SHARES
from zhaiyao.worker import TranslatorSpec

NAME = "embedded"
SEEDS, LISTED = 168, 200
MOST_ENGLISH = 0.05
AT_ONCE = 3
SHARED = Path(os.environ.get("ZHAIYAO_REFERENCE") or Path(__file__).resolve().parents[2] / "shared")


class Told(Silent):
    """Progress as lines, for a run of half an hour."""

    def __init__(self) -> None:
        self._done = 0
        self._total: int | None = None

    def start(self, what: str, total: int | None) -> None:
        self._done, self._total = 0, total

    def advance(self, steps: int = 1) -> None:
        self._done += steps
        if self._done % 10 == 0:
            print(f"  {self._done} of {self._total}", file=sys.stderr, flush=True)


def read(path: Path) -> Iterator[Example]:
    with wiring.document(path) as document:
        yield from references.read(document, name=str(path), progress=Silent())


def papers(most: int | None, seed: int) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """The two sets: with references, and uncut without any."""
    seeds = (one for path in sorted((SHARED / "seeds").glob("*.txt")) for one in read(path))
    first = references.sample(seeds, min(most or SEEDS, SEEDS), seed=seed)
    listed = read(SHARED / "corpus" / "listings-2025.jsonl.xz")
    return first, references.sample(listed, min(most or LISTED, LISTED), seed=seed)


def translated(examples: Sequence[Example], file: Path) -> list[Trial]:
    """A trial for each example; those in the file are taken from it, the others are added as they are done."""
    done = {}
    if file.exists():
        with file.open("rb") as lines:
            done = {one.example: one for one in renderings.from_lines(lines, name=str(file))}
        file.write_bytes(b"".join(map(renderings.to_line, done.values())))  # without a line that was cut off
    missing = [one for one in examples if one not in done]
    print(f"{len(examples)} papers, {len(examples) - len(missing)} of them done before", flush=True)
    spec = TranslatorSpec((LocalSpec(models=file.parent / "models"),))
    glossary = Glossary(defaults("zh"))
    system = System(name=NAME, spec=spec, limit=AT_ONCE, terms=glossary.occurring)
    with wiring.threads() as executor, file.open("ab") as lines:
        for trial in renderings.render(system, missing, executor, progress=Told()):
            lines.write(renderings.to_line(trial))
            lines.flush()
            done[trial.example] = trial
    return [done[one] for one in examples]


def show(title: str, report: Report) -> None:
    print(f"\n{title}: {report.papers} papers")
    for system in report.systems:
        print(f"  {system.name}")
        for measure in MEASURES:
            if figure := system.figures[measure.name]:
                share = measure.name in SHARES
                scale, unit = (100.0, " %") if share else (1.0, "")
                value, low, high = (scale * one for one in (figure.value, figure.low, figure.high))
                print(f"    {measure.name:14} {value:8.2f}{unit}  ({low:.2f} to {high:.2f})")
        print(f"    {'damage':14} {len(system.damage):8d}  spans")


def show_kept(trials: Sequence[Trial]) -> None:
    """Why sentences stayed in the original."""
    kept = Counter("+".join(pair.faults) for one in trials for pair in one.rendered.pairs if pair.kept)
    print(
        "\nsentences kept in the original, by fault:",
        ", ".join(f"{name} {count}" for name, count in kept.most_common()),
    )


def exceeded(system: SystemScore) -> Iterator[str]:
    """The limits that do not hold."""
    if system.value("complete") != 1.0:
        yield f"complete: {system.value('complete')}"
    for one in system.damage:
        yield f"{one.paper_id}: {one.kind} {one.how}: {one.span}\n    {one.sentence}\n    {one.target}"
    for name in ("english", "kept"):
        if (system.value(name) or 0.0) > MOST_ENGLISH:
            yield f"{name}: {system.value(name):.3f} of the sentences"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, help="so many of each set")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--folder", type=Path, help="where finished papers are kept, and looked for")
    args = parser.parse_args()
    if not SHARED.is_dir():
        print(f"there is no reference material at {SHARED} (ZHAIYAO_REFERENCE)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        first, listed = papers(args.papers, args.seed)
        ours = translated([*first, *listed], folder / "engine.jsonl")
    own, others = ours[: len(first)], ours[len(first) :]
    show("with references", score([*own, *renderings.baseline(first, "earlier system")], seed=args.seed))
    show("uncut, without references", score(others, seed=args.seed))
    both = score(ours, seed=args.seed)
    show("both", both)
    show_kept(ours)
    faults = list(exceeded(both.systems[0]))
    for fault in faults:
        print(f"EXCEEDED {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
