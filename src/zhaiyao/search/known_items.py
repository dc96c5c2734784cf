"""How well known items were found: from the places where they stood, the usual measures, with intervals. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A mean between 0 and 1 with its 95 % bootstrap interval (percentiles of 1,000 resamples)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Of so many searches: the item was first, was among the first ten, and its mean reciprocal rank."""

    searches: int
    recall_1: Share
    recall_10: Share
    reciprocal: Share


def quality(places: Sequence[int], *, seed: int = 0) -> Quality:
    """Measures places (from 1; 0: not found). At least one."""
    told = np.array(places)
    values = np.stack([told == 1, (told > 0) & (told <= 10), np.where(told > 0, 1 / np.maximum(told, 1), 0)])
    random = np.random.default_rng(seed)
    resampled = np.array([values[:, random.integers(0, len(told), len(told))].mean(axis=1) for _ in range(_RESAMPLES)])
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    first, ten, reciprocal = (
        Share(value=round(float(mean), 4), low=round(float(below), 4), high=round(float(above), 4))
        for mean, below, above in zip(values.mean(axis=1), low, high, strict=True)
    )
    return Quality(searches=len(told), recall_1=first, recall_10=ten, reciprocal=reciprocal)
