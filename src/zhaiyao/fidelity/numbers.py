"""Compares the numbers of two texts by value: digits with sign, decimals, exponent and percent; Chinese numerals, and
scales (`1.5 million` is `150万`). Pure; knows no formulas."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_WIDE = str.maketrans("０１２３４５６７８９％．－−﹣", "0123456789%.---")
_NUMBER = re.compile(
    r"(?P<sign>(?<![A-Za-z0-9)\]}%-])-(?=\d))?"
    r"(?P<digits>\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+(?!\d))(?:\.\d+)?|\d+(?:\.\d+)*|(?<![\w.])\.\d+)"
    r"(?P<exponent>[eE][+-]?\d{1,3}(?![0-9A-Za-z])|\^\{?[+-]?\d{1,3}\}?)?"
    r"(?:(?P<percent>\s?(?:%|\\%|percent\b|per cent\b|percentage points?\b|个百分点|個百分點))"
    r"|(?P<points>\s?-?(?:absolute )?points?\b)"
    r"|\s?-?(?P<word>thousand|million|billion|trillion)s?\b"
    r"|(?P<letter>[KkMBT])(?![A-Za-z])"
    r"|\s?多?余?(?P<scale>[十百千万亿萬億]+)(?!分之|[位进维])(?![一二三四五六七八九])|)"
)
_ORDER = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "b": 9, "t": 12}
_SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "萬": 4, "亿": 8, "億": 8}
_NUMERAL = re.compile(r"(?P<percent>百分之)?(?P<digits>[零〇一二两三四五六七八九十百千万亿点]+)")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_DECADE = re.compile(r"(\d{2})\s?世纪\s?(\d)0\s?年代")
_COUNTED = {
    0: "zero", 1: "one single first once", 2: "two second twice double doubles doubling twofold pair both half halves",
    3: "three third triple threefold thrice", 4: "four fourth quarter fourfold", 5: "five fifth fivefold",
    6: "six sixth", 7: "seven seventh", 8: "eight eighth", 9: "nine ninth", 10: "ten tenth tenfold", 11: "eleven",
    12: "twelve dozen", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen",
    19: "nineteen", 20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty",
    90: "ninety", 100: "hundred hundreds", 1000: "thousand thousands", 10**6: "million millions",
    10**9: "billion billions",
}  # fmt: skip
_TOLD = {word: value for value, words in _COUNTED.items() for word in words.split()}
_MONTHS = "january february march april may june july august september october november december".split()  # noqa: SIM905
_TOLD |= {month: number for number, month in enumerate(_MONTHS, 1)}
_ENGLISH = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number: `shown` as it stands, and all `values` that it may be meant as (`7B`: also seven billion)."""

    shown: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many numbers of the source the target has, which it has not, and which it has of its own."""

    kept: int
    lost: tuple[str, ...]
    added: tuple[str, ...]


def compare(source: str, target: str, *, excused: str = "") -> Compared:
    """Matches number by number.

    Numerals in Chinese satisfy a number of the source and are never made up themselves, for their characters stand in
    ordinary words. Words such as `three` in the source excuse a 3, and so does all of `excused`. To say a number twice
    is no fault.
    """
    wanted, there = list(find(source)), list(find(target))
    spelt = list(_numerals(target.translate(_WIDE)))
    missing = [one for one in wanted if not _take(one, there, exact=True)]
    missing = [one for one in missing if not _take(one, there, exact=False)]
    lost = [one for one in missing if not _take(one, spelt, exact=False)]
    may_be = _spoken(source).union(*(one.values for one in (*wanted, *find(excused))))
    return Compared(
        kept=len(wanted) - len(lost),
        lost=tuple(one.shown for one in lost),
        added=tuple(one.shown for one in there if not one.values & may_be),
    )


def _take(one: Number, there: list[Number], *, exact: bool) -> bool:
    """Takes the first match out of a list."""
    for other in there:
        if other.values == one.values if exact else other.values & one.values:
            there.remove(other)
            return True
    return False


def find(text: str) -> Iterator[Number]:
    """All numbers in digits."""
    plain = text.translate(_WIDE)
    behind = 0
    for found in _NUMBER.finditer(plain):
        if found.start() < behind:
            continue
        if decade := _DECADE.match(plain, found.start()):
            behind = decade.end()
            yield Number(shown=decade[0], values=frozenset({f"{int(decade[1]) - 1}{decade[2]}0"}))
        else:
            values = set(_values(found))
            if found["sign"] and _HAN.match(plain, found.start() - 1):
                values |= {value.removeprefix("-") for value in values}  # `白介素-6` has a hyphen, `为-6` a sign
            yield Number(shown=found[0].strip(), values=frozenset(values))


def _values(found: re.Match[str]) -> Iterator[str]:
    digits = found["digits"].replace(",", "").replace(" ", "")
    sign = found["sign"] or ""
    if digits.count(".") > 1:
        yield f"{sign}{digits}"
        return
    value = Decimal(f"{sign}{digits}")
    exponent = found["exponent"] or ""
    if exponent[:1] in ("e", "E"):
        value = value.scaleb(int(exponent[1:]))
    tail = exponent.strip("^{}") if exponent[:1] == "^" else ""
    unit = f"^{tail}" if tail else ""
    if found["percent"]:
        yield f"{_canonical(value)}%"
    elif found["points"]:
        yield from (_canonical(value), f"{_canonical(value)}%")
    elif found["word"]:
        yield _canonical(value.scaleb(_ORDER[found["word"].lower()]))
    elif found["letter"]:
        yield f"{_canonical(value)}{found['letter'].upper()}"
        yield _canonical(value.scaleb(_ORDER[found["letter"].lower()]))
    elif found["scale"]:
        yield _canonical(value.scaleb(sum(_SCALES[one] for one in found["scale"])))
    else:
        yield f"{_canonical(value)}{unit}"


def _canonical(value: Decimal) -> str:
    """`12.50` and `12.5` are one number; `-0` is `0`."""
    try:
        plain = format(value.normalize(), "f")
    except InvalidOperation:
        return str(value)
    return "0" if plain == "-0" else plain


def _numerals(text: str) -> Iterator[Number]:
    """Numbers in Chinese characters."""
    for found in _NUMERAL.finditer(text):
        value = _spelt(found["digits"])
        if value is not None:
            percent = "%" if found["percent"] else ""
            yield Number(shown=found[0], values=frozenset({f"{_canonical(value)}{percent}"}))


def _spelt(text: str) -> Decimal | None:
    """The value of a numeral; None if it is none."""
    whole, _, decimals = text.partition("点")
    value = _whole(whole)
    if value is None or any(sign not in _DIGITS for sign in decimals):
        return None
    return Decimal(f"{value}.{''.join(str(_DIGITS[sign]) for sign in decimals) or 0}")


def _whole(text: str) -> int | None:
    if not text:
        return None
    if all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif _SCALES[sign] < 4:
            section += (digit or 1) * 10 ** _SCALES[sign]
            digit = 0
        else:
            total = (total + section + digit or 1) * 10 ** _SCALES[sign]
            section = digit = 0
    return total + section + digit


def _spoken(source: str) -> frozenset[str]:
    """The values of number words in an English text."""
    return frozenset(str(_TOLD[word]) for word in _ENGLISH.findall(source.lower()) if word in _TOLD)
