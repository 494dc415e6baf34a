"""A server that speaks OpenAI's protocol of chat completions over real HTTP on loopback.

It streams server-sent events as the published protocol has them, and can fail as servers do.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Handler"], None]


@dataclass
class ModelServer:
    """Plays one act for each request, the last one again and again."""

    acts: list[Act]
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Ends every act that waits."""
    port: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


class Handler(BaseHTTPRequestHandler):
    played: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/chat/completions", self.path
        self.played.requests.append(json.loads(body))
        self.played.keys.append(self.headers["Authorization"])
        number = min(len(self.played.requests), len(self.played.acts))
        try:
            self.played.acts[number - 1](self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        """Say nothing."""

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def event(self, delta: dict[str, Any], finish: str | None = None) -> None:
        chunk = {
            "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "tiny",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }  # fmt: skip
        self.chunk(f"data: {json.dumps(chunk)}\n\n")

    def end(self) -> None:
        usage = {
            "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "tiny",
            "choices": [],
            "usage": {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16},
        }  # fmt: skip
        self.chunk(f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n")
        self.chunk("")


def says(*pieces: str) -> Act:
    def act(one: Handler) -> None:
        one.begin()
        one.event({"role": "assistant", "content": ""})
        for piece in pieces:
            one.event({"content": piece})
        one.event({}, "stop")
        one.end()

    return act


def calls(tool: str, arguments: str) -> Act:
    """A tool call whose arguments come in two pieces."""

    def act(one: Handler) -> None:
        function = {"name": tool, "arguments": arguments[:3]}
        one.begin()
        one.event(
            {"tool_calls": [{"index": 0, "id": "t1", "type": "function", "function": function}]}
        )
        one.event({"tool_calls": [{"index": 0, "function": {"arguments": arguments[3:]}}]})
        one.event({}, "tool_calls")
        one.end()

    return act


def status(code: int, body: str = '{"error": {"message": "sk-secret"}}', **headers: str) -> Act:
    def act(one: Handler) -> None:
        one.send_response(code)
        one.send_header("Content-Type", "application/json")
        one.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            one.send_header(name.replace("_", "-"), value)
        one.end_headers()
        one.wfile.write(body.encode())

    return act


def truncated(*pieces: str) -> Act:
    """A stream that breaks off without an end."""

    def act(one: Handler) -> None:
        one.begin()
        for piece in pieces:
            one.event({"content": piece})
        one.close_connection = True

    return act


def no_json(one: Handler) -> None:
    one.begin()
    one.chunk("data: {not json\n\n")
    one.chunk("")


def waits(one: Handler) -> None:
    one.begin()
    one.event({"content": "Rest well. And"})
    one.played.released.wait(60)
    one.close_connection = True


@contextmanager
def model_server(*acts: Act) -> Iterator[ModelServer]:
    """A running server; its port is its own."""
    played = ModelServer(list(acts))
    handler = type("Played", (Handler,), {"played": played})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    played.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        played.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
