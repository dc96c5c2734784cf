"""What servers say, whatever it is: it becomes a reply or an error, and nothing else."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import NOW
from tests.test_chat_engine import KEY, SCHEMA, request
from zhaiyao.asking import Reply
from zhaiyao.engines.correspondence import DIALECTS, Correspondence, ServerSpec
from zhaiyao.engines.refusals import end_of, fault_of, message_of
from zhaiyao.errors import EngineError
from zhaiyao.prices import Price

NAMES = st.sampled_from(
    [
        "choices", "message", "content", "finish_reason", "refusal", "usage", "prompt_tokens", "prompt_tokens_details",
        "cached_tokens", "stop_reason", "type", "text", "tool_use", "input", "error", "input_tokens", "param",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def letters(dialect: str = "openai", **changes: object) -> Correspondence:
    spec = ServerSpec(model="m", api_key=KEY, dialect=dialect, **changes)  # type: ignore[arg-type]
    return Correspondence(spec, lambda: NOW)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_answer_is_a_reply(dialect: str) -> None:
    told = letters(dialect)

    @settings(deadline=None, max_examples=150)
    @given(VALUES)
    def check(value: object) -> None:
        reply = told.read(json.dumps(value), {})
        assert 0 <= reply.cached_tokens <= reply.prompt_tokens
        assert reply.completion_tokens >= 0
        assert not (reply.text and reply.fault)

    check()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_refusal_is_a_reply_or_an_error(dialect: str) -> None:
    @settings(deadline=None, max_examples=150)
    @given(st.integers(300, 599), st.one_of(VALUES.map(json.dumps), st.text(max_size=40)))
    def check(status: int, document: str) -> None:
        told = letters(dialect)
        body = told.body(request(schema=SCHEMA))
        assert body is not None
        if told.learn(status, document, body):
            assert told.body(request(schema=SCHEMA)) != body
        refusal = told.refusal(status, document)
        assert isinstance(refusal, EngineError) or refusal.fault

    check()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_strangers_words_are_one_short_line_without_the_key(words: str) -> None:
    line = letters().clean(f"{words[:150]}{KEY}{words[150:]}")
    assert KEY not in line
    assert len(line) <= 200
    assert line.isprintable()


@pytest.mark.parametrize(
    ("status", "document", "what"),
    [
        (429, '{"error": {"code": "insufficient_quota"}}', "the account is empty"),
        (403, '{"code": "Arrearage", "message": "Access denied"}', "the account is empty"),
        (429, '{"error": {"code": "1113", "message": "x"}}', "the account is empty"),
        (402, "Insufficient Balance", "the account is empty"),
        (405, "", "no such model or address"),
        (301, "", "the server sends us elsewhere"),
    ],
)
def test_what_ends_it_for_all(status: int, document: str, what: str) -> None:
    end = end_of(status, document)
    assert end is not None
    assert end.what == what


@pytest.mark.parametrize("status", [200, 400, 408, 409, 413, 422, 429, 500, 503, 529])
def test_what_is_of_one_request_only(status: int) -> None:
    assert end_of(status, '{"error": {"message": "Slow down."}}') is None


@pytest.mark.parametrize(
    ("status", "document", "fault"),
    [
        (400, '{"error": {"code": "1301"}}', "refused"),
        (400, '{"error": {"type": "exceed_context_size_error"}}', "too-long"),
        (403, "Your input was flagged by moderation.", "refused"),
        (429, "", "rate-limited"),
        (408, "", "timeout"),
        (409, "", "server-error"),
        (503, "", "server-error"),
        (418, "", "bad-request"),
    ],
)
def test_the_fault_of_a_refused_request(status: int, document: str, fault: str) -> None:
    assert fault_of(status, document) == fault


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ('{"error": {"message": "a", "param": "b"}}', "a b"),
        ('{"message": "a"}', "a"),
        ('{"detail": "a"}', "a"),
        ('{"error": "a"}', '{"error": "a"}'),
        ("plain", "plain"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_the_words_of_a_refusal(document: str, words: str) -> None:
    assert message_of(document) == words


@pytest.mark.parametrize(
    ("message", "gone"),
    [
        ("Unsupported value: 'temperature' does not support 0.0 with this model.", "temperature"),
        ("invalid temperature: only 1 is allowed for this model", "temperature"),
        ("Unrecognized request argument supplied: enable_thinking", "enable_thinking"),
        ("Unsupported parameter: 'stop' is not supported with this model.", "stop"),
        ("'response_format.type' must be 'text' or 'json_object'", "response_format"),
        ("This response_format type is unavailable now", "response_format"),
        ("Please stop sending such requests.", ""),
        ("max_tokens is too large: 9000", ""),
        ("The model is busy.", ""),
    ],
)
def test_a_refused_parameter_is_left_out_from_then_on(message: str, gone: str) -> None:
    told = letters(extra='{"enable_thinking":false}')
    asked = request(schema=SCHEMA, stop=("END",))
    body = told.body(asked)
    assert body is not None
    assert told.learn(400, json.dumps({"error": {"message": message}}), body) == bool(gone)
    after = told.body(asked)
    if gone == "response_format":
        assert after is None
    else:
        assert after is not None
        assert set(body) - set(after) == ({gone} if gone else set())


def test_a_key_that_is_too_short_to_be_one_hides_nothing() -> None:
    assert letters().clean(string.ascii_letters) == string.ascii_letters
    spec = ServerSpec(model="m", api_key="none")
    assert Correspondence(spec, lambda: NOW).clean("none of it") == "none of it"


def test_a_reply_without_a_known_price_says_nothing_of_cost() -> None:
    reply = letters().read('{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": 9}}', {})
    assert reply == Reply(text="x", finished_at=NOW, prompt_tokens=9)


def test_one_paper_that_a_server_will_not_read_is_no_end_for_all() -> None:
    assert end_of(403, "Your input was flagged by moderation.") is None
    assert end_of(403, "Country not supported") is not None


def test_hints_name_the_section_that_the_engine_is_set_in() -> None:
    refusal = letters(section="engines.strong", key_variable="STRONG_KEY").refusal(401, "No.")
    assert isinstance(refusal, EngineError)
    assert refusal.hint == "Set engines.strong.api_key (or STRONG_KEY) to a key of this server."


def test_a_server_that_counts_no_tokens_does_not_look_as_if_it_were_free() -> None:
    document = '{"choices": [{"message": {"content": "池塘有潮汐。"}}]}'
    asked = {"messages": [{"role": "user", "content": "Ponds have tides. " * 100}]}
    reply = letters(price=Price.of(1, 2)).read(document, asked)
    assert reply.prompt_tokens > 1_800 / 4
    assert reply.cost_micros == reply.prompt_tokens + 2 * reply.completion_tokens > 0
    assert letters().read(document, asked).prompt_tokens == 0, "no guess where nothing rests on it"


def test_thoughts_that_are_counted_in_the_sum_alone_are_paid() -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 620}
    document = json.dumps({"choices": [{"message": {"content": "x"}}], "usage": usage})
    reply = letters(price=Price.of(1, 2)).read(document, {})
    assert (reply.completion_tokens, reply.cost_micros) == (520, 100 + 2 * 520)
