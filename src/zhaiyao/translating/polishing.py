"""The last touch on Chinese text: punctuation, stray labels, joins. Changes no word, number or placeholder.

Works on text with placeholders, so that nothing here can reach into a formula or a link.
"""

import re
from collections.abc import Sequence

_CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CHINESE = rf"{_CJK}，。；：！？、（）《》“”‘’"
_LABEL = re.compile(r"(?:(?:Chinese|中文(?:翻译|译文)?|译文|翻译)\s*[:：]|[:：])\s*")
_BLANK_INSIDE = re.compile(rf"(?<=[{_CHINESE}])[^\S\n]+(?=[{_CHINESE}])")
_HALF_WIDTH = re.compile(
    rf"(?<=[{_CJK}）”》])\s?([,;:?!])\s?(?=[{_CJK}（“《⟦])|(?<=[A-Za-z0-9)⟧])([,;:?!])\s?(?=[{_CJK}（“《])"
)
_HALF_WIDTH_STOP = re.compile(rf"(?<=[{_CJK}）”》])\.(?=\s*(?:[{_CJK}]|$))")
_FULL_WIDTH = str.maketrans(",;:?!", "，；：？！")
_QUOTES = {"“": "”", '"': '"', "「": "」", "『": "』", "‘": "’"}
_ENDS = "。！？.!?…"
_CLOSING = "”’」』）)\"'"
# Control characters, invisible marks, overrides of the writing direction, and halves of surrogate pairs: a reply is
# untrusted text, and no store, page or terminal wants these.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def polish(reply: str, source: str) -> str:
    """A reply as one line of well-set Chinese that ends as its source does."""
    text = " ".join(_CONTROL.sub("", reply).split())
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) and not _LABEL.match(source.strip()) else text
    text = _without_wrap(text, source.strip())
    text = _BLANK_INSIDE.sub("", text)
    text = _HALF_WIDTH.sub(lambda match: (match[1] or match[2]).translate(_FULL_WIDTH), text)
    text = _HALF_WIDTH_STOP.sub("。", text)
    return _with_end(text.strip(), source.rstrip())


def join(parts: Sequence[tuple[str, str]]) -> str:
    """The translations of a sentence's parts as one sentence, from (translation, part) in order.

    Where two parts meet stands what stood in the source: a comma, semicolon or colon.
    """
    *inner, (last, _) = parts
    joined = (target.rstrip(_ENDS + "，；：,;:、 ") + _seam(source) for target, source in inner)
    return "".join((*joined, last))


def _seam(source: str) -> str:
    return {",": "，", ";": "；", ":": "："}.get(source.rstrip()[-1:], "，")


def _without_wrap(text: str, source: str) -> str:
    """The text without quotation marks around all of it, if the source has none there."""
    closer = _QUOTES.get(text[:1])
    if closer is None or source[:1] in (*_QUOTES, "`", "'") or not text.endswith(closer) or len(text) < 3:
        return text
    inner = text[1:-1]
    return text if closer in inner or text[0] in inner else inner.strip()


def _with_end(text: str, source: str) -> str:
    """The text with a full stop if its source has one, and without if not."""
    stop = source.rstrip(_CLOSING)[-1:]
    body = text.rstrip(_CLOSING)
    if not text or not body:
        return text
    if stop == "?" and body[-1] in "。.?" and body == text:
        return f"{body[:-1]}？"
    if stop in (".", "。") and body[-1] not in _ENDS + "：；，、":
        return f"{text}。"
    if stop not in _ENDS and body == text:
        return text.rstrip("。")
    return text
