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
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came; names of headers are in lower case, `at` is a monotonic instant.

    `body` is its JSON, empty if it has none; `content` its bytes.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    content: bytes
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back, after `delay` seconds. `reset` breaks the connection; `hang` answers never.

    `promised` is the length that the headers tell, if it is not the body's; `drip` are seconds between two bytes.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    reset: bool = False
    hang: bool = False
    promised: int | None = None
    drip: float = 0.0


def good(text: str | None = "译文。", *, finish: str = "stop", delay: float = 0.0, **message: object) -> Answer:
    """A completion: 11 tokens asked, 7 answered."""
    return document(completion(text, finish=finish, **message), delay=delay)


def completion(
    text: str | None = "译文。", *, finish: str = "stop", usage: Mapping[str, object] | None = None, **message: object
) -> dict[str, object]:
    """The JSON of a completion."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    spent = usage or {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return {**told, "usage": spent}


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


def cut(answer: Answer) -> Answer:
    """An answer of which the second half is missing."""
    return replace(answer, body=answer.body[: len(answer.body) // 2], promised=len(answer.body))


def dripping(answer: Answer, seconds: float) -> Answer:
    """An answer that comes byte by byte."""
    return replace(answer, drip=seconds)


RESET = Answer(reset=True)
HANG = Answer(hang=True)

Clerk = Callable[[Asked], Answer | None]
"""Answers some requests, whatever the script says; None for all others."""


class ChatServer:
    """Serves while its `with` block runs. `requests` is the log; `at_once` the most that waited at one time.

    `dropped` is set once a client went away while it hung on `HANG`.
    """

    def __init__(self, clerk: Clerk = lambda asked: None) -> None:
        self.requests: list[Asked] = []
        self.at_once = 0
        self.asked = threading.Event()
        self.dropped = threading.Event()
        self._clerk = clerk
        self._waiting = 0
        self._script: list[Answer] = []
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens on this machine."""
        return self._http.server_port

    @property
    def url(self) -> str:
        """What an OpenAI client calls the base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

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
            scripted = self._script.pop(0) if self._script else None
            answer = scripted or self._clerk(asked) or good()
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
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_json = headers.get("content-type", "").startswith("application/json")
            asked = Asked(
                method=self.command,
                path=self.path,
                headers=headers,
                body=json.loads(content) if is_json and content else {},
                content=content,
                at=time.monotonic(),
            )
            answer = server.meet(asked)
            with suppress(OSError):  # the client may go away
                _send(self, answer, server)

        def do_GET(self) -> None:
            self.do_POST()

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
    length = len(answer.body) if answer.promised is None else answer.promised
    handler.send_response(answer.status)
    for name, value in {**answer.headers, "Content-Length": str(length), "Connection": "close"}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if not answer.drip:
        handler.wfile.write(answer.body)
    for byte in answer.body if answer.drip else b"":
        handler.wfile.write(bytes([byte]))
        time.sleep(answer.drip)
