"""The chat engine against a real server over HTTP: llama.cpp's, with the embedded model. The protocol, no quality."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.chat_server.llama import CONTEXT, llama_server
from tests.local_model import embedded_model
from tests.test_chat_engine import request
from zhaiyao.engines.chat import ChatEngine, ChatSpec
from zhaiyao.engines.presets import PRESETS
from zhaiyao.errors import EngineError
from zhaiyao.prices import Price

pytestmark = [pytest.mark.model, pytest.mark.xdist_group("model")]

KEY = "sk-llama-0123456789"
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 12}, "id": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["title", "id"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    _, file = embedded_model(request.config)
    with llama_server(file.path, key=KEY) as running:
        yield running


@pytest.fixture
def engine(address: str) -> Iterator[ChatEngine]:
    preset = PRESETS["llamacpp"]
    spec = ChatSpec(
        model=preset.model,
        base_url=address,
        api_key=KEY,
        price=Price.of(input=2, cached=1, output=8),
        extra=preset.extra,
    )
    with closing(spec.open()) as opened:
        yield opened


def test_a_model_answers_and_its_tokens_are_counted_and_paid(engine: ChatEngine) -> None:
    [reply] = engine.ask([request("Ponds have tides.", max_tokens=8)])
    assert reply.text
    assert (reply.fault, reply.truncated, reply.completion_tokens) == ("", True, 8)
    assert reply.prompt_tokens > 8
    assert reply.cost_micros == 2 * reply.prompt_tokens - reply.cached_tokens + 8 * 8
    assert reply.seconds > 0


def test_a_schema_is_obeyed(engine: ChatEngine) -> None:
    [reply] = engine.ask([request("Name a pond.", schema=SCHEMA, max_tokens=60)])
    told = json.loads(reply.text)
    assert set(told) == {"title", "id"}
    assert len(told["title"]) <= 12
    assert told["id"] in range(10)
    assert not reply.truncated
    assert engine.traits.structured


def test_a_stop_ends_the_answer(engine: ChatEngine) -> None:
    [whole] = engine.ask([request("Count: one two", max_tokens=12)])
    stop = whole.text.strip()[-1]
    [reply] = engine.ask([request("Count: one two", max_tokens=12, stop=(stop,))])
    assert (reply.text, reply.truncated) == (whole.text.partition(stop)[0], False)


def test_the_beginning_of_a_prompt_comes_from_the_cache(engine: ChatEngine) -> None:
    system = "You translate titles of papers on ponds and their tides."
    engine.ask([request("First.", system=system, max_tokens=2)])
    [reply] = engine.ask([request("Second.", system=system, max_tokens=2)])
    assert 0 < reply.cached_tokens < reply.prompt_tokens


def test_requests_share_the_slots(engine: ChatEngine) -> None:
    replies = engine.ask([request(f"Pond {number}", max_tokens=3) for number in range(5)])
    assert [(bool(reply.text), reply.completion_tokens) for reply in replies] == [(True, 3)] * 5


def test_what_does_not_fit_into_the_context_is_too_long(engine: ChatEngine) -> None:
    [reply] = engine.ask([request("pond " * (CONTEXT + 200))])
    assert reply.fault == "too-long"


def test_a_wrong_key_is_refused(address: str) -> None:
    spec = ChatSpec(model="m", base_url=address, api_key="sk-wrong-0123456789")
    with closing(spec.open()) as engine, pytest.raises(EngineError, match="the key is refused"):
        engine.ask([request()])
