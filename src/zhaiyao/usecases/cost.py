"""What translating has cost: tokens and money by day, model or kind, and today's against the cap. Only reads."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

from zhaiyao.bookkeeping import Spent
from zhaiyao.ports import Store
from zhaiyao.usecases.budget import midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was used under one heading. `cached_tokens` are part of `prompt_tokens`; `requests` are those sent, shared
    ones counted by their shares."""

    name: str
    attempts: int
    requests: float
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was used since a date (or ever), heading by heading, in all, and today. `cap_micros` is 0 without a cap.

    Money is in millionths of `currency`, which is what the price table says now: the store keeps numbers alone.
    `unpriced` are the servers' models that answered and cost nothing: one's own servers, and models without a price.
    """

    by: str
    currency: str
    since: date | None
    rows: tuple[Used, ...]
    total: Used
    today: Used
    cap_micros: int
    unpriced: tuple[str, ...] = ()


IN_PROCESS = frozenset({"local", "scripted"})
"""Engines that nobody can be paid for."""

HEADINGS: Mapping[str, Callable[[Spent], str]] = MappingProxyType(
    {
        "day": lambda spent: spent.day.isoformat(),
        "model": lambda spent: f"{spent.engine} {spent.model}",
        "kind": lambda spent: spent.kind.value,
    }
)
"""By what costs can be told apart."""


def cost(
    store: Store, *, by: str = "day", since: date | None = None, currency: str, cap_micros: int = 0, now: datetime
) -> Costs:
    """The costs by one of `HEADINGS`, from a UTC day on."""
    today = now.astimezone(UTC).date()
    with store.reading() as tx:
        spent = tx.renditions.spent(since=midnight(since) if since else None)
        of_today = spent if since is None or since <= today else tx.renditions.spent(since=midnight(today))
    heading = HEADINGS[by]
    groups: dict[str, list[Spent]] = {}
    for one in spent:
        groups.setdefault(heading(one), []).append(one)
    return Costs(
        by=by,
        currency=currency,
        since=since,
        rows=tuple(_sum(name, groups[name]) for name in sorted(groups)),
        total=_sum("", spent),
        today=_sum(today.isoformat(), [one for one in of_today if one.day == today]),
        cap_micros=cap_micros,
        unpriced=_unpriced(spent),
    )


def _unpriced(spent: Iterable[Spent]) -> tuple[str, ...]:
    cost: Counter[str] = Counter()
    for one in spent:
        if one.engine not in IN_PROCESS and one.completion_tokens:
            cost[HEADINGS["model"](one)] += one.cost_micros
    return tuple(sorted(name for name, micros in cost.items() if not micros))


def _sum(name: str, spent: Iterable[Spent]) -> Used:
    told = tuple(spent)
    return Used(
        name=name,
        attempts=sum(one.attempts for one in told),
        requests=round(sum(one.requests for one in told), 2),
        prompt_tokens=sum(one.prompt_tokens for one in told),
        cached_tokens=sum(one.cached_tokens for one in told),
        completion_tokens=sum(one.completion_tokens for one in told),
        cost_micros=sum(one.cost_micros for one in told),
    )


def money(micros: int, currency: str) -> str:
    """A sum for people: cents, and below ten units hundredths of a cent, since a paper costs less than a cent."""
    whole = micros / 1_000_000
    return f"{whole:,.2f} {currency}" if whole >= 10 or not micros else f"{whole:.4f} {currency}"
