"""Finds what must not change: formulas, addresses, citations, commands. A scanner of its own; shares no pattern with
the masking of the ladder. Pure; compares nothing."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MATH, _LINK, _CITATION, _MACRO = "math", "link", "citation", "macro"
_LONGEST_FORMULA = 2000
_SHOWN = 120

_BEGIN = re.compile(r"[$\\\[［【]|(?<![A-Za-z0-9._@/%+-])[A-Za-z0-9(（]")
"""Where a span may begin: at its sign, at a word, at a parenthesis."""

_DELIMITERS = ("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)")
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")
_ESCAPED = re.compile(r"\\[\\$%&_#{}~^'\"`=.,;:!|/<> -]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")

# Words in a "formula" that are none of its own: what stands between two prices reads as prose.
_OWN_TEXT = re.compile(
    r"\\(?:text|mathrm|mathit|mathsf|mathtt|mathbf|operatorname|mbox|textrm|textit|rm)\b\s*\{[^{}]*\}"
)
_COMMAND = re.compile(r"\\[A-Za-z]+")
_PROSE = re.compile(r"(?<![A-Za-z_^{])[a-z]{3,}(?![A-Za-z}])")
_MOST_PROSE = 2

_ENDING = re.compile(r"(\\[A-Za-z]*)\s+(?=[A-Za-z])")
_SETTING = re.compile(r"\\[,;:!]|\\(?=[%&_#$()\[\]])|[${}]")

_URL = re.compile(r"(?:(?:https?|ftp)://|www\.)[!#%&'()*+,./0-9:;=?@A-Z_a-z~\[\]\\-]+", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![A-Za-z0-9_.@/-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|edu|gov|ai|cn|de|fr|uk|eu|ch|jp|app|dev|me)"
    r"/[!#%&'()*+,./0-9:;=?@A-Z_a-z~-]*",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:doi\s*:\s*)?\b10\.\d{4,9}/[!-#%&'()*+,./0-9:;=?@A-Z_a-z~-]+", re.IGNORECASE)
_ARXIV = re.compile(
    r"arxiv\s*[:：]\s*((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?)(?:\s*\[[a-z.-]+\])?", re.IGNORECASE
)
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_BRACKETED = re.compile(
    r"[\[［【](?:[A-Z][A-Za-z+]{1,8}\d{2}[a-z]?|\d{1,3})(?:\s*[,，;–-]\s*(?:[A-Z][A-Za-z+]{1,8}\d{2}[a-z]?|\d{1,3}))*[\]］】]"
)
_ET_AL = re.compile(
    r"([A-Z][A-Za-z'’-]+)\s*(?:,\s*)?(?:et\.?\s+al\.?|等人?)(?:的研究)?\s*[,，]?\s*[(（\[［]?\s*((?:19|20)\d\d[a-z]?)"
)
_NAMED = re.compile(
    r"[(（]([A-Z][A-Za-z'’-]+)(?:\s*(?:&|and|和|与)\s*[A-Z][A-Za-z'’-]+)?\s*[,，]\s*((?:19|20)\d\d[a-z]?)[)）]"
)
_WORD_MACRO = re.compile(r"\\([A-Za-z]+)\*?")
_ARGUMENT = re.compile(r"\s*(\{[^{}]*\}|\[[^\[\]]*\])")
_ADDRESSING = frozenset({"url", "href", "nolinkurl", "path"})
_CITING = frozenset({"cite", "citep", "citet", "citealp", "citeauthor", "citeyear", "ref", "eqref", "autocite"})
_LETTERS = frozenset({*"LlOoijcvuHkrdbt", "ss", "aa", "AA", "ae", "AE", "oe", "OE"})
"""Commands that are letters or accents: with the name that they stand in they may be translated."""
_TRAILING = ".,;:!?'\"。，；：！？"
_PAIRS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One span: `text` as it stands from `start` on, `canonical` to compare by, `content` without its delimiters."""

    kind: str
    start: int
    text: str
    canonical: str
    content: str

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)

    @property
    def shown(self) -> str:
        """For people, not longer than a line."""
        return self.text if len(self.text) <= _SHOWN else f"{self.text[: _SHOWN - 1]}…"


def find(text: str) -> tuple[Span, ...]:
    """All spans, in order, none within another."""
    return tuple(_scan(text))


def without(text: str, found: Iterable[Span]) -> str:
    """The text with `⟪⟫` in the place of each span."""
    parts, behind = [], 0
    for span in found:
        parts += [text[behind : span.start], "⟪⟫"]
        behind = span.end
    return "".join((*parts, text[behind:]))


def content_of(text: str) -> str:
    """A text as contents of spans are compared: without blanks, braces, delimiters and escapes."""
    return _SETTING.sub("", _tight(text))


def _tight(text: str) -> str:
    """Without blanks, but for the one that ends a command: `\\alpha x`."""
    return "".join(_ENDING.sub("\\1\0", text).split()).replace("\0", " ")


def _scan(text: str) -> Iterator[Span]:
    at = 0
    while found := _BEGIN.search(text, at):
        at = found.start()
        span = _formula(text, at) or _macro(text, at) or _other(text, at)
        if span is not None:
            yield span
            at = span.end
            continue
        escaped = _ESCAPED.match(text, at)
        at = escaped.end() if escaped else at + 1


def _formula(text: str, at: int) -> Span | None:
    if text[at] not in "$\\":
        return None
    for opening, closing in _DELIMITERS:
        if text.startswith(opening, at) and (end := _closing(text, at + len(opening), closing)):
            inner = text[at + len(opening) : end - len(closing)]
            return _made(_MATH, text, at, end, inner, form=opening) if inner.strip() else None
    if environment := _ENVIRONMENT.match(text, at):
        end = text.find(f"\\end{{{environment[1]}}}", at) + len(environment[1]) + len("\\end{}")
        return _made(_MATH, text, at, end, text[at:end], form="env") if end > environment.end() else None
    if text[at] == "$" and not text.startswith("$$", at):
        return _inline(text, at)
    return None


def _inline(text: str, at: int) -> Span | None:
    """`$…$`, if what stands between the two is a formula and not what stands between two prices."""
    end = _closing(text, at + 1, "$")
    if not end:
        return None
    inner = text[at + 1 : end - 1]
    price = inner[:1].isdigit() and (inner[-1:].isspace() or text[end : end + 1].isdigit())
    bare = _COMMAND.sub(" ", _OWN_TEXT.sub(" ", inner))
    if price or not inner.strip() or "\n\n" in inner or len(_PROSE.findall(bare)) > _MOST_PROSE:
        return None
    if len(_HAN.findall(bare)) > _MOST_PROSE:
        return None
    return _made(_MATH, text, at, end, inner, form="$")


def _closing(text: str, start: int, closing: str) -> int:
    """The offset behind the closing delimiter, or 0."""
    at = start
    while (at := text.find(closing, at, start + _LONGEST_FORMULA)) >= 0:
        if closing[0] != "$" or not _is_escaped(text, at):
            return at + len(closing)
        at += 1
    return 0


def _is_escaped(text: str, at: int) -> bool:
    behind = at
    while behind and text[behind - 1] == "\\":
        behind -= 1
    return (at - behind) % 2 == 1


def _macro(text: str, at: int) -> Span | None:
    """A command outside of formulas. What it sets (`\\emph{…}`) is translated, what it points to is not."""
    found = _WORD_MACRO.match(text, at) if text[at] == "\\" else None
    if found is None or found[1] in _LETTERS:
        return None
    end, name = found.end(), found[1]
    if name in _ADDRESSING | _CITING:
        while argument := _ARGUMENT.match(text, end):
            end = argument.end()
        return _made(_LINK if name in _ADDRESSING else _CITATION, text, at, end, text[found.end() : end], form=name)
    return Span(kind=_MACRO, start=at, text=found[0], canonical=found[0], content=found[0])


def _other(text: str, at: int) -> Span | None:
    if text[at] not in "[［【(（":
        for pattern in (_URL, _ARXIV, _DOI, _MAIL, _HOST):
            if found := pattern.match(text, at):
                return _address(text, at, found)
    if text[at] in "[［【" and (found := _BRACKETED.match(text, at)):
        return _made(_CITATION, text, at, found.end(), found[0][1:-1], form="[" if text[at] == "[" else "other")
    if found := _ET_AL.match(text, at) or _NAMED.match(text, at):
        told = f"{found[1]} {found[2]}"
        return Span(kind=_CITATION, start=at, text=found[0], canonical=told, content=told)
    return None


def _address(text: str, at: int, found: re.Match[str]) -> Span:
    """An address without the punctuation that follows it."""
    shown = found[0]
    while shown and (shown[-1] in _TRAILING or _is_unpaired(shown)):
        shown = shown[:-1]
    if found.re is _ARXIV:
        return Span(kind=_LINK, start=at, text=found[0], canonical=f"arxiv:{found[1].lower()}", content=found[1])
    plain = re.sub(r"\\(?=[_%&#~])", "", shown)
    if found.re is _DOI:
        plain = re.sub(r"(?i)^doi\s*:\s*", "doi:", plain)
    return Span(kind=_LINK, start=at, text=shown, canonical=plain, content=plain)


def _is_unpaired(shown: str) -> bool:
    opening = _PAIRS.get(shown[-1])
    return opening is not None and shown.count(shown[-1]) > shown.count(opening)


def _made(kind: str, text: str, start: int, end: int, inner: str, *, form: str) -> Span:
    return Span(
        kind=kind,
        start=start,
        text=text[start:end],
        canonical=f"{form}|{_tight(inner)}",
        content=content_of(inner),
    )
