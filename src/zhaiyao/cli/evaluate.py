"""`zhaiyao evaluate`: how good the parts are, measured on what the reader has."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli import evaluate_translation
from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, progress, say

if TYPE_CHECKING:
    from zhaiyao.finding import Document
    from zhaiyao.messages import Messages
    from zhaiyao.ports import Progress
    from zhaiyao.settings import Places
    from zhaiyao.usecases.evaluate_search import SearchReport, Share


@click.group("evaluate")
def command() -> None:
    """Measure quality on papers of your own."""


command.add_command(evaluate_translation.command)


@command.command("search")
@click.argument("archive", type=click.Path(path_type=Path, exists=True), required=False)
@click.option("--keep-out", type=click.IntRange(100), default=2000, show_default=True, help="Papers to look for.")
@click.option("--mixed", is_flag=True, help="Index the other papers in both languages, as a store in use has them.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which papers are kept out.")
@json_option
@click.pass_obj
def search(
    call: Call,
    archive: Path | None,
    keep_out: int,
    mixed: bool,  # noqa: FBT001
    seed: int,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Look for papers by the title in the other language.

    Translated papers are kept out of what the search learns from, and indexed in one language only. Takes the papers
    of the store, or of ARCHIVE (the earlier system's: a folder or .tar.xz). Store and index stay as they are.
    """
    from tempfile import TemporaryDirectory

    from zhaiyao import wiring
    from zhaiyao.usecases.evaluate_search import evaluate

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with progress(texts) as bar, _papers(archive, places, bar) as papers, TemporaryDirectory() as folder:
        report = evaluate(
            papers,
            wiring.scratch_index,
            Path(folder),
            keep_out=keep_out,
            seed=seed,
            progress=bar,
            mixed=mixed,
        )
    if as_json:
        print_json(report)
        return 0
    say(texts.text("evaluate.search", papers=report.papers, learned=report.learned, out=report.kept_out))
    _show(report, texts)
    return 0


@contextmanager
def _papers(archive: Path | None, places: "Places", bar: "Progress") -> "Iterator[Iterable[Document]]":
    from zhaiyao import wiring
    from zhaiyao.usecases.evaluate_search import archived, stored

    if archive is None:
        with opened_store(places) as store:
            yield stored(store)
        return
    with wiring.document(archive) as container:
        yield archived(container, progress=bar)


def _show(report: "SearchReport", texts: "Messages") -> None:
    heads = [texts.text(f"column.{name}") for name in ("direction", "mode", "recall_1", "recall_10", "mrr")]
    rows = [
        (
            texts.text(f"direction.{one.direction}"),
            texts.text(f"mode.{one.mode}"),
            *(_share(share) for share in (one.quality.recall_1, one.quality.recall_10, one.quality.reciprocal)),
        )
        for one in report.measured
    ]
    print_table(heads, rows)


def _share(share: "Share") -> str:
    return f"{share.value:.3f} ({share.low:.3f}–{share.high:.3f})"
