"""Finding spans: math, citations, links, code, formulas and macros. Finds them, and changes nothing."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache

# What models make of a placeholder: blanks inside, full-width digits, other brackets of the same look.
PLACEHOLDER = re.compile(r"[⟦〚【〖]\s{0,3}(\d{1,4})\s{0,3}[⟧〛】〗]|\[\[\s{0,3}(\d{1,4})\s{0,3}\]\]")

_TLD = (
    "com|org|net|io|ai|edu|gov|dev|app|info|co|me|cn|uk|de|fr|eu|jp|ch|ca|au|nl|it|es|kr|in|ms|ly|xyz|gg|gl|ru|tw|hk|sg"
)
_ALNUM = "A-Za-z0-9_"  # not \w: Chinese text stands right beside a span
_HOST = r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
_AUTHORS = r"[A-Z][A-Za-z'’-]{1,30}(?:\set\sal\.?|\s(?:and|&)\s[A-Z][A-Za-z'’-]{1,30})?"
_YEAR = r"(?:19|20)\d\d[a-z]?"
_URL_CHARS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!&'()*+,;=%]|\\[_%#&~]|\$\\sim\$)"

FINDER = re.compile(
    rf"""
      (?P<skip>\\[\\$%&\#_])
    | (?P<literal>{PLACEHOLDER.pattern}|[⟦⟧])
    | (?P<email>(?:(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{{1,64}}|\{{[^{{}}\s@][^{{}}@]{{0,200}}\}})@{_HOST})
    | (?P<url>(?:(?:https?|ftp)://|www\.){_URL_CHARS}+
        | (?<![{_ALNUM}@./\\-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.){{1,5}}(?:{_TLD})
          (?:/{_URL_CHARS}*|(?![{_ALNUM}.-]*[{_ALNUM}-]))
        | (?<![{_ALNUM}./])10\.\d{{4,9}}/{_URL_CHARS}+
        | (?<![{_ALNUM}])(?i:arxiv):\s?(?:\d{{4}}\.\d{{4,5}}|[a-z-]+(?:\.[A-Z]{{2}})?/\d{{7}})(?:v\d+)?)
    | (?P<code>(?<![{_ALNUM}`])`[^`'\s][^`'\n]{{0,60}}`(?![{_ALNUM}'`]))
    | (?P<citation>\[\d{{1,3}}(?:\s?[,;–-]\s?\d{{1,3}}){{0,20}}\](?!\])
        | \({_AUTHORS},?\s{_YEAR}(?:[;,]\s(?:{_AUTHORS},?\s)?{_YEAR}){{0,10}}\))
    | (?P<tag><\|?/?[A-Za-z][A-Za-z0-9_-]{{0,30}}\|?>)
    | (?P<formula>(?<![{_ALNUM}\\^])[A-Za-z0-9]{{1,8}}\^(?:\{{[^{{}}\s]{{1,20}}\}}|-?[A-Za-z0-9]{{1,8}})(?![{_ALNUM}^])
        | (?<![{_ALNUM}\\^])[A-Za-z0-9]{{1,30}}(?:_[A-Za-z0-9]{{1,30}}){{1,6}}(?![{_ALNUM}^]))
    | (?P<display>\$\$|\\\(|\\\[|\\begin\{{(?P<env>[A-Za-z]{{1,30}}\*?)\}})
    | (?P<inline>\$)
    | (?P<style>\\(?:emph|text(?:bf|it|sl|sc|rm|up|md|sf|tt|normal)|underline|mbox|uline)\s?\{{
        | \{{\\(?:em|it|bf|sl|sc|sf|tt|rm)(?![{_ALNUM}])\s?)
    | (?P<macro>\{{\\[A-Za-z]+\}}
        | \\[A-Za-z]+\*?(?:\[[^\[\]\n]{{0,200}}\])*(?:\{{(?:[^{{}}]|\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}})*\}})*)
    """,
    re.VERBOSE,
)

# How a span begins that does not begin in a word; and what every span has that does. Most sentences have neither, or
# the first alone: they are spared the search at every letter.
_SIGN = re.compile(r"[\\$`{⟦⟧〚【〖<\[(]")
_IN_WORD = re.compile(
    r"@|://|\.(?:(?<=[A-Za-z0-9-]\.)[a-z]|(?<=10\.)\d{4}|(?<=www\.))|:(?<=(?i:arxiv):)"
    r"|\^(?<=[A-Za-z0-9]\^)[{A-Za-z0-9-]|_(?<=[A-Za-z0-9]_)[A-Za-z0-9]"
)
_CLOSERS = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_MATH_REACH = 1500
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# Prose between two dollar signs: two ordinary words side by side. The names of functions are not prose.
_PROSE = re.compile(r"(?<![A-Za-z])(?!(?:log|exp|sin|cos|max|min|sup|inf|lim|mod|det)\b)[a-z]{2,}\s+[A-Za-z]{3,}")
_AMOUNT = re.compile(r"\d[\d,.]*\s?(?:[kKMB]|bn|[mbtr]+illion|thousand|per|USD|US)?\b")
_VERBATIM = re.compile(
    r"\\(?:[a-zA-Z]*cite[a-zA-Z]*|[a-zA-Z]*ref|label|url|href|hyperlink|verb|ding|includegraphics)\b|\{"
)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_BRACE = re.compile("[{}]")
_DOLLAR = re.compile(r"\\.|\$", re.DOTALL)


@lru_cache(maxsize=4096)  # the texts of some two hundred papers: more than are under way at once
def find_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the spans are: (start, end), in order, disjoint. The last texts are remembered: each is asked for often."""
    search = FINDER.search if _IN_WORD.search(text) else _search_signs
    found: list[tuple[int, int]] = []
    openers: list[tuple[int, int]] = []
    position = 0
    while match := search(text, position):
        end = _span_end(text, match)
        if match.lastgroup == "style" or _styles_prose(match):
            end = match.end() if match.lastgroup == "style" else match.start() + _last_argument(match[0])
            openers.append((match.start(), end))
        elif end and match.lastgroup == "inline":
            start, end = _whole_formula(text, match.start(), end, found[-1][1] if found else 0)
            if found and found[-1][1] == start and _INDEX.match(text, start):
                start = found.pop()[0]
            found.append((start, end))
        elif end:
            found.append((match.start(), end))
        position = end or (match.end() if match.lastgroup == "skip" else match.start() + 1)
    return tuple(sorted((*found, *_style_spans(text, openers, found))) if openers else found)


def _search_signs(text: str, position: int) -> re.Match[str] | None:
    """What `FINDER.search` finds where no span begins in a word."""
    matches = (FINDER.match(text, sign.start()) for sign in _SIGN.finditer(text, position))
    return next(filter(None, matches), None)


def _span_end(text: str, match: re.Match[str]) -> int:
    """Where the span that begins at this match ends; 0 if none begins here."""
    kind = match.lastgroup or ""
    if kind == "skip":
        return 0
    if kind == "url":
        return match.start() + len(_without_tail(match[0]))
    if kind == "inline":
        return _inline_end(text, match.start())
    if kind in ("display", "env"):
        closer = _CLOSERS.get(match[0]) or f"\\end{{{match['env']}}}"
        at = text.find(closer, match.end(), match.end() + 2 * _MATH_REACH)
        return at + len(closer) if at > match.end() else 0
    return match.end()


def _styles_prose(match: re.Match[str]) -> bool:
    """Whether this macro, whose name we do not know, has prose for its last argument: `\\added{a new sentence}`."""
    if match.lastgroup != "macro" or _VERBATIM.match(match[0]):
        return False
    argument = _last_argument(match[0])
    return bool(_PROSE.search(match[0], argument) or _CJK.search(match[0], argument))


def _last_argument(macro: str) -> int:
    """Where the text of a macro's last argument begins; its length if it has none."""
    depth = 0
    for position in range(len(macro) - 1, -1, -1):
        depth += {"}": 1, "{": -1}.get(macro[position], 0)
        if not depth:
            return position + 1
    return len(macro)


def _without_tail(url: str) -> str:
    """A URL without the punctuation of the sentence around it; a bracket stays if its partner is in the URL."""
    while url:
        last = url[-1]
        if last in ".,;:!?'*" or (last in ")]" and url.count(last) > url.count("(" if last == ")" else "[")):
            url = url[:-1]
        else:
            break
    return url


def _inline_end(text: str, start: int) -> int:
    """Where the math that this `$` opens ends; 0 if it is money, or has no partner in its paragraph."""
    paragraph_end = text.find("\n\n", start)
    limit = min(len(text) if paragraph_end < 0 else paragraph_end, start + _MATH_REACH)
    first_close = 0
    for close in _dollars(text, start + 1, limit):
        content = text[start + 1 : close]
        if not _reads_as_math(content, text[close + 1 : close + 2]):
            break
        first_close = first_close or close + 1
        bare = _ESCAPED.sub("", content)
        if bare.count("{") == bare.count("}"):
            return close + 1
    return first_close


def _whole_formula(text: str, start: int, end: int, done: int) -> tuple[int, int]:
    """Inline math that begins with an index or exponent, with the base before it and what goes on: `La$_2$CuO`."""
    if _INDEX.match(text, start) is None:
        return start, end
    base = _BASE.search(text, max(done, start - _LONGEST_BASE), start)
    following = _GOES_ON.match(text, end)
    return base.start() if base else start, following.end() if following else end


def fits(span: str, before: str, behind: str) -> bool:
    """Whether a span stays as it is between these two texts, and grows into neither."""
    match = FINDER.match(span) or FINDER.search(span)
    if match is None:
        return True
    if match.lastgroup == "formula":
        return not (_LATIN.match(before[-1:]) or _LATIN.match(behind))
    if match.lastgroup == "inline":
        if _INDEX.match(span, match.start()) is None:
            return True
        is_glued = match.start() and _LATIN.match(before[-1:])
        return not (is_glued or (_GOES_ON.match(behind) if span.endswith("$") else _LATIN.match(behind)))
    if match.lastgroup == "url" and match.end() < len(span):  # a link with an index: www.a.org$_2$
        return _GOES_ON.match(behind) is None
    if match.lastgroup == "url" and span.startswith(("http", "ftp", "www.")):
        return re.match(r"[A-Za-z0-9\-_~/#\[@&(+=%]", behind) is None
    return not (behind[:1].isascii() and behind[:1].isalpha() and re.search(r"\\[A-Za-z]+$", span))


_LATIN = re.compile(r"[A-Za-z0-9_^]")
_INDEX = re.compile(r"\$\s?(?:\{\})?[_^]")
_LONGEST_BASE = 24
_BASE = re.compile(
    r"(?<![A-Za-z0-9_\\])(?:[A-Z][A-Za-z0-9]{0,15}(?:\([A-Za-z0-9]{1,6}\))?|[a-z]{1,3}|\d{1,6}(?:\.\d{1,6})?)\Z"
)
_GOES_ON = re.compile(r"[A-Z][A-Za-z0-9]{0,10}(?:\([A-Za-z0-9]{1,6}\)(?=\$))?(?![A-Za-z0-9_^])")


def _dollars(text: str, start: int, limit: int) -> Iterator[int]:
    """Where dollar signs stand that no backslash escapes."""
    return (match.start() for match in _DOLLAR.finditer(text, start, limit) if match[0] == "$")


@lru_cache(maxsize=1024)
def _reads_as_math(content: str, following: str) -> bool:
    """Whether what stands between two dollar signs is math and not prose between two amounts of money.

    The rule of Pandoc's manual (`tex_math_dollars`: no digit right behind the closing sign) for amounts; else prose
    outside braces decides, because authors do write `$ x $`.
    """
    bare = _without_braces(content)
    if not content.strip() or _CJK.search(bare) or _PROSE.search(bare):
        return False
    amount = _AMOUNT.match(content)
    if amount is None:
        return True
    return not following.isdigit() and not re.match(r"\s+[A-Za-z]{2,}", content[amount.end() :])


def _without_braces(content: str) -> str:
    """Math without what stands in braces and without commands: `\\text{if so}` is no prose."""
    previous = ""
    while previous != content:
        previous, content = content, re.sub(r"\{[^{}]*\}", "", content)
    return re.sub(r"\\[A-Za-z]+", " ", content)


def _style_spans(
    text: str, openers: Iterable[tuple[int, int]], found: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The style macros' two ends as spans of their own, so that what they style is translated."""
    braces = {end - 1 if text[end - 1] == "{" else start: (start, end) for start, end in openers}
    closers = _closers(text, braces, found)
    for brace, opener in braces.items():
        yield opener
        if brace in closers:
            yield closers[brace], closers[brace] + 1


def _closers(text: str, openers: Container[int], found: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The closing brace of each opening one, outside the spans found; read once, however many there are."""
    hidden = {position for start, end in found for position in range(start, end)}
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for match in _BRACE.finditer(text):
        at = match.start()
        if at in hidden or (text[at - 1 : at] == "\\" and at not in openers):
            continue
        if match[0] == "{":
            opened.append(at)
        elif opened:
            pairs[opened.pop()] = at
    return pairs


@lru_cache(maxsize=256)
def is_style(span: str) -> bool:
    """Whether a span is one end of a macro that styles prose, such as `\\emph{` or its `}`."""
    match = FINDER.match(span)
    return span == "}" or span.endswith("{") or (match is not None and match.lastgroup == "style")
