"""`zhaiyao fetch`: asks arXiv what it announced, and queues what is to be translated."""

import click

from zhaiyao.cli.common import Call, base_url_option, json_option, opened_store, print_json, progress, say
from zhaiyao.cli.tell import tell_fetched


@click.command("fetch")
@click.argument("categories", nargs=-1)
@base_url_option
@json_option
@click.pass_obj
def command(call: Call, /, categories: tuple[str, ...], as_json: bool, **flags: object) -> int:  # noqa: FBT001
    """Fetch what arXiv announced; translate nothing.

    Takes in the latest announcement day of CATEGORIES, or of all profiles, and queues its papers.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.fetch import fetch

    settings, places = call.settings(**flags)
    with wiring.source(settings, places) as source, opened_store(places, categories) as store:
        profiles = wiring.profiles(store, categories)
        with progress(wiring.messages(settings)) as bar:
            report = fetch(store, source, profiles, clock=wiring.clock, progress=bar)
    if as_json:
        print_json(report)
    else:
        tell_fetched(report, wiring.messages(settings), say)
    return 1 if any(one.error for one in report) else 0
