"""`zhaiyao status`: the ledger."""

from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, say, show
from zhaiyao.cli.tell import standing_line

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.usecases.status import Row

COUNTS = ("announced", "fetched", "translated", "failed", "published")


@click.command("status")
@click.argument("categories", nargs=-1)
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True, help="Days at most.")
@json_option
@click.pass_obj
def command(call: Call, categories: tuple[str, ...], limit: int, as_json: bool) -> int:  # noqa: FBT001
    """Show the ledger: what was announced, and what became of it.

    First how each category stands now: fresh, waiting, quiet, stalled, failed or unknown, and what is tried next.
    Then per category and announcement date: announced (arXiv's own count), fetched, translated, failed, published,
    and what went wrong at which interface.
    """
    from zhaiyao import wiring
    from zhaiyao.categories import subscription
    from zhaiyao.usecases.status import status

    settings, places = call.settings()
    texts = wiring.messages(settings)
    with opened_store(places, categories) as store:
        report = status(store, [subscription(name) for name in categories], now=wiring.clock(), limit=limit)
    if as_json:
        print_json(report)
        return 0
    for one in report.standings:
        show(standing_line(one, texts))
    heads = [texts.text(f"column.{name}") for name in ("date", "category", *COUNTS, "state", "incidents")]
    print_table(heads, [_cells(row, texts) for row in report.rows])
    if report.waiting:
        say(texts.text("cli.waiting", count=report.waiting))
    for fault, count in report.faults:
        say(f"  {count} × {fault}")
    return 0


def _cells(row: "Row", texts: "Messages") -> tuple[object, ...]:
    troubles = [
        texts.text("phrase.field", name=texts.text(f"interface.{interface}"), value=texts.text(f"fault.{fault}"))
        + (f" ×{count}" if count > 1 else "")
        for interface, fault, count in row.incidents
    ]
    return (
        row.day.date.isoformat(),
        row.day.category,
        *("?" if (count := getattr(row.day, name)) is None else count for name in COUNTS),
        texts.text(f"state.{row.state}"),
        texts.text("phrase.items").join(troubles),
    )
