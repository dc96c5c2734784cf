"""Untrusted text made safe, one function per medium. Knows syntax; what the text means and where it goes, it does not.

XML is escaped by lxml, HTML by Jinja's autoescape; both take what `printable` leaves. The rest is Markdown:

- **Prose** comes out of a CommonMark or GFM reader exactly as it went in, without emphasis, links, images, HTML,
  entities, tables or lists. The marks of Obsidian and Pandoc (`==`, `%%`, `^`, `#tag`) are disarmed too.
- **Math** (`$…$`, `$$…$$`) is left as TeX, so that readers that know math show it. What a reader that does *not* know
  math would take for markup is changed into TeX of the same meaning: a blank behind an operator (`x^* y`), or a word
  for a sign (`\\lbrace` for `\\{`, since readers that treat Markdown before math drop that backslash).
- Math that links, defines macros or holds back-quotes or addresses is no math here: it is escaped like prose.

CommonMark: https://spec.commonmark.org/0.31.2/ (flanking, section 6.2). GFM: https://github.github.com/gfm/.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise

REPLACEMENT = "\ufffd"

# Controls, lone surrogates and non-characters that XML 1.0 forbids, and the marks that turn the direction of the
# text around them (a title could rewrite the line it stands in).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_BREAKS = re.compile(" *[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029][\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029 ]*")

# A closing dollar follows no blank and precedes no digit (Pandoc's rule), so that prices stay prices.
_MATH = re.compile(r"(?<![\\$])(?:\$\$(?:\\.|[^\\$])+\$\$|\$(?![\s$])(?:\\.|[^\\$])+(?<!\s)\$)(?![\d$])")
_UNIT = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
_NOT_MATH = re.compile(
    r"[`@]|://|www\.|\\(?:href|url|html\w*|include\w*|class|cssId|style|require|begingroup|csname|catcode|unicode"
    r"|[egx]?def|g?let|futurelet|(?:re)?newcommand|providecommand|(?:re)?newenvironment|DeclareMathOperator)(?![A-Za-z])"
)
_SAME_IN_LETTERS = {
    r"\{": r"\lbrace",
    r"\}": r"\rbrace",
    r"\|": r"\Vert",
    r"\,": r"\thinspace",
    r"\!": r"\negthinspace",
}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")

_MARKUP = re.compile(
    r"[\\`*_\[\]<~$^]"
    r"|(?<!\S)#"
    r"|&(?=#?\w+;)"
    r"|(?:={2,}|%{2,})"
    r"|(?<=[A-Za-z]):(?=//)"
    r"|(?<=\bwww)\.",
    re.IGNORECASE,
)
_BLOCK_START = re.compile(r"[>=#]|[-+](?=[\s-]|$)|[0-9]{1,9}(?=[.)](?:\s|$))")


def printable(text: str) -> str:
    """Every character that a page may not hold is replaced by U+FFFD, visibly; all else stays."""
    return _UNPRINTABLE.sub(REPLACEMENT, text)


def one_line(text: str) -> str:
    """Printable text on one line: each run of line breaks and tabs becomes a blank, the ends are stripped."""
    return printable(_BREAKS.sub(" ", text)).strip()


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text that separates them by blank lines, each on one line."""
    lines = (one_line(part) for part in re.split(r"\n\s*\n", text))
    return tuple(line for line in lines if line)


def math_spans(text: str) -> Iterator[tuple[str, bool]]:
    """Cuts text into prose and math, in order: (piece, whether it is math). Joined, the pieces are the text."""
    end = 0
    for match in _MATH.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        yield match[0], True
        end = match.end()
    if end < len(text):
        yield text[end:], False


def markdown(text: str) -> str:
    """Text as Markdown on one line, safe at the beginning of a line and within one."""
    return _at_line_start(_inline(text, lambda prose: _prose(prose).replace("|", r"\|")))


def markdown_table_cell(text: str) -> str:
    """Text as the content of a GFM table's cell.

    The table is cut into cells before anything else is read, so here a `|` is escaped in math as well.
    """
    return _inline(text, _prose).replace("|", r"\|")


def markdown_code_block(text: str) -> str:
    """Text as a fenced block, byte for byte but for what is not printable; the fence is longer than any in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{printable(text).strip(chr(10))}\n{fence}"


def _inline(text: str, prose: Callable[[str], str]) -> str:
    pieces: list[tuple[str, bool]] = []
    for piece, math in math_spans(one_line(text)):
        tex = _math(piece) if math else None
        pieces.append((prose(piece), False) if tex is None else (tex, True))
    return "".join(_spaced(pieces))


def _spaced(pieces: list[tuple[str, bool]]) -> Iterator[str]:
    """The pieces with a blank between math and a Chinese character: some readers want one to see the math."""
    for (piece, math), (following, _) in pairwise([*pieces, ("", False)]):
        yield piece
        touching = following[:1] if math else piece[-1:]
        if following and _HAN.match(touching):
            yield " "


def _prose(text: str) -> str:
    return _MARKUP.sub(lambda match: "".join(f"\\{character}" for character in match[0]), text)


def _at_line_start(text: str) -> str:
    match = _BLOCK_START.match(text)
    if match is None:
        return text
    return f"{match[0]}\\{text[match.end() :]}" if match[0].isdigit() else f"\\{text}"


def _math(span: str) -> str | None:
    """The span as TeX that no Markdown reader takes for markup; None where it cannot be had."""
    fence = "$$" if span.startswith("$$") else "$"
    if _NOT_MATH.search(span):
        return None
    units = _UNIT.findall(span[len(fence) : -len(fence)])
    written = fence
    for unit, following in pairwise([*units, fence]):
        piece = _math_unit(unit, before=written[-1], after=following[0], last=following == fence)
        if piece is None:
            return None
        written += piece
    return written + fence


def _math_unit(unit: str, *, before: str, after: str, last: bool) -> str | None:
    """One TeX token, changed where `_math` says so; None where nothing of the same meaning is safe."""
    if unit in _SAME_IN_LETTERS:
        return _SAME_IN_LETTERS[unit] + (" " if after.isalpha() else "")
    if unit in "*_~" and _opens_emphasis(unit, before, after):
        return (r"\ast" if unit == "*" else None) if last else f"{unit} "
    if (unit in "<&" and (after.isalpha() or after in "/!?#")) or (unit == "]" and after in "([:"):
        return f"{unit} "
    return unit


def _opens_emphasis(mark: str, before: str, after: str) -> bool:
    """Whether CommonMark would let this mark begin an emphasis (GFM: a strikethrough)."""
    left = not after.isspace() and (not _is_punctuation(after) or before.isspace() or _is_punctuation(before))
    right = not before.isspace() and (not _is_punctuation(before) or after.isspace() or _is_punctuation(after))
    return left and (mark != "_" or not right or _is_punctuation(before))


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
