"""`zhaiyao import`: brings documents of the earlier system into the store."""

from datetime import datetime
from pathlib import Path

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, say


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

    The id of each edition goes to stdout.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.import_digest import import_digest

    texts = wiring.messages(call.settings()[0])
    reports = []
    with opened_store(call.settings()[1]) as store:
        for path in files:
            data = wiring.read_file(path)
            report = import_digest(
                store, data, name=str(path), now=wiring.clock(), category=category, on=on.date() if on else None
            )
            reports.append(report)
            if not as_json:
                click.echo(report.edition_id)
                key = "cli.already_imported" if report.already else "cli.imported"
                say(texts.text(key, file=path, papers=report.papers, verbatim=report.verbatim))
    if as_json:
        print_json(reports)
    return 0
