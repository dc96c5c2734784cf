"""Prices: exact sums, rounded up once, and names that match no other model."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhaiyao.engines.presets import PRESETS
from zhaiyao.prices import FREE, Price, bundled, cost_micros, dated, price_of

TOKENS = st.integers(0, 10**9)
COINS = st.decimals(0, 1000, places=6, allow_nan=False)


def test_a_token_costs_as_many_millionths_as_a_million_cost_units() -> None:
    price = Price.of(input=0.27, cached=0.07, output=1.1)
    assert cost_micros(price, prompt=1_000_000, cached=0, completion=0) == 270_000
    assert cost_micros(price, prompt=1_000_000, cached=1_000_000, completion=0) == 70_000
    assert cost_micros(price, prompt=0, cached=0, completion=1_000_000) == 1_100_000


@pytest.mark.parametrize(
    ("prompt", "cached", "completion", "micros"), [(0, 0, 0, 0), (1, 0, 0, 1), (1, 1, 1, 2), (100, 40, 10, 30)]
)
def test_a_sum_is_rounded_up_once(prompt: int, cached: int, completion: int, micros: int) -> None:
    price = Price.of(input=0.27, cached=0.07, output=1.1)
    assert cost_micros(price, prompt=prompt, cached=cached, completion=completion) == micros


@settings(deadline=None)
@given(COINS, COINS, COINS, TOKENS, TOKENS, TOKENS)
def test_sums_are_exact(first: Decimal, second: Decimal, third: Decimal, fresh: int, cached: int, said: int) -> None:
    price = Price(input=first, cached=second, output=third)
    exact = Fraction(first) * fresh + Fraction(second) * cached + Fraction(third) * said
    assert cost_micros(price, prompt=fresh + cached, cached=cached, completion=said) == ceil(exact)


def test_floats_are_meant_as_they_are_written() -> None:
    assert Price.of(input=0.1, output=0.3) == Price(input=Decimal("0.1"), cached=Decimal("0.1"), output=Decimal("0.3"))


def test_tokens_that_are_written_into_the_cache_may_cost_more() -> None:
    price = Price.of(input=1, cached=0.1, output=5, written=1.25)
    assert cost_micros(price, prompt=1000, cached=200, completion=0, written=400) == 400 + 20 + 500
    assert cost_micros(Price.of(input=1, output=5), prompt=1000, cached=0, completion=0, written=400) == 1000


def test_more_cached_tokens_than_there_are_make_nothing_cheaper_than_the_cache() -> None:
    assert cost_micros(Price.of(input=2, cached=1, output=0), prompt=10, cached=99, completion=0, written=99) == 10


def test_what_is_free_costs_nothing() -> None:
    assert cost_micros(FREE, prompt=10**6, cached=0, completion=10**6) == 0


def test_a_part_of_a_price() -> None:
    assert Price.of(input=2, cached=1, output=8, written=3).times(Decimal("0.5")) == Price.of(1, 4, 0.5, 1.5)


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("pond-1", "pond-1"),
        ("Pond-1", "pond-1"),
        ("pond-1-2026-01-31", "pond-1"),
        ("pond-1-0131", "pond-1"),
        ("pond-1-latest", "pond-1"),
        ("pond-1:latest", "pond-1"),
        ("pond-1-mini", "pond-1-mini"),
        ("pond-1-mini-2026-01-31", "pond-1-mini"),
        ("pond-1-nano", ""),
        ("pond-1.5", ""),
        ("pond-12", ""),
        ("pond", ""),
        ("mud/pond-1", ""),
        ("", ""),
    ],
)
def test_a_price_is_of_a_model_or_its_dated_versions_only(model: str, found: str) -> None:
    table = {"pond-1": Price.of(1, 1), "pond-1-mini": Price.of(2, 2)}
    assert price_of(table, model) == table.get(found)


@pytest.mark.parametrize("currency", ["USD", "CNY"])
def test_the_packaged_prices_are_sound(currency: str) -> None:
    table = bundled(currency)
    assert table
    for price in table.values():
        assert 0 < price.cached < price.input < price.output < 200
        assert price.written is None or price.input < price.written < price.output
    assert bundled(currency.lower()) == table
    assert dated() >= "2026-11-22"


def test_a_currency_without_prices_has_none() -> None:
    assert bundled("XAU") == {}


def test_every_hosted_preset_has_a_price() -> None:
    tables = (bundled("USD"), bundled("CNY"))
    for preset in PRESETS.values():
        known = any(price_of(table, preset.model) for table in tables)
        assert known != preset.is_local, preset.name
