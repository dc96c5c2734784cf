"""Reads what document engines answer, as JSON or as tagged lines: name -> text. Judges no translation.

Models fence their JSON, talk before and after it, leave TeX backslashes unescaped, and stop in the middle. What can be
read is read; what is missing is simply not there. What is told twice in different words is not believed.
"""

import json
import re
from collections.abc import Iterable, Iterator

TITLE = "T"
TLDR = "TLDR"

_NAME = r"[A-Z]?(?:T|S|\d{1,4})"
_TAG = re.compile(
    rf"^[^\S\n]*+\**\[?\[?[^\S\n]*({_NAME})[^\S\n]*+(?:\]?\]\**[^\S\n]*[|｜:：]?|\**[^\S\n]*[|｜:：])", re.MULTILINE
)
_STRING = r'"((?:[^"\\]|\\.)*)"'
_ITEM = re.compile(rf'"id"\s*:\s*"?({_NAME})"?\s*,\s*"zh"\s*:\s*{_STRING}', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
# Escapes that decode, but were TeX: \beta, \frac, \text, \nabla, \rho. No Chinese sentence holds these characters.
_BROKEN_TEX = re.compile(r"\n(?=(?:abla|u|eq|ot|earrow|warrow|i|mid|parallel)(?![a-z]))")
_DECODED_TEX = {"\b": "\\b", "\f": "\\f", "\t": "\\t", "\r": "\\r"}


def read(reply: str, *, alone: bool) -> dict[str, str]:
    """Text by name (`AT`, `B12`), whichever form the reply has. A paper that was `alone` may lack its letter."""
    told = list(_json_items(reply)) or list(_tagged_items(reply))
    return _agreed((_named(name, alone=alone), answer) for name, answer in told)


def _agreed(told: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    doubted: set[str] = set()
    for name, answer in told:
        if found.setdefault(name, answer) != answer:
            doubted.add(name)
    return {name: answer for name, answer in found.items() if name not in doubted}


def _named(name: str, *, alone: bool) -> str:
    """`a07` and `A7` are one name."""
    letter, item = (name[:1], name[1:]) if name[:1].isalpha() and len(name) > 1 else ("A" if alone else "", name)
    return letter + (item.lstrip("0") or "0" if item.isdecimal() else item)


def _tagged_items(reply: str) -> Iterator[tuple[str, str]]:
    tags = list(_TAG.finditer(reply))
    ends = [*(tag.start() for tag in tags[1:]), len(reply)]
    for tag, end in zip(tags, ends, strict=False):
        yield tag[1], reply[tag.end() : end].strip()


def _json_items(reply: str) -> Iterator[tuple[str, str]]:
    """The items of `{"items": [{id, zh}]}`, wherever it stands in the reply, or of the flat `{"A1": text}`."""
    data = _decode(reply)
    if not isinstance(data, dict):
        yield from ((name, _unescape(answer)) for name, answer in _ITEM.findall(reply))
        return
    items = data.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("zh"), str):
            yield str(item.get("id")), _with_tex(item["zh"])
    for name, answer in data.items():
        if isinstance(answer, str) and re.fullmatch(_NAME, name):
            yield name, _with_tex(answer)


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
    return _BROKEN_TEX.sub(r"\\n", text)
