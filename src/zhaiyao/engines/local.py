"""A GGUF model in this process, through llama.cpp. Answers requests; knows no prompt and judges no reply.

Two ways of asking, by the model: the packaged one completes a prompt (one sentence at a time, as it was trained); any
other is asked as a chat model, whole documents at a time, held to the JSON schema by a grammar. Requests of all
callers share the slots and are decoded together (continuous batching).
"""

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Protocol

from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.engines import wire
from zhaiyao.engines.models import PACKAGED, ModelFile, locate
from zhaiyao.errors import EngineError
from zhaiyao.ports import Clock

if TYPE_CHECKING:
    from xllamacpp import CommonParams

REPEAT_PENALTY = 1.0
"""None. Measured on the packaged model: 1.05, 1.1 and DRY sampling leave BLEU as it is (48 on 60 pairs of sentences),
end three of four loops in sentences of more than 45 words, and lose every tenth formula's name more than no penalty."""

MAX_WORDS = 60
"""Up to here one sentence in ten loops or stops early at worst, and is then asked for in parts."""

SENTENCE_CONTEXT = 1024
"""Tokens of a slot for the packaged model: the longest sentence, its translation, and a loop until it is noticed."""

DOCUMENT_CONTEXT = 4096
"""Tokens of a slot for a chat model: instructions, title and abstract, and the answer in JSON."""

_MOST_THREADS = 8
_BATCH = 128  # tokens of prompts between two chances to stop
_LONGEST_FOLDER = 70  # characters: a socket's path has at most 107 (sun_path), 103 elsewhere than on Linux
_CHAT_TEMPLATE = b"tokenizer.chat_template"

Hear = Callable[[wire.Heard], bool]


class Llama(Protocol):
    """What we use of `xllamacpp.Server`. Blocks, gives each piece to `callback`, stops when that returns True.

    Threads may call it side by side; it releases the interpreter lock meanwhile.
    """

    def handle_completions(self, prompt: wire.Body, callback: Hear) -> None:
        """Goes on with a prompt."""

    def handle_chat_completions(self, prompt: wire.Body, callback: Hear) -> None:
        """Answers messages."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSpec:
    """A picklable recipe. `model` as in `models.locate`, which keeps its files in `models`.

    `slots` is how many requests are decoded together; each costs memory for its context. `threads` 0 means all
    processors of this process, at most 8.
    """

    models: Path
    model: str = PACKAGED
    slots: int = 8
    threads: int = 0

    def open(self) -> "LocalEngine":
        """Loads the model (about a second for the packaged one). Raises EngineError."""
        file = locate(self.model, self.models)
        if not file.is_trained and not has_chat_template(file.path):
            hint = "Choose an instruct model; of base models only the packaged one has an adapter."
            raise EngineError(
                "has no chat template: a base model cannot follow instructions", subject=file.name, hint=hint
            )
        context = SENTENCE_CONTEXT if file.is_trained else DOCUMENT_CONTEXT
        return LocalEngine(load(file, self, context), traits_of(file), slots=self.slots)


def traits_of(file: ModelFile) -> EngineTraits:
    """What a model can do."""
    if not file.is_trained:
        return EngineTraits(name="local", model=file.name, parameters=_canonical({"temperature": 0}))
    return EngineTraits(
        name="local",
        model=file.name,
        whole_documents=False,
        structured=False,
        max_words=MAX_WORDS,
        parameters=_canonical({"repeat_penalty": REPEAT_PENALTY, "temperature": 0}),
    )


def has_chat_template(path: Path) -> bool:
    """Whether a GGUF file says how its model wants to be talked to. Looks for the key, and reads no structure."""
    key = len(_CHAT_TEMPLATE).to_bytes(8, "little") + _CHAT_TEMPLATE
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        return data.find(key) >= 0


class LocalEngine:
    """Answers with a loaded model. Thread-safe. A caller that is interrupted leaves no slot occupied."""

    def __init__(self, llama: Llama, traits: EngineTraits, *, slots: int, clock: Clock = utc_now) -> None:
        self.traits = traits
        self._llama: Llama | None = llama
        self._clock = clock
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._slots = ThreadPoolExecutor(slots, thread_name_prefix="zhaiyao-slot")

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in order. Raises EngineError only when the engine is closed, before or meanwhile."""
        left = threading.Event()
        futures: dict[int, Future[Reply]] = {}
        # Longest first: one that comes last leaves all other slots idle.
        order = sorted(range(len(requests)), key=lambda place: -len(requests[place].prompt))
        try:
            with self._lock:
                if self._llama is None:
                    raise _closed()
                for place in order:
                    futures[place] = self._slots.submit(self._answer, self._llama, requests[place], left)
            replies = [futures[place].result() for place in range(len(requests))]
        except CancelledError:
            raise _closed() from None
        finally:
            left.set()  # Ctrl-C: what is being decoded stops at its next token, the rest never begins
            for future in futures.values():
                future.cancel()
        if self._closing.is_set():
            raise _closed()
        return replies

    def close(self) -> None:
        """Stops what is under way at its next token, then frees the model. Idempotent."""
        self._closing.set()
        with self._lock:
            self._slots.shutdown(wait=True, cancel_futures=True)
            self._llama = None

    def _answer(self, llama: Llama, request: Request, left: threading.Event) -> Reply:
        stream = Stream(lambda: left.is_set() or self._closing.is_set())
        started = time.monotonic()
        try:
            if self.traits.whole_documents:
                llama.handle_chat_completions(chat_body(request), stream.hear)
            else:
                llama.handle_completions(completion_body(request), stream.hear)
        except RuntimeError as error:  # what llama.cpp throws comes as this
            stream.error = {"message": str(error)}
        return stream.reply(finished_at=self._clock(), seconds=time.monotonic() - started)


@dataclass(slots=True)
class Stream:
    """One answer as it comes. `is_unwanted` is asked at every piece."""

    is_unwanted: Callable[[], bool]
    pieces: list[str] = field(default_factory=list)
    finish: str = ""
    usage: wire.Heard = field(default_factory=dict)
    error: wire.Heard | None = None

    def hear(self, chunk: wire.Heard) -> bool:
        """Takes a piece; returns whether to stop."""
        for choice in wire.mappings(chunk.get("choices")):
            self.pieces.append(wire.text(choice.get("text") or wire.mapping(choice.get("delta")).get("content")))
            self.finish = wire.text(choice.get("finish_reason")) or self.finish
        self.usage = wire.mapping(chunk.get("usage")) or self.usage
        self.error = wire.mapping(chunk.get("error")) or self.error
        return self.is_unwanted()

    def reply(self, *, finished_at: datetime, seconds: float) -> Reply:
        """What it came to."""
        fault = self._fault()
        return Reply(
            text="" if fault else "".join(self.pieces),
            finished_at=finished_at,
            truncated=not fault and self.finish == "length",
            fault=fault,
            detail=str((self.error or {}).get("message", "")),
            prompt_tokens=wire.count(self.usage, "prompt_tokens"),
            completion_tokens=wire.count(self.usage, "completion_tokens"),
            seconds=seconds,
        )

    def _fault(self) -> str:
        if self.error is None:
            return "" if self.finish else "stopped"
        return _FAULTS.get(str(self.error.get("type")), "server-error")


_FAULTS = {"exceed_context_size_error": "too-long", "invalid_request_error": "bad-request"}


def completion_body(request: Request) -> wire.Body:
    """A request as a text to go on with. The adapter knows no instructions, so `system` does not go in."""
    return _sampling(request) | {"prompt": request.prompt, "repeat_penalty": REPEAT_PENALTY}


def chat_body(request: Request) -> wire.Body:
    """A request as messages, held to its schema. Models that can think aloud are told not to."""
    body = _sampling(request) | {
        "messages": wire.messages(request),
        "chat_template_kwargs": {"enable_thinking": False},
    }
    if request.schema is not None:
        body["response_format"] = wire.response_format(request.schema)
    return body


def _sampling(request: Request) -> wire.Body:
    return {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stop": list(request.stop),
        "cache_prompt": True,
        "stream": True,  # only a stream can be stopped
        "stream_options": {"include_usage": True},
        "return_progress": True,  # a piece per batch of a long prompt, too: there also it can be stopped
    }


def load(file: ModelFile, spec: LocalSpec, context: int) -> Llama:
    """Loads a model, with `context` tokens a slot. Raises EngineError.

    llama.cpp brings its own HTTP server along and has no switch for it. So it listens on a socket in a private folder
    that is removed at once: nobody can reach it, no port is open.
    """
    # A thread of the model that waits must not spin: on a busy machine that costs four fifths of the speed. Read by
    # OpenMP when it is loaded, so it has to be set before.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        from xllamacpp import Server, get_system_info
    except ImportError as error:
        hint = "Install it: pip install 'zhaiyao[local]'; on Debian also: apt install libgomp1"
        raise EngineError(f"llama.cpp cannot be loaded: {error}", subject="xllamacpp", hint=hint) from None
    if missing := lacking(get_system_info(), _processor_flags()):
        hint = "Build it for this machine: pip install --no-binary xllamacpp xllamacpp. Or set engine.name = chat."
        what = f"llama.cpp was built for a processor with {' '.join(missing)}, which this one lacks"
        raise EngineError(what, subject="xllamacpp", hint=hint)
    short = None if len(gettempdir()) < _LONGEST_FOLDER else "/tmp"
    with TemporaryDirectory(prefix="zhaiyao-", dir=short) as folder:
        params = _params(file, spec, context)
        params.hostnames = [f"{folder}/unused.sock"]  # by this ending llama.cpp knows a socket's path
        with suppress(RuntimeError):
            llama: Llama = Server(params)
            # A server that is freed before its loop runs waits for that loop for ever. An answer shows that it runs.
            llama.handle_completions({"prompt": "English:", "max_tokens": 1}, lambda _: False)
            return llama
    hint = "Damaged, of a kind that this llama.cpp does not know, or too large for this machine's memory."
    raise EngineError("llama.cpp cannot load it", subject=str(file.path), hint=hint)


def _params(file: ModelFile, spec: LocalSpec, context: int) -> "CommonParams":
    from xllamacpp import CommonAdapterLoraInfo, CommonParams

    params = CommonParams()
    params.model.path = str(file.path)
    if file.adapter is not None:
        params.lora_adapters = [CommonAdapterLoraInfo(str(file.adapter), 1.0)]
    params.n_parallel = spec.slots
    params.n_ctx = context * spec.slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = spec.threads or _processors()
    params.n_batch = params.n_ubatch = _BATCH
    params.warmup = False
    params.cache_ram_mib = params.n_ctx_checkpoints = 0  # both save work for conversations that go on; ours never do
    params.verbosity = -1  # a user sees nothing of llama.cpp's talk
    params.ui = params.endpoint_slots = False
    params.api_keys = [secrets.token_urlsafe()]
    return params


def _processors() -> int:
    try:
        free = len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        free = os.cpu_count() or 1
    return min(free, _MOST_THREADS)


def lacking(built_with: str, flags: Collection[str]) -> tuple[str, ...]:
    """What llama.cpp was built with (its system info, `AVX2 = 1 | …`) that a processor of these flags does not have.

    It does not look itself: it would end the process at the first such instruction. No flags: nobody knows.
    """
    told = (item.partition(" = ") for item in built_with.split(" | "))
    wanted = (name.strip().rpartition(" ")[2].lower() for name, _, value in told if value.strip() == "1")
    return tuple(name for name in wanted if flags and name in _EXTENSIONS and _EXTENSIONS[name] not in flags)


_EXTENSIONS = {name: name for name in ("avx", "avx2", "fma", "f16c", "bmi2")} | {"avx512": "avx512f"}


def _processor_flags() -> frozenset[str]:
    """Of an x86 processor under Linux, else none."""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("flags"):
                return frozenset(line.split())
    return frozenset()


def _closed() -> EngineError:
    return EngineError("the engine is closed", subject="local", hint="Open it again.")


def _canonical(value: Mapping[str, object]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
