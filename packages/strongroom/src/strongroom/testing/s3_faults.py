"""Faults of an S3 server and of the way to it, injected before a real one.

Faults that a store must survive, each with nothing lost, nothing half under a key, and an
error that says what to do:

- ``refuse``: an error instead of an answer: busy, denied, expired credentials;
- ``drop``: the connection breaks before the server has the request;
- ``lose_answer``: the server does what is asked, and the answer is lost;
- ``cut``: an answer ends in its middle;
- ``silence``: no answer comes;
- ``lie``: the server says that it has stored, and has not;
- ``repeat``: one request arrives twice;
- ``spoil_request``, ``spoil_answer``: a byte is changed on the way;
- ``overwrite``: the server does not know conditions, and says that it has overwritten;
- ``hide``: the server does not tell something, such as a checksum or a lock.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_PRECONDITION_FAILED = 412
_OF_ONE_CONNECTION = {"connection", "transfer-encoding", "content-length", "expect"}


@dataclass(frozen=True)
class Message:
    """A request on its way, or its answer."""

    method: str
    target: str
    """Path and query of the request."""
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int = 0
    size_bytes: int | None = None
    """The length that is announced, where it is not that of the body."""


Forward = Callable[[Message], Message]
Fault = Callable[[Message, Forward], "Message | None"]
"""Gives the answer for a request, or None where the connection breaks without one."""


def refuse(status: int, code: str) -> Fault:
    """Answer with an error of S3's instead of asking the server."""
    text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()

    def fault(request: Message, _forward: Forward) -> Message:
        headers = (("Content-Type", "application/xml"),)
        return replace(request, status=status, headers=headers, body=text)

    return fault


def drop(_request: Message, _forward: Forward) -> None:
    """Break the connection before the server has the request."""


def lose_answer(request: Message, forward: Forward) -> None:
    """Let the server do it, and lose its answer."""
    forward(request)


def cut(size_bytes: int) -> Fault:
    """End an answer after so many bytes, although more are announced."""

    def fault(request: Message, forward: Forward) -> Message:
        answer = forward(request)
        return replace(answer, body=answer.body[:size_bytes], size_bytes=len(answer.body))

    return fault


def silence(until: threading.Event) -> Fault:
    """Keep the connection open and say nothing."""

    def fault(_request: Message, _forward: Forward) -> None:
        until.wait()

    return fault


def lie(*headers: tuple[str, str]) -> Fault:
    """Answer that all is well, and let the server know nothing of it."""

    def fault(request: Message, _forward: Forward) -> Message:
        return replace(request, status=200, headers=headers, body=b"")

    return fault


def repeat(request: Message, forward: Forward) -> Message:
    """Let the request arrive twice; its sender gets the second answer."""
    forward(request)
    return forward(request)


def spoil_request(request: Message, forward: Forward) -> Message:
    """Change a byte before the server gets it."""
    return forward(replace(request, body=_flipped(request.body)))


def spoil_answer(request: Message, forward: Forward) -> Message:
    """Change a byte of the answer."""
    answer = forward(request)
    return replace(answer, body=_flipped(answer.body))


def overwrite(request: Message, forward: Forward) -> Message:
    """Say that it was done where the server refused because the key is taken."""
    answer = forward(request)
    if answer.status != _PRECONDITION_FAILED:
        return answer
    if request.method == "PUT":
        return replace(answer, status=200, headers=(("ETag", '"0"'),), body=b"")
    done = b"<CompleteMultipartUploadResult><ETag>0</ETag></CompleteMultipartUploadResult>"
    return replace(answer, status=200, headers=(("Content-Type", "application/xml"),), body=done)


def hide(*names: str) -> Fault:
    """Take headers out of the answer, as if the server did not know them."""
    hidden = {name.lower() for name in names}

    def fault(request: Message, forward: Forward) -> Message:
        answer = forward(request)
        kept = tuple(one for one in answer.headers if one[0].lower() not in hidden)
        return replace(answer, headers=kept)

    return fault


@dataclass
class _Injected:
    fault: Fault
    method: str
    within: str
    times: int | None
    after: int

    def meant(self, request: Message) -> bool:
        """Whether it is this request's turn."""
        if request.method != self.method or self.within not in request.target or self.times == 0:
            return False
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class FaultyServer:
    """Stands before a real server and passes everything on, but for the faults."""

    endpoint: str
    requests: list[str] = field(default_factory=list)
    """Method and target of every request, in the order of arrival."""
    fired: int = 0
    """How often a fault was injected: a test that reaches none has shown nothing."""
    ended: threading.Event = field(default_factory=threading.Event)
    _faults: list[_Injected] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(
        self, fault: Fault, method: str, within: str = "", *, times: int | None = 1, after: int = 0
    ) -> None:
        """Let a fault meet requests.

        Args:
            fault: what happens.
            method: of the requests that are meant.
            within: what their path and query must contain.
            times: how often it happens; None is always.
            after: how many such requests are let through before.
        """
        self._faults.append(_Injected(fault, method, within, times, after))

    def answer(self, request: Message, forward: Forward) -> Message | None:
        """Answer a request, with the first fault that means it."""
        with self._lock:
            self.requests.append(f"{request.method} {request.target}")
            met = next((one for one in self._faults if one.meant(request)), None)
            self.fired += met is not None
        return met.fault(request, forward) if met else forward(request)


@contextmanager
def faulty(endpoint: str) -> Iterator[FaultyServer]:
    """Stand before the server at ``endpoint``, at an address of one's own on loopback."""
    real = urlsplit(endpoint).netloc
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    faults = FaultyServer(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(faults, real)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield faults
    finally:
        faults.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(faults: FaultyServer, real: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def _pass(self) -> None:
            size_bytes = int(self.headers.get("Content-Length", 0))
            request = Message(
                self.command, self.path, tuple(self.headers.items()), self.rfile.read(size_bytes)
            )
            answer = faults.answer(request, lambda sent: _forwarded(real, sent))
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            announced = len(answer.body) if answer.size_bytes is None else answer.size_bytes
            if self.command != "HEAD":
                self.send_header("Content-Length", str(announced))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else answer.body)
            self.close_connection = announced != len(answer.body) or self.command == "HEAD"

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815 - the names it needs

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler


def _forwarded(real: str, request: Message) -> Message:
    connection = http.client.HTTPConnection(real, timeout=60)
    try:
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers:
            if name.lower() not in _OF_ONE_CONNECTION:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        kept = {*_OF_ONE_CONNECTION} - ({"content-length"} if request.method == "HEAD" else set())
        headers = tuple(one for one in answer.getheaders() if one[0].lower() not in kept)
        return replace(request, status=answer.status, headers=headers, body=answer.read())
    finally:
        connection.close()


def _flipped(body: bytes) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :] if body else body
