"""`zhaiyao import`: brings documents of the earlier system into the store."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, complain, json_option, opened_store, plain, print_json, say, show
from zhaiyao.errors import ParseError, UsageError, ZhaiyaoError

if TYPE_CHECKING:
    from zhaiyao.usecases.import_digest import ImportReport


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--category", help="The category the digests are of; only with --date.")
@click.option("--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Their announcement date; only with --category.")
@json_option
@click.pass_obj
def command(
    call: Call,
    files: tuple[Path, ...],
    category: str | None,
    on: datetime | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Import classic digests. Each becomes an edition that prints its file again, byte for byte.

    The id of each edition goes to stdout. A bad file is named and does not stop the others.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.import_digest import import_digest

    if (category is None) != (on is None):
        raise click.UsageError("--category and --date go together: give both, or neither.")
    settings, places = call.settings()
    texts = wiring.messages(settings)
    imported: list[tuple[Path, ImportReport]] = []
    bad: list[ZhaiyaoError] = []
    with opened_store(places, [category] if category else []) as store:
        try:
            for path in files:
                try:
                    data = wiring.read_file(path)
                    report = import_digest(
                        store, data, name=str(path), now=wiring.clock(), category=category, on=on.date() if on else None
                    )
                except (ParseError, UsageError) as error:
                    bad.append(error)
                    complain(error)
                    continue
                imported.append((path, report))
                if not as_json:
                    show(report.edition_id)
                    key = "cli.already_imported" if report.already else "cli.imported"
                    say(texts.text(key, file=plain(path), papers=report.papers, verbatim=report.verbatim))
        finally:  # what is imported is imported, whatever comes after it
            if as_json:
                print_json([{"file": plain(path), **asdict(report)} for path, report in imported])
    if not bad:
        return 0
    return 1 if imported else bad[0].exit_code
