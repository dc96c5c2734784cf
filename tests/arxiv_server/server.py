"""HTTP over a world or over given files, on this machine only, with a log of requests and knobs for trouble."""

import gzip
import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.arxiv_server import render_feed
from tests.arxiv_server.world import BadSpec, World, names_of, sample_world


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came; names of headers are in lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back. The rest of the fields is how it goes wrong on the way.

    `delay` is in seconds, before the first byte; `drip` in seconds after each byte; of `body`, `cut` bytes are sent
    although more are promised; `flood` bytes of blanks follow the body, without a promised length.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    flood: int = 0


Trouble = Callable[[Answer], Answer]


def refused(status: int, *, retry_after: str = "", text: str = "Rate exceeded.") -> Trouble:
    """A status with a line of plain text, as arXiv's 429 and 503."""
    headers = {"Content-Type": "text/plain"} | ({"Retry-After": retry_after} if retry_after else {})
    return lambda _: Answer(status=status, body=text.encode(), headers=headers)


def html_page(title: str = "Log in to the campus network") -> Trouble:
    """A page for people, with status 200."""
    page = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><p>Welcome.</body></html>\n"
    return lambda _: Answer(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def replaced(body: bytes) -> Trouble:
    """Other bytes under the same headers; none at all for `b""`."""
    return lambda answer: replace(answer, body=body)


def shortened(to: int) -> Trouble:
    """The beginning of the document, properly sent: what a server does that was cut off itself."""
    return lambda answer: replace(answer, body=answer.body[:to])


def broken_off(after: int) -> Trouble:
    """The connection ends although more bytes were promised."""
    return lambda answer: replace(answer, cut=after)


def slow(seconds: float) -> Trouble:
    """Nothing comes for so long, then the answer."""
    return lambda answer: replace(answer, delay=seconds)


def dripping(seconds: float) -> Trouble:
    """So long after each byte: never silent, never done."""
    return lambda answer: replace(answer, drip=seconds)


def zipped(answer: Answer) -> Answer:
    """The same, compressed."""
    return replace(
        answer, body=gzip.compress(answer.body, mtime=0), headers={**answer.headers, "Content-Encoding": "gzip"}
    )


def bomb(size: int) -> Trouble:
    """A few bytes that unpack to so many."""
    return lambda answer: zipped(replace(answer, body=b" " * size))


def flooding(size: int) -> Trouble:
    """So many bytes more, without saying so before."""
    return lambda answer: replace(answer, flood=size)


def announcing(size: int) -> Trouble:
    """A promise of so many bytes, none of which come."""
    return lambda answer: replace(answer, headers={**answer.headers, "Content-Length": str(size)}, cut=0)


def redirected(to: str, status: int = 302) -> Trouble:
    """Sends on to another address."""
    return lambda _: Answer(status=status, headers={"Location": to})


class ArxivServer:
    """Serves while its `with` block runs. `world` may be exchanged at any time; `feeds` maps specs to given documents.

    `requests` is the log, in order of arrival. `at_once` is the highest number of requests that waited for their
    answer at one time.
    """

    def __init__(self, world: World | None = None, *, feeds: Mapping[str, bytes] | None = None, port: int = 0) -> None:
        self.world = world or sample_world()
        self.feeds = dict(feeds or {})
        self.requests: list[Asked] = []
        self.at_once = 0
        self._waiting = 0
        self._troubles: list[Trouble] = []
        self._lasting: Trouble | None = None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The root: `--base-url`."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next(self, *troubles: Trouble) -> None:
        """Lets the next requests go wrong, one each, in this order."""
        with self._lock:
            self._troubles.extend(troubles)

    def always(self, trouble: Trouble | None) -> None:
        """Lets every request go wrong; None ends it."""
        self._lasting = trouble

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """What a well-behaved arXiv says."""
        for pattern, route in _ROUTES:
            if match := pattern.fullmatch(path):
                return route(self, unquote(match["rest"]), query)
        return Answer(status=404, body=b"Not Found", headers={"Content-Type": "text/plain"})

    def meet(self, asked: Asked) -> Answer:
        """Logs a request and says how it goes, trouble included. Waits for the answer's delay."""
        with self._lock:
            self.requests.append(asked)
            self._waiting += 1
            self.at_once = max(self.at_once, self._waiting)
            trouble = self._troubles.pop(0) if self._troubles else self._lasting
        answer = self.answer(asked.path, asked.query)
        answer = trouble(answer) if trouble else answer
        time.sleep(answer.delay)
        with self._lock:
            self._waiting -= 1
        return answer


def _feed(server: ArxivServer, form: str, spec: str) -> Answer:
    day = server.world.today
    render, render_error = (
        (render_feed.rss, render_feed.rss_error) if form == "rss" else (render_feed.atom, render_feed.atom_error)
    )
    headers = {"Content-Type": f"application/{form}+xml"}
    if spec in server.feeds:
        return Answer(body=server.feeds[spec], headers=headers)
    try:
        body = render(names_of(spec), day, server.world.feed(spec))
    except BadSpec as error:
        return Answer(status=400, body=render_error(spec, str(error), day), headers=headers)
    tag = hashlib.sha256(body).hexdigest()  # arXiv sends it without quotes
    return Answer(body=body, headers={**headers, "ETag": tag, "Cache-Control": "max-age=3600"})


Route = Callable[[ArxivServer, str, Mapping[str, str]], Answer]

_ROUTES: tuple[tuple[re.Pattern[str], Route], ...] = (
    (re.compile(r"/rss/(?P<rest>[^/]+)"), lambda server, rest, _: _feed(server, "rss", rest)),
    (re.compile(r"/atom/(?P<rest>[^/]+)"), lambda server, rest, _: _feed(server, "atom", rest)),
)


def _handler(server: ArxivServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = server.meet(Asked(path=parts.path, query=query, headers=headers))
            with suppress(OSError):  # the client may go away
                _send(self, answer)

        def log_message(self, *args: object) -> None:
            """Keeps quiet: the log is `ArxivServer.requests`."""

    return Handler


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.close_connection = True
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if not answer.flood and "Content-Length" not in answer.headers:
        handler.send_header("Content-Length", str(len(answer.body)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    body = answer.body if answer.cut is None else answer.body[: answer.cut]
    if answer.drip:
        for byte in body:
            handler.wfile.write(bytes((byte,)))
            time.sleep(answer.drip)
        return
    handler.wfile.write(body)
    for _ in range(0, answer.flood, 2**16):
        handler.wfile.write(b" " * 2**16)
