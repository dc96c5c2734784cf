"""Is this text a faithful Chinese rendering of that one? Finds faults and names them by code; repairs and asks nothing.

Two grades. A fatal fault means that the reply is no translation at all; it is never content. A local fault means that
something in a sentence was lost or changed; after the ladder that sentence stays in the original, marked. The checks
would rather miss a fault than refuse good work: what a translator may freely rewrite (`two`, `10 million`, `1990s`)
is not compared.
"""

import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from zhaiyao.masking import find_spans, has_placeholder, same_spans, span_key


class Grade(StrEnum):
    """How bad a fault is."""

    FATAL = "fatal"
    LOCAL = "local"


# Every fault that a check can find, in the order in which they are reported. Codes are stored: never rename one.
FAULTS: dict[str, tuple[Grade, str]] = {
    "unreadable": (Grade.FATAL, "the reply does not have the form that was asked for"),
    "missing": (Grade.FATAL, "the part is missing in the reply"),
    "empty": (Grade.FATAL, "the translation is empty"),
    "truncated": (Grade.FATAL, "the reply was cut off at its length limit"),
    "wrong-script": (Grade.FATAL, "the translation is not written in Chinese"),
    "echo": (Grade.FATAL, "the translation repeats the instructions"),
    "loop": (Grade.FATAL, "the translation repeats itself over and over"),
    "length": (Grade.FATAL, "the translation is far too short or too long"),
    "mask": (Grade.LOCAL, "a placeholder, formula, link or citation was lost, repeated or changed"),
    "number": (Grade.LOCAL, "a number was lost or changed"),
    "leftover": (Grade.LOCAL, "a clause was left in English"),
    "invented": (Grade.LOCAL, "a number that is not in the text was added"),
    "language": (Grade.LOCAL, "the sentence is not English, and this engine reads nothing else"),
}


def is_fatal(code: str) -> bool:
    """Whether a fault is of the fatal grade. What no check found (an engine's own fault, such as a time-out) is."""
    return code not in FAULTS or FAULTS[code][0] is Grade.FATAL


def describe(code: str) -> str:
    """The fault in words, for an engine or a person; the code itself if it is not one of ours."""
    return FAULTS[code][1] if code in FAULTS else code


CHECKS = ("empty", "wrong-script", "echo", "loop", "length", "mask", "number", "leftover")
TLDR_CHECKS = ("empty", "wrong-script", "echo", "loop", "length", "mask", "invented", "leftover")


def check(source: str, target: str, *, instructions: str = "") -> tuple[str, ...]:
    """The faults of one translated sentence or title against its source, in the order of `FAULTS`; `()` = none.

    Both are final text, spans in place. `instructions` is what stood in the prompt beside the source.
    """
    fatal = _fatal_faults(source, target, instructions)
    if fatal:
        return fatal
    bare_source, bare_target = without_spans(source), without_spans(target)
    found = {
        "mask": not same_spans(source, target) or (has_placeholder(target) and not has_placeholder(source)),
        "number": bool(lost_numbers(bare_source, bare_target)),
        "leftover": has_leftover(bare_source, bare_target),
    }
    return tuple(code for code, is_faulty in found.items() if is_faulty)


def check_tldr(title: str, abstract: str, target: str, *, instructions: str = "") -> tuple[str, ...]:
    """The faults of a TL;DR that an engine wrote: it must be Chinese and short, and add no number or formula."""
    source = f"{title}\n\n{abstract}"
    known = {span_key(source[start:end]) for start, end in find_spans(source)}
    used = {span_key(target[start:end]) for start, end in find_spans(target)}
    bare_source, bare_target = without_spans(source), without_spans(target)
    found = {
        "empty": not target.strip(),
        "wrong-script": len(_CJK.findall(target)) < _SHORTEST_TLDR,
        "echo": is_echo(source, target, instructions),
        "loop": is_loop(source, target),
        "length": len(target) > _LONGEST_TLDR,
        "mask": not used <= known or (has_placeholder(target) and not has_placeholder(source)),
        "invented": bool(lost_numbers(bare_target, bare_source)),
        "leftover": has_leftover(bare_source, bare_target),
    }
    return tuple(code for code in TLDR_CHECKS if found[code])


def is_translatable(text: str) -> bool:
    """Whether there is anything to translate: a word outside the spans, in a text that is not Chinese already."""
    bare = without_spans(text)
    chinese = len(_CJK.findall(bare))
    return _LETTERS.search(bare) is not None and 2 * chinese < len(re.findall(r"[^\W\d_]", bare))


def is_english(text: str) -> bool:
    """Whether a sentence is not clearly in another language of arXiv's: judged by its function words.

    A text without any counts as English; a foreign name or title in an English sentence changes nothing.
    """
    words = Counter(_WORD.findall(without_spans(text).lower()))
    foreign = sum(words[word] for word in _FOREIGN_WORDS)
    return foreign < 2 or foreign <= sum(words[word] for word in _ENGLISH_WORDS)


# Of French, Spanish, Portuguese, Italian and German; none of them is an English word too.
_FOREIGN_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    le la les des du une et est dans pour sur avec par qui que nous ce cette leur leurs aux sont pas plus entre el los
    las del y en por con para una se su sus como más esta este desde um uma dos das na com não os ao pela pelo il lo gli
    della delle dei degli di che sono nel nella per un der und ist von mit den dem ein eine wir auf nicht sich wird
    werden für zu zur zum
""",
    )
)
_ENGLISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    the of and to in is that for with as on are by this we from at which be an our it can
""",
    )
)
_WORD = re.compile(r"[^\W\d_]+")


def without_spans(text: str) -> str:
    """The text with a blank in the place of math, URLs and all else that a translation holds unchanged."""
    parts: list[str] = []
    done = 0
    for start, end in find_spans(text):
        parts += (text[done:start], " ")
        done = end
    return "".join((*parts, text[done:]))


# --- fatal: is it a translation at all? ---

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ffff]")
_OTHER_SCRIPT = re.compile(r"[\u3041-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ORDINARY_WORD = re.compile(r"\b[A-Za-z][a-z]+\b")
_LABELS = ("English:", "Chinese:", "[[TLDR]]", "[[T]]", "as an ai language model", "作为一个ai", "作为ai语言模型")
_LONGEST_TLDR = 400
_SHORTEST_TLDR = 6


def _fatal_faults(source: str, target: str, instructions: str) -> tuple[str, ...]:
    if not target.strip():
        return ("empty",)
    found = {
        "wrong-script": is_wrong_script(source, target),
        "echo": is_echo(source, target, instructions),
        "loop": is_loop(source, target),
        "length": is_absurd_length(source, target),
    }
    return tuple(code for code, is_faulty in found.items() if is_faulty)


def is_wrong_script(source: str, target: str) -> bool:
    """Whether a sentence with at least three ordinary words came back without Chinese, or in another script."""
    if len(_OTHER_SCRIPT.findall(target)) > 2 + len(_OTHER_SCRIPT.findall(source)):
        return True
    return len(_ORDINARY_WORD.findall(without_spans(source))) >= 3 and not _CJK.search(target)


def is_echo(source: str, target: str, instructions: str) -> bool:
    """Whether the target holds a label of the prompt, or a line of the instructions, that the source does not hold."""
    low_source, low_target = source.casefold(), target.casefold()
    lines = (line.strip().casefold() for line in instructions.splitlines())
    telling = (*(label.casefold() for label in _LABELS), *(line for line in lines if len(line) >= 20))
    return any(text in low_target and text not in low_source for text in telling)


_REPEATED = re.compile(r"(.{2,60}?)\1{3,}", re.DOTALL)
_REPEATED_SIGN = re.compile(r"(\S)\1{11,}")
_CLAUSE = re.compile(r"(?=[^，。；：！？,;.!?\s]*[\u4e00-\u9fff]{4})[^，。；：！？,;.!?\s]{8,}")


def is_loop(source: str, target: str) -> bool:
    """Whether the target says the same four times in a row, or one clause three times, and the source does not."""
    for pattern in (_REPEATED, _REPEATED_SIGN):
        match = pattern.search(target)
        if match and match[0].strip() and len(match[0]) >= 12 and not pattern.search(source):
            return True
    clauses = Counter(_CLAUSE.findall(without_spans(target)))
    return any(count >= 3 and source.count(clause) < count for clause, count in clauses.items())


def is_absurd_length(source: str, target: str) -> bool:
    """Whether the target's length, in what readers count, cannot be that of a translation of the source."""
    words = _size(without_spans(source))
    if words < 6:
        return _size(without_spans(target)) > 40
    ratio = _size(without_spans(target)) / words
    return not 0.5 <= ratio <= 4.5


def _size(text: str) -> int:
    """Chinese characters plus words of other scripts."""
    return len(_CJK.findall(text)) + len(re.findall(r"[^\W\u3400-\u9fff]+", text))


# --- local: is something lost? ---

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|(?<![\d.])\.\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LONGEST_NUMBER = 15
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
    # 千 and 百 also begin units: 千米, 千克, 百分点.
    r"\s?-?(hundred|thousand|(?:[mb]|tr)illion|bn|[kmbt](?![a-z])|[十百千万]?[万亿]|[百千](?![米克瓦赫字卡伏分帕焦]))",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"(?:{_NUMBER.pattern})\s?(?:[十百千万]?[万亿]|[百千](?![米克瓦赫字卡伏分帕焦]))")
_DECADE = re.compile(r"\d*0s\b")
_CHINESE_DIGITS = "零一二三四五六七八九十"


def lost_numbers(source: str, target: str) -> tuple[str, ...]:
    """The numbers of the source that the target has neither in digits nor, if they are small, in Chinese numerals.

    `1,000`, `1000` and `1000.0` are one number, and so are `10 million` and `1000万`; `1.4亿` is not `1.4 billion`,
    but `5` may stand for `5 m`. Neither text may hold spans.
    """
    source = _NO_QUANTITY.sub(" ", source.translate(_FULL_WIDTH))
    target = target.translate(_FULL_WIDTH)
    said = list(_numbers(target))
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


def _numbers(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each number with its position: as it stands, and, if a word such as `million` follows, multiplied."""
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


def _chinese_numerals(value: str) -> tuple[str, ...]:
    """How a small whole number may stand in Chinese text; empty from 100 on and for fractions."""
    if not value.isdigit() or len(value) > 2:
        return ()
    tens, ones = divmod(int(value), 10)
    if not tens:
        return ("两", "二", "双") if ones == 2 else (_CHINESE_DIGITS[ones],)
    head = "" if tens == 1 else _CHINESE_DIGITS[tens]
    return (f"{head}十{_CHINESE_DIGITS[ones] if ones else ''}",)


_RUN = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[\s,;:]+[A-Za-z][A-Za-z'’-]*){4,}")
_LOWER_WORD = re.compile(r"(?<![\w'’-])[a-z][a-z'’-]*")
_FUNCTION_WORDS = frozenset({
    "the", "of", "and", "to", "in", "is", "are", "was", "were", "be", "for", "with", "that", "this", "these", "on",
    "by", "as", "we", "our", "an", "a", "from", "at", "or", "which", "it", "its", "can", "not", "has", "have",
    "been", "into", "than", "their", "they", "using", "while", "when", "where", "how",
})  # fmt: skip
_QUOTED = re.compile(r"[\"“「‘']([^\"”」’']{1,300})[\"”」’']|\(([^()]{1,300})\)")


def has_leftover(source: str, target: str) -> bool:
    """Whether a clause of the source stands in the target in English: five words in a row, four of them ordinary.

    What the source itself quotes or brackets (the long form of an acronym) may stay, and so may names. Neither text
    may hold spans.
    """
    quoted = " ".join(match[0] for match in _QUOTED.finditer(source))
    for run in _RUN.findall(target):
        ordinary = _LOWER_WORD.findall(run)
        if len(ordinary) >= 4 and not _FUNCTION_WORDS.isdisjoint(ordinary) and run not in quoted:
            return True
    return False
