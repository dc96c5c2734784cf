"""A small forwarding proxy for tests: takes requests for any host to one port of this machine, and logs them."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class Proxy:
    """Serves while its `with` block runs. `asked` are the addresses that it was asked for, `logins` who asked."""

    def __init__(self, port: int) -> None:
        self.asked: list[str] = []
        self.logins: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, port))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(proxy: Proxy, port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            proxy.asked.append(self.path)
            proxy.logins.append(self.headers.get("Proxy-Authorization", ""))
            body = self.rfile.read(int(self.headers["Content-Length"]))
            onward = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            path = "/" + self.path.split("/", 3)[3]
            headers = {name: value for name, value in self.headers.items() if not name.startswith("Proxy-")}
            onward.request("POST", path, body, headers)
            answer = onward.getresponse()
            content = answer.read()
            onward.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            """A tunnel, as for https: noted and refused."""
            proxy.asked.append(self.path)
            self.send_error(502)

        def log_message(self, *args: object) -> None:
            """Keeps quiet."""

    return Handler
