"""One place where the data may be, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from strongroom.discovery.cluster import Cluster
from strongroom.discovery.content import TEMPLATES
from strongroom.discovery.control import lsn_text
from strongroom.discovery.engine_answers import Container, Volume

Kind = Literal[
    "volume", "bind_mount", "container_layer", "directory", "server", "database", "backup"
]
"""``server`` answers, and its files are not seen; ``database`` lies on the configured server."""


ROW_BYTES = 64
"""A row with its overhead has at least about so many, so that no count is estimated too low."""


@dataclass(frozen=True)
class Holder:
    """What holds a directory: a volume, a container that mounts it, or both."""

    volume: Volume | None = None
    containers: tuple[Container, ...] = ()
    engine: str | None = None
    """Its address, or the data root that it was read from."""
    inside: str = ""
    """Where in it the cluster lies; empty at its top."""

    @property
    def container(self) -> Container | None:
        """The container that uses it: a running one before others."""
        running = [one for one in self.containers if one.running]
        return next(iter([*running, *self.containers]), None)

    @property
    def project(self) -> str | None:
        """The Compose project that it belongs to."""
        of_containers = [one.project for one in self.containers]
        of_volume = self.volume.project if self.volume else None
        return next((one for one in [of_volume, *of_containers] if one), None)


@dataclass
class DatabaseSeen:
    """One database of a candidate; rows and identity are known only where it was looked into."""

    name: str | None
    size_bytes: int | None = None
    user_bytes: int | None = None
    tables: Mapping[str, int | None] | None = None
    """Exact rows by table; None where counting took too long."""
    newest_at: datetime | None = None
    """The newest time in its columns of times, where that was cheap to ask."""
    database_id: str | None = None
    environment: str | None = None
    incarnation: str | None = None
    newest_mark: int | None = None
    """The number of its newest epoch."""

    @property
    def rows(self) -> int | None:
        """All rows that were counted; None where it was not looked into."""
        if self.tables is None:
            return None
        return sum(rows or 0 for rows in self.tables.values())

    def as_dict(self) -> dict[str, object]:
        """The database as documented for ``--json``."""
        return {
            "name": self.name,
            "size_bytes": self.size_bytes,
            "user_bytes": self.user_bytes,
            "rows": self.rows,
            "tables": None if self.tables is None else dict(self.tables),
            "newest_at": _iso(self.newest_at),
            "database_id": self.database_id,
            "environment": self.environment,
            "incarnation": self.incarnation,
        }


@dataclass
class Candidate:
    """Where the data may be; ``None`` where something is not known or does not apply."""

    kind: Kind
    path: str | None
    """Its directory; of a backup the store; of a server or database its address."""
    cluster: Cluster | None = None
    holder: Holder = field(default_factory=Holder)
    databases: list[DatabaseSeen] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    running: bool | None = None
    major: int | None = None
    system_identifier: int | None = None
    size_bytes: int | None = None
    changed_at: datetime | None = None
    backup_id: str | None = None
    proven: bool | None = None
    """Of a backup: whether a drill has proven it."""
    here: bool = True
    """Whether its path is one of this machine."""
    looked_into: bool = False
    """Whether a server on a copy has told what is in it."""
    pinned: bool = False
    clone: bool = False
    configured: bool = False
    """Whether it is where the configuration says that the data are."""
    change: str | None = None
    """Text to be written into a file, where that brings it back."""
    change_in: str | None = None
    """The file that it is written into."""
    next: str = ""
    """What brings it back, after the change."""
    ends: str | None = None
    """The command of ours that ends it."""
    alternative: str | None = None
    """Another way, without the change."""

    @property
    def rows(self) -> int | None:
        """All rows in it, as far as they were counted."""
        counted = [one.rows for one in self.databases if one.rows is not None]
        return sum(counted) if counted else None

    @property
    def user_bytes(self) -> int:
        """Bytes of tables and indexes that are not PostgreSQL's own, as far as they are known."""
        return sum(one.user_bytes or 0 for one in self.databases)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing or damaged as far as its files tell."""
        return self.cluster is None or self.cluster.whole

    @property
    def advanced(self) -> tuple[int, int]:
        """How far the log of its cluster had come: timeline and position of its checkpoint."""
        control = self.cluster.control if self.cluster else None
        return (control.timeline or 0, control.checkpoint_lsn or 0) if control else (0, 0)

    @property
    def newest_mark(self) -> int:
        """The number of the newest epoch in it; 0 where it was not looked into."""
        return max((one.newest_mark or 0 for one in self.databases), default=0)

    @property
    def as_of(self) -> datetime | None:
        """How new the data in it are: its last checkpoint, which a copy of files does not move."""
        checkpoint = self.cluster.control.checkpoint_at if self.cluster else None
        return checkpoint or self.changed_at

    @property
    def content(self) -> int:
        """How much is in it, by one measure: rows, where not counted what its bytes could hold."""
        return self.rows if self.rows is not None else self.user_bytes // ROW_BYTES

    def way(self, addressed: Callable[[str], str] = str) -> str:
        """What to do, and the command that ends it; ``addressed`` completes commands of ours."""
        return ", then ".join(addressed(one) for one in (self.next, self.ends) if one)

    def as_dict(self) -> dict[str, object]:
        """The candidate as documented for ``--json``; identifiers exceed its numbers: as text."""
        control = self.cluster.control if self.cluster else None
        container = self.holder.container
        return {
            "kind": self.kind,
            "path": self.path,
            "volume": self.holder.volume.name if self.holder.volume else None,
            "project": self.holder.project,
            "container": container.name if container else None,
            "engine": self.holder.engine,
            "major": self.major,
            "system_identifier": None
            if self.system_identifier is None
            else str(self.system_identifier),
            "state": control.state if control else None,
            "checkpoint_at": _iso(control.checkpoint_at if control else None),
            "checkpoint_lsn": lsn_text(control.checkpoint_lsn) if control else None,
            "timeline": control.timeline if control else None,
            "size_bytes": self.size_bytes,
            "user_bytes": self.user_bytes if self.cluster else None,
            "changed_at": _iso(self.changed_at),
            "owner": self.cluster.owner if self.cluster else None,
            "running": self.running,
            "backup_id": self.backup_id,
            "proven": self.proven,
            "looked_into": self.looked_into,
            "configured": self.configured,
            "pinned": self.pinned,
            "clone": self.clone,
            "databases": [one.as_dict() for one in self.databases],
            "problems": list(self.problems),
            "change": self.change,
            "change_in": self.change_in,
            "next": self.way(),
            "alternative": self.alternative,
        }


def candidate_of(
    cluster: Cluster, kind: Kind, holder: Holder | None = None, *, configured: bool = False
) -> Candidate:
    """A cluster that was read, as a candidate."""
    holder = holder or Holder()
    in_container = holder.container is not None and holder.container.running
    running = cluster.running
    if running is not True and in_container and cluster.port is not None:
        running = True  # its process is hidden from us, and its container runs
    content = cluster.content
    return Candidate(
        kind=kind,
        path=str(cluster.path),
        cluster=cluster,
        holder=holder,
        databases=[
            DatabaseSeen(one.name, one.size_bytes, one.user_bytes)
            for one in content.databases
            if one.name not in TEMPLATES and (one.name is not None or one.user_bytes)
        ],
        problems=list(cluster.problems),
        running=running,
        major=cluster.major,
        system_identifier=cluster.system_identifier,
        size_bytes=content.size_bytes,
        changed_at=content.changed_at,
        configured=configured,
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
