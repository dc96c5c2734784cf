"""What a model's server is told, and what its words mean, in whichever dialect it speaks. Sends nothing itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from zhaiyao import __version__
from zhaiyao.asking import EngineTraits, Reply, Request
from zhaiyao.engines import sending, wire
from zhaiyao.engines.anthropic import Messages
from zhaiyao.engines.completions import Completions
from zhaiyao.engines.dialect import Dialect, Manner, Said
from zhaiyao.engines.refusals import end_of, fault_of
from zhaiyao.engines.retrying import Patience
from zhaiyao.engines.sending import Sender
from zhaiyao.errors import EngineError
from zhaiyao.http.answers import shown
from zhaiyao.ports import Clock
from zhaiyao.prices import Price, cost_micros

DIALECTS: Mapping[str, Dialect] = {"openai": Completions(), "anthropic": Messages()}

_KEY = re.compile(r"[!-~]*")
_OURS = frozenset({"model", "messages", "system", "stream", "n"})
"""Fields of a request that are not for `extra`: what is asked of which model, and that one whole answer comes."""

CHARACTERS_PER_TOKEN = 2.5
"""Of a prompt in English, less than any model's tokeniser makes of it."""

_LONGEST_DETAIL = 200
_SHORTEST_SECRET = 8


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """Which server, and how it is asked. No `base_url` means that of who made the `dialect`.

    `timeout` is in seconds, for each try. `concurrency` is how many requests are under way at once, of all callers
    together. `price` is unknown if None: then nothing is said of cost. `proxy` is an address, `none`, or empty for the
    environment's. `extra` is JSON of fields that go into every request, and `headroom` tokens that a model may think
    in, beside those of the answer. `needs_key` is set where nobody is served without one. `section` is where a person
    sets all this, and `key_variable` the environment variable for the key, for errors.
    """

    model: str
    name: str = "chat"
    dialect: str = "openai"
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 120.0
    concurrency: int = 8
    batch: int = 1
    price: Price | None = None
    proxy: str = field(default="", repr=False)
    extra: str = ""
    headroom: int = 0
    instructions: str = ""
    instructions_text: str = ""
    patience: Patience = field(default_factory=Patience)
    needs_key: bool = False
    section: str = "engine"
    key_variable: str = "ZHAIYAO_ENGINE_API_KEY"

    @property
    def address(self) -> str:
        """Where the server is."""
        return self.base_url or DIALECTS[self.dialect].home

    @property
    def fields(self) -> Mapping[str, object]:
        """Those of `extra`. Raises EngineError."""
        try:
            told = json.loads(self.extra or "{}")
        except ValueError:
            told = None
        if not isinstance(told, dict):
            hint = 'Write it as {"reasoning_effort": "low"}.'
            raise EngineError("not a JSON object", subject=f"{self.section}.extra", hint=hint)
        if taken := sorted(told.keys() & _OURS):
            hint = f"Leave it out; the model is set by {self.section}.model."
            raise EngineError(f"cannot set {', '.join(taken)}", subject=f"{self.section}.extra", hint=hint)
        return told

    def check(self) -> None:
        """Raises EngineError for what cannot work wherever it is sent."""
        for name, what, hint in self._mistakes():
            raise EngineError(what, subject=f"{self.section}.{name}", hint=hint)

    def _mistakes(self) -> Iterator[tuple[str, str, str]]:
        """A setting, what is wrong with it, and what to do."""
        section = self.section
        if not self.model:
            yield "model", "no model is named", f"Set {section}.model to one it serves."
        if self.dialect not in DIALECTS:
            yield "dialect", f"no such dialect: {self.dialect}", f"Set it to one of: {', '.join(DIALECTS)}."
        if self.base_url and not _is_address(self.base_url, ("http", "https")):
            yield "base_url", "not the address of a server", sending.WHOLE_ADDRESS
        if self.proxy not in ("", sending.DIRECT) and not _is_address(self.proxy, sending.PROXIES):
            yield "proxy", "not the address of a proxy", sending.WHOLE_PROXY
        if not self.api_key and (self.needs_key or not self.base_url):
            hint = f"Set {section}.api_key (or {self.key_variable}), or {section}.base_url to a server that wants none."
            yield "api_key", "no key is set", hint
        if not _KEY.fullmatch(self.api_key):
            yield "api_key", "not a key", "Copy it again: a key is one word of ordinary letters, digits and signs."


def _guessed(said: Said, asked: wire.Heard) -> Said:
    """With tokens where a server counts none, which must not look as if it cost none: rather too many than too few."""
    characters = len(json.dumps(asked, ensure_ascii=False))
    return replace(said, prompt_tokens=round(characters / CHARACTERS_PER_TOKEN), completion_tokens=len(said.text))


def _is_address(told: str, schemes: Sequence[str]) -> bool:
    """Whether this can be a server's address; a port or a bracket that is none is a ValueError."""
    try:
        parts = urlsplit(told)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", told)
    except ValueError:
        return False


class Correspondence:
    """What a spec's server is told, and what its words mean, for whoever sends them."""

    def __init__(self, spec: ServerSpec, clock: Clock) -> None:
        self.spec = spec
        self.dialect = DIALECTS[spec.dialect]
        self.path = self.dialect.path(spec.address)
        self.clock = clock
        self.manner = Manner(model=spec.model, headroom=spec.headroom, extra=spec.fields)
        self.where = f"{spec.model} at {shown(spec.address)}"

    def sender(self) -> Sender:
        """A connection to the server. Raises EngineError if address or proxy are none."""
        spec = self.spec
        connect = sending.connector(
            spec.address,
            headers={"User-Agent": f"zhaiyao/{__version__}", **self.dialect.headers(spec.api_key)},
            proxy=spec.proxy,
            timeout=spec.timeout,
            section=spec.section,
        )
        return Sender(
            connect, concurrency=spec.concurrency, timeout=spec.timeout, clock=self.clock, patience=spec.patience
        )

    @property
    def traits(self) -> EngineTraits:
        """What the model can do, as far as the server has shown."""
        spec = self.spec
        parameters = {"temperature": 0, **self.manner.extra}
        return EngineTraits(
            name=spec.name,
            model=spec.model,
            structured=self.dialect.knows_schemas(self.manner.refused),
            batch=spec.batch,
            parameters=json.dumps(parameters, sort_keys=True, separators=(",", ":")),
            instructions=spec.instructions,
            instructions_text=spec.instructions_text,
        )

    def body(self, request: Request) -> wire.Body | None:
        """A request as the server knows it; None if it can no longer be held to the schema that is wanted."""
        if request.schema is not None and not self.traits.structured:
            return None
        return self.dialect.body(request, self.manner)

    def learn(self, status: int, document: str, body: wire.Heard) -> bool:
        """Notes a parameter of what was sent that the server does not know. Whether there was one."""
        refused = self.dialect.refused_parameter(document, body) if status in (400, 422) else ""
        if refused:
            self.manner = replace(self.manner, refused=self.manner.refused | {refused})
        return bool(refused)

    def read(self, document: str, asked: wire.Heard, *, cost: bool = True) -> Reply:
        """The reply in a server's answer to what was asked."""
        said = self.dialect.read(wire.parsed(document))
        if said is None:
            return self.failure("bad-reply", document)
        if self.spec.price is not None and not said.prompt_tokens:
            said = _guessed(said, asked)
        told = {"prompt": said.prompt_tokens, "cached": said.cached_tokens, "completion": said.completion_tokens}
        price = self.spec.price if cost else None
        return Reply(
            text=said.text,
            finished_at=self.clock(),
            truncated=said.truncated,
            fault=said.fault,
            detail=self.clean(said.detail),
            prompt_tokens=said.prompt_tokens,
            completion_tokens=said.completion_tokens,
            cached_tokens=min(said.cached_tokens, said.prompt_tokens),
            cost_micros=cost_micros(price, **told, written=said.written_tokens) if price else 0,
        )

    def refusal(self, status: int, document: str, history: str = "") -> Reply | EngineError:
        """A fault of this request, or what every other one would meet."""
        said = self.clean(document)
        if end := end_of(status, document):
            hint = end.hint.format(section=self.spec.section, key_variable=self.spec.key_variable)
            return EngineError(f"{end.what} ({status}: {said})", subject=self.where, hint=hint)
        return self.failure(fault_of(status, document), f"{status}: {said}", history)

    def failure(self, fault: str, detail: str, history: str = "") -> Reply:
        """A reply without text."""
        detail = self.clean(detail)
        whole = f"{detail} ({history})" if history else detail
        return Reply(text="", finished_at=self.clock(), fault=fault, detail=whole)

    def clean(self, said: str) -> str:
        """A stranger's words as one short line without our key, which some servers repeat."""
        key = self.spec.api_key
        if len(key) >= _SHORTEST_SECRET:
            said = said.replace(key, "***")
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in said[:4000]).split())
        return line[:_LONGEST_DETAIL]
