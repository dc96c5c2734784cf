"""`zhaiyao compose`: makes the next revision of a day's edition."""

from datetime import datetime

import click

from zhaiyao.cli.common import Call, opened_store, say


@click.command("compose")
@click.argument("categories", nargs=-1)
@click.option(
    "--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Announcement date; the latest ones if not given."
)
@click.pass_obj
def command(call: Call, categories: tuple[str, ...], on: datetime | None) -> int:
    """Compose editions from what the store holds now.

    Makes the next revision of the latest days of CATEGORIES, or of all profiles, where anything changed.
    """
    from zhaiyao import wiring
    from zhaiyao.pipeline import days_to_compose
    from zhaiyao.usecases.compose import compose
    from zhaiyao.usecases.translate import Translated

    settings, places = call.settings()
    made = 0
    with opened_store(places) as store:
        for profile in wiring.profiles(store, categories):
            days = [on.date()] if on else days_to_compose(store, profile, Translated())
            for day in days:
                edition = compose(store, profile, day, now=wiring.clock())
                if edition is not None:
                    made += 1
                    click.echo(edition.id)
    if not made:
        say(wiring.messages(settings).text("cli.nothing_new"))
    return 0
