"""Takes whatever a document is into the store: a classic digest, the archive, the snapshot. Opens no file."""

from collections.abc import Sequence
from datetime import date, datetime

from zhaiyao.errors import ParseError, UsageError
from zhaiyao.ports import Executor, Progress, Store
from zhaiyao.sources.containers import Document, Shape
from zhaiyao.usecases.import_archive import ArchiveReport, import_archive
from zhaiyao.usecases.import_digest import ImportReport, import_digest
from zhaiyao.usecases.import_snapshot import SnapshotReport, import_snapshot

Report = ImportReport | ArchiveReport | SnapshotReport


def import_document(
    store: Store,
    document: Document,
    executor: Executor,
    *,
    name: str,
    now: datetime,
    categories: Sequence[str] = (),
    on: date | None = None,
    progress: Progress,
) -> Report:
    """Imports a document by its shape. `name` is what errors call it; the executor reads ahead where that pays.

    `categories` choose among a snapshot's papers; with `on`, the one category is a digest's. Raises UsageError where
    they do not go with the document, ParseError if it is damaged or none of the three, UnknownCategory.
    """
    if document.shape is Shape.TEXT:
        return _digest(store, document.whole(), name=name, now=now, categories=categories, on=on)
    if on is not None:
        raise UsageError("names no announcement date to be given", subject=name, hint="Leave out --date.")
    try:
        if document.shape is Shape.LINES:
            return _some(import_snapshot(store, document, executor, categories=categories, progress=progress), name)
        if categories:
            hint = "Leave out --category: only the snapshot can be imported in part."
            raise UsageError("the archive does not tell a paper's categories", subject=name, hint=hint)
        return _some(import_archive(store, document, now=now, progress=progress), name)
    except ParseError as error:
        raise ParseError(error.what, subject=error.subject or name, hint=error.hint) from None


def _digest(
    store: Store, data: bytes, *, name: str, now: datetime, categories: Sequence[str], on: date | None
) -> ImportReport:
    if len(categories) > 1:
        raise UsageError("a digest is of one category", subject=name, hint="Give one --category, with --date.")
    return import_digest(store, data, name=name, now=now, category=next(iter(categories), None), on=on)


def _some(report: Report, name: str) -> Report:
    """The report, if anything of the document could be read at all."""
    if isinstance(report, ImportReport) or report.papers or not report.unreadable:
        return report
    if isinstance(report, SnapshotReport) and report.outside:
        return report
    piece, why = report.unread[0]
    raise ParseError(
        f"none of its {report.unreadable} records can be read; {piece}: {why}",
        subject=name,
        hint="Import takes classic digests, the earlier system's archive of JSON files, and arXiv's metadata snapshot.",
    )
