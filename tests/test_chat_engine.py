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
from tests.chat_server import (
    HANG,
    RESET,
    Answer,
    ChatServer,
    completion,
    cut,
    document,
    dripping,
    good,
    plain,
    refused,
)
from tests.chat_server.proxy import Proxy
from zhaiyao import __version__
from zhaiyao.asking import Request
from zhaiyao.engines.chat import ChatEngine, ChatSpec
from zhaiyao.engines.retrying import Patience
from zhaiyao.errors import EngineError
from zhaiyao.prices import Price
from zhaiyao.records import RenditionKind

KEY = "sk-invented-0123456789"
HASTY = Patience(first=0.01)
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        yield running


@pytest.fixture
def engine(server: ChatServer) -> Iterator[ChatEngine]:
    spec = ChatSpec(model="some-model", base_url=server.url, api_key=KEY, timeout=10.0, patience=HASTY)
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
        (refused(400, "This model's maximum context length is 4096 tokens."), "too-long"),
        (refused(400, "Range of input length should be [1, 30720]"), "too-long"),
        (refused(413), "too-long"),
        (refused(422, "Something is wrong with it."), "bad-request"),
        (good("", finish="insufficient_system_resource"), "server-error"),
        (plain(b'data: {"choices": []}', "text/event-stream"), "bad-reply"),
        (plain(b"[" * 100_000, "application/json"), "bad-reply"),
        (plain(b" " * (8 * 2**20 + 1), "application/json"), "bad-reply"),
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
    server.next(*[answer] * 4, good("好。"))
    assert engine.ask([request()])[0].text == "好。"
    server.next(*[answer] * 5)
    [reply] = engine.ask([request()])
    assert (reply.fault, reply.detail.endswith("(after 5 tries)")) == (fault, True)
    assert len(server.requests) == 10


def test_retry_after_is_honoured(server: ChatServer, engine: ChatEngine) -> None:
    server.next(refused(429, retry_after="1"), good("好。"))
    [reply] = engine.ask([request()])
    first, second = server.requests
    assert reply.text == "好。"
    assert 1.0 <= second.at - first.at < 5


def test_a_server_that_wants_more_than_two_minutes_is_not_waited_for(server: ChatServer, engine: ChatEngine) -> None:
    server.next(refused(429, "Slow down.", retry_after="3600"))
    [reply] = engine.ask([request()])
    assert reply.fault == "rate-limited"
    assert "Slow down." in reply.detail
    assert reply.detail.endswith("(it wants 3600 s of pause)")
    assert len(server.requests) == 1


def test_a_pause_is_of_one_request_and_frees_its_place(server: ChatServer) -> None:
    server.next(refused(429, retry_after="1"), *(good(delay=0.05) for _ in range(7)))
    spec = ChatSpec(model="m", base_url=server.url, concurrency=1)
    started = time.monotonic()
    with closing(spec.open()) as engine:
        replies = engine.ask([request(str(number)) for number in range(7)])
    first, *others, last = server.requests
    assert [reply.fault for reply in replies] == [""] * 7
    assert max(asked.at for asked in others) - started < 1.0
    assert 1.0 <= last.at - first.at < 5
    assert last.body == first.body
    assert server.at_once == 1
    assert replies[0].seconds >= 1.0


def test_a_reset_connection_is_tried_again(server: ChatServer, engine: ChatEngine) -> None:
    server.next(RESET, good("好。"))
    assert engine.ask([request()])[0].text == "好。"


def test_a_cut_answer_is_asked_for_again(server: ChatServer, engine: ChatEngine) -> None:
    server.next(cut(good("半句")), good("好。"))
    assert engine.ask([request()])[0].text == "好。"


def test_an_answer_of_the_wrong_type_is_read_if_it_is_json(server: ChatServer, engine: ChatEngine) -> None:
    server.next(plain(good("好。").body, "text/plain"))
    assert engine.ask([request()])[0].text == "好。"


@pytest.mark.parametrize("text", ["Ponds have tides.", ""])
def test_what_a_model_says_is_judged_by_others(server: ChatServer, engine: ChatEngine, text: str) -> None:
    server.next(good(text))
    [reply] = engine.ask([request()])
    assert (reply.text, reply.fault) == (text, "")


def test_thoughts_are_no_part_of_the_answer(server: ChatServer, engine: ChatEngine) -> None:
    server.next(good("<think>\nA pond, in Chinese?\n</think>\n\n池塘"), good("池塘 <think>"))
    assert [engine.ask([request()])[0].text for _ in range(2)] == ["池塘", "池塘 <think>"]


def test_a_server_that_is_not_there_is_a_fault(server: ChatServer) -> None:
    with closing(ChatSpec(model="m", base_url="http://127.0.0.1:9/v1", patience=HASTY).open()) as engine:
        [reply] = engine.ask([request()])
    assert (reply.fault, reply.detail.endswith("(after 5 tries)")) == ("connection", True)


def test_silence_is_a_timeout(server: ChatServer) -> None:
    server.next(HANG, HANG, HANG)
    with closing(ChatSpec(model="m", base_url=server.url, timeout=0.1, patience=HASTY).open()) as engine:
        [reply] = engine.ask([request()])
    assert (reply.fault, reply.detail) == ("timeout", "no answer within 0.1 s (after 3 tries)")


def test_a_hanging_request_is_made_again(server: ChatServer) -> None:
    server.next(HANG, good("好。"))
    with closing(ChatSpec(model="m", base_url=server.url, timeout=0.3, patience=HASTY).open()) as engine:
        [reply] = engine.ask([request()])
    assert reply.text == "好。"
    assert server.dropped.wait(5)


def test_an_answer_that_only_drips_is_a_timeout(server: ChatServer) -> None:
    server.next(*[dripping(good(), 0.01)] * 3)
    with closing(ChatSpec(model="m", base_url=server.url, timeout=0.2, patience=HASTY).open()) as engine:
        started = time.monotonic()
        [reply] = engine.ask([request()])
    assert reply.fault == "timeout"
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (refused(401, f"Incorrect API key provided: {KEY}."), "engine.api_key"),
        (refused(402, "Insufficient Balance"), "Top it up"),
        (refused(403, "Country not supported"), "region"),
        (refused(404, "The model does not exist"), "engine.model"),
        (refused(429, "You exceeded your quota.", code="insufficient_quota", retry_after="3600"), "Top it up"),
        (Answer(status=308, headers={"Location": "https://elsewhere.example/v1"}), "engine.base_url"),
    ],
)
def test_what_every_request_would_meet_is_an_error(
    server: ChatServer, engine: ChatEngine, answer: Answer, hint: str
) -> None:
    server.next(answer, answer, answer)
    with pytest.raises(EngineError, match=f"(?s)some-model at {server.url}: .*{hint}") as caught:
        engine.ask([request(), request(), request()])
    assert KEY not in str(caught.value)
    with pytest.raises(EngineError, match=hint):
        engine.ask([request()])


def test_what_was_answered_before_the_end_is_told(server: ChatServer) -> None:
    server.next(good("好。"), refused(402, "Insufficient Balance"))
    with closing(ChatSpec(model="m", base_url=server.url, concurrency=1).open()) as engine:
        replies = engine.ask([request(), request(), request()])
        assert [(reply.text, reply.fault) for reply in replies] == [("好。", ""), ("", "stopped"), ("", "stopped")]
        with pytest.raises(EngineError, match="the account is empty"):
            engine.ask([request()])
    assert len(server.requests) == 2


def test_the_end_for_all_is_not_waited_for_by_who_rests(server: ChatServer) -> None:
    server.next(refused(429, retry_after="60"), refused(402, "Insufficient Balance"))
    started = time.monotonic()
    with (
        closing(ChatSpec(model="m", base_url=server.url, concurrency=1).open()) as engine,
        pytest.raises(EngineError, match="the account is empty"),
    ):
        engine.ask([request("a"), request("b")])
    assert time.monotonic() - started < 10
    assert len(server.requests) == 2


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


def test_fields_of_ones_own_go_into_every_request(server: ChatServer) -> None:
    server.next(refused(400, "Unrecognized request argument supplied: enable_thinking"))
    extra = '{"enable_thinking": false, "seed": 7}'
    with closing(ChatSpec(model="m", base_url=server.url, extra=extra, headroom=100).open()) as engine:
        assert engine.traits.parameters == '{"enable_thinking":false,"seed":7,"temperature":0}'
        assert engine.ask([request()])[0].text == "译文。"
    first, second = (asked.body for asked in server.requests)
    assert (first["enable_thinking"], first["seed"], first["max_tokens"]) == (False, 7, 400)
    assert (second["seed"], "enable_thinking" in second) == (7, False)


def test_the_spec_says_how_the_engine_is_known(server: ChatServer) -> None:
    told = {"name": "deepseek", "batch": 8, "instructions": "document-9", "instructions_text": "Translate!"}
    with closing(ChatSpec(model="m", base_url=server.url, **told).open()) as engine:  # type: ignore[arg-type]
        traits = engine.traits
    assert {name: getattr(traits, name) for name in told} == told


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": {"cached_tokens": 600}}, 600),
        ({"prompt_tokens": 1000, "completion_tokens": 50, "prompt_cache_hit_tokens": 600}, 600),
        ({"prompt_tokens": 1000, "completion_tokens": 50, "cached_tokens": 600}, 600),
        ({"prompt_tokens": 1000, "completion_tokens": 50, "prompt_tokens_details": None}, 0),
        ({"prompt_tokens": 1000, "completion_tokens": 50, "cached_tokens": 5000}, 1000),
        ({"prompt_tokens": 1000, "completion_tokens": 50, "cached_tokens": -3}, 0),
    ],
)
def test_tokens_are_counted_and_paid(server: ChatServer, usage: dict[str, object], cached: int) -> None:
    server.next(
        document(completion("译文。", usage=usage)), document(completion("", finish="content_filter", usage=usage))
    )
    price = Price.of(input=2, cached=0.5, output=8)
    with closing(ChatSpec(model="m", base_url=server.url, price=price).open()) as engine:
        replies = [engine.ask([request()])[0] for _ in range(2)]
    for reply in replies:
        assert (reply.prompt_tokens, reply.cached_tokens, reply.completion_tokens) == (1000, cached, 50)
        assert reply.cost_micros == (1000 - cached) * 2 + cached // 2 + 50 * 8
    assert [reply.fault for reply in replies] == ["", "refused"]


def test_few_429s_leave_the_concurrency_alone(server: ChatServer, engine: ChatEngine) -> None:
    server.next(*([refused(429, retry_after="0.01")] + [good()] * 9) * 4)
    assert all(reply.text for reply in engine.ask([request() for _ in range(36)]))
    assert len(server.requests) == 40
    assert engine.concurrency == 8


def test_many_429s_halve_it_and_clean_windows_give_it_back(server: ChatServer, engine: ChatEngine) -> None:
    server.next(*[refused(429, retry_after="0.01")] * 20)
    assert all(reply.text for reply in engine.ask([request() for _ in range(20)]))
    assert len(server.requests) == 40
    assert engine.concurrency in (4, 5)
    engine.ask([request() for _ in range(120)])
    assert engine.concurrency == 8


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
        (ChatSpec(model="m", api_key=KEY, dialect="esperanto"), "openai, anthropic"),
        (ChatSpec(model="m", api_key=KEY, extra="[1]"), "reasoning_effort"),
        (ChatSpec(model="m", api_key=KEY, extra="{"), "reasoning_effort"),
        (ChatSpec(model="m", api_key=f"{KEY}\n"), "Copy it again"),
        (ChatSpec(model="m", api_key="密钥"), "Copy it again"),
        (ChatSpec(model="m", base_url="http://[::1/v1"), "Write it whole"),
        (ChatSpec(model="m", base_url="http://localhost:99999/v1"), "Write it whole"),
        (ChatSpec(model="m", base_url="https://me:pa55word@ho st/v1"), "Write it whole"),
        (ChatSpec(model="m", api_key=KEY, proxy="http://127.0.0.1:99999"), "socks5://host:port"),
        (ChatSpec(model="m", api_key=KEY, extra='{"model": "n", "stream": true}'), "cannot set model, stream"),
        (ChatSpec(model="m", section="engines.ds", key_variable="DS_KEY"), "engines.ds.api_key: .*\\n.*DS_KEY"),
        (ChatSpec(model="m", api_key=KEY, proxy="gopher://127.0.0.1:70"), "socks5://host:port"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_asked(spec: ChatSpec, hint: str) -> None:
    with pytest.raises(EngineError, match=hint) as caught:
        spec.open()
    assert "pa55word" not in str(caught.value)


def test_passwords_in_the_address_are_not_shown() -> None:
    spec = ChatSpec(model="m", base_url="http://user:pa55word@127.0.0.1:9/v1")
    engine = spec.open()
    engine.close()
    with pytest.raises(EngineError, match=r"m at http://127.0.0.1:9/v1: the engine is closed") as caught:
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
        server.asked.wait(60)  # a busy machine may take long to send; a signal before that proves nothing
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        engine.ask([request()])
    thread.join()
    assert server.dropped.wait(30)
    assert engine.ask([request()])[0].text == "译文。"


def test_a_recipe_can_be_pickled() -> None:
    spec = ChatSpec(model="m", base_url="http://127.0.0.1:1/v1", api_key=KEY)
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_a_proxy_of_the_settings_is_used(server: ChatServer) -> None:
    with Proxy(server.port) as proxy:
        spec = ChatSpec(
            model="m", base_url="http://model.example/v1", api_key=KEY, proxy=f"http://me:pa55word@{proxy.address}"
        )
        with closing(spec.open()) as engine:
            assert engine.ask([request()])[0].text == "译文。"
    assert proxy.asked == ["http://model.example/v1/chat/completions"]
    assert proxy.logins[0].startswith("Basic ")
    assert server.requests[0].headers["user-agent"] == f"zhaiyao/{__version__}"
    assert "pa55word" not in repr(spec)


@pytest.mark.parametrize(
    ("base_url", "environment", "proxy", "is_used"),
    [
        ("http://model.example/v1", {"HTTP_PROXY": "http://{proxy}"}, "", True),
        ("http://model.example/v1", {"ALL_PROXY": "http://{proxy}"}, "", True),
        ("http://127.0.0.1:{port}/v1", {"HTTP_PROXY": "http://{proxy}"}, "", False),
        ("http://127.0.0.1:{port}/v1", {"HTTP_PROXY": "http://{proxy}"}, "none", False),
        ("http://localhost:{port}/v1", {"HTTP_PROXY": "http://{proxy}"}, "", False),
    ],
)
def test_proxies_of_the_environment_are_used_but_not_to_this_machine(
    server: ChatServer,
    monkeypatch: pytest.MonkeyPatch,
    base_url: str,
    environment: dict[str, str],
    proxy: str,
    is_used: bool,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Proxy(server.port) as running:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(proxy=running.address))
        spec = ChatSpec(model="m", base_url=base_url.format(port=server.port), proxy=proxy)
        with closing(spec.open()) as engine:
            assert engine.ask([request()])[0].text == "译文。"
    assert bool(running.asked) == is_used


def test_https_goes_through_a_tunnel_and_its_refusal_is_a_fault(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("NO_PROXY", "")
        spec = ChatSpec(model="m", base_url="https://model.example/v1", patience=HASTY)
        with closing(spec.open()) as engine:
            [reply] = engine.ask([request()])
    assert reply.fault == "connection"
    assert proxy.asked == ["model.example:443"] * 5


def test_a_socks_proxy_that_is_not_there_is_a_fault() -> None:
    spec = ChatSpec(
        model="m", base_url="http://model.example/v1", proxy="socks5://127.0.0.1:9", patience=Patience(tries=1)
    )
    with closing(spec.open()) as engine:
        assert engine.ask([request()])[0].fault == "connection"


def test_a_host_that_needs_no_proxy_is_asked_directly(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.2")
    with closing(ChatSpec(model="m", base_url=f"http://127.0.0.2:{server.port}/v1", patience=HASTY).open()) as engine:
        [reply] = engine.ask([request()])
    assert reply.fault == "connection"  # nobody listens there, but 127.0.0.1:9 was not asked to go there
    assert "127.0.0.1:9" not in reply.detail
