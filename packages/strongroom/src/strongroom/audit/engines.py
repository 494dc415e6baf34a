"""What the container engine has where a compose file would keep its data. Only questions are asked.

For each database of a project: the volume or directory that it would use now, whether it is there,
what is in it, whether the pin knows it, and which volumes of a like name hold more.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from strongroom.audit.databases import Database
from strongroom.config import Configuration
from strongroom.discovery import (
    Cluster,
    EngineAddress,
    Volume,
    clusters_in,
    engine_addresses,
    read_cluster,
)
from strongroom.discovery.knowledge import Knowledge, knowledge_of
from strongroom.errors import EngineError

Standing = Literal["pinned", "clone", "other", "empty", "absent", "unseen"]
"""``other``: a cluster that the pin does not know, or whatever, where there is no pin.
``unseen``: it is there, and nobody here may look into it."""

SIMILAR = 0.75
_DEFAULT_SOCKET = "unix:///var/run/docker.sock"
EMPTY_MAX_BYTES = 64 * 1024
"""A cluster without tables of users has no more than this in them."""


@dataclass(frozen=True)
class Place:
    """Where a database would keep its data now: ``name`` is a volume's or a directory's."""

    name: str
    directory: Path | None
    exists: bool


@dataclass(frozen=True)
class Neighbour:
    """A volume with a cluster in it; ``pinned``: the pin knows it."""

    volume: Volume
    cluster: Cluster
    standing: Standing

    @property
    def user_bytes(self) -> int:
        """Bytes of tables of users."""
        return self.cluster.content.user_bytes

    def as_dict(self) -> dict[str, object]:
        """The volume as documented for ``--json``."""
        return {
            "volume": self.volume.name,
            "project": self.volume.project,
            "standing": self.standing,
            "user_bytes": self.user_bytes,
            "major": self.cluster.major,
            "system_identifier": str(self.cluster.system_identifier or ""),
        }


@dataclass(frozen=True)
class Seen:
    """A database's place, and how it stands; ``neighbours``: what holds more, the most first."""

    database: Database
    place: Place
    standing: Standing
    cluster: Cluster | None
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def has_rows(self) -> bool:
        """Whether there are tables of users in it."""
        return self.cluster is not None and self.cluster.content.user_bytes > EMPTY_MAX_BYTES


@dataclass
class EngineView:
    """An engine with its volumes, and what is known of the pinned databases."""

    address: str
    volumes: Mapping[str, Volume]
    knowledge: Sequence[Knowledge]
    _clusters: dict[str, Cluster | None] = field(default_factory=dict)

    @property
    def knows(self) -> bool:
        """Whether there is anything by which the right cluster can be told."""
        return any(one.current or one.earlier for one in self.knowledge)

    @property
    def pinned(self) -> bool:
        """Whether a pin says which database is expected."""
        return any(one.pinned for one in self.knowledge)

    def seen(self, database: Database) -> Seen | None:
        """Look at the place of a database; None where it has none that outlives its container."""
        place = self._place(database)
        if place is None:
            return None
        standing, cluster = self._look(database, place)
        return Seen(database, place, standing, cluster, self._neighbours(place, cluster))

    def _place(self, database: Database) -> Place | None:
        mount = database.mount
        if mount is None or mount.source is None or mount.kind not in {"volume", "bind"}:
            return None
        if mount.kind == "bind":
            return Place(mount.source, Path(mount.source), Path(mount.source).exists())
        name = mount.volume or mount.source
        volume = self.volumes.get(name)
        declared = database.project.volumes.get(mount.source)
        device = declared.options.get("device") if declared is not None else None
        if volume is None:
            return Place(name, None, exists=False)
        directory = Path(device) if device and device.startswith("/") else volume.mountpoint
        return Place(name, directory, exists=True)

    def _look(self, database: Database, place: Place) -> tuple[Standing, Cluster | None]:
        if not place.exists:
            return "absent", None
        if place.directory is None or database.mount is None:
            return "unseen", None
        inner = PurePosixPath(database.data_directory).relative_to(database.mount.target)
        path = place.directory / inner
        try:
            if not _is_directory(path):
                return "empty", None
            cluster = read_cluster(path)
        except OSError:
            return "unseen", None
        if cluster is None:
            return "empty", None
        return self._standing(cluster), cluster

    def _standing(self, cluster: Cluster) -> Standing:
        identifier = cluster.system_identifier
        if any(identifier in one.current for one in self.knowledge):
            return "pinned"
        if any(identifier in one.earlier for one in self.knowledge):
            return "clone"
        return "other"

    def _neighbours(self, place: Place, own: Cluster | None) -> tuple[Neighbour, ...]:
        """Volumes that the pin knows, or of a like name, that hold more than the place itself."""
        held = own.content.user_bytes if own is not None else 0
        found = []
        for name, volume in self.volumes.items():
            if name == place.name:
                continue
            cluster = self._cluster_in(volume)
            if cluster is None:
                continue
            one = Neighbour(volume, cluster, self._standing(cluster))
            like = one.standing in {"pinned", "clone"} or are_alike(name, place.name)
            if like and one.user_bytes > max(held, EMPTY_MAX_BYTES):
                found.append(one)
        order = {"pinned": 2, "clone": 1}
        found.sort(key=lambda one: (order.get(one.standing, 0), one.user_bytes), reverse=True)
        return tuple(found)

    def _cluster_in(self, volume: Volume) -> Cluster | None:
        if volume.name not in self._clusters:
            try:
                clusters = clusters_in(volume.mountpoint)[0] if volume.mountpoint else []
            except OSError:
                clusters = []
            best = max(clusters, key=lambda one: one.content.user_bytes, default=None)
            self._clusters[volume.name] = best
        return self._clusters[volume.name]


def _is_directory(path: Path) -> bool:
    """Whether a directory is there.

    Raises:
        OSError: nobody here may know.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return path.is_dir()


def are_alike(name: str, other: str) -> bool:
    """Whether two names of volumes look like one that was renamed."""
    last, its_last = name.rpartition("_")[2], other.rpartition("_")[2]
    same_key = last == its_last and "_" in name and "_" in other
    ends = name.endswith(f"_{other}") or other.endswith(f"_{name}")
    plain, its_plain = (one.replace("-", "_") for one in (name, other))
    return same_key or ends or difflib.SequenceMatcher(None, plain, its_plain).ratio() >= SIMILAR


def view_of(
    configurations: Sequence[Configuration],
    environment: Mapping[str, str],
    *,
    host: str | None = None,
) -> EngineView:
    """Ask the engine that Compose would use.

    Raises:
        EngineError: there is none, or it does not answer.
    """
    address = EngineAddress(host, "-H") if host else _chosen(environment)
    if address is None:
        raise EngineError(
            "No container engine was found on this machine.",
            next_step="start it, or set DOCKER_HOST to its address",
        )
    volumes = {one.name: one for one in address.engine().volumes()}
    knowledge = [knowledge_of(one) for one in configurations]
    return EngineView(address.address, volumes, knowledge)


def _chosen(environment: Mapping[str, str]) -> EngineAddress | None:
    """The engine that Compose would take: DOCKER_HOST, the chosen context, the usual socket."""
    found = engine_addresses(environment)
    by_origin = {one.origin: one for one in found}
    if "DOCKER_HOST" in by_origin:
        return by_origin["DOCKER_HOST"]
    context = environment.get("DOCKER_CONTEXT") or _current_context(environment)
    if context and context != "default":
        return by_origin.get(f"context {context}")
    usual = next((one for one in found if one.address == _DEFAULT_SOCKET), None)
    return usual or next((one for one in found if one.origin == "socket"), None)


def _current_context(environment: Mapping[str, str]) -> str | None:
    directory = environment.get("DOCKER_CONFIG") or Path.home() / ".docker"
    try:
        document = json.loads((Path(directory) / "config.json").read_text(encoding="utf-8"))
        found = document.get("currentContext")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None
