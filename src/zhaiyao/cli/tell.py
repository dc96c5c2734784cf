"""Tells a run's reports in words, on stderr. Holds no rule but the exit code's."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhaiyao.ledger import Standing
    from zhaiyao.messages import Messages
    from zhaiyao.pipeline import Gathered, Ran
    from zhaiyao.records import Edition, Incident
    from zhaiyao.usecases.backfill import Backfilled
    from zhaiyao.usecases.fetch import Fetched
    from zhaiyao.usecases.morning import Morning, Published
    from zhaiyao.usecases.repair import Repaired
    from zhaiyao.usecases.translate import Translated

Say = Callable[[str], None]


def exit_code(report: "Ran") -> int:
    """0 done, 1 a category could not be fetched, 3 something is still untranslated."""
    if any(one.error for one in report.fetched):
        return 1
    return 0 if report.translated.is_whole else 3


def moment(instant: datetime) -> str:
    """An instant by this machine's clock, to the minute, with its distance from UTC."""
    local = instant.astimezone()
    return f"{local:%Y-%m-%d %H:%M} (UTC{local.isoformat()[-6:]})"


def tell_run(report: "Ran", pages: Path, texts: "Messages", say: Say) -> None:
    """A run: what was fetched and translated, which revisions were made, where the pages are."""
    tell_gathered(report, texts, say)
    if report.nothing_new:
        say(texts.text("cli.nothing_new"))
    tell_translated(report.translated, texts, say)
    tell_published(report.editions, report.pages, pages, texts, say)
    if report.nothing_new:
        say(f"  {pages}")


def tell_published(
    editions: "Sequence[Edition]", names: Sequence[str], pages: Path, texts: "Messages", say: Say
) -> None:
    """Which revisions were made, and where they are to be read."""
    for edition in editions:
        say(texts.text("cli.edition", id=edition.id, papers=len(edition.entries)))
    for name in names:
        if name.endswith("index.html"):
            say(f"  {pages / name}")


def tell_gathered(report: "Gathered | Ran", texts: "Messages", say: Say) -> None:
    """All that was asked of arXiv: the latest day, past days, further facts."""
    tell_fetched(report.fetched, texts, say)
    for one in report.backfilled:
        tell_backfilled(one, texts, say)
    if report.enriched.papers:
        say(texts.text("cli.enriched", papers=report.enriched.papers, late=report.enriched.late))


def tell_fetched(reports: "Sequence[Fetched]", texts: "Messages", say: Say) -> None:
    """Each category's day, or why it did not come; and what went wrong with it at which interface."""
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
        for incident in one.incidents:
            say(incident_line(incident, "cli.incident", texts))
        if one.standing is not None and one.standing.state != "fresh":
            say(f"  {standing_line(one.standing, texts)}")


def tell_backfilled(one: "Backfilled", texts: "Messages", say: Say) -> None:
    """What came of a past day, if anything."""
    if one.error is not None:
        say(texts.text("cli.not_backfilled", category=one.category, date=one.day, error=one.error))
    elif one.added:
        say(texts.text("cli.backfilled", category=one.category, date=one.day, added=one.added))


def tell_repaired(report: "Repaired", texts: "Messages", say: Say) -> None:
    """What came of a repair."""
    counts = {"asked": report.asked, "found": report.found, "changed": report.changed, "queued": report.queued}
    say(texts.text("cli.repaired", **counts, absent=len(report.absent)))
    if report.error is not None:
        say(texts.text("cli.repair_stopped", error=report.error))


def tell_early(first: "Published", pages: Path, texts: "Messages", say: Say) -> None:
    """The first papers of the morning."""
    for day in {edition.date for edition in first.editions}:
        say(texts.text("cli.morning_first", date=day))
    tell_published(first.editions, first.pages, pages, texts, say)


def tell_morning(report: "Morning", pages: Path, texts: "Messages", say: Say) -> None:
    """Whether the day came, and whether it is complete."""
    tell_fetched(report.fetched, texts, say)
    tell_translated(report.translated, texts, say)
    tell_published(report.last.editions, report.last.pages, pages, texts, say)
    if report.missing:
        say(texts.text("cli.morning_missing", date=report.day, categories=", ".join(report.missing)))
    elif report.first is None:
        say(texts.text("cli.morning_absent", date=report.day))
    else:
        say(texts.text("cli.morning_complete", date=report.day))


def standing_line(one: "Standing", texts: "Messages") -> str:
    """How a category stands, since when, and what is tried next."""
    return texts.text(
        f"standing.{one.state}",
        category=one.category,
        day=one.day,
        since=moment(one.since),
        interface=texts.text(f"interface.{one.next_interface}"),
        next=moment(one.next_at),
    )


def incident_line(incident: "Incident", key: str, texts: "Messages") -> str:
    """What went wrong, of which day, at which interface."""
    return texts.text(
        key,
        category=incident.category,
        date=incident.date or "?",
        interface=texts.text(f"interface.{incident.interface}"),
        fault=texts.text(f"fault.{incident.fault}"),
        detail=incident.detail,
    ).rstrip()


def tell_translated(report: "Translated", texts: "Messages", say: Say) -> None:
    """What was translated, which sentences stay in the original, what waits until when, and why nothing goes on."""
    if report.done or report.failed:
        say(texts.text("cli.translated", done=report.done, failed=report.failed, requests=report.requests))
    if report.cost_micros:
        from zhaiyao.usecases.cost import money

        say(texts.text("cli.cost", cost=money(report.cost_micros, report.currency)))
    if report.kept:
        why = ", ".join(f"{count} × {fault}" for fault, count in sorted(report.kept.items()))
        say(texts.text("cli.kept", count=sum(report.kept.values()), why=why))
    for setback in report.setbacks:
        say(texts.text("cli.engine_rests", error=setback))
    if report.capped:
        say(texts.text("cli.capped"))
    if report.error is not None:
        say(texts.text("cli.engine_stopped", error=report.error))
    if report.waiting:
        say(texts.text("cli.waiting", count=report.waiting))
    if report.waiting and report.next_due:
        say(texts.text("cli.next_due", when=report.next_due.isoformat(timespec="minutes")))
