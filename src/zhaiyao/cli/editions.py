"""`zhaiyao editions`: what can be published again."""

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, say


@click.command("editions")
@click.argument("categories", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="Editions at most.")
@json_option
@click.pass_obj
def command(call: Call, categories: tuple[str, ...], limit: int, as_json: bool) -> int:  # noqa: FBT001
    """List editions, the newest first.

    Those of the profiles that hold all CATEGORIES, or all, imported documents included. The ids are what
    `zhaiyao publish --edition` takes.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.editions import editions

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places, categories) as store:
        found = editions(store, categories, limit=limit)
    if as_json:
        print_json(found)
        return 0
    if not found:
        say(texts.text("cli.no_edition"))
        return 0
    columns = ("id", "date", "revision", "cause", "papers", "made_at")
    rows = [
        (
            one.id,
            one.date,
            one.revision or None,
            texts.label("cause", one.cause),
            one.papers,
            one.made_at.isoformat(timespec="seconds"),
        )
        for one in found
    ]
    print_table([texts.text(f"column.{name}") for name in columns], rows)
    return 0
