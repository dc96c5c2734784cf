"""The chat completion form that OpenAI made common and llama.cpp speaks too: records in and out. Sends nothing."""

import json
from collections.abc import Iterable, Mapping

from zhaiyao.asking import Request

Body = dict[str, object]
Heard = Mapping[str, object]


def messages(request: Request) -> list[Body]:
    """A request as messages."""
    told = [("system", request.system)] if request.system else []
    return [{"role": role, "content": text} for role, text in (*told, ("user", request.prompt))]


def response_format(schema: Heard) -> Body:
    """A JSON schema as the field that holds a server to it, strictly."""
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


def parsed(document: str) -> Heard:
    """The object of a stranger's JSON document; an empty one if it is none."""
    try:
        return mapping(json.loads(document))
    except (ValueError, RecursionError):
        return {}


def mapping(value: object) -> Heard:
    """An object of somebody else's JSON; an empty one if it is none."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Iterable[Heard]:
    """A list of objects of somebody else's JSON; no element if it is none."""
    return map(mapping, value) if isinstance(value, list) else ()


def text(value: object) -> str:
    """A text of somebody else's JSON; `""` if it is none."""
    return value if isinstance(value, str) else ""


def count(heard: Heard, name: str) -> int:
    """A count of somebody else's JSON; 0 if it is none."""
    value = heard.get(name)
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0
