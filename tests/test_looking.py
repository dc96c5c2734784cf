"""What `zhaiyao doctor` finds out about an endpoint: whether it answers and takes the key, for nothing and soon."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chat_server import HANG, RESET, Answer, Asked, ChatServer, document, dripping, good, plain, refused
from tests.test_chat_engine import KEY
from zhaiyao import wiring
from zhaiyao.engines.chat import ChatSpec
from zhaiyao.engines.looking import look
from zhaiyao.errors import EngineError
from zhaiyao.settings import load
from zhaiyao.usecases.doctor import Finding, doctor

MODELS = document({"object": "list", "data": [{"id": "m", "object": "model"}, {"id": "n"}]})


def office(*, key: str = KEY, is_open: bool = False) -> Callable[[Asked], Answer]:
    """Lists its models to whoever has the key, or to anybody."""

    def clerk(asked: Asked) -> Answer:
        told = asked.headers.get("authorization", "") + asked.headers.get("x-api-key", "")
        return MODELS if is_open or key in told else refused(401, f"Incorrect API key: {told}.")

    return clerk


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer(office()) as running:
        yield running


@pytest.fixture
def spec(server: ChatServer) -> ChatSpec:
    return ChatSpec(model="m", base_url=server.url, api_key=KEY, proxy="none")


def test_a_key_that_is_taken(server: ChatServer, spec: ChatSpec) -> None:
    assert look(spec) == "the key is accepted"
    assert [(asked.method, asked.path, asked.content) for asked in server.requests] == [("GET", "/v1/models", b"")] * 2


def test_a_key_that_is_refused_is_an_error_that_does_not_tell_it(spec: ChatSpec) -> None:
    wrong = "sk-quite-another-key"
    with pytest.raises(
        EngineError, match=r"the key is refused \(401: .*\n.*engines.ds.api_key \(or DS_KEY\)"
    ) as caught:
        look(replace(spec, api_key=wrong, section="engines.ds", key_variable="DS_KEY"))
    assert wrong not in str(caught.value)


def test_anthropic_is_asked_in_its_own_way(server: ChatServer, spec: ChatSpec) -> None:
    root = server.url.removesuffix("/v1")
    assert look(replace(spec, base_url=root, dialect="anthropic")) == "the key is accepted"
    assert {asked.path for asked in server.requests} == {"/v1/models"}
    assert server.requests[0].headers["anthropic-version"]


def test_a_list_for_anybody_says_nothing_of_a_key(spec: ChatSpec) -> None:
    with ChatServer(office(is_open=True)) as server:
        own = replace(spec, base_url=server.url, api_key="whatever")
        assert look(own) == "the key was not checked: it lists its models to anybody"
        assert look(replace(own, api_key="")) == "it answers"
        assert len(server.requests) == 3


def test_a_model_that_is_not_on_the_list_is_said(spec: ChatSpec) -> None:
    assert look(replace(spec, model="o")).startswith("the key is accepted; o is not on its list")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refused(404), r"the key was not checked: it has no list of models \(404\)"),
        (refused(405), r"the key was not checked: it has no list of models \(405\)"),
        (refused(429, "Slow down."), r"the key was not checked \(429: .*Slow down."),
        (refused(500), r"the key was not checked \(500: "),
        (plain(b"<html>Welcome</html>"), "the key was not checked: it tells no list of models"),
        (document({"data": [1, {"id": 3}], "object": "list"}), "not on its list"),
        (document({"data": "none"}), "it tells no list of models"),
        (plain(b"[" * 100_000), "it tells no list of models"),
        (plain(b" " * (8 * 2**20 + 1)), "larger than 8 MB"),
    ],
)
def test_a_server_without_a_list_is_not_at_fault(server: ChatServer, spec: ChatSpec, answer: Answer, said: str) -> None:
    server.next(answer)
    assert re.search(said, look(spec))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (refused(403, "Not in your country."), "access is refused"),
        (refused(402, "Insufficient Balance"), "the account is empty"),
        (Answer(status=302, headers={"Location": "https://elsewhere.example"}), "the server sends us elsewhere"),
        (RESET, r"cannot be reached: .*\n.*engine.base_url"),
    ],
)
def test_what_every_request_would_meet_is_an_error(
    server: ChatServer, spec: ChatSpec, answer: Answer, what: str
) -> None:
    server.next(answer)
    with pytest.raises(EngineError, match=f"m at {server.url}: {what}"):
        look(spec)


@pytest.mark.parametrize("answer", [HANG, dripping(good(), 0.05)])
def test_it_takes_no_longer_than_it_may(server: ChatServer, spec: ChatSpec, answer: Answer) -> None:
    server.next(answer)
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"cannot be reached: no answer within 0.2 s"):
        look(spec, within=0.2)
    assert time.monotonic() - started < 3
    assert len(server.requests) == 1, "it is asked once"


def found(tmp_path: Path, text: str, *, offline: bool = False) -> dict[str, Finding]:
    (tmp_path / "zhaiyao.toml").write_text(text, encoding="utf-8")
    settings, places = load(environment={"ZHAIYAO_HOME": str(tmp_path)})
    checks = [one for one in wiring.checks(settings, places, offline=offline) if one[0].startswith("engine ")]
    return {finding.name: finding for finding in doctor(checks)}


def test_doctor_asks_every_endpoint_of_the_policy_and_nobody_else(server: ChatServer, tmp_path: Path) -> None:
    section = f'base_url = "{server.url}"\nmodel = "m"\nproxy = "none"\n'
    text = (
        '[translation]\npolicy = "scripted good bad"\n'
        f'[engines.good]\n{section}api_key = "{KEY}"\n[engines.bad]\n{section}api_key = "wrong"\n'
        f"[engines.unasked]\n{section}"
    )
    told = found(tmp_path, text, offline=True)
    assert all(finding.well for finding in told.values())
    assert server.requests == []
    told = found(tmp_path, text)
    assert [finding.well for finding in told.values()] == [True, True, False]
    assert told["engine good"].details[0] == "the key is accepted"
    assert told["engine bad"].hint == (
        "Set engines.bad.api_key (or ZHAIYAO_ENGINES_BAD_API_KEY) to a key of this server."
    )
    assert len(server.requests) == 3
    assert {asked.method for asked in server.requests} == {"GET"}
