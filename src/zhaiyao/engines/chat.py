"""Any server that speaks OpenAI's chat completions or Anthropic's messages: hosted models, Ollama, vLLM, llama.cpp.

Judges no reply. A failed request is a reply with a fault; only what no other request could escape (a refused key, an
unknown model, an empty account) is an error. What a server does not know (JSON schemas, `max_tokens`, a temperature)
is learned from its refusals and not sent again.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.engines import wire
from zhaiyao.engines.background import Background
from zhaiyao.engines.correspondence import Correspondence, ServerSpec, utc_now
from zhaiyao.engines.sending import Answer, Call, Sent, Silence
from zhaiyao.errors import EngineError
from zhaiyao.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSpec(ServerSpec):
    """A picklable recipe of an engine that asks a server request by request."""

    def open(self) -> "ChatEngine":
        """Connects to nobody yet. Raises EngineError if it is clear already that this cannot work."""
        self.check()
        return ChatEngine(self)


class ChatEngine:
    """Answers by asking a server. Thread-safe. Once no request can succeed any more, it asks no other."""

    def __init__(self, spec: ChatSpec, *, clock: Clock = utc_now) -> None:
        self._letters = Correspondence(spec, clock)
        self._sender = self._letters.sender()
        self._background = Background("zhaiyao-chat", subject=self._letters.where)
        self._end: EngineError | None = None

    @property
    def traits(self) -> EngineTraits:
        """What it can do, as far as the server has shown."""
        return self._letters.traits

    @property
    def concurrency(self) -> int:
        """How many requests may be under way at once by now."""
        return self._sender.limiter.allowed

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in order. Raises EngineError if the server will not work with us at all.

        If that turns out while some are answered already, those are told, and the error comes at the next call.
        """
        return self._background.run(lambda: self._ask(requests))

    def close(self) -> None:
        """Drops all connections; callers that wait get an EngineError. Idempotent."""
        self._background.close(self._sender.close)

    async def _ask(self, requests: Sequence[Request]) -> list[Reply]:
        if self._end is not None:
            raise self._end
        tasks = [asyncio.ensure_future(self._answer(request)) for request in requests]
        try:
            replies = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        if self._end is not None and all(reply.fault for reply in replies):
            raise self._end
        return replies

    async def _answer(self, request: Request) -> Reply:
        """Asks, and again without what the server refuses to know."""
        seconds = 0.0
        while True:
            body = self._letters.body(request)
            if body is None:
                return self._letters.failure("schema-unsupported", "the server takes no JSON schema")
            content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
            sent = await self._sender.send(Call(path=self._letters.path, content=content))
            seconds += sent.seconds
            reply = self._reply(sent, body)
            if reply is not None:
                return replace(reply, seconds=seconds)

    def _reply(self, sent: Sent, body: wire.Body) -> Reply | None:
        """What came of a request; None if it is to be made again."""
        match sent.outcome:
            case Silence(fault=fault, detail=detail):
                return self._letters.failure(fault, detail, sent.history)
            case Answer(is_good=True, text=document):
                return self._letters.read(document, body)
            case Answer(status=status, text=document):
                if self._letters.learn(status, document, body):
                    return None
                reply = self._letters.refusal(status, document, sent.history)
                if isinstance(reply, Reply):
                    return reply
                self._end = reply
                self._sender.halt(reply.what)
                return self._letters.failure("stopped", reply.what)
