"""Math, citations, URLs, e-mail, code and TeX macros <-> placeholders. Finds and restores spans; judges no prose.

A span is text that a translation must hold unchanged. `mask` puts `⟦1⟧`, `⟦2⟧`… in the place of each; `unmask` puts
the originals back and says which placeholders did not come back exactly once. A reply that was given the original
text instead is brought to the same form by `renumber`, so that both ways are judged by the same rule.

The delimiters `⟦ ⟧` are practically never typed by authors; where the text itself holds anything that reads as a
placeholder, that is a span too, so `unmask(mask(text))` gives every text back.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

# What models make of a placeholder: blanks inside, full-width digits, other brackets of the same look.
PLACEHOLDER = re.compile(r"[⟦〚【〖]\s{0,3}(\d{1,4})\s{0,3}[⟧〛】〗]|\[\[\s{0,3}(\d{1,4})\s{0,3}\]\]")

_TLD = "com|org|net|io|ai|edu|gov|dev|app|info|co|me|cn|uk|de|fr|eu|jp|ch|ca|au|nl|it|es|kr|in"
_ALNUM = "A-Za-z0-9_"  # not \w: Chinese text stands right beside a span
_HOST = r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
_URL_CHARS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!&'()*+,;=%]|\\[_%#&~]|\$\\sim\$)"

_FINDER = re.compile(
    rf"""
      (?P<skip>\\[\\$%&\#_])
    | (?P<literal>{PLACEHOLDER.pattern}|[⟦⟧])
    | (?P<email>(?:[A-Za-z0-9._%+-]{{1,64}}|\{{[^{{}}\s@][^{{}}@]{{0,200}}\}})@{_HOST})
    | (?P<url>(?:(?:https?|ftp)://|www\.){_URL_CHARS}+
        | (?<![{_ALNUM}@./\\-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.){{1,5}}(?:{_TLD})
          (?:/{_URL_CHARS}*|(?![{_ALNUM}.-]*[{_ALNUM}-]))
        | (?<![{_ALNUM}./])10\.\d{{4,9}}/{_URL_CHARS}+
        | (?<![{_ALNUM}])(?i:arxiv):\s?(?:\d{{4}}\.\d{{4,5}}|[a-z-]+(?:\.[A-Z]{{2}})?/\d{{7}})(?:v\d+)?)
    | (?P<code>(?<![{_ALNUM}`])`[^`'\s][^`'\n]{{0,60}}`(?![{_ALNUM}'`]))
    | (?P<display>\$\$|\\\(|\\\[|\\begin\{{(?P<env>[A-Za-z]{{1,30}}\*?)\}})
    | (?P<inline>\$)
    | (?P<style>\\(?:emph|text(?:bf|it|sl|sc|rm|up|md|sf|tt|normal)|underline|mbox|uline)\s?\{{
        | \{{\\(?:em|it|bf|sl|sc|sf|tt|rm)(?![{_ALNUM}])\s?)
    | (?P<macro>\{{\\[A-Za-z]+\}}
        | \\[A-Za-z]+\*?(?:\[[^\[\]\n]{{0,200}}\])*(?:\{{(?:[^{{}}]|\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}})*\}})*)
    """,
    re.VERBOSE,
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
_FONT = re.compile(
    r"\\(?:math(?:bf|rm|it|cal|bb|sf|tt|frak)|text(?:bf|it|rm|tt|sf|sc)?|boldsymbol|bm|rm|bf)(?![A-Za-z])"
)
_SYMBOLS = {"times": "×", "pm": "±", "sim": "~", "approx": "≈", "rightarrow": "→", "to": "→", "geq": "≥", "leq": "≤"}
# How a sign may stand in Chinese text; 100倍 is how 100$\\times$ is said.
_VARIANTS = {"%": "[%％]", "×": "[×倍]", "~": "[~～∼约]", "≈": "[≈约]", "≥": "[≥⩾]", "≤": "[≤⩽]"}
_SYMBOL = re.compile(rf"\\({'|'.join(_SYMBOLS)})(?![A-Za-z])")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """A text with placeholders, and what they stand for: `spans[0]` is the first placeholder's."""

    text: str
    spans: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """A text with its spans put back. The placeholders named in `lost`, `doubled`, `foreign` did not come back once.

    `lost` and `doubled` are placeholder numbers; `foreign` is what reads as a placeholder and is none of ours.
    """

    text: str
    lost: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether every placeholder came back exactly once, and no other."""
        return not (self.lost or self.doubled or self.foreign)


def placeholder(number: int) -> str:
    """The placeholder of this number."""
    return f"⟦{number}⟧"


def mask(text: str, *, first: int = 1) -> Masked:
    """Puts numbered placeholders, from `first` on, in the place of every span."""
    parts: list[str] = []
    spans: list[str] = []
    done = 0
    for start, end in find_spans(text):
        parts += (text[done:start], placeholder(first + len(spans)))
        spans.append(text[start:end])
        done = end
    return Masked(text="".join((*parts, text[done:])), spans=tuple(spans))


def unmask(reply: str, spans: Sequence[str], *, first: int = 1) -> Unmasked:
    """Puts the spans back into a reply, whatever it did to their placeholders, and says what it did.

    Full-width digits, blanks inside and other brackets (`⟦ 1 ⟧`, `【1】`, `[[1]]`) are understood. A style macro
    (`\\emph{` with its `}`) may vanish as a whole: that harms no meaning, and is no loss.
    """
    seen: Counter[int] = Counter()
    foreign: list[str] = []

    def restore(match: re.Match[str]) -> str:
        number = _number(match)
        if not first <= number < first + len(spans):
            foreign.append(match[0])
            return match[0]
        seen[number] += 1
        span = spans[number - first]
        return f"{span} " if _would_grow(span, reply[match.end() : match.end() + 1]) else span

    text = PLACEHOLDER.sub(restore, reply)
    foreign += re.findall("[⟦⟧]", PLACEHOLDER.sub(" ", reply))
    lost = [number for number in range(first, first + len(spans)) if not seen[number]]
    doubled = sorted(number for number, count in seen.items() if count > 1)
    if _harmless([spans[number - first] for number in lost]):
        lost = []
    return Unmasked(text=text, lost=tuple(lost), doubled=tuple(doubled), foreign=tuple(foreign))


def _would_grow(span: str, following: str) -> bool:
    """Whether a macro or a URL would swallow the sign that follows it in the reply."""
    match = _FINDER.match(span)
    if match is not None and match.lastgroup == "url" and span.startswith(("http", "ftp", "www.")):
        return re.fullmatch(r"[A-Za-z0-9\-_~/#\[@&(+=%]", following) is not None
    return following.isascii() and following.isalpha() and re.search(r"\\[A-Za-z]+$", span) is not None


def renumber(reply: str, spans: Sequence[str], *, first: int = 1) -> str:
    """Puts the placeholders of `spans` into a reply that was given the original text, for `unmask` to verify.

    White space inside a span does not count, so a model that sets `$n = 1$` for `$n=1$` did no harm: the original
    bytes come back. So they do where it only dropped the signs around the content (`95%` for `$95\\%$`), as long as
    there is no doubt which is which. A span that occurs too often becomes its last placeholder again; an unknown one
    stays as text.
    """
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for number, span in enumerate(spans, first):
        waiting[span_key(span)].append(number)
    parts: list[str] = []
    found: set[int] = set()
    done = 0
    for start, end in find_spans(reply):
        numbers = waiting.get(span_key(reply[start:end]))
        if not numbers:
            continue
        number = numbers.popleft() if len(numbers) > 1 else numbers[0]
        found.add(number)
        parts += (reply[done:start], placeholder(number))
        done = end
    text = "".join((*parts, reply[done:]))
    return _renumber_bare(text, {n: span for n, span in enumerate(spans, first) if n not in found})


def _renumber_bare(text: str, missing: Mapping[int, str]) -> str:
    """Puts placeholders where the content of missing formulas stands bare, each as often as it is missing."""
    by_pattern: dict[str, list[int]] = defaultdict(list)
    for number, span in missing.items():
        by_pattern[bare_pattern(span)].append(number)
    for pattern in sorted(filter(None, by_pattern), key=len, reverse=True):
        numbers = iter(by_pattern[pattern])
        if len(re.findall(pattern, text)) == len(by_pattern[pattern]):
            text = re.sub(pattern, lambda _, numbers=numbers: placeholder(next(numbers)), text)  # type: ignore[misc]
    return text


def span_key(span: str) -> str:
    """What makes two spans the same: their characters without white space."""
    return _SPACE.sub("", span)


def bare_pattern(span: str) -> str:
    """A regular expression for the content of a formula without the signs around it; `""` if it has none of its own."""
    if not span.startswith(("$", "\\(")):
        return ""
    content = _FONT.sub("", span).replace("\\(", "").replace("\\)", "")
    content = _SYMBOL.sub(lambda match: _SYMBOLS[match[1]], content)
    signs = [sign for sign in content if sign not in "$\\{}" and not sign.isspace()]
    if not signs:
        return ""
    body = r"[\\{}\s]*".join(_VARIANTS.get(sign) or re.escape(sign) for sign in signs)
    before = r"(?<![A-Za-z0-9.⟦\\])" if signs[0] not in _VARIANTS else ""
    return rf"{before}\$?(?:\\[A-Za-z]+)?[\\{{]*{body}\}}*\$?(?![A-Za-z0-9⟧]|\.\d)"


def same_spans(source: str, target: str) -> bool:
    """Whether two texts hold the same spans equally often, style macros aside."""
    return _weighty(source) == _weighty(target)


def has_placeholder(text: str) -> bool:
    """Whether the text holds anything that reads as a placeholder."""
    return PLACEHOLDER.search(text) is not None or "⟦" in text or "⟧" in text


def find_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the spans are: (start, end), in order, disjoint."""
    found: list[tuple[int, int]] = []
    openers: list[tuple[int, int]] = []
    position = 0
    while match := _FINDER.search(text, position):
        end = _span_end(text, match)
        if match.lastgroup == "style" or _styles_prose(match):
            end = match.end() if match.lastgroup == "style" else match.start() + _last_argument(match[0])
            openers.append((match.start(), end))
        elif end:
            found.append((match.start(), end))
        position = end or (match.end() if match.lastgroup == "skip" else match.start() + 1)
    return tuple(sorted((*found, *_style_spans(text, openers, found))))


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
    return bool(_PROSE.search(match[0], _last_argument(match[0])))


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


def _dollars(text: str, start: int, limit: int) -> Iterator[int]:
    position = start
    while position < limit:
        if text[position] == "\\":
            position += 1
        elif text[position] == "$":
            yield position
        position += 1


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
    hidden = {position for start, end in found for position in range(start, end)}
    for start, end in openers:
        yield start, end
        close = _brace_end(text, end, hidden)
        if close:
            yield close, close + 1


def _brace_end(text: str, start: int, hidden: set[int]) -> int:
    depth = 1
    for position in range(start, len(text)):
        if position in hidden or text[position - 1] == "\\":
            continue
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return position
    return 0


def _number(match: re.Match[str]) -> int:
    return int(match[1] or match[2])


def is_style(span: str) -> bool:
    """Whether a span is one end of a macro that styles prose, such as `\\emph{` or its `}`."""
    match = _FINDER.match(span)
    return span == "}" or span.endswith("{") or (match is not None and match.lastgroup == "style")


def _harmless(lost: Sequence[str]) -> bool:
    """Whether the lost spans are style macros only, each with its closing brace."""
    return all(map(is_style, lost)) and 2 * lost.count("}") == len(lost)


def _weighty(text: str) -> Counter[str]:
    spans = (text[start:end] for start, end in find_spans(text))
    return Counter(span_key(span) for span in spans if not is_style(span))
