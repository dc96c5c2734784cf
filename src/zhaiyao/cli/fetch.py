"""`zhaiyao fetch`: asks arXiv what it announced, and queues what is to be translated."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, base_url_option, json_option, opened_store, print_json, progress, say
from zhaiyao.cli.tell import tell_gathered, tell_repaired

if TYPE_CHECKING:
    from zhaiyao.settings import Places, Settings


@click.command("fetch")
@click.argument("categories", nargs=-1)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Fetch all missing days since then, also those before the first one held; 90 days back at most.",
)
@click.option("--repair", is_flag=True, help="Instead: fetch the whole text of all papers that are held only cut.")
@base_url_option
@json_option
@click.pass_obj
def command(
    call: Call,
    /,
    categories: tuple[str, ...],
    since: datetime | None,
    repair: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **flags: object,
) -> int:
    """Fetch what arXiv announced; translate nothing.

    Takes in the latest announcement day of CATEGORIES, or of all profiles, fills gaps of the days before, adds what
    arXiv tells of these papers elsewhere, and queues what is to be translated.
    """
    if repair and (categories or since):
        raise click.UsageError("--repair goes through all papers that are held: leave out CATEGORIES and --since.")
    from zhaiyao import wiring
    from zhaiyao.pipeline import gather

    settings, places = call.settings(**flags)
    if repair:
        return _repair(settings, places, as_json=as_json)
    with wiring.arxiv(settings, places) as arxiv, opened_store(places, categories) as store:
        profiles = wiring.profiles(store, categories)
        day = since.date() if since else None
        with progress(wiring.messages(settings)) as bar:
            report = gather(store, arxiv, profiles, since=day, clock=wiring.clock, progress=bar)
    if as_json:
        print_json(report)
    else:
        tell_gathered(report, wiring.messages(settings), say)
    failed = any(one.error for one in report.fetched) or any(one.error for one in report.backfilled)
    return 1 if failed else 0


def _repair(settings: "Settings", places: "Places", *, as_json: bool) -> int:
    from zhaiyao import wiring
    from zhaiyao.usecases.repair import repair

    texts = wiring.messages(settings)
    with wiring.arxiv(settings, places) as arxiv, opened_store(places) as store, progress(texts) as bar:
        report = repair(store, arxiv, clock=wiring.clock, progress=bar)
    if as_json:
        print_json(report)
    else:
        tell_repaired(report, texts, say)
    return 1 if report.error else 0
