"""`zhaiyao cost`: what translating has cost."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from zhaiyao.cli.common import Call, json_option, opened_store, print_json, print_table, say

if TYPE_CHECKING:
    from zhaiyao.messages import Messages
    from zhaiyao.usecases.cost import Costs, Used


@click.command("cost")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only from this day (UTC) on.")
@click.option(
    "--by",
    type=click.Choice(["day", "model", "kind"]),
    default="day",
    show_default=True,
    help="What each line is about: a day, an engine's model, or title, abstract and TL;DR; a request for all three "
    "counts as abstract.",
)
@json_option
@click.pass_obj
def command(call: Call, /, since: datetime | None, by: str, as_json: bool) -> int:  # noqa: FBT001
    """Tokens and money per day, model or kind, and today's against the cap.

    Requests shared by several papers or kinds are counted by their shares; cached tokens are part of those of the
    prompt. Prices are list prices, or those set in [prices]; the provider's bill is what counts. Sums are in the
    currency that is set now, whatever it was then. Only translating counts: evaluate and tune tell their own costs.
    """
    from zhaiyao import wiring
    from zhaiyao.usecases.cost import cost, money

    settings, places = call.settings()
    told, texts = settings.translation, wiring.messages(settings)
    with opened_store(places) as store:
        costs = cost(
            store,
            by=by,
            since=since.date() if since else None,
            currency=told.currency,
            cap_micros=round(told.daily_cap * 1_000_000),
            now=wiring.clock(),
        )
    if as_json:
        print_json(costs)
        return 0
    if not costs.rows:
        say(texts.text("cost.nothing"))
    else:
        heads = (f"cost.{by}", *(f"cost.{name}" for name in ("requests", "prompt", "cached", "completion", "money")))
        rows = [*costs.rows, costs.total] if len(costs.rows) > 1 else costs.rows
        print_table([texts.text(head) for head in heads], [_row(one, costs, texts) for one in rows])
    if costs.unpriced:
        say(texts.text("cost.unpriced", names=", ".join(costs.unpriced)))
    today = money(costs.today.cost_micros, costs.currency)
    if costs.cap_micros:
        say(texts.text("cost.today_capped", cost=today, cap=money(costs.cap_micros, costs.currency)))
    else:
        say(texts.text("cost.today", cost=today))
    return 0


def _row(used: "Used", costs: "Costs", texts: "Messages") -> tuple[object, ...]:
    from zhaiyao.usecases.cost import money

    name = texts.text(f"kind.{used.name}") if used.name and costs.by == "kind" else used.name
    return (
        name or texts.text("cost.total"),
        f"{used.requests:,.0f}",
        f"{used.prompt_tokens:,}",
        f"{used.cached_tokens:,}",
        f"{used.completion_tokens:,}",
        money(used.cost_micros, costs.currency),
    )
