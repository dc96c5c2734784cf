"""`zhaiyao demo`: the bundled sample day through the whole pipeline, offline."""

from dataclasses import replace
from pathlib import Path

import click

from zhaiyao.cli.common import Call, engine_options, opened_store, progress, say
from zhaiyao.cli.tell import exit_code, tell_run


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="zhaiyao-demo",
    show_default=True,
    help="Folder for the pages and the demo's own store.",
)
@engine_options
@click.pass_obj
def command(call: Call, /, out: Path, **flags: object) -> int:
    """See it work on a sample day, offline.

    The papers are invented, the work is real: fetched, translated on this machine, composed, published.

    Needs no network, no key and no service. Nothing is prepared: the embedded model translates while you wait
    (about two minutes on two cores); a second call finds everything done. Settings of the engine do not count,
    unless you choose one with --engine, --preset or --policy.
    """
    from zhaiyao import wiring
    from zhaiyao.pipeline import run

    # Whoever has set up an endpoint shall not pay for a sample: unless one is chosen here, nothing set counts.
    chosen = flags["engine__name"] or flags["engine__preset"] or flags["translation__policy"]
    settings, places = call.settings(() if chosen else ("engine", "translation"), **flags)
    out = out.absolute()
    places = replace(places, store=out / "demo.db", pages=out)
    with wiring.crew(settings, places) as crew, opened_store(places) as store:
        arxiv = wiring.demo_arxiv()
        profiles = wiring.profiles(store, [wiring.DEMO_CATEGORY])
        with progress(wiring.messages(settings)) as bar:
            report = run(
                store,
                arxiv,
                profiles,
                crew,
                wiring.outlet(places),
                wiring.look(settings, places, flat=True),
                clock=wiring.clock,
                progress=bar,
            )
    # The sample is of no day that is due, so how its category stands says nothing.
    report = replace(report, fetched=tuple(replace(one, standing=None) for one in report.fetched))
    tell_run(report, out, wiring.messages(settings), say)
    return exit_code(report)
