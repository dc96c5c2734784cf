"""`zhaiyao import`: brings documents of the earlier system, and arXiv's metadata snapshot, into the store."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, complain, json_option, opened_store, plain, print_json, progress, say, show
from zhaiyao.errors import ParseError, UsageError, ZhaiyaoError

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.usecases.import_document import Report

FAILED, INCOMPLETE = 1, 3


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--category",
    "categories",
    multiple=True,
    help="Take only a snapshot's papers in this category or archive; may be repeated. With --date: the digest's own.",
)
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="A digest's announcement date.")
@json_option
@click.pass_obj
def command(
    call: Call,
    files: tuple[Path, ...],
    categories: tuple[str, ...],
    on: datetime | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Import classic digests, the earlier system's archive of JSON files, or arXiv's metadata snapshot.

    What a file is, its bytes tell; it may be packed with gzip, xz or zstd, and an archive may be a folder or a tar.
    Each digest becomes an edition that prints its file again, byte for byte, and its id goes to stdout. A bad file,
    record or line is named and does not stop the others. Importing again changes nothing.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.import_document import import_document

    if on is not None and len(categories) != 1:
        raise click.UsageError("--date needs the one --category that the digest is of.")
    settings, places = call.settings()
    texts = wiring.messages(settings)
    imported: list[tuple[Path, Report]] = []
    bad: list[ZhaiyaoError] = []
    with opened_store(places, categories) as store:
        try:
            for path in files:
                try:
                    with wiring.document(path) as document, wiring.threads() as threads, progress(texts) as bar:
                        report = import_document(
                            store,
                            document,
                            threads,
                            name=str(path),
                            now=wiring.clock(),
                            categories=categories,
                            on=on.date() if on else None,
                            progress=bar,
                        )
                except (ParseError, UsageError) as error:
                    bad.append(error)
                    complain(error)
                    continue
                imported.append((path, report))
                _tell(path, report, texts, as_json=as_json)
        finally:  # what is imported is imported, whatever comes after it
            if as_json:
                print_json([{"file": plain(path), **asdict(report)} for path, report in imported])
    return _exit_code([report for _, report in imported], bad)


def _exit_code(imported: "list[Report]", bad: list[ZhaiyaoError]) -> int:
    from zhaiyao.usecases.import_digest import ImportReport

    if bad:
        return FAILED if imported else bad[0].exit_code
    unread = any(not isinstance(report, ImportReport) and report.unreadable for report in imported)
    return INCOMPLETE if unread else 0


def _tell(path: Path, report: "Report", texts: "Messages", *, as_json: bool) -> None:
    """The id of an edition to stdout; what was taken in, and what could not be, to stderr."""
    from zhaiyao.usecases.import_archive import ArchiveReport
    from zhaiyao.usecases.import_digest import ImportReport

    file = plain(path)
    if isinstance(report, ImportReport):
        if not as_json:
            show(report.edition_id)
        key = "cli.already_imported" if report.already else "cli.imported"
        say(texts.text(key, file=file, papers=report.papers, verbatim=report.verbatim))
        return
    key = "cli.import_archive" if isinstance(report, ArchiveReport) else "cli.import_snapshot"
    say(texts.text(key, file=file, **asdict(report)))
    if isinstance(report, ArchiveReport) and report.flagged:
        flaws = (texts.text("cli.count", name=texts.label("flaw", code), count=n) for code, n in report.flagged.items())
        say(texts.text("cli.import_flaws", file=file, flaws=texts.text("phrase.comma").join(flaws)))
    if report.unreadable:
        name, why = report.unread[0]
        say(texts.text("cli.import_unread", file=file, count=report.unreadable, name=name, why=why))
