"""What tokens cost: a packaged table of list prices, and exact sums. Asks no provider, and knows no discount.

The table (`data/prices.toml`) names its date and where each price is from. Settings go before it, because providers
change their prices, and because some bill by the hour of the day or by the length of a prompt.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import ceil
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a million tokens cost, in one currency: of the prompt, of its part in the server's cache, of the answer.

    `written` is for those of the prompt that are put into the cache, where a provider takes more for them.
    """

    input: Decimal
    cached: Decimal
    output: Decimal
    written: Decimal | None = None

    @classmethod
    def of(
        cls,
        input: float | Decimal,  # noqa: A002 (as every provider calls it)
        output: float | Decimal,
        cached: float | Decimal | None = None,
        written: float | Decimal | None = None,
    ) -> "Price":
        """Of numbers as people write them: 0.3 is three tenths. Cached tokens cost as much as others if not told."""
        return cls(
            input=Decimal(str(input)),
            cached=Decimal(str(input if cached is None else cached)),
            output=Decimal(str(output)),
            written=None if written is None else Decimal(str(written)),
        )

    def times(self, factor: Decimal) -> "Price":
        """A part of the price, as for a batch."""
        written = None if self.written is None else self.written * factor
        return Price(
            input=self.input * factor, cached=self.cached * factor, output=self.output * factor, written=written
        )


FREE = Price(input=Decimal(), cached=Decimal(), output=Decimal())
"""Of a server of one's own, or of a model that its provider gives away."""


def cost_micros(price: Price, *, prompt: int, cached: int, completion: int, written: int = 0) -> int:
    """What a request cost, in millionths of the currency, rounded up. `cached` and `written` are part of `prompt`.

    A million tokens cost the price, so a token costs as many millionths of it: nothing is divided, the sum is exact.
    """
    cached = min(cached, prompt)
    written = min(written, prompt - cached)
    dearer = price.input if price.written is None else price.written
    terms = (
        (price.input, prompt - cached - written),
        (dearer, written),
        (price.cached, cached),
        (price.output, completion),
    )
    return ceil(sum((Fraction(each) * tokens for each, tokens in terms), Fraction()))


def price_of(table: Mapping[str, Price], model: str) -> Price | None:
    """The price of a model: of its own name, or of the longest name that it is a dated or tagged version of.

    `gpt-x-2026-01-31` has the price of `gpt-x`; `gpt-x-mini` and `gpt-x.5` have not. None if the table has none.
    """
    told = {name.casefold(): price for name, price in table.items()}
    wanted = model.casefold()
    names = [name for name in told if wanted.startswith(name) and _VERSION.fullmatch(wanted, len(name))]
    return told[max(names, key=len)] if names else None


@cache
def bundled(currency: str = "USD") -> Mapping[str, Price]:
    """The packaged list prices in a currency (`USD`, `CNY`), by model. A provider without prices in it is not there."""
    models = _document().get(currency.upper(), {})
    return MappingProxyType({name: Price.of(**told) for name, told in models.items()})


def dated() -> str:
    """The day that the packaged prices are of, as ISO 8601."""
    return str(_document()["as_of"])


@cache
def _document() -> Mapping[str, dict[str, dict[str, Decimal]]]:
    text = (files("zhaiyao") / "data" / "prices.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text, parse_float=Decimal))


_VERSION = re.compile(r"(?:[-@:]\d[\d-]*)?(?:[-:](?:latest|preview))?")
