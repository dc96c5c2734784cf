"""A local server of chat completions for tests: answers as scripted, and goes wrong on request.

    with ChatServer() as server:
        server.next(refused(429, "Slow down.", retry_after="1"), good("你好。"))

Requests beyond the script get a good answer. It knows nothing of the code that it tests.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came; names of headers are in lower case, `at` is a monotonic instant."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back, after `delay` seconds. `reset` breaks the connection; `hang` answers never."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    reset: bool = False
    hang: bool = False


def good(text: str | None = "译文。", *, finish: str = "stop", delay: float = 0.0, **message: object) -> Answer:
    """A completion: 11 tokens asked, 7 answered."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return document({**told, "usage": usage}, delay=delay)


def refused(status: int, message: str = "No.", *, retry_after: str = "", **error: object) -> Answer:
    """An error in OpenAI's form."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    body = json.dumps({"error": {"message": message, "type": "some_error", **error}}).encode()
    return Answer(status=status, body=body, headers={"Content-Type": "application/json", **headers})


def document(value: object, *, delay: float = 0.0) -> Answer:
    """Any JSON."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(body=body, headers={"Content-Type": "application/json; charset=utf-8"}, delay=delay)


def plain(body: bytes, kind: str = "text/html") -> Answer:
    """Bytes that are no completion, under status 200."""
    return Answer(body=body, headers={"Content-Type": kind})


RESET = Answer(reset=True)
HANG = Answer(hang=True)


class ChatServer:
    """Serves while its `with` block runs. `requests` is the log; `at_once` the most that waited at one time.

    `dropped` is set once a client went away while it hung on `HANG`.
    """

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.at_once = 0
        self.asked = threading.Event()
        self.dropped = threading.Event()
        self._waiting = 0
        self._script: list[Answer] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """What an OpenAI client calls the base URL."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def next(self, *answers: Answer) -> None:
        """The answers to the next requests, in order of arrival."""
        with self._lock:
            self._script.extend(answers)

    def meet(self, asked: Asked) -> Answer:
        """Logs a request, waits as scripted, and says what it gets."""
        with self._lock:
            self.requests.append(asked)
            self._waiting += 1
            self.at_once = max(self.at_once, self._waiting)
            answer = self._script.pop(0) if self._script else good()
        self.asked.set()
        time.sleep(answer.delay)
        with self._lock:
            self._waiting -= 1
        return answer


def _handler(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(path=self.path, headers=headers, body=json.loads(body), at=time.monotonic())
            answer = server.meet(asked)
            with suppress(OSError):  # the client may go away
                _send(self, answer, server)

        def log_message(self, *args: object) -> None:
            """Keeps quiet: the log is `ChatServer.requests`."""

    return Handler


def _send(handler: BaseHTTPRequestHandler, answer: Answer, server: ChatServer) -> None:
    handler.close_connection = True
    if answer.hang:
        if handler.connection.recv(1) == b"":
            server.dropped.set()
        return
    if answer.reset:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        return
    handler.send_response(answer.status)
    for name, value in {**answer.headers, "Content-Length": str(len(answer.body)), "Connection": "close"}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(answer.body)
