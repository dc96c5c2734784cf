"""`zhaiyao run`: the daily job, all steps."""

import click

from zhaiyao.cli.common import (
    Call,
    base_url_option,
    engine_options,
    json_option,
    opened_store,
    print_json,
    progress,
    say,
)
from zhaiyao.cli.tell import exit_code, tell_run


@click.command("run")
@click.argument("categories", nargs=-1)
@engine_options
@base_url_option
@click.option("--out", "pages", metavar="DIR", help="Where the pages go.")
@json_option
@click.pass_obj
def command(call: Call, /, categories: tuple[str, ...], as_json: bool, **flags: object) -> int:  # noqa: FBT001
    """Fetch, translate, compose and publish.

    CATEGORIES (cs.CL, stat.ML, or a whole archive such as econ) name a profile that is made on first use;
    without any, all profiles are served. Running again is free: what is done is not done twice.
    """
    from zhaiyao import wiring
    from zhaiyao.pipeline import run

    settings, places = call.settings(**flags)
    with (
        wiring.crew(settings, places) as crew,
        wiring.source(settings, places) as source,
        opened_store(places, categories) as store,
    ):
        profiles = wiring.profiles(store, categories)
        with progress(wiring.messages(settings)) as bar:
            report = run(
                store,
                source,
                profiles,
                crew,
                wiring.outlet(places),
                wiring.look(settings, places),
                clock=wiring.clock,
                progress=bar,
            )
    if as_json:
        print_json(report)
    else:
        tell_run(report, places.pages, wiring.messages(settings), say)
    return exit_code(report)
