"""`zhaiyao doctor`: checks configuration, store, engine, pages and network, and says what to fix."""

import click

from zhaiyao.cli.common import Call, base_url_option, engine_options, json_option, print_json, show


@click.command("doctor")
@engine_options
@base_url_option
@click.option("--offline", is_flag=True, help="Ask nobody on the network.")
@json_option
@click.pass_obj
def command(call: Call, /, offline: bool, as_json: bool, **flags: object) -> int:  # noqa: FBT001
    """Check all that a run needs, and say what to fix."""
    from zhaiyao import wiring
    from zhaiyao.usecases.doctor import doctor

    settings, places = call.settings(**flags)
    findings = list(doctor(wiring.checks(settings, places, offline=offline)))
    if as_json:
        print_json(findings)
    else:
        for one in findings:
            show(f"{'ok  ' if one.well else 'FAIL'} {one.name}: {one.found}")
            for line in (*one.details, *one.hint.splitlines()):
                show(f"     {line}")
    return 0 if all(one.well for one in findings) else 1
