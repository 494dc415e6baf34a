"""Ask a container engine what it has, over the Docker Engine API, which Podman speaks too.

Only questions are sent (``GET``), so that nothing can be changed by them: ``/info``, ``/volumes``,
``/containers/json``, ``/containers/{id}/json`` and ``/containers/{id}/archive``. Answers are
bounded in size and time.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from strongroom.discovery.engine_answers import (
    Container,
    EngineInfo,
    Volume,
    container_from,
    first_file,
    list_of,
    mapping_of,
    text_of,
    volume_from,
)
from strongroom.errors import EngineError

TIMEOUT_S = 5.0
ANSWER_MAX_S = 30.0
ANSWER_MAX_BYTES = 64 * 1024 * 1024
CONTAINERS_MAX = 1000
_PIECE_BYTES = 256 * 1024
_OK = 200


class Engine:
    """One container engine at an address: ``unix:///var/run/docker.sock``, ``tcp://host:2375``."""

    def __init__(
        self, address: str, *, tls: ssl.SSLContext | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self.address = address
        self._tls = tls
        self._timeout_s = timeout_s

    def info(self) -> EngineInfo:
        """Who the engine is.

        Raises:
            EngineError: it does not answer, or not as an engine does.
        """
        told = mapping_of(self._get("/info"))
        root = told.get("DockerRootDir")
        return EngineInfo(
            name=text_of(told.get("Name")),
            version=text_of(told.get("ServerVersion")),
            root=Path(root) if isinstance(root, str) and root else None,
        )

    def volumes(self) -> list[Volume]:
        """Every volume, used or not, by name.

        Raises:
            EngineError: it does not answer, or not as an engine does.
        """
        told = mapping_of(self._get("/volumes"))
        volumes = [volume_from(one) for one in list_of(told.get("Volumes"))]
        return sorted((one for one in volumes if one.name), key=lambda one: one.name)

    def containers(self) -> list[Container]:
        """Every container, running or not, by name.

        Raises:
            EngineError: it does not answer, or not as an engine does.
        """
        listed = list_of(self._get("/containers/json?all=1"))
        found = [self._container(one) for one in listed[:CONTAINERS_MAX]]
        return sorted(found, key=lambda one: one.name)

    def file(self, container: Container, path: str, limit: int) -> bytes | None:
        """The beginning of one file as a container sees it; None where there is no plain file.

        Raises:
            EngineError: the engine does not answer.
        """
        address = f"/containers/{quote(container.id, safe='')}/archive?path={quote(path, safe='')}"
        try:
            status, body = self._answered(address)
        except (OSError, http.client.HTTPException) as error:
            raise self._error(f"does not answer as an engine does ({_why(error)})") from error
        return first_file(body, limit) if status == _OK else None

    def _container(self, listed: Mapping[str, Any]) -> Container:
        identifier = text_of(listed.get("Id")) or ""
        try:
            inspected = mapping_of(self._get(f"/containers/{quote(identifier, safe='')}/json"))
        except EngineError:
            inspected = {}  # removed since it was listed
        return container_from(identifier, listed, inspected, self.address)

    def _get(self, path: str) -> object:
        try:
            status, body = self._answered(path)
            document: object = json.loads(body) if status == _OK else None
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise self._error(f"does not answer as an engine does ({_why(error)})") from error
        if status != _OK:
            raise self._error(f"answers {path.partition('?')[0]} with status {status}")
        return document

    def _answered(self, path: str) -> tuple[int, bytes]:
        connection = self._connection()
        ends_at = time.monotonic() + ANSWER_MAX_S
        try:
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            body = bytearray()
            while piece := response.read(_PIECE_BYTES):
                body += piece
                if len(body) > ANSWER_MAX_BYTES or time.monotonic() > ends_at:
                    raise TimeoutError("its answer has no end")
            return response.status, bytes(body)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        if parts.scheme == "unix":
            return _OverSocket(parts.path, timeout=self._timeout_s)
        if parts.scheme in {"tcp", "http", "https"} and parts.hostname:
            if self._tls is not None or parts.scheme == "https":
                return http.client.HTTPSConnection(
                    parts.hostname, parts.port or 2376, timeout=self._timeout_s, context=self._tls
                )
            return http.client.HTTPConnection(
                parts.hostname, parts.port or 2375, timeout=self._timeout_s
            )
        raise self._error(f"is of a kind that is not followed ({parts.scheme or 'none'}://)")

    def _error(self, what: str) -> EngineError:
        return EngineError(
            f"The container engine at {self.address} {what}.",
            next_step="strongroom find --docker-root /var/lib/docker, which reads its files",
        )


class _OverSocket(http.client.HTTPConnection):
    """HTTP over a socket of the file system."""

    def __init__(self, path: str, *, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.sock.settimeout(self.timeout)
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
