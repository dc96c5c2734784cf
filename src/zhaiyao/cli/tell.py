"""Tells a run's reports in words, on stderr. Holds no rule but the exit code's."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.pipeline import Ran
    from zhaiyao.usecases.fetch import Fetched
    from zhaiyao.usecases.translate import Translated

Say = Callable[[str], None]


def exit_code(report: "Ran") -> int:
    """0 done, 1 a category could not be fetched, 3 something is still untranslated."""
    if any(one.error for one in report.fetched):
        return 1
    return 3 if report.translated.waiting or report.translated.error else 0


def tell_run(report: "Ran", pages: Path, texts: "Messages", say: Say) -> None:
    """A run: what was fetched and translated, which revisions were made, where the pages are."""
    tell_fetched(report.fetched, texts, say)
    if report.nothing_new:
        say(texts.text("cli.nothing_new"))
    tell_translated(report.translated, texts, say)
    for edition in report.editions:
        say(texts.text("cli.edition", id=edition.id, papers=len(edition.entries)))
    for page in report.pages:
        if page.endswith("index.html"):
            say(f"  {pages / page}")
    if report.nothing_new:
        say(f"  {pages}")


def tell_fetched(reports: "Sequence[Fetched]", texts: "Messages", say: Say) -> None:
    """Each category's day, or why it did not come."""
    for one in reports:
        if one.error is not None:
            say(texts.text("cli.not_fetched", category=one.category, error=one.error))
        elif not one.shown:
            say(texts.text("cli.quiet", category=one.category, date=one.day))
        else:
            news = ", ".join(
                f"{texts.text(f'novelty.{kind}')} {count}" for kind, count in sorted(one.novelties.items())
            )
            say(texts.text("cli.fetched", category=one.category, date=one.day, shown=one.shown, news=news))


def tell_translated(report: "Translated", texts: "Messages", say: Say) -> None:
    """What was translated, which sentences stay in the original, what waits until when, and why nothing goes on."""
    if report.done or report.failed:
        say(texts.text("cli.translated", done=report.done, failed=report.failed, requests=report.requests))
    if report.kept:
        why = ", ".join(f"{count} × {fault}" for fault, count in sorted(report.kept.items()))
        say(texts.text("cli.kept", count=sum(report.kept.values()), why=why))
    if report.error is not None:
        say(texts.text("cli.engine_stopped", error=report.error))
    if report.waiting:
        say(texts.text("cli.waiting", count=report.waiting))
    if report.waiting and report.next_due:
        say(texts.text("cli.next_due", when=report.next_due.isoformat(timespec="minutes")))
