"""What the container engine has where a compose file would keep its data. Only questions are asked.

For each database of a project: the volume or directory that it would use now, whether it is there,
what is in it, whether the pin knows it, and which volumes of a like name hold more.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from strongroom.audit.databases import Database
from strongroom.discovery import (
    Cluster,
    Volume,
    clusters_in,
    read_cluster,
)
from strongroom.discovery.knowledge import Knowledge

Standing = Literal["pinned", "clone", "other", "empty", "absent", "unseen"]
"""``other``: a cluster that the pin does not know, or whatever, where there is no pin.
``unseen``: it is there, and nobody here may look into it."""

SIMILAR = 0.75
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
        """Whether there are tables of users in it, or may be: some can only be seen from far."""
        if self.cluster is None:
            return False
        content = self.cluster.content
        return content.user_bytes > EMPTY_MAX_BYTES or not content.complete


@dataclass
class EngineView:
    """An engine with its volumes, and what is known of the pinned databases."""

    address: str
    volumes: Mapping[str, Volume]
    knowledge: Sequence[Knowledge]
    is_local: bool = True
    """Whether its directories are those of this machine."""
    through: Callable[[Volume], Cluster | None] = lambda _: None
    """Reads a volume through the engine, where its files cannot be read from here."""
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
        if "$" in (mount.volume or mount.source):  # a variable that only the caller has
            return None
        if mount.kind == "bind":
            if not self.is_local:
                return Place(mount.source, None, exists=True)
            return Place(mount.source, Path(mount.source), _is_there(Path(mount.source)))
        name = mount.volume or mount.source
        volume = self.volumes.get(name)
        declared = database.project.volumes.get(mount.source)
        device = declared.options.get("device") if declared is not None else None
        if volume is None:
            return Place(name, None, exists=False)
        directory = Path(device) if device and device.startswith("/") else volume.mountpoint
        return Place(name, directory if self.is_local else None, exists=True)

    def _look(self, database: Database, place: Place) -> tuple[Standing, Cluster | None]:
        if not place.exists:
            return "absent", None
        cluster, is_seen = self._cluster_at(database, place)
        if not is_seen:
            volume = self.volumes.get(place.name)
            cluster = self.through(volume) if volume is not None else None
            if cluster is None:
                return "unseen", None
        return ("empty", None) if cluster is None else (self._standing(cluster), cluster)

    def _cluster_at(self, database: Database, place: Place) -> tuple[Cluster | None, bool]:
        """The cluster where the service looks for it, and whether anybody here may know."""
        mount = database.mount
        if place.directory is None or mount is None:
            return None, False
        inner = PurePosixPath(database.data_directory).relative_to(mount.target)
        try:
            if not _is_directory(place.directory):  # of an engine in a machine of its own
                return None, False
            path = place.directory / inner
            return (read_cluster(path) if _is_directory(path) else None), True
        except OSError:
            return None, False

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
            like = one.standing == "clone" or are_alike(name, place.name)
            if one.standing == "pinned" or (like and one.user_bytes > max(held, EMPTY_MAX_BYTES)):
                found.append(one)
        order = {"pinned": 2, "clone": 1}
        found.sort(key=lambda one: (order.get(one.standing, 0), one.user_bytes), reverse=True)
        return tuple(found)

    def _cluster_in(self, volume: Volume) -> Cluster | None:
        if volume.name not in self._clusters:
            self._clusters[volume.name] = self._largest_in(volume)
        return self._clusters[volume.name]

    def _largest_in(self, volume: Volume) -> Cluster | None:
        try:
            here = volume.mountpoint if self.is_local else None
            if here is None or not _is_directory(here):
                return self.through(volume)
            clusters = clusters_in(here)[0]
        except OSError:
            return self.through(volume)
        return max(clusters, key=lambda one: one.content.user_bytes, default=None)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no directory can have
        return False


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
