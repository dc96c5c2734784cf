"""`zhaiyao paths`: where everything is."""

import click

from zhaiyao.cli.common import Call, json_option, print_json


@click.command("paths")
@json_option
@click.pass_obj
def command(call: Call, as_json: bool) -> int:  # noqa: FBT001
    """Print where everything is. ZHAIYAO_HOME moves it all."""
    from zhaiyao.wiring import shown_url

    _, places = call.settings()
    told = {
        "home": str(places.home),
        "config": str(places.config),
        "store": shown_url(places.store_url),
        "pages": str(places.pages),
        "models": str(places.models),
        "gate": str(places.gate),
    }
    if as_json:
        print_json(told)
    else:
        for name, value in told.items():
            click.echo(f"{name:8}{value}")
    return 0
