"""A resolved project: what Compose would run, and on which volumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from strongroom.audit.compose.interpolation import Unset
from strongroom.audit.compose.values import Place, Table

NameSource = Literal["option", "environment", "name", "directory"]


@dataclass(frozen=True)
class Mount:
    """What a service sees at ``target``.

    ``kind``: volume, bind, tmpfs, or another of Compose's. ``source``: the absolute path of a
    bind, the key of a volume; None for an anonymous one. ``volume``: the volume's real name.
    ``written``: the source as the file has it.
    """

    kind: str
    source: str | None
    target: str
    place: Place
    read_only: bool = False
    volume: str | None = None
    written: str | None = None
    short: str | None = None


@dataclass(frozen=True)
class Setting:
    """A variable of a service's environment; ``raw`` before variables were put in."""

    name: str
    value: str | None
    raw: str
    place: Place


@dataclass(frozen=True)
class Service:
    """One service, everything merged."""

    name: str
    table: Table
    mounts: tuple[Mount, ...]
    environment: Mapping[str, Setting]
    profiles: tuple[str, ...]

    @property
    def place(self) -> Place:
        """Where the service begins."""
        return self.table.place

    @property
    def image(self) -> str:
        """Its image; empty where it is built."""
        image = self.table.get("image")
        return image if isinstance(image, str) else ""

    def where(self, key: str) -> Place:
        """The place of one of its keys."""
        return self.table.where(key)

    def value(self, name: str) -> str:
        """A variable of its environment, empty where it has none."""
        setting = self.environment.get(name)
        return (setting.value or "") if setting is not None else ""


@dataclass(frozen=True)
class Volume:
    """A volume of the project. ``name`` is the real one; ``named``: the file says it."""

    key: str
    name: str
    external: bool
    named: bool
    place: Place
    driver: str
    options: Mapping[str, str]
    declared: bool = True


@dataclass(frozen=True)
class Project:
    """A whole project. ``files``: those it was made of; ``read``: with all they led to."""

    name: str
    name_source: NameSource
    directory: Path
    files: tuple[Path, ...]
    read: tuple[Path, ...]
    services: Mapping[str, Service]
    volumes: Mapping[str, Volume]
    document: Table
    environment: Mapping[str, str]
    unset: tuple[Unset, ...] = ()
    profiles: frozenset[str] = field(default_factory=frozenset)

    def is_active(self, service: Service) -> bool:
        """Whether its profiles let it start."""
        wanted = set(service.profiles)
        return not wanted or "*" in self.profiles or bool(wanted & self.profiles)

    @property
    def fixes_name(self) -> bool:
        """Whether the files themselves say the project's name."""
        return "name" in self.document
