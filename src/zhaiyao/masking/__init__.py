"""Math, citations, URLs, e-mail, code and TeX macros <-> placeholders. Finds and restores spans; judges no prose.

A span is text that a translation must hold unchanged. `mask` puts `⟦1⟧`, `⟦2⟧`… in the place of each; `unmask` puts
the originals back and says which placeholders did not come back exactly once. A reply that was given the original
text instead is brought to the same form by `renumber`, so that both ways are judged by the same rule.

The delimiters `⟦ ⟧` are practically never typed by authors; where the text itself holds anything that reads as a
placeholder, that is a span too, so `unmask(mask(text))` gives every text back.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zhaiyao.masking.spans import PLACEHOLDER, find_spans, fits, is_style

__all__ = [
    "PLACEHOLDER",
    "Masked",
    "Unmasked",
    "bare_pattern",
    "find_spans",
    "has_placeholder",
    "is_style",
    "is_torn",
    "mask",
    "placeholder",
    "renumber",
    "same_spans",
    "span_key",
    "unmask",
]

_LOOK = 16  # signs behind a placeholder that tell whether a span would grow
_FONT = re.compile(
    r"\\(?:math(?:bf|rm|it|cal|bb|sf|tt|frak)|text(?:bf|it|rm|tt|sf|sc)?|boldsymbol|bm|rm|bf)(?![A-Za-z])"
)
_SYMBOLS = {"times": "×", "pm": "±", "sim": "~", "approx": "≈", "rightarrow": "→", "to": "→", "geq": "≥", "leq": "≤"}
# How a sign may stand in Chinese text; 100倍 is how 100$\\times$ is said.
_VARIANTS = {"%": "[%％]", "×": "[×倍]", "~": "[~～∼约]", "≈": "[≈约]", "≥": "[≥⩾]", "≤": "[≤⩽]"}
_SYMBOL = re.compile(rf"\\({'|'.join(_SYMBOLS)})(?![A-Za-z])")
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
        following = PLACEHOLDER.match(reply, match.end())
        next_one = spans[_number(following) - first : _number(following) - first + 1] if following else ()
        behind = next_one[0] if next_one else reply[match.end() : match.end() + _LOOK]
        before = reply[max(0, match.start() - 1) : match.start()]
        span = spans[number - first]
        return span if fits(span, before, behind) else _apart(span, before, behind)

    text = PLACEHOLDER.sub(restore, reply)
    foreign += re.findall("[⟦⟧]", PLACEHOLDER.sub(" ", reply))
    lost = [number for number in range(first, first + len(spans)) if not seen[number]]
    doubled = sorted(number for number, count in seen.items() if count > 1)
    if _harmless([spans[number - first] for number in lost]):
        lost = []
    return Unmasked(text=text, lost=tuple(lost), doubled=tuple(doubled), foreign=tuple(foreign))


def _apart(span: str, before: str, behind: str) -> str:
    """The span with a blank on the side, or the sides, where it would grow into its neighbour."""
    left = "" if fits(span, before, "") else " "
    right = "" if fits(span, "", behind) else " "
    return f"{left}{span}{right}"


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
    held, said = _spans(source), _spans(target)
    return held == said or _weighty(held) == _weighty(said)


def is_torn(source: str, target: str) -> bool:
    """Whether the target has half a macro, unlike the source: one end of a style macro, a lone brace or backslash.

    `{old}` and `old}` are what is left of `\\emph{old}`, and `71.2\\` of `71.2\\%`.
    """
    if not _HALVES.search(target):
        return False
    halves = _halves(target)
    return bool(halves) and bool(halves - _halves(source))


_HALVES = re.compile(r"[{}]|\\(?=[^\x00-\x7f]|\s|\Z)")


def _halves(text: str) -> Counter[str]:
    masked = mask(text)
    styles = [span for span in masked.spans if is_style(span)]
    found = Counter(_HALVES.findall(masked.text))
    unclosed = len(styles) - 2 * styles.count("}")
    return found + Counter(unclosed=unclosed) if unclosed > 0 else found


def has_placeholder(text: str) -> bool:
    """Whether the text holds anything that reads as a placeholder."""
    return PLACEHOLDER.search(text) is not None or "⟦" in text or "⟧" in text


def _number(match: re.Match[str]) -> int:
    return int(match[1] or match[2])


def _harmless(lost: Sequence[str]) -> bool:
    """Whether the lost spans are style macros only, each with its closing brace."""
    return all(map(is_style, lost)) and 2 * lost.count("}") == len(lost)


def _spans(text: str) -> list[str]:
    return [text[start:end] for start, end in find_spans(text)]


def _weighty(spans: Sequence[str]) -> Counter[str]:
    return Counter(span_key(span) for span in spans if not is_style(span))
