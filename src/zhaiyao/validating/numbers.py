"""Did every number come back, with its sign, and was none added? Repairs and asks nothing."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|(?<![\d.])\.\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LONGEST_NUMBER = 15
_WIDE = re.compile("[０-９．％]")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
# Digits that are no quantity: text2image, COVID-19 (which has a name of its own in Chinese), items of a list: 1), (2).
_NO_QUANTITY = re.compile(
    r"(?<=[A-Za-z])[24](?=[A-Za-z])|(?<=COVID-)19|(?<=COVID)19|\(\d{1,2}\)(?=\s)|(?<!\S)\d{1,2}\)(?=\s)", re.IGNORECASE
)
_SCALES = {
    "hundred": 1e2, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12,
    "trillion": 1e12, "百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9,
    "百亿": 1e10, "千亿": 1e11, "万亿": 1e12,
}  # fmt: skip
_SCALE = re.compile(
    # 千 and 百 also begin units: 千米, 千克, 百分点; 百万 and 千 may stand before 秒差距 and 电子伏.
    r"\s?-?(hundred|thousand|(?:[mb]|tr)illion|bn|[kmbt](?![a-z])|[十百千万]?[万亿]|[百千](?![米克瓦赫字卡伏分帕焦]))(?!秒差距|电子伏|赫)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"(?:{_NUMBER.pattern})\s?(?:[十百千万]?[万亿]|[百千](?![米克瓦赫字卡伏分帕焦]))(?!秒差距|电子伏|赫)"
)
_DECADE = re.compile(r"\d*0s\b")
_CHINESE_DIGITS = "零一二三四五六七八九十"


def lost_numbers(source: str, target: str) -> tuple[str, ...]:
    """The numbers of the source that the target has neither in digits nor, if they are small, in Chinese numerals.

    `1,000`, `1000` and `1000.0` are one number, and so are `10 million` and `1000万`; `1.4亿` is not `1.4 billion`,
    but `5` may stand for `5 m`. Neither text may hold spans.
    """
    if not _DIGIT.search(source):
        return ()
    source = _NO_QUANTITY.sub(" ", _half_width(source))
    target = _half_width(target)
    said = _numbers(target)
    # A number before 万 or 亿 is not the bare one; before m or k, which may be units, it may be.
    bare = {values[0] for start, values in said if len(values) == 1 or not _COUNTED.match(target, start)}
    held = {values[-1] for _, values in said} | bare
    decades = {match.start() for match in _DECADE.finditer(source)} if "年代" in target else set()
    return tuple(
        values[0]
        for start, values in _numbers(source)
        if values[-1] not in held
        and values[0] not in held
        and start not in decades
        and not any(numeral in target for numeral in _chinese_numerals(values[0]))
    )


@lru_cache(maxsize=1024)
def _numbers(text: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Each number with its position: as it stands, and, if a word such as `million` follows, multiplied.

    The last texts are remembered: a source and its target are held against each other both ways.
    """
    return tuple(_read_numbers(text))


def _read_numbers(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    for match in _NUMBER.finditer(text):
        whole = match[0]
        scale = _SCALE.match(text, match.end())
        parts = [whole.replace(",", "")] if _THOUSANDS.fullmatch(whole) else whole.split(",")
        for part in parts:
            plain = _normal(part)
            yield match.start(), (plain, _multiplied(plain, _SCALES[scale[1].lower()])) if scale else (plain,)


def _normal(number: str) -> str:
    number = f"0{number}" if number.startswith(".") else number
    if number.count(".") == 1:
        number = number.rstrip("0").rstrip(".")
    return number.lstrip("0") or "0" if number.isdigit() else number


def _multiplied(number: str, scale: float) -> str:
    """The product as a number of the same notation; the number itself if it is none (`1.2.3`)."""
    if number.count(".") > 1 or len(number) > _LONGEST_NUMBER:
        return number
    return _normal(f"{float(number) * scale:.6f}")


def _half_width(text: str) -> str:
    return text.translate(_FULL_WIDTH) if _WIDE.search(text) else text


def _chinese_numerals(value: str) -> tuple[str, ...]:
    """How a small whole number may stand in Chinese text; empty from 100 on and for fractions."""
    if not value.isdigit() or len(value) > 2:
        return ()
    tens, ones = divmod(int(value), 10)
    if not tens:
        return ("两", "二", "双") if ones == 2 else (_CHINESE_DIGITS[ones],)
    head = "" if tens == 1 else _CHINESE_DIGITS[tens]
    return (f"{head}十{_CHINESE_DIGITS[ones] if ones else ''}",)


_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_ORDINALS = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
"""
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety"
_MONTHS = "january february march april may june july august september october november december"
_MONTH = {name: value for value, word in enumerate(_MONTHS.split(), 1) for name in (word, word[:3])} | {"sept": 9}
_SPELLED = {
    **{word: value for value, word in enumerate(_ORDINALS.split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split())},
    **{word: value for value, word in enumerate(_ONES.split())},
    "dozen": 12, "decade": 10, "decades": 10, "century": 100, "centuries": 100, "half": 50, "quarter": 25,
}  # fmt: skip
_GREATER = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_LETTERS = re.compile(r"[A-Za-z]+")


def invented_numbers(source: str, target: str) -> tuple[str, ...]:
    """The numbers of the target, from 2 on, that the source has neither in digits nor in words.

    `source` may hold spans, `target` may not.
    """
    if not _DIGIT.search(target):
        return ()
    added = [number for number in lost_numbers(_ERA.sub("", target), source) if not _is_hinted_at(number, source)]
    if not added:
        return ()
    spelled = " ".join(map(str, _spelled(source)))
    return tuple(number for number in lost_numbers(_ERA.sub("", target), f"{source} {spelled}") if number in added)


_ERA = re.compile(r"\d+(?=\s?(?:世纪|年代))")  # 20世纪90年代 is how the 1990s are said
_DIGIT = re.compile(r"\d")
# Beginnings of words that say a small number.
_HINTS = {
    "2": "bi(?!g|t|as|rd|o)|dual|duo|doubl|twi|pair|half|halv|both|either|quadra|squar|coupl|semi|former|latter",
    "3": "tri(?!al|v)|tern|terti|thri|cub",
    "4": "quad|quart|tetra", "5": "pent|quint", "6": "hex", "7": "hept", "8": "oct", "9": "nona",
}  # fmt: skip
_HINTED = {number: re.compile(rf"(?<![A-Za-z])(?:{words})", re.IGNORECASE) for number, words in _HINTS.items()}
_ROMAN = {"2": "II", "3": "III", "4": "IV", "5": "V", "6": "VI", "7": "VII", "8": "VIII", "9": "IX"}


def _is_hinted_at(number: str, source: str) -> bool:
    """Whether the source may be said with this number though it does not hold it as one."""
    if number in ("0", "1"):  # `a`, `single`, `each`, `none`: there is no end of them
        return True
    if number not in _HINTED:
        return number in source
    if re.search(rf"(?<![\d.]){number}(?!\d|\.\d)|(?<![A-Za-z]){_ROMAN[number]}(?![A-Za-z])", source):
        return True
    return _HINTED[number].search(source) is not None


# A minus, not the hyphen of a name or of a range.
_NEGATIVE = re.compile(r"(?<![A-Za-z0-9)\]}%\-–−])[-–−](?=\.?\d)(\d*(?:[.,]\d+)*)")
_LESS = r"(?:负|零下|minus|negative|[减減降低少损跌滑亏][^，。；,;]{0,10}?)\s?"


def lost_signs(source: str, target: str) -> tuple[str, ...]:
    """The numbers that are negative in one text and positive in the other. Neither text may hold spans.

    A fall by 5 may be said for -5, and a word may have a hyphen: 自旋-1/2 for `spin 1/2`.
    """
    before, after = (frozenset(_NEGATIVE.findall(text)) for text in (source, target))
    lost = {one for one in before - after if not re.search(f"{_LESS}{re.escape(one)}", target)}
    claimed = _CLEARLY_NEGATIVE.findall(target)
    dashed = _DASH.sub("-", source) if claimed else ""
    added = {one for one in claimed if not re.search(rf"-\s?{re.escape(one)}", dashed)}
    return tuple(sorted(lost | added))


_DASH = re.compile("[‐-―−]|minus |negative ")
_CLEARLY_NEGATIVE = re.compile(rf"(?<![\u4e00-\u9fff]){_NEGATIVE.pattern}")

_MAGNITUDE = re.compile("(?:illion|thousand|hundred)s", re.IGNORECASE)
# Numbers that are only said roughly, and one of which signs says them in Chinese.
_MAGNITUDES = tuple(
    (re.compile(rf"(?<![\w.,])(?<!\d[ -]){words}\b", re.IGNORECASE), re.compile(rf"{signs}|\d{{3}}|\d\s?[KMB]"))
    for words, signs in (
        ("hundreds of millions", "亿"),
        ("tens of millions", "千万|亿"),
        ("hundreds of thousands", "十万|百万"),
        ("tens of thousands", "万"),
        ("(?<!of )billions", "亿"),
        ("(?<!of )millions", "百万|万"),
        ("(?<!of )thousands", "千|万"),
        ("hundreds(?! of (?:thousands|millions|billions))", "百"),
    )
)


def lost_magnitudes(source: str, target: str) -> tuple[str, ...]:
    """What the source says roughly (`tens of thousands`) and the target says as something else, or not at all."""
    if not _MAGNITUDE.search(source):
        return ()
    said = [(words.search(source), signs) for words, signs in _MAGNITUDES]
    return tuple(match[0] for match, signs in said if match and not signs.search(target))


# The items of a list in a sentence: 1), (2).
_ITEM = re.compile(r"(?:(?<!\S)|(?<!\S)\()(\d{1,2})\)(?=\s)")
_TARGET_ITEM = re.compile(r"(?<![A-Za-z0-9.])[（(]?(\d{1,2})[)）]")


def changed_items(source: str, target: str) -> tuple[str, ...]:
    """The numbers that the items of the target's list have, and the source's have not. Neither text may hold spans.

    A translator may well say 首先 for `1)`, so what is not there is none of ours.
    """
    if ")" not in source or not _ITEM.search(source):
        return ()
    return tuple(Counter(_TARGET_ITEM.findall(target)) - Counter(_BARE.findall(source)))


_BARE = re.compile(r"\d+")


def _spelled(text: str) -> Iterator[int]:
    """The numbers that a text says in words: `four hundred`, `twenty-one`, `two million`, `November`."""
    value = last = 0
    for word in (*_LETTERS.findall(text.lower()), ""):
        if word in _MONTH:
            yield _MONTH[word]
        if word in _GREATER:
            value, last = max(value, 1) * _GREATER[word], 0
        elif word in _SPELLED:
            one = _SPELLED[word]
            if value and not (one < last or not last):
                yield value
                value = 0
            value, last = value + one, one
        elif value and word != "and":
            yield value
            value = last = 0
