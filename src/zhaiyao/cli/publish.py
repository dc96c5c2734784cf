"""`zhaiyao publish`: prints an edition in a layout."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, plain, print_json, say, show

if TYPE_CHECKING:
    from zhaiyao.settings import Places, Settings


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
@json_option
@click.pass_obj
def command(
    call: Call,
    categories: tuple[str, ...],
    layout: str | None,
    edition: str | None,
    source: Path | None,
    out: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Publish an edition, a digest file, or all pages.

    Without --edition and --from: the latest pages of CATEGORIES, or of all profiles.

    A file is replaced whole or not at all; its path goes to stdout. The ids are in `zhaiyao editions`.
    """
    if edition == "" or out == Path(""):
        raise click.UsageError("--edition and --out may not be empty: is a variable unset?")
    one = edition or source
    to_stdout = str(out) == "-" or (one is not None and out is None)
    _check(categories, layout, edition, source, to_stdout=to_stdout, as_json=as_json)
    settings, places = call.settings(pages=str(out) if out and not one else None)
    if not one:
        written = _publish_all(settings, places, categories)
    else:
        data = _document(settings, places, edition, source, layout or "rich")
        if to_stdout or out is None:
            sys.stdout.buffer.write(data)
            return 0
        written = [_write(out, data)]
    if as_json:
        print_json([plain(path) for path in written])
    else:
        for path in written:
            show(str(path))
    return 0


def _check(
    categories: tuple[str, ...],
    layout: str | None,
    edition: str | None,
    source: Path | None,
    *,
    to_stdout: bool,
    as_json: bool,
) -> None:
    """Words that do not go together."""
    one = edition or source
    wrong = {
        "--edition and --from exclude each other.": edition and source,
        "CATEGORIES are for all pages; --edition and --from name one document.": one and categories,
        "--layout needs --edition ID or --from FILE.": layout and not one,
        "--out - needs --edition ID or --from FILE: all pages are many files.": to_stdout and not one,
        "--json lists written files: it needs --out FILE.": as_json and to_stdout,
    }
    for text, applies in wrong.items():
        if applies:
            raise click.UsageError(text)


def _publish_all(settings: "Settings", places: "Places", categories: tuple[str, ...]) -> list[Path]:
    from zhaiyao import wiring
    from zhaiyao.usecases.publish import publish_all

    look, outlet = wiring.look(settings, places), wiring.outlet(places)
    with opened_store(places, categories) as store:
        pages = [
            page
            for profile in wiring.profiles(store, categories)
            for page in publish_all(store, profile, outlet, look, clock=wiring.clock)
        ]
    if not pages:
        say(wiring.messages(settings).text("cli.no_edition"))
    return [places.pages / page for page in pages]


def _document(settings: "Settings", places: "Places", edition: str | None, source: Path | None, layout: str) -> bytes:
    """One edition, or a digest file, in one layout."""
    from zhaiyao import wiring
    from zhaiyao.usecases.publish import publish_edition, publish_file

    look = wiring.look(settings, places)
    if source:
        return publish_file(wiring.read_file(source), layout, look, name=str(source), now=wiring.clock())
    with opened_store(places) as store:
        return publish_edition(store, edition or "", layout, look)


def _write(out: Path, data: bytes) -> Path:
    from zhaiyao import wiring

    wiring.write_file(out, data)
    return out
