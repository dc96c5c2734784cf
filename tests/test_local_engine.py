"""The local engine: its manners with a model of straw, and what only the real one can show."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.build import NOW
from tests.local_model import embedded_model
from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.engines.chat import ChatEngine, ChatSpec
from zhaiyao.engines.local import (
    LocalEngine,
    LocalSpec,
    Stream,
    chat_body,
    completion_body,
    has_chat_template,
    lacking,
)
from zhaiyao.engines.wire import Body, Heard
from zhaiyao.errors import EngineError
from zhaiyao.records import RenditionKind

SENTENCE = EngineTraits(name="local", model="straw", whole_documents=False, structured=False)
DOCUMENT = EngineTraits(name="local", model="straw")
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 20}},
    "required": ["title"],
    "additionalProperties": False,
}
Hear = Callable[[Heard], bool]


def request(prompt: str = "English: We study primes.\nChinese:", **changes: object) -> Request:
    told: dict[str, object] = {
        "kind": RenditionKind.TITLE,
        "system": "",
        "prompt": prompt,
        "sources": (prompt,),
        "max_tokens": 100,
        "stop": ("\n",),
    }
    return Request(**{**told, **changes})  # type: ignore[arg-type]


class Straw:
    """A llama of straw: says the prompt letter by letter, `pause` seconds each; `!` is an endless prompt."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.at_once = self.most_at_once = self.stopped = 0
        self.begun = threading.Event()
        self._lock = threading.Lock()

    def handle_completions(self, prompt: Body, callback: Hear) -> None:
        self._say(str(prompt["prompt"]), callback)

    def handle_chat_completions(self, prompt: Body, callback: Hear) -> None:
        raise RuntimeError("the model fell over")

    def _say(self, text: str, callback: Hear) -> None:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        self.begun.set()
        is_stopped = any(callback({"choices": [{"text": sign}]}) or time.sleep(self.pause) for sign in letters(text))
        if not is_stopped:
            callback({"choices": [{"text": "", "finish_reason": "stop"}], "usage": {"completion_tokens": len(text)}})
        with self._lock:
            self.at_once -= 1
            self.stopped += is_stopped


def letters(text: str) -> Iterator[str]:
    while text == "!":
        yield text
    yield from text


def straw_engine(straw: Straw, *, slots: int = 2) -> LocalEngine:
    return LocalEngine(straw, SENTENCE, slots=slots, clock=lambda: NOW)


def test_replies_come_in_the_order_of_the_requests() -> None:
    straw = Straw(pause=0.001)
    with closing(straw_engine(straw)) as engine:
        replies = engine.ask([request("a" * number) for number in (40, 1, 20, 3)])
    assert [len(reply.text) for reply in replies] == [40, 1, 20, 3]
    assert [reply.completion_tokens for reply in replies] == [40, 1, 20, 3]
    assert all(reply.finished_at == NOW and not reply.fault for reply in replies)
    assert replies[0].seconds >= 0.04
    assert straw.most_at_once == 2


def test_the_longest_begins_first() -> None:
    said: list[int] = []

    class Noting(Straw):
        def handle_completions(self, prompt: Body, callback: Hear) -> None:
            said.append(len(str(prompt["prompt"])))
            super().handle_completions(prompt, callback)

    with closing(straw_engine(Noting(), slots=1)) as engine:
        assert [len(reply.text) for reply in engine.ask([request("a" * size) for size in (2, 9, 5)])] == [2, 9, 5]
    assert said == [9, 5, 2]


def test_callers_share_the_slots() -> None:
    straw = Straw(pause=0.01)
    with closing(straw_engine(straw, slots=3)) as engine, ThreadPoolExecutor(5) as callers:
        told = list(callers.map(engine.ask, [[request("abc"), request("de")]] * 5))
    assert [[reply.text for reply in replies] for replies in told] == [["abc", "de"]] * 5
    assert straw.most_at_once == 3


def test_what_the_model_throws_is_a_fault() -> None:
    with closing(LocalEngine(Straw(), DOCUMENT, slots=1, clock=lambda: NOW)) as engine:
        [reply] = engine.ask([request()])
    assert (reply.text, reply.fault, reply.detail) == ("", "server-error", "the model fell over")


def test_closing_lets_waiting_callers_go() -> None:
    straw = Straw(pause=0.001)
    engine = straw_engine(straw)
    with ThreadPoolExecutor(2) as callers:
        waiting = [callers.submit(engine.ask, [request("!")] * 3) for _ in range(2)]
        assert straw.begun.wait(5)
        engine.close()
        for one in waiting:
            with pytest.raises(EngineError, match="the engine is closed"):
                one.result(5)
    engine.close()
    with pytest.raises(EngineError, match="the engine is closed"):
        engine.ask([request("a")])
    assert straw.at_once == 0


def interrupted(engine: LocalEngine, requests: list[Request], begun: Callable[[], object]) -> float:
    """Sends Ctrl-C into `ask`; returns the seconds from there to its end."""
    sent = 0.0

    def interrupt() -> None:
        nonlocal sent
        begun()
        sent = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        engine.ask(requests)
    ended = time.monotonic()
    thread.join()
    return ended - sent


def all_slots_busy(straw: Straw, slots: int) -> None:
    """Until the engine has handed out all it can: a signal while a thread is being started is Python's affair."""
    for _ in range(500):
        if straw.at_once == slots:
            break
        time.sleep(0.01)
    time.sleep(0.1)


def test_ctrl_c_frees_the_slots() -> None:
    straw = Straw(pause=0.001)
    with closing(straw_engine(straw)) as engine:
        assert interrupted(engine, [request("!")] * 4, lambda: all_slots_busy(straw, 2)) < 2
        assert engine.ask([request("abc")])[0].text == "abc"
    assert 1 <= straw.stopped <= 2


def heard(*chunks: Heard) -> Reply:
    stream = Stream(lambda: False)
    for chunk in chunks:
        assert not stream.hear(chunk)
    return stream.reply(finished_at=NOW, seconds=1.5)


def test_a_stream_becomes_a_reply() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2}
    reply = heard(
        {"choices": [{"text": "素", "finish_reason": None}]},
        {"choices": [{"delta": {"role": "assistant", "content": None}}]},
        {"choices": [{"delta": {"content": "数"}}]},
        {"choices": [{"text": "", "finish_reason": "length"}]},
        {"choices": [], "usage": usage},
    )
    assert reply == Reply(
        text="素数", finished_at=NOW, truncated=True, prompt_tokens=9, completion_tokens=2, seconds=1.5
    )


@pytest.mark.parametrize(
    ("chunks", "fault"),
    [
        ([{"error": {"type": "exceed_context_size_error", "message": "too long"}}], "too-long"),
        ([{"error": {"type": "invalid_request_error", "message": "bad schema"}}], "bad-request"),
        ([{"choices": [{"text": "半"}]}, {"error": {"code": 500, "message": "broke"}}], "server-error"),
        ([{"choices": [{"text": "半"}]}], "stopped"),
        ([{"choices": "none", "usage": [], "error": "odd"}], "stopped"),
        ([], "stopped"),
    ],
)
def test_a_stream_without_an_end_is_a_fault_without_text(chunks: list[Heard], fault: str) -> None:
    reply = heard(*chunks)
    assert (reply.text, reply.fault, reply.truncated) == ("", fault, False)


def test_a_stream_says_when_nobody_wants_it() -> None:
    assert Stream(lambda: True).hear({"choices": []}) is True


def test_the_adapter_is_given_the_prompt_alone() -> None:
    body = completion_body(request("English: A.\nChinese:"))
    assert (body["prompt"], body["stop"], body["temperature"]) == ("English: A.\nChinese:", ["\n"], 0.0)
    assert "messages" not in body


def test_a_chat_model_is_given_messages_and_the_schema() -> None:
    body = chat_body(request("Translate.", system="You translate.", schema=SCHEMA, stop=()))
    assert body["messages"] == [
        {"role": "system", "content": "You translate."},
        {"role": "user", "content": "Translate."},
    ]
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA},
    }
    assert "response_format" not in chat_body(request())


def test_a_recipe_can_be_pickled(tmp_path: Path) -> None:
    spec = LocalSpec(models=tmp_path, slots=3)
    assert pickle.loads(pickle.dumps(spec)) == spec


def gguf(path: Path, *, template: bool) -> Path:
    """A file that begins like GGUF and has at most the one key that is looked for."""
    key = b"tokenizer.chat_template"
    path.write_bytes(
        b"GGUF\x03\x00\x00\x00" + (len(key).to_bytes(8, "little") + key if template else key) + b"junk" * 99
    )
    return path


def test_a_base_model_of_ones_own_is_refused(tmp_path: Path) -> None:
    path = gguf(tmp_path / "base.gguf", template=False)
    assert not has_chat_template(path)
    with pytest.raises(EngineError, match=r"(?s)base: has no chat template.*instruct model"):
        LocalSpec(model=str(path), models=tmp_path).open()


@pytest.mark.parametrize(
    ("flags", "missing"),
    [
        ({"sse3", "avx", "avx2", "fma", "f16c", "bmi2"}, ()),
        ({"sse3", "avx", "f16c"}, ("avx2", "fma", "bmi2")),
        ((), ()),  # not told
    ],
)
def test_a_processor_that_is_too_old_is_noticed(flags: set[str], missing: tuple[str, ...]) -> None:
    told = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | AVX512 = 0 | F16C = 1 | FMA = 1 | BMI2 = 1 | OPENMP = 1 | "
    assert set(lacking(told, flags)) == set(missing)
    assert lacking("CPU : AVX512 = 1 | ", {"avx512f"}) == lacking("Metal : NEON = 1 | ARM_FMA = 1 | ", {"fp"}) == ()


# What follows runs the model. One worker runs it all, so that it is loaded once.
runs_model = [pytest.mark.model, pytest.mark.xdist_group("model")]


@pytest.fixture(scope="module")
def models(request: pytest.FixtureRequest) -> Path:
    return embedded_model(request.config)[0]


@pytest.fixture(scope="module")
def engine(models: Path) -> Iterator[LocalEngine]:
    with closing(LocalSpec(models=models, slots=4).open()) as opened:
        yield opened


def in_chinese(text: str) -> bool:
    return sum("\u4e00" <= sign <= "\u9fff" for sign in text) > len(text) / 2


class TestTheRealModel:
    pytestmark = runs_model

    def test_it_says_what_it_is(self, engine: LocalEngine) -> None:
        traits = engine.traits
        assert (traits.name, traits.model) == ("local", "gemma-3-270m-q4_k_m+zhaiyao-en-zh-tailored")
        assert not traits.whole_documents
        assert not traits.structured
        assert traits.max_words > 0
        assert json.loads(traits.parameters)["temperature"] == 0

    def test_it_translates(self, engine: LocalEngine) -> None:
        sentences = ("We study primes.", "The cat sat on the mat.", "Graph neural networks predict storm surges.")
        replies = engine.ask([request(f"English: {sentence}\nChinese:") for sentence in sentences])
        assert all(in_chinese(reply.text) and not reply.fault and not reply.truncated for reply in replies)
        assert "素数" in replies[0].text
        assert "猫" in replies[1].text
        assert all(reply.prompt_tokens > 5 and reply.completion_tokens > 3 and reply.seconds > 0 for reply in replies)

    def test_the_limit_of_tokens_holds(self, engine: LocalEngine) -> None:
        [reply] = engine.ask([request(max_tokens=3)])
        assert (reply.truncated, reply.completion_tokens, reply.fault) == (True, 3, "")

    def test_what_does_not_fit_is_a_fault(self, engine: LocalEngine) -> None:
        long, short = engine.ask([request("very " * 2000), request()])
        assert (long.fault, long.text) == ("too-long", "")
        assert "context" in long.detail
        assert in_chinese(short.text)

    def test_ctrl_c_frees_the_slots_at_once(self, engine: LocalEngine) -> None:
        endless = request("1 2 3 4 5 6 7 8 9 10 11 12 13", max_tokens=900, stop=())
        assert interrupted(engine, [endless] * 8, lambda: time.sleep(0.5)) < 2
        started = time.monotonic()
        assert in_chinese(engine.ask([request()])[0].text)
        assert time.monotonic() - started < 10


QUIET = """
import sys
from pathlib import Path
import psutil
from zhaiyao.asking import Request
from zhaiyao.engines.local import LocalSpec
from zhaiyao.records import RenditionKind
engine = LocalSpec(models=Path(sys.argv[1]), slots=1).open()
ask = Request(kind=RenditionKind.TITLE, system="", prompt="English: A cat.\\nChinese:", sources=("",), max_tokens=9)
assert engine.ask([ask])[0].completion_tokens
assert not psutil.Process().net_connections("inet"), "a port is open"
assert not list(Path(sys.argv[2]).iterdir()), "a socket was left"
if sys.argv[3] == "close":
    engine.close()
"""


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.parametrize("end", ["close", "leave"])
def test_it_is_quiet_and_opens_no_port(models: Path, end: str) -> None:
    with TemporaryDirectory() as folder:  # shorter than `tmp_path`: a socket's path has to be
        command = [sys.executable, "-W", "error", "-c", QUIET, str(models), folder, end]
        environment = {**os.environ, "TMPDIR": folder}
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


AT_ONCE = """
import sys
from pathlib import Path
from zhaiyao.engines.local import LocalSpec
for _ in range(6):
    LocalSpec(models=Path(sys.argv[1]), slots=1).open().close()
"""


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_an_engine_that_is_closed_as_soon_as_it_is_open_does_not_hang(models: Path) -> None:
    """One time in five it did."""
    subprocess.run([sys.executable, "-c", AT_ONCE, str(models)], check=True, timeout=90)


@pytest.mark.model
@pytest.mark.xdist_group("model")
def test_a_long_path_of_temporary_files_is_no_obstacle(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    command = [sys.executable, "-c", QUIET, str(models), str(folder), "close"]
    subprocess.run(command, env={**os.environ, "TMPDIR": str(folder)}, check=True)


@pytest.mark.model
@pytest.mark.xdist_group("model")
@pytest.mark.usefixtures("models")
def test_a_damaged_model_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = gguf(tmp_path / "damaged.gguf", template=True)
    with pytest.raises(EngineError, match=r"(?s)damaged.gguf: llama.cpp cannot load it.*Damaged, of a kind"):
        LocalSpec(model=str(path), models=tmp_path).open()
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def llama_server(engine: LocalEngine, request: pytest.FixtureRequest) -> tuple[object, str]:
    """llama.cpp's own server with the base model, in its ordinary way: over HTTP. `engine` has set up llama.cpp."""
    _, file = embedded_model(request.config)
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = str(file.path)
    params.n_parallel, params.n_ctx, params.warmup, params.verbosity = 2, 2048, False, -1
    server = Server(params)
    return server, f"{server.listening_address}/v1"


class TestLlamaCpp:
    """The base model knows no chat: what it says does not matter here, only how it is said."""

    pytestmark = runs_model

    def test_the_chat_engine_speaks_with_its_server(self, llama_server: tuple[object, str]) -> None:
        with closing(ChatEngine(ChatSpec(model="any", base_url=llama_server[1]))) as chat:
            free, held = chat.ask([request(max_tokens=4), request(schema=SCHEMA, stop=())])
        assert (free.fault, free.truncated, free.completion_tokens) == ("", True, 4)
        assert held.fault == ""
        assert list(json.loads(held.text)) == ["title"]

    def test_the_local_engine_holds_a_chat_model_to_the_schema(self, llama_server: tuple[object, str]) -> None:
        with closing(LocalEngine(llama_server[0], DOCUMENT, slots=2)) as engine:  # type: ignore[arg-type]
            free, held = engine.ask([request(max_tokens=4), request(schema=SCHEMA, stop=())])
        assert (free.fault, free.truncated, free.completion_tokens) == ("", True, 4)
        assert held.fault == ""
        assert list(json.loads(held.text)) == ["title"]
