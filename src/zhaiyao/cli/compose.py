"""`zhaiyao compose`: makes the next revision of a day's edition."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, say, show

if TYPE_CHECKING:
    from zhaiyao.records import Edition


@click.command("compose")
@click.argument("categories", nargs=-1)
@click.option(
    "--date", "on", type=click.DateTime(["%Y-%m-%d"]), help="Announcement date; those that changed if not given."
)
@json_option
@click.pass_obj
def command(call: Call, categories: tuple[str, ...], on: datetime | None, as_json: bool) -> int:  # noqa: FBT001
    """Compose editions from what the store holds now.

    Makes the next revision of the days of CATEGORIES, or of all profiles, where anything changed, and prints its id.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.compose import compose, compose_due
    from zhaiyao.usecases.editions import told

    settings, places = call.settings()
    made: list[Edition] = []
    with opened_store(places, categories) as store:
        for profile in wiring.profiles(store, categories):
            if on is None:
                made += compose_due(store, profile, clock=wiring.clock)
            elif (edition := compose(store, profile, on.date(), clock=wiring.clock)) is not None:
                made.append(edition)
    if as_json:
        print_json([told(edition) for edition in made])
        return 0
    for edition in made:
        show(edition.id)
    if not made:
        say(wiring.messages(settings).text("cli.nothing_new"))
    return 0
