"""Anthropic's Messages API: records in and out. Sends nothing. No temperature is sent: newer models refuse any.

A schema is asked for by `output_config.format` (models since Claude 4.5), and where that is refused by a tool that the
model has to call. The system part is marked for the cache, which takes parts from about a thousand tokens on.
"""

import json
import re

from zhaiyao.asking import Request
from zhaiyao.engines import wire
from zhaiyao.engines.dialect import Manner, Said
from zhaiyao.engines.refusals import message_of

VERSION = "2023-06-01"
"""Of the interface; there is none after it."""

_CONFIG = "output_config"
_TOOLS = "tools"
_TOOL = "reply"


class Messages:
    """See `dialect.Dialect`."""

    home = "https://api.anthropic.com"

    def path(self, base_url: str) -> str:
        """The same whether the address ends in `/v1` or, as for Anthropic's own client, before it."""
        return _below(base_url, "messages")

    def models(self, base_url: str) -> str:
        """Beside the messages."""
        return _below(base_url, "models")

    def headers(self, key: str) -> dict[str, str]:
        """A key of its own header, and the interface's version."""
        return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}

    def knows_schemas(self, refused: frozenset[str]) -> bool:
        """Unless both means are refused."""
        return not {_CONFIG, _TOOLS} <= refused

    def body(self, request: Request, manner: Manner) -> wire.Body:
        """The constant part first, since caches hold beginnings."""
        refused = manner.refused
        body: wire.Body = {"model": manner.model, "max_tokens": request.max_tokens + manner.headroom}
        if request.system:
            body["system"] = [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}]
        body["messages"] = [{"role": "user", "content": request.prompt}]
        if stop := [text for text in request.stop if text.strip()]:  # none of white space only is taken
            body["stop_sequences"] = stop
        body |= {name: value for name, value in manner.extra.items() if name not in refused}
        if request.schema is None:
            return body
        if _CONFIG not in refused:
            told = {"format": {"type": "json_schema", "schema": request.schema}}
            return body | {_CONFIG: {**wire.mapping(body.get(_CONFIG)), **told}}
        if _TOOLS not in refused:
            tool = {"name": _TOOL, "description": "Gives the answer.", "input_schema": request.schema}
            return body | {_TOOLS: [tool], "tool_choice": {"type": "tool", "name": _TOOL}}
        return body

    def read(self, answer: wire.Heard) -> Said | None:
        """Text blocks, or the tool's input as JSON; thoughts are left out."""
        if not isinstance(answer.get("content"), list):
            return None
        blocks = list(wire.mappings(answer.get("content")))
        reason = wire.text(answer.get("stop_reason"))
        usage = wire.mapping(answer.get("usage"))
        cached = wire.count(usage, "cache_read_input_tokens")
        written = wire.count(usage, "cache_creation_input_tokens")
        is_refused = reason == "refusal"
        return Said(
            text="" if is_refused else "".join(map(_text, blocks)),
            fault="refused" if is_refused else "",
            detail="the model declined" if is_refused else "",
            truncated=reason in ("max_tokens", "model_context_window_exceeded"),
            prompt_tokens=wire.count(usage, "input_tokens") + cached + written,
            cached_tokens=cached,
            written_tokens=written,
            completion_tokens=wire.count(usage, "output_tokens"),
        )

    def refused_parameter(self, document: str, asked: wire.Heard) -> str:
        """Whatever of the body is named, but what no request can do without."""
        said = message_of(document)
        names = (name for name in asked if name not in ("model", "max_tokens", "messages", "system"))
        return next((_MEANS.get(name, name) for name in names if re.search(rf"\b{name}\b", said)), "")


_MEANS = {"tool_choice": _TOOLS}


def _below(base_url: str, name: str) -> str:
    return f"/{name}" if base_url.rstrip("/").endswith("/v1") else f"/v1/{name}"


def _text(block: wire.Heard) -> str:
    kind = block.get("type")
    if kind == "tool_use":
        return json.dumps(block.get("input"), ensure_ascii=False)
    return wire.text(block.get("text")) if kind == "text" else ""
