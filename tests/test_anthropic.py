"""Anthropic's Messages API, against the local server: its headers, its form, its faults."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.build import NOW
from tests.chat_server import Answer, ChatServer, document
from tests.test_chat_engine import HASTY, KEY, SCHEMA, request
from zhaiyao.engines.anthropic import Messages
from zhaiyao.engines.chat import ChatEngine, ChatSpec
from zhaiyao.engines.presets import PRESETS
from zhaiyao.errors import EngineError
from zhaiyao.prices import Price


def message(*blocks: dict[str, object], stop: str = "end_turn", **usage: int) -> Answer:
    """An answer in Anthropic's form."""
    told = {"input_tokens": 11, "output_tokens": 7, **usage}
    return document({"id": "msg_1", "type": "message", "content": list(blocks), "stop_reason": stop, "usage": told})


def text(words: str) -> dict[str, object]:
    return {"type": "text", "text": words}


def refused(status: int, kind: str, words: str, **headers: str) -> Answer:
    """An error in Anthropic's form."""
    body = {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}
    return Answer(
        status=status, body=json.dumps(body).encode(), headers={"Content-Type": "application/json", **headers}
    )


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(lambda asked: message(text("译文。"))) as running:
        yield running


@pytest.fixture
def engine(server: ChatServer) -> Iterator[ChatEngine]:
    spec = ChatSpec(
        model="claude-pond-1",
        dialect="anthropic",
        base_url=server.url.removesuffix("/v1"),
        api_key=KEY,
        price=Price.of(input=1, cached=0.1, output=5, written=1.25),
        extra=PRESETS["anthropic"].extra,
        patience=HASTY,
    )
    with closing(ChatEngine(spec, clock=lambda: NOW)) as opened:
        yield opened


def test_a_request_is_in_anthropics_form(server: ChatServer, engine: ChatEngine) -> None:
    [reply] = engine.ask([request(schema=SCHEMA, stop=("\n", "END"))])
    assert (reply.text, reply.fault, reply.finished_at) == ("译文。", "", NOW)
    [asked] = server.requests
    assert asked.path == "/v1/messages"
    assert asked.headers["x-api-key"] == KEY
    assert asked.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in asked.headers
    assert asked.body == {
        "model": "claude-pond-1",
        "max_tokens": 300,
        "system": [{"type": "text", "text": "You translate.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Translate."}],
        "stop_sequences": ["END"],
        "thinking": {"type": "disabled"},
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }


@pytest.mark.parametrize(
    ("base_url", "path"),
    [
        ("https://api.anthropic.com", "/v1/messages"),
        ("https://api.anthropic.com/v1", "/messages"),
        ("https://api.anthropic.com/v1/", "/messages"),
        ("https://elsewhere.example/anthropic", "/v1/messages"),
    ],
)
def test_the_address_may_end_in_the_version_or_not(base_url: str, path: str) -> None:
    assert Messages().path(base_url) == path


def test_a_model_without_output_formats_has_to_call_a_tool(server: ChatServer, engine: ChatEngine) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "reply", "input": {"title": "池塘"}}
    server.next(
        refused(400, "invalid_request_error", "output_config: Extra inputs are not permitted"),
        message(text(""), call, stop="tool_use"),
    )
    [reply] = engine.ask([request(schema=SCHEMA)])
    assert json.loads(reply.text) == {"title": "池塘"}
    body = server.requests[1].body
    assert body["tools"] == [{"name": "reply", "description": "Gives the answer.", "input_schema": SCHEMA}]
    assert body["tool_choice"] == {"type": "tool", "name": "reply"}
    assert "output_config" not in body
    assert engine.traits.structured


def test_a_model_without_both_takes_no_schema(server: ChatServer, engine: ChatEngine) -> None:
    server.next(
        refused(400, "invalid_request_error", "'claude-pond-1' does not support output_config.format"),
        refused(400, "invalid_request_error", "tool_choice forces tool use is not compatible with this model"),
    )
    assert engine.ask([request(schema=SCHEMA)])[0].fault == "schema-unsupported"
    assert not engine.traits.structured
    assert engine.ask([request()])[0].text == "译文。"


def test_a_model_that_always_thinks_is_let_think(server: ChatServer, engine: ChatEngine) -> None:
    server.next(
        refused(400, "invalid_request_error", "thinking.type: disabled is not supported for this model"),
        message({"type": "thinking", "thinking": "Ponds…", "signature": "x"}, text("池"), text("塘")),
    )
    assert engine.ask([request()])[0].text == "池塘"
    assert "thinking" not in server.requests[1].body


@pytest.mark.parametrize(
    ("answer", "fault", "truncated"),
    [
        (message(text("半"), stop="max_tokens"), "", True),
        (message(text("半"), stop="model_context_window_exceeded"), "", True),
        (message(text("半"), stop="stop_sequence"), "", False),
        (message(stop="refusal"), "refused", False),
        (message(), "", False),
        (document({"type": "message", "content": "text"}), "bad-reply", False),
        (document({"type": "message", "content": [3, {"type": "text", "text": 3}]}), "", False),
        (
            refused(400, "invalid_request_error", "prompt is too long: 300000 tokens > 200000 maximum"),
            "too-long",
            False,
        ),
        (refused(413, "request_too_large", "Request exceeds the maximum size"), "too-long", False),
        (refused(400, "invalid_request_error", "messages: at least one message is required"), "bad-request", False),
    ],
)
def test_what_ends_an_answer(
    server: ChatServer, engine: ChatEngine, answer: Answer, fault: str, truncated: bool
) -> None:
    server.next(answer)
    [reply] = engine.ask([request()])
    assert (reply.fault, reply.truncated) == (fault, truncated)
    assert len(server.requests) == 1


def test_an_overloaded_server_is_sat_out(server: ChatServer, engine: ChatEngine) -> None:
    busy = refused(529, "overloaded_error", "Overloaded")
    limit = refused(429, "rate_limit_error", "Too many tokens per minute", **{"Retry-After": "0.05"})
    server.next(busy, limit, message(text("好。")))
    assert engine.ask([request()])[0].text == "好。"
    server.next(*[busy] * 5)
    [reply] = engine.ask([request()])
    assert (reply.fault, "Overloaded" in reply.detail) == ("server-error", True)


def test_tokens_read_from_the_cache_and_written_into_it_are_part_of_the_prompt(
    server: ChatServer, engine: ChatEngine
) -> None:
    server.next(message(text("好。"), cache_read_input_tokens=1000, cache_creation_input_tokens=400))
    [reply] = engine.ask([request()])
    assert (reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens) == (1411, 1000, 7)
    assert reply.cost_micros == 11 + 100 + 500 + 35


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (refused(401, "authentication_error", "invalid x-api-key"), "the key is refused"),
        (refused(403, "permission_error", "not allowed"), "access is refused"),
        (refused(404, "not_found_error", "model: claude-pond-1"), "no such model or address"),
        (
            refused(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
            "the account is empty",
        ),
    ],
)
def test_what_every_request_would_meet_is_an_error(
    server: ChatServer, engine: ChatEngine, answer: Answer, what: str
) -> None:
    server.next(answer)
    with pytest.raises(EngineError, match=what) as caught:
        engine.ask([request()])
    assert KEY not in str(caught.value)
