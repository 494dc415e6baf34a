"""A small web server on this machine that keeps what it is told: for alerts and pings.

Faults that it can make: an answer other than 200, and none within the time limit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    body: bytes


@dataclass
class Sink:
    """What the server was told, in order. ``status`` is what it answers."""

    port: int
    requests: list[Request] = field(default_factory=list)
    status: int = 200
    answers: threading.Event = field(default_factory=threading.Event)
    """While it is not set, nobody gets an answer."""

    @property
    def paths(self) -> list[str]:
        """The paths of all requests."""
        return [one.path for one in self.requests]


@contextmanager
def http_sink() -> Iterator[Sink]:
    """Serve on a free port of the loopback address."""
    sink = Sink(0)
    sink.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take()

        def do_POST(self) -> None:
            self._take()

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sink.requests.append(Request(self.command, self.path, body))
            sink.answers.wait()
            try:
                self.send_response(sink.status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                return  # nobody waits for the answer any more

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        sink.answers.set()
        server.shutdown()
        server.server_close()
        thread.join()
