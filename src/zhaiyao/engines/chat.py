"""Any endpoint that speaks OpenAI's chat completions: hosted models, Ollama, vLLM, llama.cpp. Judges no reply.

A failed request is a reply with a fault; only what no other request could escape (a refused key, an unknown model, an
empty account) is an error. What a server does not know (JSON schemas, `max_tokens`, a temperature) is learned from its
refusals and not sent again. The client lives in a thread of its own, so that an interrupted caller drops its
connections at once, whatever the server does.
"""

import asyncio
import json
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.engines import wire
from zhaiyao.errors import EngineError
from zhaiyao.ports import Clock

if TYPE_CHECKING:
    from openai import AsyncOpenAI

RETRIES = 2
"""How often the client itself asks again after 408, 409, 429, 5xx or a broken connection: it waits as long as
Retry-After says, or half a second and twice that; a server that wants more than two minutes is not waited for."""


_LONGEST_DETAIL = 200
_SHORTEST_SECRET = 8
_CONNECT_TIMEOUT = 10.0


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSpec:
    """A picklable recipe. No `base_url` means OpenAI. `timeout` is in seconds, for each try.

    `concurrency` is how many requests are under way at once, of all callers together.
    """

    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 120.0
    concurrency: int = 8

    def open(self) -> "ChatEngine":
        """Connects to nobody yet. Raises EngineError if it is clear already that this cannot work."""
        if not self.model:
            raise EngineError("no model is named", subject="engine.model", hint="Set engine.model to one it serves.")
        if self.base_url and not re.match(r"https?://[^/]", self.base_url):
            hint = "Write it whole, as https://host/v1 or http://localhost:11434/v1."
            raise EngineError("not the address of a server", subject="engine.base_url", hint=hint)
        if not (self.base_url or self.api_key):
            hint = "Set engine.api_key, or engine.base_url to a server that wants none."
            raise EngineError("no key is set", subject="engine.api_key", hint=hint)
        return ChatEngine(self)


class ChatEngine:
    """Answers by asking a server. Thread-safe."""

    def __init__(self, spec: ChatSpec, *, clock: Clock = utc_now) -> None:
        self._spec = spec
        self._clock = clock
        self._client = _client(spec)
        self._room = asyncio.Semaphore(spec.concurrency)
        self._refused: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._is_closed = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="zhaiyao-chat", daemon=True)
        self._thread.start()

    @property
    def traits(self) -> EngineTraits:
        """What it can do, as far as the server has shown."""
        structured = _SCHEMA not in self._refused
        return EngineTraits(name="chat", model=self._spec.model, structured=structured, parameters='{"temperature":0}')

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in order. Raises EngineError if the server will not work with us at all."""
        with self._lock:
            if self._is_closed:
                raise self._closed()
            future = asyncio.run_coroutine_threadsafe(self._ask(requests), self._loop)
        try:
            return future.result()
        except CancelledError:
            raise self._closed() from None
        finally:
            future.cancel()  # Ctrl-C: connections are dropped, and what waits for room never begins

    def close(self) -> None:
        """Drops all connections; callers that wait get an EngineError. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _hang_up(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.close()

    async def _ask(self, requests: Sequence[Request]) -> list[Reply]:
        tasks = [asyncio.ensure_future(self._answer(request)) for request in requests]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _answer(self, request: Request) -> Reply:
        async with self._room:
            started = time.monotonic()
            reply = await self._converse(request)
            return replace(reply, seconds=time.monotonic() - started)

    async def _converse(self, request: Request) -> Reply:
        """Asks, and again without what the server refuses to know."""
        import httpx2
        from openai import APIConnectionError, APIStatusError, APITimeoutError

        while True:
            body = self._body(request)
            if request.schema is not None and _SCHEMA not in body:
                return self._failure("schema-unsupported", "the server takes no JSON schema")
            try:
                response = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
                return self._read(response.text)
            except APIStatusError as error:
                refused = refused_parameter(error.status_code, error.response.text)
                if refused not in body:
                    return self._refusal(error.status_code, error.response.text)
                self._refused |= {refused}
            except APITimeoutError:
                return self._failure("timeout", f"no answer within {self._spec.timeout:g} s")
            except APIConnectionError as error:
                return self._failure("connection", str(error.__cause__ or error))

    def _body(self, request: Request) -> wire.Body:
        limit = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        body: wire.Body = {
            "model": self._spec.model,
            "messages": wire.messages(request),
            "temperature": request.temperature,
            limit: request.max_tokens,
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if request.schema is not None:
            body[_SCHEMA] = wire.response_format(request.schema)
        return {name: value for name, value in body.items() if name not in self._refused}

    def _read(self, document: str) -> Reply:
        """The reply in a server's answer. Nothing is believed of its shape."""
        try:
            answer = wire.mapping(json.loads(document))
        except ValueError:
            answer = {}
        choice = next(iter(wire.mappings(answer.get("choices"))), None)
        if choice is None:
            return self._failure("bad-reply", document)
        message = wire.mapping(choice.get("message"))
        refusal = wire.text(message.get("refusal"))
        if refusal or choice.get("finish_reason") == "content_filter":
            return self._failure("refused", refusal or "content filter")
        usage = wire.mapping(answer.get("usage"))
        return Reply(
            text=wire.text(message.get("content")),
            finished_at=self._clock(),
            truncated=choice.get("finish_reason") == "length",
            prompt_tokens=wire.count(usage, "prompt_tokens"),
            completion_tokens=wire.count(usage, "completion_tokens"),
        )

    def _refusal(self, status: int, document: str) -> Reply:
        """A fault for this request; raises EngineError for what every request would meet."""
        said = self._clean(document)
        if status in _HOPELESS or (status == _TOO_MANY and _NO_MONEY.search(document)):
            what, hint = _HOPELESS[402 if status == _TOO_MANY else status]
            raise EngineError(f"{what} ({status}: {said})", subject=self._where(), hint=hint)
        if _CENSORED.search(document):
            return self._failure("refused", said)
        fault = "rate-limited" if status == _TOO_MANY else "server-error" if status >= 500 else "bad-request"
        return self._failure(fault, f"{status}: {said}")

    def _failure(self, fault: str, detail: str) -> Reply:
        return Reply(text="", finished_at=self._clock(), fault=fault, detail=self._clean(detail))

    def _clean(self, said: str) -> str:
        """A stranger's words as one short line without our key, which some servers repeat."""
        key = self._spec.api_key
        if len(key) >= _SHORTEST_SECRET:
            said = said.replace(key, "***")
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
        return line[:_LONGEST_DETAIL]

    def _where(self) -> str:
        url = self._client.base_url
        return f"{self._spec.model} at {url.copy_with(username=None, password=None)}"

    def _closed(self) -> EngineError:
        return EngineError("the engine is closed", subject=self._where(), hint="Open it again.")


def refused_parameter(status: int, document: str) -> str:
    """The parameter that a server says it does not know, by our name; `""` if its refusal is about something else."""
    if status not in (400, 422):
        return ""
    return next((name for name, sign in _SIGNS.items() if sign.search(document)), "")


def _client(spec: ChatSpec) -> "AsyncOpenAI":
    import httpx2
    from openai import AsyncOpenAI

    return AsyncOpenAI(
        api_key=spec.api_key or "none",  # the client wants one; servers without keys do not look at it
        base_url=spec.base_url or None,
        timeout=httpx2.Timeout(spec.timeout, connect=min(spec.timeout, _CONNECT_TIMEOUT)),
        max_retries=RETRIES,
    )


_SCHEMA = "response_format"
_SIGNS = {
    _SCHEMA: re.compile(r"response_format|json_schema"),
    "max_tokens": re.compile(r"max_completion_tokens"),
    "temperature": re.compile(r"\\?[\"'`]temperature\\?[\"'`]"),
}
_CENSORED = re.compile(r"content[_ ](filter|policy)|data_inspection|content exists risk", re.IGNORECASE)
_NO_MONEY = re.compile(r"insufficient_quota|insufficient balance", re.IGNORECASE)
_TOO_MANY = 429
_HOPELESS = {
    401: ("the key is refused", "Set engine.api_key (or ZHAIYAO_ENGINE_API_KEY) to a key of this server."),
    402: ("the account is empty", "Top it up, or choose another engine."),
    403: ("access is refused", "Check what this key may do, and whether the server serves your region."),
    404: (
        "no such model or address",
        "Check engine.model, and that engine.base_url ends as the server wants (often /v1).",
    ),
}
