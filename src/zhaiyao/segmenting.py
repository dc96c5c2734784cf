"""Sentences of scientific abstracts, and smaller parts of long ones. Cuts text, and never changes a character of it.

Made for English with an eye to what stands in real abstracts: math, URLs, abbreviations, decimals, initials,
enumerations, a second paragraph in French or Spanish, Chinese punctuation. Nothing is ever cut inside a span
(`masking.find_spans`). Every function gives back pieces whose `text + gap` join to the input again.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from zhaiyao.masking import find_spans

Span = tuple[int, int]


class Sentence(NamedTuple):
    """A piece of text and the white space that stood behind it."""

    text: str
    gap: str


_CLOSING = r"[\"'”’»)\]}*$]*"
_BOUNDARY = re.compile(
    rf"""
      (?P<stop>(?<![.?!…])[.?!…]++{_CLOSING})(?P<gap>\s+)
    | (?P<space>(?<!\s)[^\S\n]*+\n[^\S\n]*+\n\s*)
    | (?P<chinese>[。！？]+[」』”’）]*)(?P<chinese_gap>\s*)
    | (?<=[a-z)\]]{{2}})(?P<glued>[.?!])(?=(?:However|Moreover|Furthermore|Additionally|Therefore|Finally
        |We|Our|The|This|These|In|To|It|Experiments|Code)\s|\\(?:text|emph))
    """,
    re.VERBOSE,
)
# Never the end of a sentence.
_INNER = frozenset({
    "fig", "figs", "eq", "eqs", "eqn", "eqns", "sec", "secs", "sect", "ref", "refs", "refn", "tab", "tabs", "thm",
    "thms", "lem", "prop", "cor", "def", "defs", "alg", "algs", "ch", "chap", "vol", "vols", "approx", "ca", "cf",
    "viz", "vs", "v", "incl", "esp", "e.g", "i.e", "eg", "ie", "w.r.t", "s.t", "a.k.a", "op", "ibid", "aka", "wrt",
})  # fmt: skip
_HONORIFICS = frozenset({
    "Dr", "Prof", "Mr", "Mrs", "Ms", "Mt", "Jr", "Sr", "St",
})  # fmt: skip
# Not the end of a sentence if a number follows.
_COUNTED = frozenset({
    "no", "nos", "nr", "p", "pp", "art", "ed", "version", "type", "part", "table", "figure",
})  # fmt: skip
# The end of a sentence only if the next word is one that begins sentences.
_PERHAPS = frozenset({
    "al", "inc", "ltd", "co", "corp", "dept", "univ", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec", "u.s", "u.k", "u.n", "e.u", "ph.d", "m.sc", "b.sc", "a.m", "p.m", "i.i.d", "resp",
    "a.s", "a.e", "n.b", "d.c", "w.l.o.g", "wlog",
})  # fmt: skip
_STARTERS = frozenset({
    "We", "The", "This", "These", "Those", "That", "In", "Our", "Here", "It", "Its", "Their", "They", "There",
    "Then", "Thus", "To", "For", "From", "However", "Moreover", "Furthermore", "Finally", "Additionally", "Also",
    "As", "At", "By", "If", "While", "When", "Where", "With", "On", "One", "Both", "Such", "Since", "Using",
    "Under", "Unlike", "Based", "An", "A", "But", "And", "Although", "Though", "Despite", "Because", "Nous", "Les",
    "La", "Le", "Il", "Cette", "Cet", "Ces", "Dans", "Se", "El", "Los", "Las", "En", "Este", "Esta",
})  # fmt: skip
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘]+$")
_WORD_AFTER = re.compile(r"[A-Za-zÀ-ÿ]+")
_NUMBERING = re.compile(r"\s*\(?(?:\d{1,2}|[a-zA-Z]|[ivxIVX]{1,4})\)?\.?")
_OPENING = re.compile(r"(?:\\[A-Za-z]+\{|\{\\[a-z]+\s|[\"'“‘«¿¡(\[{`*–—-])*")


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text, in order. White space in front of the first one belongs to it; `""` has none."""
    spans = find_spans(text)
    cuts: list[Span] = []
    begin = 0
    for match in _BOUNDARY.finditer(text):
        start, end = _cut(match)
        if not text[begin:start].strip() or _inside(start, spans):
            continue
        if match["space"] or text.count("\n", start, end) >= 2 or _ends_sentence(text, begin, match):
            cuts.append((start, end))
            begin = end
    return _pieces(text, cuts)


def split_long(sentence: str, max_words: int) -> tuple[Sentence, ...]:
    """A sentence in parts of at most `max_words` words where it has places to part it; 0 = no limit.

    It is parted where it hurts least and nearest to the middle: at a semicolon, before a clause (`, and`, `, which`),
    at a colon or dash, at a comma, before a conjunction. A part without such a place stays whole, however long.
    """
    if not max_words or word_count(sentence) <= max_words:
        return (Sentence(sentence, ""),) if sentence else ()
    cut = _best_cut(sentence)
    if cut is None:
        return (Sentence(sentence, ""),)
    head, tail = split_long(sentence[: cut[0]], max_words), split_long(sentence[cut[1] :], max_words)
    return (*head[:-1], Sentence(head[-1].text, sentence[cut[0] : cut[1]]), *tail)


def word_count(text: str) -> int:
    """Words as white space divides them."""
    return len(text.split())


def _cut(match: re.Match[str]) -> Span:
    """The white space (perhaps empty) at which this match would part two sentences."""
    for name in ("gap", "space", "chinese_gap"):
        if match[name] is not None:
            return match.span(name)
    return match.end(), match.end()


def _pieces(text: str, cuts: Sequence[Span]) -> tuple[Sentence, ...]:
    """The text between cuts; the end of the text is the last cut."""
    begin = cuts[-1][1] if cuts else 0
    if begin < len(text):
        cuts = (*cuts, (max(begin, len(text.rstrip())), len(text)))
    edges = ((0, 0), *cuts)
    return tuple(Sentence(text[before[1] : cut[0]], text[cut[0] : cut[1]]) for before, cut in pairwise(edges))


def _inside(position: int, spans: Sequence[Span]) -> bool:
    return any(start < position < end for start, end in spans)


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether this match, of no blank line, ends the sentence that began at `begin`."""
    stop = match["stop"]
    if stop is None:
        return True
    if not _begins_sentence(text, match.end()) or _NUMBERING.fullmatch(text[begin : match.end("stop")]):
        return False
    before = _WORD_BEFORE.search(text, begin, match.start())
    return stop[0] != "." or _may_end(before[0] if before else "", text, match.end())


def _may_end(word: str, text: str, following: int) -> bool:
    """Whether a full stop behind this word ends the sentence, given what follows."""
    bare = word.lower().strip(".,;:~")
    if bare in _PERHAPS or re.fullmatch(r"[A-Z]|(?:[A-Z]\.)+[A-Z]?", word):
        return _first_word(text, following) in _STARTERS
    if bare in _COUNTED:
        return not text[following].isdigit()
    return bare not in _INNER and word not in _HONORIFICS


def _begins_sentence(text: str, position: int) -> bool:
    """Whether a sentence can begin here: not with an ordinary lower-case word. Names (iPhone, pLMs) are none."""
    word = _WORD_AFTER.match(text, _skip_opening(text, position))
    return word is None or not word[0][0].islower() or re.match(r"[a-z]{1,3}[A-Z]", word[0]) is not None


def _first_word(text: str, position: int) -> str:
    word = _WORD_AFTER.match(text, _skip_opening(text, position))
    return word[0] if word else ""


def _skip_opening(text: str, position: int) -> int:
    match = _OPENING.match(text, position)
    return match.end() if match else position


# Places to part a long sentence, best first. The cut is the white space.
_PLACES = (
    re.compile(r"(?<=;)\s+"),
    re.compile(r"(?<=,)\s+(?=(?:and|but|while|whereas|which|where|so|yet|or|because|although|thus|thereby|with)\s)"),
    re.compile(r"(?<=:)\s+|\s+(?=(?:--|–|—)\s)"),
    re.compile(r"(?<=,)\s+"),
    re.compile(r"\s+(?=(?:and|but|while|whereas|which|that|because|by|when|for|with|where|using)\s)"),
)
_FEWEST_WORDS = 4


def _best_cut(sentence: str) -> Span | None:
    """The best place to part a sentence into two, both of some length; None if there is none."""
    spans = [*find_spans(sentence), *_brackets(sentence)]
    for place in _PLACES:
        cuts = [match.span() for match in place.finditer(sentence) if not _inside(match.start(), spans)]
        cuts = [cut for cut in cuts if _balanced(sentence, cut)]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut[0] + cut[1] - len(sentence)))
    return None


def _balanced(sentence: str, cut: Span) -> bool:
    return min(word_count(sentence[: cut[0]]), word_count(sentence[cut[1] :])) >= _FEWEST_WORDS


def _brackets(sentence: str) -> list[Span]:
    return [match.span() for match in re.finditer(r"\([^()]*\)|\[[^\[\]]*\]", sentence)]
