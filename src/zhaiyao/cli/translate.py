"""`zhaiyao translate`: works through the queue."""

import click

from zhaiyao.cli.common import Call, engine_options, json_option, opened_store, print_json, progress, say
from zhaiyao.cli.tell import tell_translated


@click.command("translate")
@engine_options
@json_option
@click.pass_obj
def command(call: Call, /, as_json: bool, **flags: object) -> int:  # noqa: FBT001
    """Translate what waits, best first; publish nothing."""
    from zhaiyao import wiring
    from zhaiyao.usecases.translate import translate

    settings, places = call.settings(**flags)
    with (
        wiring.crew(settings, places) as crew,
        opened_store(places) as store,
        progress(wiring.messages(settings)) as bar,
    ):
        report = translate(store, crew, clock=wiring.clock, progress=bar)
    if as_json:
        print_json(report)
    else:
        tell_translated(report, wiring.messages(settings), say)
        if not (report.requests or report.error):
            say(wiring.messages(settings).text("cli.nothing_new"))
    return 0 if report.is_whole else 3
