r"""Cuts texts into the words that are indexed and asked for, Chinese and English alike. Knows no index and no query.

A text is read as *chunks*: a run of Chinese characters, or letters and digits with what ties them together (`GPT-4`,
`k-NN`, `C++`, `$\beta$-VAE`, `H_2O`). A chunk gives *parts*, its words in order, and *extras*, other names that it is
found by: what is tied in one piece (`gpt4`, so that `GPT4` and `GPT-4` are one), a numbered name without its number
(`resnet` of `ResNet50`), the words inside a longer Chinese one (`智能` of `人工智能`).

Letters are folded (width, case, accents; Greek to its names, so that `$\alpha$`, `α` and `alpha` are one), English
words stemmed (Snowball, https://snowballstem.org), commands of TeX that only arrange are dropped. Chinese is cut by
rjieba's dictionary alone: its guesses at unknown words depend on what stands around them, and around a query there is
nothing.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from zhaiyao.textex import unicode_accents

if TYPE_CHECKING:
    import Stemmer

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005\u3007\U00020000-\U000323af"
_GREEK = "\u0370-\u03ff\u2113\u210f"
_LETTERS = (
    "0-9A-Za-z\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u036f"
    "\u0400-\u1fff\u2070-\u209c\u2c00-\u2dff\u3040-\u30ff\uac00-\ud7af\uff10-\uff19\uff21-\uff3a\uff41-\uff5a"
)
_ACCENT = r"\{?\\(?:[\"'^`~=.]|[Hckruvdb](?![A-Za-z]))\ ?\{?\\?[A-Za-z]\}?\}?"
_UNIT = rf"(?:(?:[{_LETTERS}]++|{_ACCENT})++(?:(?<=[0-9])\.[0-9]++)*+(?:\+\+|\#)?|\\[A-Za-z]++|[{_GREEK}])"
_TIE = r"(?:\$?[-\u2010-\u2013\u2212\uff0d]|['\u2019]|\\?_|\$?[_^]\{?)"
_CHUNK = re.compile(rf"[{HAN}]++|{_UNIT}(?:{_TIE}{_UNIT})*+")
_UNITS = re.compile(_UNIT)
_IS_HAN = re.compile(rf"[{HAN}]").match

# Commands that arrange or name an alphabet; every other one (`\alpha`, `\infty`, an author's own) is a word.
_ARRANGING = """
a an and b begin big Big bigg Bigg bigl bigr Bigl Bigr bf bm boldsymbol c cal cdot cdots cite d displaystyle dots em
emph end ensuremath eqref footnote frac dfrac tfrac hat hbox href hspace hskip i in it item j k label langle lbrace
lceil ldots left leq le geq ge leqslant geqslant lfloor limits ll gg mathbb mathbf mathcal mathfrak mathit mathnormal
mathop mathrm mathscr mathsf mathtt mbox mid mskip neq ne nolimits notag operatorname over overline pm quad qquad r
rangle rbrace rceil ref rfloor right rm sc scriptstyle setminus sf sim simeq sl sqrt stackrel subseteq subset supset
tag text textbf textit textmd textnormal textrm textsc textsf textsl texttt textup textsubscript textsuperscript tilde
times to tt u underline url v vec vspace widehat widetilde approx equiv rightarrow leftarrow
"""
_DROPPED = frozenset(_ARRANGING.split())

_GREEK_LETTERS = "αβγδεζηθικλμνξοπρστυφχψωςϑϕϱϵϖℓℏ"
_NAMED = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi
omega sigma theta phi rho epsilon pi ell hbar
"""
_GREEK_NAMES = dict(zip(_GREEK_LETTERS, _NAMED.split(), strict=True))
_VARIANTS = {f"var{name}": name for name in ("theta", "phi", "rho", "epsilon", "pi", "sigma", "kappa")}
_FOLDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ȷ": "j", "ŋ": "ng", "ħ": "h"}
)
_NUMBERED = re.compile(r"([a-z]{2,})[0-9][0-9.]*")

_FUNCTION_WORDS = """
a an and are as at be been by can could did do does for from had has have how if in into is it its may of on or our such
than that the their them there these they this those to use via was we were what when where which while who whose why
will with within without would you
的 了 和 与 及 在 是 对 中 上 为 以 而 或 等 其 这 那 从 到 被 把 将 也 都 并 且 之 于 一种 一个 如何 什么 哪些 怎么 有
用 用于 关于 基于
"""
EMPTY = frozenset(_FUNCTION_WORDS.split())
"""Words (folded, not stemmed) that say nothing by themselves: asked for only if nothing else is, or in a phrase."""

LONGEST = 40
"""Characters of a word at most; what is longer (an address, hostile text) is cut there."""

_MOST_TIED = 3
_REMEMBERED = 8192
"""Texts whose words are remembered: those of a thousand papers, 20 MB."""

_KEPT = 200_000
"""Chunks whose words are remembered. English repeats itself: a hundred thousand chunks are 98 of 100 in a text."""


class Token(NamedTuple):
    """A word and where it stands: characters `start` to `end` of the text it was cut from."""

    text: str
    start: int
    end: int


class Spot(NamedTuple):
    """A word found in a text: characters `start` to `end`. `place` is its number among the text's words, None for an
    extra, which stands beside them."""

    text: str
    start: int
    end: int
    place: int | None


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a text: its words in order, and the other names it is found by. Offsets count from the text's start.

    `plain` are the parts without stemming, as names of people are indexed. `whole` is a tied chunk in one piece.
    """

    parts: tuple[Token, ...]
    extras: tuple[Token, ...] = ()
    plain: tuple[str, ...] = ()
    whole: str = ""
    is_han: bool = False


def chunks(text: str) -> Iterator[Chunk]:
    """The chunks of a text that hold words, in order."""
    for found in _CHUNK.finditer(text):
        chunk = _read(found[0])
        if chunk.parts:
            yield _moved(chunk, found.start())


def terms(text: str) -> list[str]:
    """The words of a text, in order, without extras: what vectors are made of."""
    return stream(text)[0].split()


def spots(text: str, wanted: Collection[str]) -> list[Spot]:
    """Where a text holds any of these words or names, in order of their beginnings."""
    found: list[Spot] = []
    place = 0
    for match in _CHUNK.finditer(text):
        raw = match[0]
        if _IS_HAN(raw):
            count = _spot(_read_han(raw), match.start(), place, wanted, found)
        else:
            parts, extras = _known.get(raw) or _learn(raw)
            held = parts.split()
            count = len(held)
            if any(word in wanted for word in held) or any(word in wanted for word in extras.split()):
                _spot(_read_tied(raw), match.start(), place, wanted, found)
        place += count
    return found


def _spot(chunk: Chunk, start: int, place: int, wanted: Collection[str], found: list[Spot]) -> int:
    """Appends a chunk's words that are wanted; returns how many words it has."""
    spots = [
        Spot(token.text, token.start + start, token.end + start, place + number)
        for number, token in enumerate(chunk.parts)
        if token.text in wanted
    ]
    spots += [
        Spot(token.text, token.start + start, token.end + start, None) for token in chunk.extras if token.text in wanted
    ]
    found += sorted(spots, key=lambda spot: spot.start)
    return len(chunk.parts)


@lru_cache(maxsize=_REMEMBERED)
def stream(text: str) -> tuple[str, str]:
    """A text as the index wants it: its words in order, and all its extras, each set joined by blanks.

    The last texts are remembered: the index of meanings asks for the same ones right after the index of words.
    """
    parts: list[str] = []
    extras: list[str] = []
    runs: list[str] = []
    known = _known
    for raw in _CHUNK.findall(text):
        words = known.get(raw)
        if words is None:
            if _IS_HAN(raw):
                runs.append(raw)
                parts.append(_HERE)
                continue
            words = _learn(raw)
        parts.append(words[0])
        if words[1]:
            extras.append(words[1])
    if runs:
        parts = _with_han(parts, runs, extras)
    return " ".join(parts), " ".join(extras)


def _with_han(parts: list[str], runs: list[str], extras: list[str]) -> list[str]:
    """The parts with the words of these runs of Chinese in their places; appends the words' extras.

    All runs of a text are cut in one call: half of all indexing is spent here, and much of that on calls.
    """
    cut: list[list[str]] = [[]]
    words = cut[0]
    for word in _cut(_BETWEEN.join(runs)):
        if word == _BETWEEN:
            words = []
            cut.append(words)
            continue
        words.append(word)
        if len(word) > 2:
            extras += _names_inside(word)
    filled = iter(cut)
    return [" ".join(next(filled)) if part == _HERE else part for part in parts]


def name_streams(names: Iterable[str]) -> list[str]:
    """Names of people as the index wants them: not stemmed, each also with initials for the given names."""
    return [stream for name in names for stream in _name_streams(name)]


@lru_cache(maxsize=100_000)
def _name_streams(name: str) -> tuple[str, ...]:
    words = [word for chunk in chunks(name) for word in chunk.plain]
    initials = [word[0] for word in words[:-1]] + words[-1:]
    return (" ".join(words), " ".join(initials)) if initials != words else (" ".join(words),)


def folded(word: str) -> str:
    """A word in the form in which words are compared: width, case and accents folded; Greek letters by name."""
    text = unicode_accents(word) if "\\" in word else word
    text = text.replace("{", "").replace("}", "")
    text = text.casefold()
    if text.isascii():
        return text[:LONGEST]
    wide = unicodedata.normalize("NFKD", text).casefold().translate(_FOLDED)
    bare = "".join(_GREEK_NAMES.get(letter, letter) for letter in wide if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", "".join(bare.split()))[:LONGEST]


def stemmed(word: str) -> str:
    """The stem of a folded English word; any other word as it is."""
    if len(word) > 3 and word.isascii() and word.isalpha():
        stem: str = _stemmer().stemWord(word)
        return stem
    return word


def errors_allowed(word: str) -> int:
    """Typing errors allowed in a word: none in a short or Chinese one, one, and from eight letters on two."""
    if len(word) < 4 or not word.isascii():
        return 0
    return 1 if len(word) < 8 else 2


_known: dict[str, tuple[str, str]] = {}
_HERE = "\0"  # the place of a run of Chinese among other parts; no word is this
_BETWEEN = "\n"


def _learn(raw: str) -> tuple[str, str]:
    """A tied chunk's words as `stream` joins them; remembered."""
    chunk = _read_tied(raw)
    words = " ".join(token.text for token in chunk.parts), " ".join(token.text for token in chunk.extras)
    if len(_known) >= _KEPT:
        _known.clear()
    _known[raw] = words
    return words


def _cut(run: str) -> list[str]:
    """The words of a run of Chinese, in order; together they are the run."""
    import rjieba  # its dictionary is large, and most commands search nothing

    cut: list[str] = rjieba.cut(run, False)  # noqa: FBT003 (rjieba's own)
    return cut


def _read(raw: str) -> Chunk:
    return _read_han(raw) if _IS_HAN(raw) else _read_tied(raw)


def _read_han(raw: str) -> Chunk:
    parts: list[Token] = []
    extras: list[Token] = []
    start = 0
    for word in _cut(raw):
        parts.append(Token(word, start, start + len(word)))
        if len(word) > 2:
            extras += [Token(inner, start + at, start + at + len(inner)) for inner, at in _inside(word)]
        start += len(word)
    return Chunk(tuple(parts), tuple(extras), tuple(token.text for token in parts), is_han=True)


@cache
def _inside(word: str) -> tuple[tuple[str, int], ...]:
    """The shorter words within a word of the dictionary, and where they begin. The dictionary bounds the cache."""
    import rjieba

    found = rjieba.tokenize(word, "search", False)  # noqa: FBT003 (rjieba's own)
    return tuple((inner, start) for inner, start, _ in found if inner != word)


@cache
def _names_inside(word: str) -> list[str]:
    return [inner for inner, _ in _inside(word)]


def _read_tied(raw: str) -> Chunk:
    plain: list[Token] = []
    for found in _UNITS.finditer(raw):
        word = _word(found[0])
        if word:
            plain.append(Token(word, found.start(), found.end()))
    if not plain:
        return Chunk(())
    if len(plain) > 1 and plain[-1].text == "s":  # Newton's
        plain.pop()
    parts = tuple(Token(stemmed(token.text), token.start, token.end) for token in plain)
    names = {token.text for token in parts}
    whole = stemmed("".join(token.text for token in plain)) if 1 < len(plain) <= _MOST_TIED else ""
    extras = [Token(whole, 0, len(raw))] if whole and len(whole) <= LONGEST else []
    for token in plain:
        numbered = _NUMBERED.fullmatch(token.text)
        if numbered and (stem := stemmed(numbered[1])) not in names:
            extras.append(Token(stem, token.start, token.end))
    return Chunk(parts, tuple(extras), tuple(token.text for token in plain), whole if len(whole) <= LONGEST else "")


def _word(unit: str) -> str:
    """A unit folded; nothing for a command that only arranges."""
    if unit[0] == "\\" and unit[1:].isalpha():
        name = unit[1:]
        return "" if name in _DROPPED else _VARIANTS.get(name.lower(), name.lower())[:LONGEST]
    return folded(unit)


def _moved(chunk: Chunk, by: int) -> Chunk:
    if not by:
        return chunk
    parts = tuple(Token(token.text, token.start + by, token.end + by) for token in chunk.parts)
    extras = tuple(Token(token.text, token.start + by, token.end + by) for token in chunk.extras)
    return Chunk(parts, extras, chunk.plain, chunk.whole, chunk.is_han)


@cache
def _stemmer() -> "Stemmer.Stemmer":
    import Stemmer

    return Stemmer.Stemmer("english")
