"""`zhaiyao export`: the archive as a data set."""

from pathlib import Path

import click

from zhaiyao.cli.common import Call, json_option, opened_store, plain, print_json, progress, say, show


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("categories", nargs=-1)
@click.option("--name", default="zhaiyao-archive", show_default=True, help="What the data set is called.")
@json_option
@click.pass_obj
def command(call: Call, folder: Path, categories: tuple[str, ...], name: str, as_json: bool) -> int:  # noqa: FBT001
    """Export the archive as a data set: Parquet files with a Croissant description.

    FOLDER gets papers.parquet, sentences.parquet (English and Chinese, aligned), announcements.parquet and
    croissant.json, all of them or none. CATEGORIES and archives limit it; without any, everything is exported.
    """
    from zhaiyao import wiring
    from zhaiyao.categories import subscription
    from zhaiyao.usecases.export import export

    settings, places = call.settings()
    texts = wiring.messages(settings)
    wanted = [subscription(category) for category in categories]
    with (
        opened_store(places, categories) as store,
        wiring.dataset(folder, name=name) as writer,
        progress(texts) as bar,
    ):
        report = export(store, writer, wanted, progress=bar)
    if as_json:
        print_json(report)
        return 0
    show(str(folder / "croissant.json"))
    say(
        texts.text(
            "cli.exported",
            folder=plain(folder),
            papers=report.papers,
            sentences=report.sentences,
            announcements=report.announcements,
        )
    )
    return 0
