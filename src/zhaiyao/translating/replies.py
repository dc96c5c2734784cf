"""Reads what document engines answer, as JSON or as tagged lines: label -> text. Judges no translation.

Models fence their JSON, talk before and after it, leave TeX backslashes unescaped, and stop in the middle. What can be
read is read; what is missing is simply not there.
"""

import json
import re
from collections.abc import Iterator

TITLE = "T"
TLDR = "TLDR"

_TAG = re.compile(r"^[^\S\n]*\**\[\[[^\S\n]*(T|TLDR|\d{1,4})[^\S\n]*\]\]\**[^\S\n]*[:：]?", re.MULTILINE)
_STRING = r'"((?:[^"\\]|\\.)*)"'
_SEGMENT = re.compile(rf'"id"\s*:\s*"?(\d{{1,4}})"?\s*,\s*"zh"\s*:\s*{_STRING}', re.DOTALL)
_FIELD = re.compile(rf'"(title|tldr)"\s*:\s*{_STRING}', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
# Escapes that decode, but were TeX: \beta, \frac, \text, \nabla, \rho. No Chinese sentence holds these characters.
_DECODED_TEX = {"\b": "\\b", "\f": "\\f", "\t": "\\t", "\r": "\\r"}


def read_tagged(reply: str) -> dict[str, str]:
    """Text by tag; the first of several with one tag counts."""
    found: dict[str, str] = {}
    tags = list(_TAG.finditer(reply))
    ends = [*(tag.start() for tag in tags[1:]), len(reply)]
    for tag, end in zip(tags, ends, strict=False):
        found.setdefault(_label(tag[1]), reply[tag.end() : end].strip())
    return found


def read_json(reply: str) -> dict[str, str]:
    """Text by tag out of `{title, segments: [{id, zh}], tldr}`, wherever it stands in the reply."""
    data = _decode(reply)
    return dict(reversed(list(_entries(data)))) if isinstance(data, dict) else _salvage(reply)


def _entries(data: dict[str, object]) -> Iterator[tuple[str, str]]:
    for key, label in (("title", TITLE), ("tldr", TLDR)):
        value = data.get(key)
        if isinstance(value, str):
            yield label, _with_tex(value)
    segments = data.get("segments")
    for segment in segments if isinstance(segments, list) else ():
        if isinstance(segment, dict) and isinstance(segment.get("zh"), str):
            yield _label(str(segment.get("id"))), _with_tex(segment["zh"])


def _decode(reply: str) -> object:
    """The first JSON object in the reply, or None."""
    start = reply.find("{")
    if start < 0:
        return None
    for text in (reply[start:], _mended(reply[start:])):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(text)
        except (ValueError, RecursionError):
            continue
        return value
    return None


def _salvage(reply: str) -> dict[str, str]:
    """What can be read of an object that was cut off or is malformed: its whole strings."""
    found: dict[str, str] = {}
    for number, text in _SEGMENT.findall(reply):
        found.setdefault(_label(number), _unescape(text))
    for name, text in _FIELD.findall(reply):
        found.setdefault(TITLE if name == "title" else TLDR, _unescape(text))
    return found


def _unescape(text: str) -> str:
    try:
        return _with_tex(str(json.loads(f'"{_mended(text)}"', strict=False)))
    except ValueError:
        return text


def _mended(text: str) -> str:
    """JSON in which every backslash that begins no escape is doubled."""
    return _ESCAPE.sub(lambda match: match[0] if match[1] else "\\\\", text)


def _with_tex(text: str) -> str:
    for decoded, tex in _DECODED_TEX.items():
        text = text.replace(decoded, tex)
    return text


def _label(text: str) -> str:
    """`07` and `7` are one label."""
    return text.lstrip("0") or "0" if text.isdecimal() else text
