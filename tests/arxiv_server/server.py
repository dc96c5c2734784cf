"""HTTP over a world or over given files, on this machine only, with a log of requests and knobs for trouble."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.arxiv_server import etiquette
from tests.arxiv_server.cycle import at_new_york
from tests.arxiv_server.mailings import World
from tests.arxiv_server.mishaps import DATA, Mishap, Plan, Served, hidden, trouble
from tests.arxiv_server.routes import Route, route
from tests.arxiv_server.sample import sample_world
from tests.arxiv_server.view import Sizes, View
from tests.arxiv_server.wire import (
    Answer,
    Asked,
    Trouble,
    announcing,
    bomb,
    broken_off,
    dripping,
    flooding,
    html_page,
    redirected,
    refused,
    replaced,
    shortened,
    slow,
    zipped,
)

__all__ = [
    "Answer",
    "ArxivServer",
    "Asked",
    "Trouble",
    "announcing",
    "bomb",
    "broken_off",
    "dripping",
    "flooding",
    "html_page",
    "redirected",
    "refused",
    "replaced",
    "shortened",
    "slow",
    "zipped",
]

_KEPT = 48  # answers, of a megabyte at most


class ArxivServer:
    """Serves while its `with` block runs. `world` and `plan` may be exchanged at any time.

    `feeds` maps specs to given documents. `now` is the server's clock; without one it is noon in New York on the
    world's `today`. `requests` is the log, in order of arrival; `served` the faults that were really served. `at_once`
    is the highest number of requests that waited for their answer at one time.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        feeds: Mapping[str, bytes] | None = None,
        port: int = 0,
        now: Callable[[], datetime] | None = None,
        plan: Plan | None = None,
        sizes: Sizes = Sizes(),  # noqa: B008 (it has no state)
    ) -> None:
        self.world = world or sample_world()
        self.feeds = dict(feeds or {})
        self.plan = plan or Plan()
        self.sizes = sizes
        self.requests: list[Asked] = []
        self.served: list[Served] = []
        self.at_once = 0
        self._now = now
        self._visits: list[etiquette.Visit] = []
        self._waiting: list[etiquette.Visit] = []
        self._troubles: list[Trouble] = []
        self._lasting: Trouble | None = None
        self._spent: dict[Mishap, int] = {}
        self._answers: OrderedDict[object, Answer] = OrderedDict()
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

    def now(self) -> datetime:
        """The server's time."""
        return self._now() if self._now else at_new_york(self.world.today, 12)

    def next(self, *troubles: Trouble) -> None:
        """Lets the next requests go wrong, one each, in this order."""
        with self._lock:
            self._troubles.extend(troubles)

    def always(self, trouble: Trouble | None) -> None:
        """Lets every request go wrong; None ends it."""
        self._lasting = trouble

    def violations(self, interval: float = 3.0, html_interval: float = 15.0) -> list[str]:
        """Broken rules of politeness so far, in sentences; none if all was well. Pauses in (virtual) seconds."""
        with self._lock:
            return etiquette.violations(self._visits, interval=interval, html_interval=html_interval)

    def meet(self, asked: Asked) -> Answer:
        """Logs a request and says how it goes, trouble included. Waits for the answer's delay."""
        now = self.now()
        asked = replace(asked, at=now)
        way = route(replace(asked, path=unquote(asked.path)), self.feeds)
        visit = etiquette.Visit(
            what=f"{asked.path} at {now:%m-%d %H:%M:%S}", kind=etiquette.kind_of(way.interface if way else ""), came=now
        )
        with self._lock:
            self.requests.append(asked)
            self._visits.append(visit)
            visit.waiting = sum(other.kind == visit.kind for other in self._waiting)
            self._waiting.append(visit)
            self.at_once = max(self.at_once, len(self._waiting))
            one_off = self._troubles.pop(0) if self._troubles else self._lasting
        try:
            answer = self._planned(way, asked, now) if way else _NOT_FOUND
            answer = one_off(answer) if one_off else answer
            time.sleep(answer.delay)
        finally:
            with self._lock:
                self._waiting.remove(visit)
        visit.away_until = etiquette.away_until(answer.headers.get("Retry-After", ""), now)
        return answer

    def _planned(self, way: Route, asked: Asked, now: datetime) -> Answer:
        """The answer with all that the plan has for it, which is noted."""
        about = [mishap for mishap in self.plan.about(way.interface, way.names, now) if self._left(mishap)]
        of_data = [mishap for mishap in about if mishap.kind in DATA]
        healthy = self._rendered(way, asked, now, ())
        answer = self._rendered(way, asked, now, of_data) if of_data else healthy
        if answer != healthy:
            # Each is tried alone, so that one that changed nothing is not noted.
            for mishap in of_data:
                if len(of_data) == 1 or self._rendered(way, asked, now, (mishap,)) != healthy:
                    self._note(mishap.kind, way, asked, now, mishap)
        for mishap in about:
            if mishap.kind not in DATA:
                answer = self._hit(mishap.kind, answer, way, asked, now, mishap)
        what = f"{asked.path}?{sorted(asked.query.items())}"
        if kind := self.plan.flaky(way.interface, what, now):
            answer = self._hit(kind, answer, way, asked, now, None)
        return answer

    def _hit(self, kind: str, answer: Answer, way: Route, asked: Asked, now: datetime, mishap: Mishap | None) -> Answer:
        changed = trouble(kind, way.interface, now, self.plan.seed)(answer)
        if changed != answer:
            self._note(kind, way, asked, now, mishap)
        return changed

    def _note(self, kind: str, way: Route, asked: Asked, now: datetime, mishap: Mishap | None) -> None:
        day = (mishap and mishap.day) or way.day(self._view(now, ()), asked)
        with self._lock:
            self.served.append(Served(at=now, interface=way.interface, category=way.told, kind=kind, day=day))
            if mishap:
                self._spent[mishap] = self._spent.get(mishap, 0) + 1

    def _left(self, mishap: Mishap) -> bool:
        return mishap.times is None or self._spent.get(mishap, 0) < mishap.times

    def _view(self, now: datetime, mishaps: tuple[Mishap, ...]) -> View:
        return View(
            world=self.world,
            now=now,
            sizes=self.sizes,
            faults=frozenset(mishap.kind for mishap in mishaps),
            hides=hidden(self.world, mishaps),
        )

    def _rendered(self, way: Route, asked: Asked, now: datetime, mishaps: tuple[Mishap, ...] | list[Mishap]) -> Answer:
        """What a server with these faults of its data says; kept as long as nothing changes."""
        view = self._view(now, tuple(mishaps))
        if not way.lasting:
            return way.render(view)
        query = tuple(sorted(asked.query.items()))
        key = (id(self.world), asked.path, query, view.today, view.listing_day, tuple(mishaps))
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = way.render(view)
        with self._lock:
            self._answers[key] = answer
            if len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return answer


_NOT_FOUND = Answer(status=404, body=b"Not Found", headers={"Content-Type": "text/plain"})


def _handler(server: ArxivServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            """The API and OAI take forms as well."""
            length = int(self.headers.get("Content-Length", "0"))
            self._answer(self.rfile.read(length).decode("utf-8", "replace"))

        def _answer(self, form: str) -> None:
            parts = urlsplit(self.path)
            words = "&".join(filter(None, (parts.query, form)))
            query = dict(parse_qsl(words, keep_blank_values=True))
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
