"""`zhaiyao publish`: prints an edition in a layout."""

import sys
from pathlib import Path

import click

from zhaiyao.cli.common import Call, opened_store, say


@click.command("publish")
@click.argument("categories", nargs=-1)
@click.option(
    "--layout",
    type=click.Choice(["classic", "rich", "html", "feed"]),
    help="One layout; all pages of the profile if not given.",
)
@click.option(
    "--edition", metavar="ID", help="An edition: its id, a prefix of it, or PROFILE@DATE for the latest revision."
)
@click.option("--from", "source", type=click.Path(path_type=Path, dir_okay=False), help="A digest file, not the store.")
@click.option("--out", type=click.Path(path_type=Path), help="File for one layout ('-' for stdout), folder for all.")
@click.pass_obj
def command(
    call: Call,
    categories: tuple[str, ...],
    layout: str | None,
    edition: str | None,
    source: Path | None,
    out: Path | None,
) -> int:
    """Publish an edition, a digest file, or all pages.

    Without --edition and --from: the latest pages of CATEGORIES, or of all profiles.

    A file is replaced whole or not at all.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.publish import publish_edition, publish_file, publish_latest

    if edition and source:
        raise click.UsageError("--edition and --from exclude each other.")
    if layout and not (edition or source):
        raise click.UsageError("--layout needs --edition ID or --from FILE.")
    settings, places = call.settings(pages=str(out) if out and not (edition or source) else None)
    look = wiring.look(settings)
    if source:
        data = publish_file(wiring.read_file(source), layout or "rich", look, name=str(source), now=wiring.clock())
        return _deliver(data, out)
    with opened_store(places) as store:
        if edition:
            return _deliver(publish_edition(store, edition, layout or "rich", look), out)
        for profile in wiring.profiles(store, categories):
            for page in publish_latest(store, profile, wiring.outlet(places), look):
                say(str(places.pages / page))
    return 0


def _deliver(data: bytes, out: Path | None) -> int:
    """One document to a file, or to stdout."""
    from zhaiyao import wiring

    if out is None or str(out) == "-":
        sys.stdout.buffer.write(data)
    else:
        wiring.write_file(out, data)
    return 0
