"""What a container engine answers: volumes, containers, mounts, and files in archives.

Whatever it says may be missing or of another shape, and then counts as nothing. Of a container's
environment only ``PGDATA`` is kept; the rest may hold passwords.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    engine: str | None = None
    """The address of its engine."""
    process_id: int | None = None
    """Its first process, as this machine counts them."""
    in_host_network: bool = False
    """Whether its ports are those of the machine that its engine runs on."""

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


def name_in_project(container: Container, mount: Mount) -> str | None:
    """What the Compose file of a container calls the volume of a mount; None where it has none."""
    prefix = f"{container.project}_"
    if container.project is None or mount.name is None or not mount.name.startswith(prefix):
        return None
    return mount.name.removeprefix(prefix)


@dataclass(frozen=True)
class EngineInfo:
    """What an engine says of itself."""

    name: str | None
    version: str | None
    root: Path | None
    """Its data root on its own machine."""


def volume_from(told: Mapping[str, Any]) -> Volume:
    """A volume as the engine lists it."""
    place = told.get("Mountpoint")
    return Volume(
        name=text_of(told.get("Name")) or "",
        mountpoint=Path(place) if isinstance(place, str) and place.startswith("/") else None,
        driver=text_of(told.get("Driver")) or "local",
        created_at=text_of(told.get("CreatedAt")),
        labels=_texts(told.get("Labels")),
        options=_texts(told.get("Options")),
    )


def container_from(
    identifier: str, listed: Mapping[str, Any], inspected: Mapping[str, Any], engine: str
) -> Container:
    """A container as it is listed, with what asking for it alone adds."""
    configured = mapping_of(inspected.get("Config"))
    names = [one for one in listed.get("Names") or () if isinstance(one, str)]
    layers = mapping_of(mapping_of(inspected.get("GraphDriver")).get("Data"))
    upper = layers.get("UpperDir")
    process_id = mapping_of(inspected.get("State")).get("Pid")
    return Container(
        id=identifier,
        name=(names[0] if names else identifier[:12]).removeprefix("/"),
        image=text_of(listed.get("Image")) or "",
        state=text_of(listed.get("State")) or "",
        labels=_texts(listed.get("Labels")),
        mounts=tuple(map(_mount, list_of(inspected.get("Mounts") or listed.get("Mounts")))),
        pgdata=pgdata_in(configured.get("Env")),
        layer=Path(upper) if isinstance(upper, str) and upper.startswith("/") else None,
        ports={
            one["PublicPort"]: one["PrivatePort"]
            for one in list_of(listed.get("Ports"))
            if isinstance(one.get("PublicPort"), int) and isinstance(one.get("PrivatePort"), int)
        },
        engine=engine,
        in_host_network=mapping_of(inspected.get("HostConfig")).get("NetworkMode") == "host",
        process_id=process_id if isinstance(process_id, int) and process_id > 0 else None,
    )


def first_file(archive: bytes, limit: int) -> bytes | None:
    """The first member of a tar archive, where it is a plain file."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as members:
            first = members.next()
            if first is None or not first.isreg():
                return None
            file = members.extractfile(first)
            return file.read(limit) if file else None
    except (tarfile.TarError, EOFError, ValueError):
        return None


def _mount(told: Mapping[str, Any]) -> Mount:
    source = told.get("Source")
    return Mount(
        kind=text_of(told.get("Type")) or "bind",
        destination=text_of(told.get("Destination")) or "",
        name=text_of(told.get("Name")),
        source=Path(source) if isinstance(source, str) and source.startswith("/") else None,
        writable=told.get("RW") is not False,
    )


def pgdata_in(environment: object) -> str | None:
    """The value of ``PGDATA`` in a list of ``NAME=value``; nothing else is read of it."""
    for one in environment if isinstance(environment, list) else ():
        if isinstance(one, str) and one.startswith("PGDATA="):
            return one.removeprefix("PGDATA=") or None
    return None


def mapping_of(value: object) -> Mapping[str, Any]:
    """An object of JSON; empty where it is another value."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: object) -> dict[str, str]:
    return {str(name): str(one) for name, one in mapping_of(value).items()}


def text_of(value: object) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def _first(labels: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)
