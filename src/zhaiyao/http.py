"""The one HTTP client: asks politely, tries again what may pass, and lets no error of its library out. Parses nothing.

A request passes the gate once per try and once per hop of a redirect. An answer is refused while it streams in, as
soon as it is larger or slower than allowed, so that nobody's server can fill memory or hold the daily run.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, Protocol, Self

from zhaiyao import __version__
from zhaiyao.errors import FetchError
from zhaiyao.gate import OpenGate, Turnstile

if TYPE_CHECKING:
    import httpx2

MEGABYTE = 2**20
ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.8, */*;q=0.1"
MAX_HOPS = 5

# Passing troubles of servers and of what stands before them (520 to 524 are a common front server's own).
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_LOGIN = re.compile(r"(?<=//)[^/?#@]*@")
_BEGINNING = 4096  # bytes of a refusal's body that may be quoted

_LATER = "Try again in some minutes; nothing was lost."
_CHECK_NETWORK = "Check the network, and the address if you set one (arxiv.base_url, --base-url)."
_CHECK_ADDRESS = "Check the address (arxiv.base_url, --base-url) and the spelling of the category."
_HINTS = {
    401: "The server wants a login, which arXiv never does: check the address (arxiv.base_url, --base-url).",
    403: "Stop for today: arXiv takes requests after a refusal for an attack. Set arxiv.contact before you try again.",
    407: "The proxy wants a login: check HTTPS_PROXY.",
    429: f"The server is too busy. {_LATER}",
    503: f"The server is too busy. {_LATER}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole answer: where it came from in the end (without a login in the address), headers (names in lower case),
    and the decoded body."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on when an answer may still come. All but `tries` in seconds.

    The pause before the second try is `unreached` after a failing connection and `refused` after a refusal; it doubles
    from try to try, with up to half as much again by chance. A `Retry-After` makes it longer, and beyond `longest`
    the server is not tried again. `timeout` bounds each silence, `deadline` each try as a whole.
    """

    tries: int = 4
    unreached: float = 1.0
    refused: float = 10.0
    longest: float = 120.0
    timeout: float = 30.0
    deadline: float = 300.0


class Fetcher(Protocol):
    """What a source needs of the client."""

    def get(self, url: str, *, params: Mapping[str, str] | None = None, expect: Collection[int] = ()) -> Response:
        """The answer with a 2xx status, or with one of `expect`. Raises FetchError for everything else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setback:
    """A try that failed and may go better: `pause` seconds at first, `at_least` if the server said so."""

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

    `size_limit` is in bytes and bounds the body, as promised and as decoded.
    """

    def __init__(
        self,
        *,
        agent: str,
        accept: str = ACCEPT,
        size_limit: int = 32 * MEGABYTE,
        patience: Patience = Patience(),
        gate: Turnstile = OpenGate(),  # noqa: B008 (it has no state)
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._headers = {"User-Agent": agent, "Accept": accept}
        self._size_limit = size_limit
        self._patience = patience
        self._gate = gate
        self._clock = clock
        self._sleep = sleep
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
        request = self._request(url, params)
        number = 1
        while isinstance(outcome := self._try(request, expect), _Setback):
            if number >= self._patience.tries or outcome.at_least > self._patience.longest:
                raise outcome.error
            self._sleep(_pause(outcome, number))
            number += 1
        return outcome

    def _request(self, url: str, params: Mapping[str, str] | None) -> "httpx2.Request":
        import httpx2

        try:
            return self._client().build_request("GET", url, params=params)
        except httpx2.InvalidURL as error:
            raise _not_an_address(url, str(error)) from None

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
                    raise _unusable_environment(error) from None
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
        raise FetchError(what, subject=asked, hint=_CHECK_ADDRESS)

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
        response = Response(url=url, status=status, headers=dict(answer.headers), content=content)
        if wanted:
            return response
        if status not in _PASSING:
            raise refusal(response)
        told = retry_after(answer.headers.get("retry-after", ""), self._clock())
        at_least = max(told, self._patience.refused)
        return _Setback(error=refusal(response, told), pause=self._patience.refused, at_least=at_least)

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
                return self._unreached(shown(answer.url), what, _LATER)
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
            raise _not_an_address(url, said) from None
        if isinstance(error, httpx2.ProxyError):
            raise FetchError(f"the proxy failed: {said}", subject=url, hint="Check HTTPS_PROXY and NO_PROXY.") from None
        if _is_about_trust(error):
            raise FetchError(
                f"no connection that can be trusted: {said}",
                subject=url,
                hint="Check this machine's date and certificates; a proxy or a captive portal may stand in between.",
            ) from None
        if isinstance(error, httpx2.TimeoutException):
            what = f"no answer within {self._patience.timeout:g} seconds"
            return self._unreached(url, what, f"{_LATER} {_CHECK_NETWORK}")
        if isinstance(error, httpx2.ConnectError):
            return self._unreached(url, f"cannot be reached: {said}", _CHECK_NETWORK)
        if isinstance(error, httpx2.DecodingError):
            return self._unreached(url, f"the answer is damaged: {said}", _LATER)
        return self._unreached(url, f"the connection broke: {said}", _LATER)


def refusal(response: Response, wait: float = 0.0, *, reason: str = "") -> FetchError:
    """The error that a status means: `reason` in the server's words, `wait` in seconds if it asks for that."""
    status = response.status
    try:
        named = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        named = str(status)
    reason = reason or _plain_text(response)
    what = f"the server answered {named}" + (f": {reason}" if reason else "")
    if wait:
        what += f" (it asks to wait {wait:.0f} seconds)"
    general = _LATER if status >= 500 else _CHECK_ADDRESS
    return FetchError(what, subject=response.url, hint=_HINTS.get(status, general))


def retry_after(value: str, now: datetime) -> float:
    """Seconds that a `Retry-After` header asks to wait (RFC 9110, section 10.2.3); 0.0 if absent or unreadable."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        told = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    told = told.replace(tzinfo=UTC) if told.tzinfo is None else told
    return max(0.0, (told - now).total_seconds())


def refuse_downgrade(url: str, following: str) -> None:
    """Raises FetchError for a redirect from https to anything else."""
    if url.startswith("https:") and not following.startswith("https:"):
        what = f"redirected from https to {shown(following)}, where anybody could change what it says"
        raise FetchError(what, subject=shown(url), hint=_CHECK_ADDRESS)


def shown(url: object) -> str:
    """An address fit for an error message: without the login that may stand in it."""
    return one_line_of(_LOGIN.sub("", str(url)))


def one_line_of(text: str, limit: int = 300) -> str:
    """Foreign text fit for an error message: on one line, printable, and not long."""
    shown = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    line = " ".join(shown.split())
    return line if len(line) <= limit else f"{line[:limit]}…"


def _pause(setback: _Setback, number: int) -> float:
    """Seconds after the failing try of this number: doubled each time, never the same for two clients."""
    doubled: float = setback.pause * 2 ** (number - 1)
    return max(doubled * random.uniform(1.0, 1.5), setback.at_least)


def _plain_text(response: Response) -> str:
    """What a refusal says in plain words, as arXiv's `Rate exceeded.` does; pages and feeds are left out."""
    if not response.headers.get("content-type", "text/plain").startswith("text/plain"):
        return ""
    return one_line_of(response.content.decode("utf-8", "replace"))


def _is_about_trust(error: Exception) -> bool:
    import ssl

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def _unusable_environment(error: Exception) -> FetchError:
    """A certificate file that is not there, a proxy of an unknown kind, or one that needs another package (SOCKS)."""
    return FetchError(
        f"this machine's network settings cannot be used: {one_line_of(str(error))}",
        subject="HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, SSL_CERT_FILE",
        hint="Correct or unset the environment variable that this is about.",
    )


def _not_an_address(url: str, said: str) -> FetchError:
    return FetchError(
        f"not an address that can be asked: {said}",
        subject=shown(url),
        hint="An address begins with https:// and a host's name; check arxiv.base_url or --base-url.",
    )
