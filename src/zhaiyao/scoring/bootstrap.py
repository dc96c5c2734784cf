"""Intervals and differences by resampling papers. Pure and seeded; knows no measure.

Koehn 2004, "Statistical Significance Tests for Machine Translation Evaluation": papers are drawn with replacement, the
same ones for all systems, and what the measure then does tells how sure it is.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from zhaiyao.scoring import Reduce, Row

RESAMPLES = 1000
_TAIL = 0.025

Draw = tuple[int, ...]
"""How often each paper is in a resample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with its 95 % interval (percentiles of the resamples)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """By how much one system is above another, with its 95 % interval, and `p`: how often, in resamples of papers, it
    was not above (or, if it is below, not below)."""

    value: float
    low: float
    high: float
    p: float


def draws(papers: int, *, seed: int, count: int = RESAMPLES) -> tuple[Draw, ...]:
    """Resamples of so many papers, the same for the same seed."""
    chance = random.Random(seed)
    everyone = range(papers)
    drawn = (Counter(chance.choices(everyone, k=papers)) for _ in range(count if papers else 0))
    return tuple(tuple(one[at] for at in everyone) for one in drawn)


def total(rows: Sequence[Row], draw: Draw | None = None) -> Row:
    """The sum of the rows, each as often as drawn."""
    if draw is None:
        return tuple(map(sum, zip(*rows, strict=True)))
    return tuple(sum(map(mul, column, draw)) for column in zip(*rows, strict=True))


def interval(rows: Sequence[Row], reduce: Reduce, drawn: Sequence[Draw]) -> Interval | None:
    """The measure of these rows; None where they say nothing."""
    value = reduce(total(rows)) if rows else None
    if value is None:
        return None
    low, high = _bounds([found for draw in drawn if (found := reduce(total(rows, draw))) is not None], value)
    return Interval(value=value, low=low, high=high)


def difference(rows: Sequence[Row], base: Sequence[Row], reduce: Reduce, drawn: Sequence[Draw]) -> Difference | None:
    """How much these rows are above the base's, paper by paper the same ones; None where either says nothing."""
    ours, theirs = (reduce(total(rows)), reduce(total(base))) if rows else (None, None)
    if ours is None or theirs is None:
        return None
    resampled = [
        one - other
        for draw in drawn
        if (one := reduce(total(rows, draw))) is not None and (other := reduce(total(base, draw))) is not None
    ]
    value = ours - theirs
    against = sum(one <= 0 if value > 0 else one >= 0 for one in resampled)
    low, high = _bounds(resampled, value)
    return Difference(value=value, low=low, high=high, p=(against + 1) / (len(resampled) + 1))


def binomial(successes: int, trials: int) -> Interval | None:
    """A share with its 95 % interval (Wilson 1927, which holds for few trials too); None without any trial."""
    if not trials:
        return None
    z = 1.959964
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    reach = z / (1 + z * z / trials) * (share * (1 - share) / trials + z * z / (4 * trials * trials)) ** 0.5
    return Interval(value=share, low=max(0.0, middle - reach), high=min(1.0, middle + reach))


def _bounds(values: list[float], value: float) -> tuple[float, float]:
    """The inner 95 % of resampled values; the figure itself where there are none."""
    if not values:
        return value, value
    values.sort()
    reach = int(_TAIL * len(values))
    return values[reach], values[-1 - reach]
