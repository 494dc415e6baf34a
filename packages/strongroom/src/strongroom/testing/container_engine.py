"""A small stand-in for a container engine: it answers the Docker Engine API over a Unix socket.

It serves what it is given at the published paths (``/info``, ``/volumes``, ``/containers/json``,
``/containers/{id}/json``, ``/containers/{id}/archive``, with and without a version before them) and
notes every request. Faults that it can make: an answer that is no JSON, another status.
"""

from __future__ import annotations

import io
import json
import re
import socketserver
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

_VERSION = re.compile(r"^/v\d+\.\d+(?=/)")
_INSPECTED = re.compile(r"^/containers/([^/]+)/json$")


@dataclass
class StandIn:
    """What the engine says; each list holds documents as the published API has them."""

    path: Path
    volumes: list[Mapping[str, Any]] = field(default_factory=list)
    containers: list[Mapping[str, Any]] = field(default_factory=list)
    inspected: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    root: Path | None = None
    files: dict[str, Path] = field(default_factory=dict)
    """What containers show at their paths: files and directories, whoever may read them."""
    requests: list[str] = field(default_factory=list)
    """Method and path of each request, in order."""
    status: int = 200
    body: bytes | None = None
    """Answered instead of everything else."""

    @property
    def address(self) -> str:
        """Where it is."""
        return f"unix://{self.path}"

    def answer(self, path: str) -> tuple[int, bytes]:
        """The status and the document at a path."""
        if self.body is not None or self.status != 200:  # noqa: PLR2004  fine
            return self.status, self.body or b'{"message": "as asked for"}'
        plain = _VERSION.sub("", path.partition("?")[0])
        if plain.endswith("/archive"):
            return self._archive(parse_qs(urlsplit(path).query)["path"][0])
        match = _INSPECTED.match(plain)
        if match and match[1] in self.inspected:
            return 200, _json(self.inspected[match[1]])
        known: Mapping[str, Mapping[str, Any] | Sequence[Any]] = {
            "/info": {"Name": "stand-in", "ServerVersion": "28.0", "DockerRootDir": str(self.root)},
            "/volumes": {"Volumes": self.volumes, "Warnings": None},
            "/containers/json": self.containers,
        }
        if plain in known:
            return 200, _json(known[plain])
        return 404, b'{"message": "page not found"}'

    def _archive(self, path: str) -> tuple[int, bytes]:
        for top, place in self.files.items():
            inner = place / path.removeprefix(top).lstrip("/")
            if path.startswith(top) and inner.exists():
                packed = io.BytesIO()
                with tarfile.open(fileobj=packed, mode="w") as archive:
                    archive.add(inner, arcname=inner.name, recursive=False)
                return 200, packed.getvalue()
        return 404, b'{"message": "Could not find the file in container"}'


@contextmanager
def container_engine(path: Path) -> Iterator[StandIn]:
    """Serve on a socket at ``path``, which must be short."""
    told = StandIn(path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            told.requests.append(f"{self.command} {self.path}")
            status, body = told.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "socket"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
            """Keep quiet."""

    server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        path.unlink()


def _json(document: object) -> bytes:
    return json.dumps(document).encode()
