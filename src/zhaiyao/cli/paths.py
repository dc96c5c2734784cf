"""`zhaiyao paths`: where everything is."""

import click

from zhaiyao.cli.common import Call, json_option, print_json, show


@click.command("paths")
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> int:  # noqa: FBT001
    """Print where everything is. ZHAIYAO_HOME moves it all."""
    from zhaiyao.wiring import shown_store

    _, places = call.settings()
    told = {
        "home": str(places.home),
        "config": str(places.config),
        "store": shown_store(places.store),
        "pages": str(places.pages),
        "models": str(places.models),
        "gate": str(places.gate),
        "cache": str(places.cache),
        "index": str(places.index),
    }
    if as_json:
        print_json(told)
    else:
        for name, value in told.items():
            show(f"{name:8}{value}")
    return 0
