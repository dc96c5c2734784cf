"""The client itself: one question, through the gate, as often as patience allows. Parses nothing."""

import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, Protocol, Self

from zhaiyao import __version__
from zhaiyao.errors import FetchError, ZhaiyaoError
from zhaiyao.gate import OpenGate, Turnstile
from zhaiyao.http.answers import (
    CHECK_ADDRESS,
    CHECK_NETWORK,
    LATER,
    Response,
    ignore,
    is_about_trust,
    not_an_address,
    one_line_of,
    refusal,
    refuse_downgrade,
    retry_after,
    shown,
    unusable_environment,
)
from zhaiyao.http.cache import Kept, ResponseCache

if TYPE_CHECKING:
    import httpx2

MEGABYTE = 2**20
# arXiv's servers have answered 406 to clients that did not name, word for word, what an interface sends.
ACCEPT = "application/rss+xml, application/atom+xml, application/xml, text/xml, text/html, text/plain, */*;q=0.8"
MAX_HOPS = 5

# Passing troubles of servers and of what stands before them (520 to 524 are a common front server's own). A 406 is one
# too: since any type is accepted, it can only be a front server's mistake.
_PASSING = frozenset({406, 408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
# arXiv takes whoever goes on after a 403 for an attacker, so nobody here does for so many seconds.
_FORBIDDEN_REST = 3600.0
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_BEGINNING = 4096  # bytes of a refusal's body that may be quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on when an answer may still come. All but `tries` in seconds.

    The pause before the second try is `unreached` after a failing connection, `unavailable` after a 503, `refused`
    after any other refusal; it doubles from try to try, with up to half as much again by chance, as far as `longest`.
    A `Retry-After` makes it longer, never shorter (arXiv's front servers tell 0), and beyond `longest` the server is
    not tried again. `timeout` bounds each silence, `deadline` each request with its answer (headers that come byte by
    byte may take longer).
    """

    tries: int = 4
    unreached: float = 1.0
    refused: float = 10.0
    unavailable: float = 30.0
    longest: float = 120.0
    timeout: float = 30.0
    deadline: float = 300.0

    def without_pauses(self) -> "Patience":
        """The same, but each try follows at once: for a server of one's own."""
        return replace(self, unreached=0.0, refused=0.0, unavailable=0.0)

    def after(self, status: int) -> float:
        """The first pause after a refusal with this status."""
        return self.unavailable if status == HTTPStatus.SERVICE_UNAVAILABLE else self.refused


class Fetcher(Protocol):
    """What a source needs of the client."""

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        """The answer with a 2xx status, or with one of `expect`. Raises FetchError for everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setback:
    """A try that failed and may go better: `pause` seconds at first, `at_least` if the server said so (or forbade it,
    for longer than anybody's patience)."""

    error: FetchError
    pause: float
    at_least: float = 0.0


def user_agent(contact: str = "") -> str:
    """Who asks, and whom to write to about it: `contact` is a mail or web address, in ASCII."""
    reachable = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "();").strip()
    about = f"reads arXiv announcements; contact: {reachable}" if reachable else "reads arXiv announcements"
    return f"zhaiyao/{__version__} ({about})"


class HttpClient:
    """A `Fetcher` over the network. Thread-safe. Proxies of the environment are used, but never to this machine.

    `size_limit` is in bytes and bounds the body, as promised and as decoded. Clients may share a `cache`; one client
    has one gate, so what arXiv counts apart (its services, its pages) is asked by clients of their own. `overcome` is
    told of every try that failed and was followed by another one.
    """

    def __init__(
        self,
        *,
        agent: str,
        accept: str = ACCEPT,
        size_limit: int = 32 * MEGABYTE,
        patience: Patience = Patience(),
        gate: Turnstile = OpenGate(),  # noqa: B008 (it has no state)
        cache: ResponseCache | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        overcome: Callable[[ZhaiyaoError], None] = ignore,
    ) -> None:
        self._headers = {"User-Agent": agent, "Accept": accept}
        self._size_limit = size_limit
        self._patience = patience
        self._gate = gate
        self._cache = cache
        self._clock = clock
        self._sleep = sleep
        self._overcome = overcome
        self._opening = threading.Lock()
        self._opened: httpx2.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Idempotent; a later `get` opens them again."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        """The answer with a 2xx status, or with one of `expect`, after redirects. Raises FetchError."""
        return replace(self._get(self._request(url, params), expect), suspect=self._overcome)

    def _get(self, request: "httpx2.Request", expect: Collection[int]) -> Response:
        if self._cache is None:
            return self._persist(request, expect)
        key = str(request.url)
        held = self._cache.get(key)
        if held is None:
            return _keep(self._cache, key, self._persist(request, expect))
        request.headers["If-None-Match"] = held.etag
        answer = self._persist(request, (*expect, HTTPStatus.NOT_MODIFIED))
        if answer.status != HTTPStatus.NOT_MODIFIED:
            return _keep(self._cache, key, answer)
        return _answer_again(self._cache, key, held, answer.url)

    def _persist(self, request: "httpx2.Request", expect: Collection[int]) -> Response:
        """The answer to one of as many tries as patience allows."""
        number = 1
        while isinstance(outcome := self._try(request, expect), _Setback):
            if number >= self._patience.tries or outcome.at_least > self._patience.longest:
                raise outcome.error
            self._overcome(outcome.error)
            self._sleep(_pause(outcome, number, self._patience.longest))
            number += 1
        return outcome

    def _request(self, url: str, params: Mapping[str, str] | None) -> "httpx2.Request":
        import httpx2

        try:
            return self._client().build_request("GET", url, params=params)
        except httpx2.InvalidURL as error:
            raise not_an_address(url, str(error)) from None

    def _client(self) -> "httpx2.Client":
        import httpx2

        with self._opening:
            if self._opened is None:
                try:
                    self._opened = httpx2.Client(
                        headers=self._headers,
                        timeout=self._patience.timeout,
                        mounts=dict.fromkeys(_LOOPBACK),
                        follow_redirects=False,  # each hop takes its turn at the gate, and its body is not read
                    )
                except (OSError, ValueError, ImportError, httpx2.InvalidURL) as error:
                    raise unusable_environment(error) from None
            return self._opened

    def _try(self, request: "httpx2.Request", expect: Collection[int]) -> Response | _Setback:
        """One try, redirects included."""
        asked = shown(request.url)
        for _ in range(MAX_HOPS + 1):
            outcome = self._hop(request, expect)
            if isinstance(outcome, _Setback):
                if outcome.at_least:
                    self._gate.back_off(outcome.at_least)
                return outcome
            if isinstance(outcome, Response):
                return outcome
            refuse_downgrade(str(request.url), str(outcome.url))
            request = outcome
        what = f"redirected more than {MAX_HOPS} times, at last to {shown(request.url)}"
        raise FetchError(what, subject=asked, hint=CHECK_ADDRESS)

    def _hop(self, request: "httpx2.Request", expect: Collection[int]) -> "Response | _Setback | httpx2.Request":
        """One request: its answer, what held it up, or where it is sent on to."""
        import httpx2

        try:
            with self._gate.turn():
                ends = time.monotonic() + self._patience.deadline
                answer = self._client().send(request, stream=True)
                try:
                    return answer.next_request or self._receive(answer, expect, ends)
                finally:
                    answer.close()
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            return self._failure(shown(request.url), error)

    def _receive(self, answer: "httpx2.Response", expect: Collection[int], ends: float) -> Response | _Setback:
        url, status = shown(answer.url), answer.status_code
        wanted = answer.is_success or status in expect
        content = self._body(answer, ends, whole=wanted)
        if isinstance(content, _Setback):
            return content
        if status == HTTPStatus.OK and not content:
            return self._unreached(url, "the answer is empty", LATER)  # no document of arXiv's is
        response = Response(url=url, status=status, headers=dict(answer.headers), content=content)
        if wanted:
            return response
        if status == HTTPStatus.FORBIDDEN:
            return _Setback(error=refusal(response), pause=0.0, at_least=_FORBIDDEN_REST)
        if status not in _PASSING:
            raise refusal(response)
        told = retry_after(answer.headers.get("retry-after", ""), self._clock())
        pause = self._patience.after(status)
        return _Setback(error=refusal(response, told), pause=pause, at_least=max(told, pause))

    def _body(self, answer: "httpx2.Response", ends: float, *, whole: bool) -> bytes | _Setback:
        """The decoded body: the whole of it within the size limit, or just the beginning."""
        told = answer.headers.get("content-length", "")
        if whole and told.isdecimal() and int(told) > self._size_limit:
            self._too_large(answer)
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if not whole and len(body) >= _BEGINNING:
                break
            if len(body) > self._size_limit:
                self._too_large(answer)
            if time.monotonic() > ends:
                what = f"the answer was not complete after {self._patience.deadline:g} seconds"
                return self._unreached(shown(answer.url), what, LATER)
        return bytes(body)

    def _too_large(self, answer: "httpx2.Response") -> NoReturn:
        raise FetchError(
            f"the answer is larger than {self._size_limit / MEGABYTE:g} MB, and was not read to its end",
            subject=shown(answer.url),
            hint="No feed of arXiv is that large: something else answers at this address (arxiv.base_url, --base-url).",
        )

    def _unreached(self, url: str, what: str, hint: str) -> _Setback:
        return _Setback(error=FetchError(what, subject=url, hint=hint), pause=self._patience.unreached)

    def _failure(self, url: str, error: Exception) -> _Setback:
        """What an error of the library means. Raises FetchError for those that a second try cannot mend."""
        import httpx2

        said = one_line_of(str(error)) or type(error).__name__
        if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol | UnicodeError):
            raise not_an_address(url, said) from None
        if isinstance(error, httpx2.ProxyError):
            raise FetchError(f"the proxy failed: {said}", subject=url, hint="Check HTTPS_PROXY and NO_PROXY.") from None
        if is_about_trust(error):
            raise FetchError(
                f"no connection that can be trusted: {said}",
                subject=url,
                hint="Check this machine's date and certificates; a proxy or a captive portal may stand in between.",
            ) from None
        if isinstance(error, httpx2.TimeoutException):
            what = f"no answer within {self._patience.timeout:g} seconds"
            return self._unreached(url, what, f"{LATER} {CHECK_NETWORK}")
        if isinstance(error, httpx2.ConnectError):
            return self._unreached(url, f"cannot be reached: {said}", CHECK_NETWORK)
        if isinstance(error, httpx2.DecodingError):
            return self._unreached(url, f"the answer is damaged: {said}", LATER)
        return self._unreached(url, f"the connection broke: {said}", LATER)


def _keep(cache: ResponseCache, key: str, answer: Response) -> Response:
    """Keeps an answer that has an ETag, which is sent back as it came: the feeds' has no quotes."""
    etag = answer.headers.get("etag", "")
    if answer.status != HTTPStatus.OK or not etag:
        return answer
    cache.put(key, Kept(etag=etag, headers=answer.headers, content=answer.content))
    return replace(answer, forget=partial(cache.drop, key))


def _answer_again(cache: ResponseCache, key: str, held: Kept, url: str) -> Response:
    return Response(
        url=url,
        status=HTTPStatus.OK,
        headers=held.headers,
        content=held.content,
        unchanged=True,
        forget=partial(cache.drop, key),
    )


def _pause(setback: _Setback, number: int, longest: float) -> float:
    """Seconds after the failing try of this number: doubled each time, never the same for two clients."""
    doubled: float = setback.pause * 2 ** (number - 1)
    return max(min(doubled * random.uniform(1.0, 1.5), longest), setback.at_least)
