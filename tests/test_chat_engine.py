"""The chat engine against a local server that misbehaves: a fault for what may pass, an error for what will not."""

import logging
import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from tests.build import NOW
from tests.chat_server import HANG, RESET, Answer, ChatServer, document, good, plain, refused
from zhaiyao.asking import Request
from zhaiyao.engines.chat import ChatEngine, ChatSpec
from zhaiyao.errors import EngineError
from zhaiyao.records import RenditionKind

KEY = "sk-invented-0123456789"
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def engine(server: ChatServer) -> Iterator[ChatEngine]:
    spec = ChatSpec(model="some-model", base_url=server.url, api_key=KEY, timeout=10.0)
    with closing(ChatEngine(spec, clock=lambda: NOW)) as opened:
        yield opened


def request(prompt: str = "Translate.", **changes: object) -> Request:
    told: dict[str, object] = {
        "kind": RenditionKind.TITLE,
        "system": "You translate.",
        "prompt": prompt,
        "sources": (prompt,),
        "max_tokens": 300,
    }
    return Request(**{**told, **changes})  # type: ignore[arg-type]


def test_a_good_answer_becomes_a_reply(server: ChatServer, engine: ChatEngine) -> None:
    server.next(good("你好，世界。", delay=0.05))
    [reply] = engine.ask([request(schema=SCHEMA, stop=("\n",))])
    assert (reply.text, reply.fault, reply.truncated) == ("你好，世界。", "", False)
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finished_at) == (11, 7, NOW)
    assert 0.05 <= reply.seconds < 5
    [asked] = server.requests
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "some-model",
        "messages": [{"role": "system", "content": "You translate."}, {"role": "user", "content": "Translate."}],
        "temperature": 0.0,
        "max_tokens": 300,
        "stop": ["\n"],
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}},
    }


def test_replies_come_in_the_order_of_the_requests(server: ChatServer, engine: ChatEngine) -> None:
    server.next(*(good(str(number), delay=0.2 - number / 50) for number in range(8)))
    prompts = [str(number) for number in range(8)]
    replies = engine.ask([request(prompt) for prompt in prompts])
    arrived = [asked.body["messages"][1]["content"] for asked in server.requests]
    assert [replies[prompts.index(prompt)].text for prompt in arrived] == prompts
    assert 1 < server.at_once <= 8


def test_all_callers_share_the_room(server: ChatServer) -> None:
    spec = ChatSpec(model="m", base_url=server.url, concurrency=2)
    server.next(*(good(delay=0.05) for _ in range(8)))
    with closing(spec.open()) as engine, ThreadPoolExecutor(4) as callers:
        for replies in callers.map(engine.ask, [[request(), request()]] * 4):
            assert [reply.text for reply in replies] == ["译文。", "译文。"]
    assert (len(server.requests), server.at_once) == (8, 2)


def test_an_answer_that_reached_the_limit_is_truncated(server: ChatServer, engine: ChatEngine) -> None:
    server.next(good("半句", finish="length"))
    [reply] = engine.ask([request()])
    assert (reply.text, reply.truncated, reply.fault) == ("半句", True, "")


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (plain(b"<html>Log in</html>"), "bad-reply"),
        (plain(b'{"choices": [', "application/json"), "bad-reply"),
        (plain(b"\xff\xfe\x00", "application/json"), "bad-reply"),
        (document([]), "bad-reply"),
        (document({"choices": []}), "bad-reply"),
        (document({"choices": "none", "usage": 3}), "bad-reply"),
        (good("", finish="content_filter"), "refused"),
        (good(None, refusal="I will not."), "refused"),
        (refused(400, "Content Exists Risk"), "refused"),
        (refused(400, "Output data may contain inappropriate content.", code="data_inspection_failed"), "refused"),
        (refused(400, "This model's maximum context length is 4096 tokens."), "bad-request"),
        (refused(413), "bad-request"),
    ],
)
def test_what_is_wrong_with_one_request_is_a_fault(
    server: ChatServer, engine: ChatEngine, answer: Answer, fault: str
) -> None:
    server.next(answer, good("好。"))
    [bad] = engine.ask([request()])
    assert (bad.text, bad.fault, bad.finished_at) == ("", fault, NOW)
    [following] = engine.ask([request()])
    assert (following.text, len(server.requests)) == ("好。", 2)


@pytest.mark.parametrize(
    "message",
    [{"content": None}, {"content": ["a", "list"]}, {}],
)
def test_an_answer_without_text_is_an_empty_reply(
    server: ChatServer, engine: ChatEngine, message: dict[str, object]
) -> None:
    server.next(document({"choices": [{"finish_reason": "stop", "message": message}], "usage": {"prompt_tokens": "x"}}))
    [reply] = engine.ask([request()])
    assert (reply.text, reply.fault, reply.prompt_tokens) == ("", "", 0)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(refused(429, retry_after="0.01"), "rate-limited"), (refused(500, retry_after="0.01"), "server-error")],
)
def test_trouble_that_passes_is_sat_out(server: ChatServer, engine: ChatEngine, answer: Answer, fault: str) -> None:
    server.next(answer, answer, good("好。"))
    assert engine.ask([request()])[0].text == "好。"
    server.next(answer, answer, answer)
    assert engine.ask([request()])[0].fault == fault
    assert len(server.requests) == 6


def test_retry_after_is_honoured(server: ChatServer, engine: ChatEngine) -> None:
    server.next(refused(429, retry_after="1"), good("好。"))
    [reply] = engine.ask([request()])
    first, second = server.requests
    assert reply.text == "好。"
    assert 1.0 <= second.at - first.at < 5


def test_a_server_that_wants_more_than_two_minutes_is_not_waited_for(server: ChatServer, engine: ChatEngine) -> None:
    server.next(refused(429, retry_after="3600"))
    assert engine.ask([request()])[0].fault == "rate-limited"
    assert len(server.requests) == 1


def test_a_reset_connection_is_tried_again(server: ChatServer, engine: ChatEngine) -> None:
    server.next(RESET, good("好。"))
    assert engine.ask([request()])[0].text == "好。"


def test_a_server_that_is_not_there_is_a_fault(server: ChatServer) -> None:
    with closing(ChatSpec(model="m", base_url="http://127.0.0.1:9/v1").open()) as engine:
        [reply] = engine.ask([request()])
    assert reply.fault == "connection"


def test_silence_is_a_timeout(server: ChatServer) -> None:
    server.next(HANG, HANG, HANG)
    with closing(ChatSpec(model="m", base_url=server.url, timeout=0.1).open()) as engine:
        [reply] = engine.ask([request()])
    assert (reply.fault, reply.detail) == ("timeout", "no answer within 0.1 s")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (refused(401, f"Incorrect API key provided: {KEY}."), "engine.api_key"),
        (refused(402, "Insufficient Balance"), "Top it up"),
        (refused(403, "Country not supported"), "region"),
        (refused(404, "The model does not exist"), "engine.model"),
        (refused(429, "You exceeded your quota.", code="insufficient_quota", retry_after="3600"), "Top it up"),
    ],
)
def test_what_every_request_would_meet_is_an_error(
    server: ChatServer, engine: ChatEngine, answer: Answer, hint: str
) -> None:
    server.next(answer, answer, answer)
    with pytest.raises(EngineError, match=f"(?s)some-model at {server.url}/: .*{hint}") as caught:
        engine.ask([request(), request(), request()])
    assert KEY not in str(caught.value)


def test_a_server_without_schemas_is_asked_only_once(server: ChatServer, engine: ChatEngine) -> None:
    server.next(refused(400, "This response_format type is unavailable now"))
    assert engine.traits.structured
    [reply] = engine.ask([request(schema=SCHEMA)])
    assert (reply.fault, reply.text) == ("schema-unsupported", "")
    assert not engine.traits.structured
    assert [one.fault for one in engine.ask([request(schema=SCHEMA)] * 3)] == ["schema-unsupported"] * 3
    assert len(server.requests) == 1
    assert engine.ask([request()])[0].text == "译文。"


def test_a_refusal_of_another_kind_says_nothing_about_schemas(server: ChatServer, engine: ChatEngine) -> None:
    server.next(refused(400, "Invalid request."))
    assert engine.ask([request(schema=SCHEMA)])[0].fault == "bad-request"
    assert engine.traits.structured


def test_parameters_that_a_model_refuses_are_left_out(server: ChatServer, engine: ChatEngine) -> None:
    limit = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    server.next(refused(400, limit), refused(400, "'temperature' does not support 0.0 with this model."))
    assert engine.ask([request(), request()])[1].text == "译文。"
    assert engine.ask([request()])[0].text == "译文。"
    last = server.requests[-1].body
    assert last["max_completion_tokens"] == 300
    assert not {"max_tokens", "temperature"} & set(last)
    assert 4 <= len(server.requests) <= 7


def test_the_key_is_told_to_nobody_but_the_server(
    server: ChatServer, engine: ChatEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.next(refused(400, f"Bad key {KEY}"), plain(KEY.encode()))
    replies = [engine.ask([request()])[0], engine.ask([request()])[0]]
    spec = ChatSpec(model="m", base_url=server.url, api_key=KEY)
    assert [reply.detail for reply in replies] == [
        '400: {"error": {"message": "Bad key ***", "type": "some_error"}}',
        "***",
    ]
    assert KEY not in repr(spec) + repr(engine) + repr(replies)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("zhaiyao")]
    assert KEY not in "".join(ours)


def test_a_server_that_wants_no_key_gets_none_of_ours(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with closing(ChatSpec(model="m", base_url=server.url).open()) as engine:
        engine.ask([request()])
    assert KEY not in repr(server.requests[0].headers)


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        (ChatSpec(model="", base_url="http://127.0.0.1/v1"), "Set engine.model"),
        (ChatSpec(model="m", base_url="localhost:11434"), "Write it whole"),
        (ChatSpec(model="m"), "Set engine.api_key"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_asked(spec: ChatSpec, hint: str) -> None:
    with pytest.raises(EngineError, match=hint):
        spec.open()


def test_passwords_in_the_address_are_not_shown() -> None:
    spec = ChatSpec(model="m", base_url="http://user:pa55word@127.0.0.1:9/v1")
    engine = spec.open()
    engine.close()
    with pytest.raises(EngineError, match=r"m at http://127.0.0.1:9/v1/: the engine is closed") as caught:
        engine.ask([request()])
    assert "pa55word" not in str(caught.value)


def test_closing_lets_waiting_callers_go(server: ChatServer, engine: ChatEngine) -> None:
    server.next(HANG)
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(engine.ask, [request()])
        assert server.asked.wait(5)
        engine.close()
        with pytest.raises(EngineError, match="closed"):
            waiting.result(5)
    assert server.dropped.wait(5)
    engine.close()


def test_ctrl_c_drops_the_connections(server: ChatServer, engine: ChatEngine) -> None:
    server.next(HANG)

    def interrupt() -> None:
        server.asked.wait(5)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        engine.ask([request()])
    thread.join()
    assert server.dropped.wait(5)
    assert time.monotonic() - started < 5
    assert engine.ask([request()])[0].text == "译文。"


def test_a_recipe_can_be_pickled() -> None:
    spec = ChatSpec(model="m", base_url="http://127.0.0.1:1/v1", api_key=KEY)
    assert pickle.loads(pickle.dumps(spec)) == spec
