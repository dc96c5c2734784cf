"""Sends requests to one server, again where that may help, each within its place and its time. Reads no meaning.

A pause belongs to one request only: it gives its place to another meanwhile. Nothing that was answered is sent again.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhaiyao.engines.limits import Limiter, Places
from zhaiyao.engines.refusals import end_of
from zhaiyao.engines.retrying import TOO_MANY, Patience, may_pass, told_pause
from zhaiyao.errors import EngineError
from zhaiyao.http.answers import one_line_of, shown
from zhaiyao.ports import Clock

if TYPE_CHECKING:
    import ssl

    import httpx2

MEGABYTE = 2**20
LARGEST = 8 * MEGABYTE
"""Of an answer; the longest batch of abstracts makes a hundredth of it."""

CONNECT_TIMEOUT = 10.0
IDLE = 30.0
"""Seconds that an unused connection is kept."""

DIRECT = "none"
"""The proxy of those who want none, whatever the environment says."""

EVERYWHERE = ("all://", "http://", "https://")
LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
WHOLE_ADDRESS = "Write it whole, as https://host/v1 or http://localhost:11434/v1."
WHOLE_PROXY = "Write it as http://host:port or socks5://host:port."
PROXIES = ("http", "https", "socks5", "socks5h")
_SILENT = "timeout"
_UNREACHED = "connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is sent. `largest` bounds the answer's body, in bytes."""

    method: str = "POST"
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    largest: int = LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body, whatever it is."""
        return self.content.decode("utf-8", "replace")

    @property
    def is_good(self) -> bool:
        """Whether it is no refusal."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """That nothing came that could be read, and why."""

    fault: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How it went: the last outcome, after so many tries and `seconds`, waiting for a place aside. `told` is how long
    the server wants us to wait, if it was not waited for."""

    outcome: Answer | Silence
    tries: int
    seconds: float
    told: float = 0.0

    @property
    def history(self) -> str:
        """What a person should know beside the outcome; `""` of a first try."""
        if self.told:
            return f"it wants {self.told:.0f} s of pause"
        return f"after {self.tries} tries" if self.tries > 1 else ""


class Sender:
    """Sends to one server. For one event loop; not thread-safe. `chance` gives numbers from 0 to 1.

    Each request under way has a client, and so a connection, of its own: a pool looks at all its connections for every
    request, which with 64 of them is a third of what a request costs.
    """

    def __init__(
        self,
        connect: "Connect",
        *,
        concurrency: int,
        timeout: float,
        clock: Clock,
        patience: Patience,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._connect = connect
        self._clients = [connect()]
        self._idle = list(self._clients)
        self._timeout = timeout
        self._clock = clock
        self._patience = patience
        self._chance = chance
        self.limiter = Limiter(concurrency)
        self._places = Places(self.limiter)
        self._why_not = ""
        self._halted = asyncio.Event()

    def halt(self, why: str) -> None:
        """Sends nothing more; what is under way goes on, what waits gets a `stopped` silence."""
        self._why_not = why
        self._halted.set()

    async def close(self) -> None:
        """Drops the connections."""
        for client in self._clients:
            await client.aclose()

    async def send(self, call: Call, *, once: bool = False) -> Sent:
        """Sends until an answer comes, patience ends, or only once."""
        tries = silences = 0
        seconds = 0.0
        while True:
            outcome, took = await self._try_in_place(call, again=tries > 0)
            seconds += took
            tries += 1
            silences += isinstance(outcome, Silence) and outcome.fault == _SILENT
            if once or silences >= self._patience.silences or not _may_pass(outcome):
                return Sent(outcome=outcome, tries=tries, seconds=seconds)
            told = told_pause(outcome.headers, self._clock()) if isinstance(outcome, Answer) else 0.0
            pause = self._patience.pause(tries, told=told, chance=self._chance())
            if pause is None:
                longer = told if told > self._patience.limit else 0.0
                return Sent(outcome=outcome, tries=tries, seconds=seconds, told=longer)
            await self._rest(pause)
            seconds += pause

    async def _rest(self, seconds: float) -> None:
        """Waits, but for nothing once this is halted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._halted.wait()

    async def _try_in_place(self, call: Call, *, again: bool) -> tuple[Answer | Silence, float]:
        """Waits for a place, tries, and says what came and how many seconds it took."""
        await self._places.enter(again=again)
        started, epoch = time.monotonic(), self.limiter.epoch
        try:
            if self._why_not:
                return Silence(fault="stopped", detail=self._why_not), 0.0
            outcome = await self._try_with_a_client(call)
            is_refused = isinstance(outcome, Answer) and outcome.status == TOO_MANY
            self.limiter.answered(refused=is_refused, epoch=epoch)
            return outcome, time.monotonic() - started
        finally:
            self._places.leave()

    async def _try_with_a_client(self, call: Call) -> Answer | Silence:
        client = self._idle.pop() if self._idle else self._new_client()
        try:
            return await self._try(client, call)
        finally:
            self._idle.append(client)

    def _new_client(self) -> "httpx2.AsyncClient":
        client = self._connect()
        self._clients.append(client)
        return client

    async def _try(self, client: "httpx2.AsyncClient", call: Call) -> Answer | Silence:
        import httpx2

        try:
            async with asyncio.timeout(self._timeout):
                request = client.build_request(call.method, call.path, content=call.content, headers=dict(call.headers))
                answer = await client.send(request, stream=True)
                try:
                    return await _received(answer, call.largest)
                finally:
                    await answer.aclose()
        except TimeoutError:
            return Silence(fault=_SILENT, detail=f"no answer within {self._timeout:g} s")
        except httpx2.DecodingError as error:
            return Silence(fault="bad-reply", detail=one_line_of(str(error)))
        except httpx2.HTTPError as error:
            return Silence(fault=_UNREACHED, detail=one_line_of(str(error)) or type(error).__name__)


async def _received(answer: "httpx2.Response", largest: int) -> Answer | Silence:
    """The answer with its body, as far as that is not larger than allowed."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > largest:
            if answer.is_success:
                return Silence(fault="bad-reply", detail=f"the answer is larger than {largest / MEGABYTE:g} MB")
            break
    return Answer(status=answer.status_code, headers=dict(answer.headers), content=bytes(body[:largest]))


def _may_pass(outcome: Answer | Silence) -> bool:
    if isinstance(outcome, Silence):
        return outcome.fault in (_SILENT, _UNREACHED)
    return not outcome.is_good and may_pass(outcome.status) and end_of(outcome.status, outcome.text) is None


Connect = Callable[[], "httpx2.AsyncClient"]


def connector(
    base_url: str, *, headers: Mapping[str, str], proxy: str, timeout: float, section: str = "engine"
) -> Connect:
    """What makes clients of a server, which connect when they are used. It raises EngineError if address or proxy,
    which are set in `section`, are none.

    Proxies of the environment are used unless `proxy` names one, or is `none`; but never to this machine.
    """
    import httpx2

    is_named = proxy not in ("", DIRECT)
    trust: ssl.SSLContext | None = None

    def connect() -> httpx2.AsyncClient:
        nonlocal trust
        try:
            trust = trust or httpx2.create_ssl_context()
            return httpx2.AsyncClient(
                base_url=base_url,
                headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers},
                timeout=httpx2.Timeout(None, connect=min(timeout, CONNECT_TIMEOUT)),
                limits=httpx2.Limits(max_keepalive_connections=1, keepalive_expiry=IDLE),
                follow_redirects=False,  # a key goes nowhere but where it was set for
                verify=trust,
                proxy=proxy if is_named else None,
                mounts=None if is_named else dict.fromkeys(EVERYWHERE if proxy else LOOPBACK),
            )
        except (httpx2.InvalidURL, ValueError, ImportError, OSError) as error:
            raise _unusable(error, proxy, section) from None

    return connect


def _unusable(error: Exception, proxy: str, section: str) -> EngineError:
    import httpx2

    if isinstance(error, httpx2.InvalidURL):
        return EngineError(f"not an address: {error}", subject=f"{section}.base_url", hint=WHOLE_ADDRESS)
    subject = f"{section}.proxy" if proxy else "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE"
    hint = WHOLE_PROXY if proxy else "Correct or unset the variable."
    what = f"this machine's network settings cannot be used: {shown(error)}"
    return EngineError(what, subject=subject, hint=hint)
