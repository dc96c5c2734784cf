"""OpenAI's chat completions, which most providers and all local servers speak: records in and out. Sends nothing.

Providers differ in what they do not know, and in where they tell how much of a prompt was in their cache.
"""

import re
from collections.abc import Iterator

from zhaiyao.asking import Request
from zhaiyao.engines import wire
from zhaiyao.engines.dialect import SCHEMA, Manner, Said
from zhaiyao.engines.refusals import message_of

_FORMAT = "response_format"
_LIMIT = "max_tokens"
_NEW_LIMIT = "max_completion_tokens"


class Completions:
    """See `dialect.Dialect`."""

    home = "https://api.openai.com/v1"

    def path(self, base_url: str) -> str:
        """Below an address that ends as the provider wants it, often in `/v1`."""
        return "/chat/completions"

    def models(self, base_url: str) -> str:
        """Beside the completions."""
        return "/models"

    def headers(self, key: str) -> dict[str, str]:
        """A bearer token."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def knows_schemas(self, refused: frozenset[str]) -> bool:
        """Unless `response_format` is refused."""
        return SCHEMA not in refused

    def body(self, request: Request, manner: Manner) -> wire.Body:
        """Without what the server has refused; its newer name for `max_tokens` instead, where it wants that."""
        refused = manner.refused
        body: wire.Body = {
            "model": manner.model,
            "messages": wire.messages(request),
            "temperature": request.temperature,
            _NEW_LIMIT if _LIMIT in refused else _LIMIT: request.max_tokens + manner.headroom,
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.schema is not None and SCHEMA not in refused:
            body[_FORMAT] = wire.response_format(request.schema)
        return {name: value for name, value in (body | dict(manner.extra)).items() if name not in refused}

    def read(self, answer: wire.Heard) -> Said | None:
        """The first choice, without what a model thought aloud before it."""
        choice = next(iter(wire.mappings(answer.get("choices"))), None)
        if choice is None:
            return None
        message = wire.mapping(choice.get("message"))
        finish = wire.text(choice.get("finish_reason"))
        refusal = wire.text(message.get("refusal"))
        fault = "refused" if refusal else _FAULTS.get(finish, "")
        usage = wire.mapping(answer.get("usage"))
        details = wire.mapping(usage.get("prompt_tokens_details"))
        prompt = wire.count(usage, "prompt_tokens")
        return Said(
            text="" if fault else _THOUGHT.sub("", wire.text(message.get("content")), count=1),
            fault=fault,
            detail=(refusal or finish.replace("_", " ")) if fault else "",
            truncated=finish == "length",
            prompt_tokens=prompt,
            cached_tokens=wire.count(details, "cached_tokens")
            or wire.count(usage, "prompt_cache_hit_tokens")  # DeepSeek
            or wire.count(usage, "cached_tokens"),  # Moonshot
            written_tokens=wire.count(details, "cache_write_tokens"),
            # some count what a model thought in the sum alone
            completion_tokens=max(wire.count(usage, "completion_tokens"), wire.count(usage, "total_tokens") - prompt),
        )

    def refused_parameter(self, document: str, asked: wire.Heard) -> str:
        """By the words that OpenAI, vLLM, DeepSeek, DashScope and Moonshot have for it."""
        said = message_of(document)
        return next((name for name, sign in _signs(asked) if re.search(sign, said)), "")


def _signs(asked: wire.Heard) -> Iterator[tuple[str, str]]:
    """What of a body could be refused, and the words by which a refusal names it."""
    if _FORMAT in asked:
        yield SCHEMA, r"response_format|json_schema"
    if _LIMIT in asked:
        yield _LIMIT, _NEW_LIMIT
    for name in asked:
        if name not in ("model", "messages", _FORMAT, _LIMIT, _NEW_LIMIT):
            quoted = rf"[\"'`\\]{name}\b"
            yield name, quoted if name == "stop" else rf"{quoted}|\b{name}\b"


_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
_FAULTS = {
    "content_filter": "refused",
    "sensitive": "refused",  # Zhipu
    "network_error": "server-error",  # Zhipu
    "insufficient_system_resource": "server-error",  # DeepSeek
}
