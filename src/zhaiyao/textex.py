r"""TeX as arXiv's metadata uses it: accents to Unicode, white space, author lists. Parses no math and no full text.

Only accents (`\'e`, `\v{c}`) and foreign letters (`\o`, `\ss`) are converted, since these are how an ASCII form spells
a name; every other macro, math, `~`, `--`, quotes and `<` are left as their author wrote them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

_LETTERS = {
    "AA": "Å", "AE": "Æ", "DH": "Ð", "DJ": "Đ", "L": "Ł", "NG": "Ŋ", "O": "Ø", "OE": "Œ", "TH": "Þ",
    "aa": "å", "ae": "æ", "dh": "ð", "dj": "đ", "l": "ł", "ng": "ŋ", "o": "ø", "oe": "œ", "th": "þ",
    "i": "ı", "j": "ȷ", "ss": "ß",
}  # fmt: skip

# Each accent macro and its combining mark (The TeXbook, chapter 9; `\k`, `\r` from LaTeX's T1 encoding).
_MARKS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331",
}  # fmt: skip
_DOTTED = str.maketrans("ıȷ", "ij")

# As in TeX, a letter macro swallows the blanks behind it (`S\o ren`), and its braces go with it.
_NAMES = "|".join(sorted(_LETTERS, key=len, reverse=True))
_LETTER = re.compile(
    rf"\{{\\(?P<braced>{_NAMES}) *(?:\{{\}})?\}}|\\(?P<bare>{_NAMES})(?![A-Za-z])(?:\{{\}}| +|\\(?= ))?"
)

_ANY = r"[^\W\d_]"
_ACCENT = re.compile(
    rf"(?P<open>\{{)?"
    rf"\\(?:(?P<sign>['`^\"~=.])|(?P<word>[Hckruvdb])(?![A-Za-z]))"
    rf"(?: *\{{ *(?P<braced>{_ANY}) *\}}|(?P<bare>(?(sign){_ANY}|(?: +[A-Za-z]|[^\W\d_A-Za-z]))))"
    rf"(?(open)\}})"
)

# What both begin with: one look spares most texts, whose only macros are those of math, all the rest.
_MACRO = re.compile(rf"\\(?:['`^\"~=.]|(?:{_NAMES}|[Hckruvdb])(?![A-Za-z]))")

# Math is verbatim, and so are escapes and addresses (`\~` in an address is a tilde). Nothing reaches over a paragraph,
# and what may stand unclosed reaches no further than the next opening, so that hostile text costs linear time.
# `$5 and $7` is money: a digit, and no close that math would have.
_VERBATIM = re.compile(
    r"\\\\|\\\$"
    r"|\$\$(?:[^$\n]|\n(?!\n))+\$\$"
    r"|\$(?!\d[^$]*(?:\s\$|\$\d))(?:[^$\\\n]|\\.|\n(?!\n))+\$"
    r"|\\\((?:[^\\\n]|\\[^()]|\n(?!\n))+\\\)"
    r"|\\\[(?:[^\\\n]|\\[^\[\]]|\n(?!\n))+\\\]"
    r"|\\begin\{(?P<environment>[a-z]+\*?)\}(?:(?!\\begin\{).){1,4000}?\\end\{(?P=environment)\}"
    r"|https?://[^\s$]+",
    re.DOTALL,
)


# What stands between, inside and around names. A tie (`J.~Li`, `J.\,Li`) is a blank, and its comma parts nothing.
_TIE = re.compile(r"(?<!\\)~|\\(?= )|\\,")
_SEPARATOR = re.compile(r"[,;:]|(?<!\S)(?:and|\\?&)(?!\S)")
_SUFFIX = re.compile(r"[JS]r\.?|II|III|IV|2nd|3rd")
_ON_BEHALF = re.compile(r"(?<!\S)(?:for|on behalf of) the\s")
_KEY = r"(?:\d{1,3}|[a-z*†‡§])"
_KEY_SEPARATOR = re.compile(r"(?:[,;&\s]|\band\b)+")
_DEFINITION = re.compile(rf"(?:(?<=[,;.\s])|^)\(\s*({_KEY})\s*\)")


def unicode_text(text: str) -> str:
    r"""Feed text with its accents as Unicode (`Erd\H{o}s` to `Erdős`); math and all else verbatim. Idempotent."""
    return _settled(_outside_verbatim, text) if _MACRO.search(text) else text


def unicode_accents(text: str) -> str:
    """As `unicode_text`, but everywhere, in math too: for comparing, not for showing."""
    return _settled(_accents, text) if _MACRO.search(text) else text


def one_line(text: str, *, paragraphs: bool = True) -> str:
    """arXiv's white-space rule: a newline and exactly two blanks begin a paragraph, any other newline is a blank.

    Paragraphs come out parted by an empty line, runs of white space as one blank, nothing at the ends. Titles have no
    paragraphs: with `paragraphs=False` everything is one line.
    """
    if not paragraphs:
        return " ".join(text.split())
    parts = re.split(r"\n[^\S\n]*\n|\n  (?=\S)", text.replace("\r\n", "\n").strip())
    return "\n\n".join(line for part in parts if (line := " ".join(part.split())))


def split_authors(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names and affiliations of an author list as arXiv prints it (`A. One (Inst), B. Two and C. Three, Jr.`).

    Parenthesised text is the affiliation of the name before it; numbers are looked up in a list at the end, if there
    is one (`((1) Inst X, (2) Inst Y)`). `for the X Collaboration` is an entry of its own. No name is ever dropped.
    """
    entries: list[_Entry] = []
    parted = True
    for kind, value in _pieces(one_line(_TIE.sub(" ", unicode_text(text)), paragraphs=False)):
        if kind is _Kind.SEPARATOR:
            parted = True
        elif kind is _Kind.NAME:
            _add_name(entries, value, parted=parted)
            parted = False
        elif entries:
            entries[-1].groups.append(value)
    _resolve_numbers(entries)
    return tuple((entry.name, tuple(entry.groups)) for entry in entries)


class _Kind(Enum):
    NAME = auto()
    GROUP = auto()
    SEPARATOR = auto()


@dataclass(slots=True)
class _Entry:
    name: str
    groups: list[str] = field(default_factory=list)


def _pieces(text: str) -> Iterator[tuple[_Kind, str]]:
    """Cuts at separators outside parentheses. A parenthesis without its partner is an ordinary character."""
    start = 0
    for opening, closing in _outermost_groups(text):
        yield from _names(text[start:opening])
        yield _Kind.GROUP, text[opening + 1 : closing].strip()
        start = closing + 1
    yield from _names(text[start:])


def _names(text: str) -> Iterator[tuple[_Kind, str]]:
    for number, part in enumerate(_SEPARATOR.split(text)):
        if number:
            yield _Kind.SEPARATOR, ""
        if name := part.strip():
            yield _Kind.NAME, name


def _outermost_groups(text: str) -> list[tuple[int, int]]:
    """Positions of the outermost balanced pairs of parentheses, from left to right."""
    waiting: list[int] = []
    groups: list[tuple[int, int]] = []
    for position, letter in enumerate(text):
        if letter == "(":
            waiting.append(position)
        elif letter == ")" and waiting:
            opening = waiting.pop()
            while groups and groups[-1][0] > opening:
                groups.pop()
            groups.append((opening, position))
    return groups


def _add_name(entries: list[_Entry], name: str, *, parted: bool) -> None:
    """Adds a name, or what belongs to the one before: a suffix, or the surname after a nickname (`Bo (Bob) Li`)."""
    last = entries[-1] if entries else None
    if last and _SUFFIX.fullmatch(name):
        last.name = f"{last.name} {name}"
    elif last and not parted and last.groups and " " not in last.name:
        last.name = f"{last.name} ({last.groups.pop()}) {name}"
    elif (behalf := _ON_BEHALF.search(name)) and behalf.start() > 0:
        entries += [_Entry(name[: behalf.start()].rstrip()), _Entry(name[behalf.start() :])]
    else:
        entries.append(_Entry(name))


def _resolve_numbers(entries: list[_Entry]) -> None:
    """Puts institutions where their numbers stand; those that nobody refers to stay with the last name."""
    if not entries or not entries[-1].groups or not _DEFINITION.match(entries[-1].groups[-1]):
        return
    _, *parts = _DEFINITION.split(entries[-1].groups.pop())
    institutions = dict(zip(parts[::2], map(_trimmed, parts[1::2]), strict=True))
    used: set[str] = set()
    for entry in entries:
        entry.groups = [text for group in entry.groups for text in _looked_up(group, institutions, used)]
    entries[-1].groups += [text for key, text in institutions.items() if key not in used]


def _looked_up(group: str, institutions: dict[str, str], used: set[str]) -> list[str]:
    """The institutions that a group such as `1 and 2` refers to, or the group itself; notes their keys in `used`."""
    keys = [key for key in _KEY_SEPARATOR.split(group) if key]
    if not keys or any(key not in institutions for key in keys):
        return [group]
    used.update(keys)
    return [institutions[key] for key in keys]


def _trimmed(institution: str) -> str:
    return re.sub(r"(?:[,;\s]|\band\b)+$", "", institution).strip()


def _outside_verbatim(text: str) -> str:
    """One pass over the text between math, escapes and addresses."""
    parts: list[str] = []
    start = 0
    for kept in _VERBATIM.finditer(text):
        parts += [_accents(text[start : kept.start()]), kept[0]]
        start = kept.end()
    return "".join((*parts, _accents(text[start:])))


def _accents(text: str) -> str:
    """One pass: letters first, so that an accent finds its letter (`\\'{\\i}`)."""
    return _ACCENT.sub(_accented, _LETTER.sub(lambda match: _LETTERS[match["braced"] or match["bare"]], text))


def _accented(match: re.Match[str]) -> str:
    """The letter with its mark; verbatim if there is no such letter and no braces say that an accent is meant."""
    base = (match["braced"] or match["bare"]).strip()
    if match["sign"] == '"' and match["bare"] and base not in "aeiouyAEIOUYı":
        return match[0]
    mark = _MARKS[match["sign"] or match["word"]]
    letter = unicodedata.normalize("NFC", base.translate(_DOTTED) + mark)
    return letter if len(letter) == 1 or match["braced"] else match[0]


def _settled(step: Callable[[str], str], text: str) -> str:
    """Repeats until nothing changes. Ends, since every change takes a backslash away; seldom more than two rounds."""
    while (changed := step(text)) != text:
        text = changed
    return text
