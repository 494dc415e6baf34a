"""Ask a container engine what it has, over the Docker Engine API, which Podman speaks too.

Only questions are sent (``GET``), so that nothing can be changed by them: ``/info``, ``/volumes``,
``/containers/json`` and ``/containers/{id}/json``. Answers are bounded in size and time. Of a
container's environment only ``PGDATA`` is kept; the rest may hold passwords.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from strongroom.errors import EngineError

TIMEOUT_S = 5.0
ANSWER_MAX_S = 30.0
ANSWER_MAX_BYTES = 64 * 1024 * 1024
CONTAINERS_MAX = 1000
_PIECE_BYTES = 256 * 1024
_OK = 200
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_ANONYMOUS_LABEL = "com.docker.volume.anonymous"
_PROJECT = ("com.docker.compose.project", "io.podman.compose.project")
_SERVICE = "com.docker.compose.service"
_VOLUME = "com.docker.compose.volume"
_FILES = "com.docker.compose.project.config_files"
_DIRECTORY = "com.docker.compose.project.working_dir"


@dataclass(frozen=True)
class Volume:
    """A named or anonymous volume of an engine."""

    name: str
    mountpoint: Path | None
    """Its directory on this machine; None where a driver keeps it elsewhere."""
    driver: str = "local"
    created_at: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def project(self) -> str | None:
        """The Compose project that made it."""
        return _first(self.labels, _PROJECT)

    @property
    def compose_name(self) -> str | None:
        """What it is called in the Compose file."""
        return self.labels.get(_VOLUME)

    @property
    def anonymous(self) -> bool:
        """Whether nobody gave it a name: what removes its container may remove it too."""
        return _ANONYMOUS_LABEL in self.labels or _ANONYMOUS.fullmatch(self.name) is not None


@dataclass(frozen=True)
class Mount:
    """What a container sees at one of its paths."""

    kind: str
    """``volume``, ``bind`` or ``tmpfs``."""
    destination: str
    name: str | None = None
    """Of the volume."""
    source: Path | None = None
    """The directory on this machine."""
    writable: bool = True


@dataclass(frozen=True)
class Container:
    """A container of an engine, running or not."""

    id: str
    name: str
    image: str
    state: str
    """``running``, ``exited``, ``created`` and so on, as the engine says."""
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    pgdata: str | None = None
    layer: Path | None = None
    """Where its own writable files lie: they are gone with the container."""
    ports: Mapping[int, int] = field(default_factory=dict)
    """Ports of this machine that lead to its port 5432 or another, by port of this machine."""

    @property
    def running(self) -> bool:
        """Whether it runs, or is only paused."""
        return self.state in {"running", "paused", "restarting"}

    @property
    def project(self) -> str | None:
        """The Compose project that it belongs to."""
        return _first(self.labels, _PROJECT)

    @property
    def service(self) -> str | None:
        """What the Compose file calls it."""
        return self.labels.get(_SERVICE)

    @property
    def compose_files(self) -> tuple[str, ...]:
        """The Compose files that made it."""
        return tuple(one for one in self.labels.get(_FILES, "").split(",") if one)

    @property
    def compose_directory(self) -> str | None:
        """The directory that Compose was run in."""
        return self.labels.get(_DIRECTORY)


@dataclass(frozen=True)
class EngineInfo:
    """What an engine says of itself."""

    name: str | None
    version: str | None
    root: Path | None
    """Its data root on its own machine."""


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
        told = _mapping(self._get("/info"))
        root = told.get("DockerRootDir")
        return EngineInfo(
            name=_text(told.get("Name")),
            version=_text(told.get("ServerVersion")),
            root=Path(root) if isinstance(root, str) and root else None,
        )

    def volumes(self) -> list[Volume]:
        """Every volume, used or not, by name.

        Raises:
            EngineError: it does not answer, or not as an engine does.
        """
        told = _mapping(self._get("/volumes"))
        volumes = [_volume(one) for one in _list(told.get("Volumes"))]
        return sorted((one for one in volumes if one.name), key=lambda one: one.name)

    def containers(self) -> list[Container]:
        """Every container, running or not, by name.

        Raises:
            EngineError: it does not answer, or not as an engine does.
        """
        listed = _list(self._get("/containers/json?all=1"))
        found = [self._container(one) for one in listed[:CONTAINERS_MAX]]
        return sorted(found, key=lambda one: one.name)

    def _container(self, listed: Mapping[str, Any]) -> Container:
        identifier = _text(listed.get("Id")) or ""
        try:
            inspected = _mapping(self._get(f"/containers/{quote(identifier, safe='')}/json"))
        except EngineError:
            inspected = {}  # removed since it was listed
        return _container(identifier, listed, inspected)

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


def _volume(told: Mapping[str, Any]) -> Volume:
    place = told.get("Mountpoint")
    return Volume(
        name=_text(told.get("Name")) or "",
        mountpoint=Path(place) if isinstance(place, str) and place.startswith("/") else None,
        driver=_text(told.get("Driver")) or "local",
        created_at=_text(told.get("CreatedAt")),
        labels=_texts(told.get("Labels")),
        options=_texts(told.get("Options")),
    )


def _container(
    identifier: str, listed: Mapping[str, Any], inspected: Mapping[str, Any]
) -> Container:
    configured = _mapping(inspected.get("Config"))
    names = [one for one in listed.get("Names") or () if isinstance(one, str)]
    layers = _mapping(_mapping(inspected.get("GraphDriver")).get("Data"))
    upper = layers.get("UpperDir")
    return Container(
        id=identifier,
        name=(names[0] if names else identifier[:12]).removeprefix("/"),
        image=_text(listed.get("Image")) or "",
        state=_text(listed.get("State")) or "",
        labels=_texts(listed.get("Labels")),
        mounts=tuple(map(_mount, _list(inspected.get("Mounts") or listed.get("Mounts")))),
        pgdata=pgdata_in(configured.get("Env")),
        layer=Path(upper) if isinstance(upper, str) and upper.startswith("/") else None,
        ports={
            one["PublicPort"]: one["PrivatePort"]
            for one in _list(listed.get("Ports"))
            if isinstance(one.get("PublicPort"), int) and isinstance(one.get("PrivatePort"), int)
        },
    )


def _mount(told: Mapping[str, Any]) -> Mount:
    source = told.get("Source")
    return Mount(
        kind=_text(told.get("Type")) or "bind",
        destination=_text(told.get("Destination")) or "",
        name=_text(told.get("Name")),
        source=Path(source) if isinstance(source, str) and source.startswith("/") else None,
        writable=told.get("RW") is not False,
    )


def pgdata_in(environment: object) -> str | None:
    """The value of ``PGDATA`` in a list of ``NAME=value``; nothing else is read of it."""
    for one in environment if isinstance(environment, list) else ():
        if isinstance(one, str) and one.startswith("PGDATA="):
            return one.removeprefix("PGDATA=") or None
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: object) -> dict[str, str]:
    return {str(name): str(one) for name, one in _mapping(value).items()}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _first(labels: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
