"""`zhaiyao run`: the daily job, all steps."""

import time
from typing import TYPE_CHECKING

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
from zhaiyao.cli.index import keep_up
from zhaiyao.cli.tell import exit_code, moment, tell_early, tell_morning, tell_run

if TYPE_CHECKING:
    from zhaiyao.settings import Places, Settings


@click.command("run")
@click.argument("categories", nargs=-1)
@click.option(
    "--morning",
    is_flag=True,
    help="Wait for the next announcement, publish its ten best papers at once, and the whole day when it is complete.",
)
@engine_options
@base_url_option
@click.option("--out", "pages", metavar="DIR", help="Where the pages go.")
@json_option
@click.pass_obj
def command(
    call: Call,
    /,
    categories: tuple[str, ...],
    morning: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **flags: object,
) -> int:
    """Fetch, translate, compose and publish.

    CATEGORIES (cs.CL, stat.ML, or a whole archive such as econ) name a profile that is made on first use;
    without any, all profiles are served. Running again is free: what is done is not done twice. Days that were
    missed are fetched, too.
    """
    from zhaiyao import wiring
    from zhaiyao.pipeline import run

    settings, places = call.settings(**flags)
    if morning:
        return _morning(settings, places, categories, as_json=as_json)
    with (
        wiring.crew(settings, places) as crew,
        wiring.arxiv(settings, places) as arxiv,
        opened_store(places, categories) as store,
    ):
        profiles = wiring.profiles(store, categories)
        with progress(wiring.messages(settings)) as bar:
            report = run(
                store,
                arxiv,
                profiles,
                crew,
                wiring.outlet(places),
                wiring.look(settings, places),
                clock=wiring.clock,
                progress=bar,
            )
        keep_up(store, settings, places)
    if as_json:
        print_json(report)
    else:
        tell_run(report, places.pages, wiring.messages(settings), say)
    return exit_code(report)


def _morning(settings: "Settings", places: "Places", categories: tuple[str, ...], *, as_json: bool) -> int:
    from zhaiyao import calendar, wiring
    from zhaiyao.usecases.morning import Press, morning, next_day

    texts = wiring.messages(settings)
    with (
        wiring.crew(settings, places) as crew,
        wiring.arxiv(settings, places) as arxiv,
        opened_store(places, categories) as store,
    ):
        profiles = wiring.profiles(store, categories)
        day = next_day(store, arxiv, profiles, now=wiring.clock())
        say(texts.text("cli.morning_wait", date=day, when=moment(calendar.announced_at(day))))
        with progress(texts) as bar:
            report = morning(
                store,
                arxiv,
                profiles,
                Press(crew=crew, outlet=wiring.outlet(places), look=wiring.look(settings, places)),
                early=lambda first: tell_early(first, places.pages, texts, say),
                clock=wiring.clock,
                sleep=time.sleep,
                progress=bar,
            )
        keep_up(store, settings, places)
    if as_json:
        print_json(report)
    else:
        tell_morning(report, places.pages, texts, say)
    if report.missing:
        return 1
    return 0 if report.translated.is_whole else 3
