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
    with wiring.crew(settings, places) as crew, opened_store(places) as store:
        with progress(wiring.messages(settings)) as bar:
            report = translate(store, crew, clock=wiring.clock, progress=bar)
        with store.reading() as tx:
            waiting = len(tx.work.open())
    if as_json:
        print_json(report)
    else:
        tell_translated(report, waiting, wiring.messages(settings), say)
    return 3 if waiting else 0
