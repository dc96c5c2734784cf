"""`zhaiyao status`: the ledger."""

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, say


@click.command("status")
@click.argument("categories", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True, help="Days at most.")
@json_option
@click.pass_obj
def command(call: Call, categories: tuple[str, ...], limit: int, as_json: bool) -> int:  # noqa: FBT001
    """Show the ledger: what was announced, and what became of it.

    Per category and announcement date: announced, fetched, translated, failed, published.
    """
    from zhaiyao import wiring
    from zhaiyao.categories import subscription
    from zhaiyao.usecases.status import status

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places, categories) as store:
        report = status(store, [subscription(name) for name in categories], limit=limit)
    if as_json:
        print_json(report)
        return 0
    heads = [texts.text(f"column.{name}") for name in ("date", "category", *COUNTS, "state")]
    rows = [
        (
            row.day.date.isoformat(),
            row.day.category,
            *("?" if (count := getattr(row.day, name)) is None else count for name in COUNTS),
            texts.text(f"state.{row.state}"),
        )
        for row in report.rows
    ]
    print_table(heads, rows)
    if report.waiting:
        say(texts.text("cli.waiting", count=report.waiting))
    for fault, count in report.faults:
        say(f"  {count} × {fault}")
    return 0


COUNTS = ("announced", "fetched", "translated", "failed", "published")
