"""Read a cluster through its engine, where its files cannot be read from here.

That is so for users who may speak to the engine and not read its data root, for engines in a
virtual machine, and for far ones. The engine hands out single files of a container, running or
not, as ``docker cp`` has them; of a volume that no container uses it hands out nothing.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from strongroom.discovery.candidates import Candidate, Holder, candidate_of
from strongroom.discovery.cluster import Cluster, major_in
from strongroom.discovery.content import Content
from strongroom.discovery.control import READ_BYTES, parse_control
from strongroom.discovery.engine import Engine
from strongroom.discovery.engine_answers import Container, Mount
from strongroom.errors import EngineError

_VERSION_BYTES = 64
_BELOW = (".", "data", "pgdata", "18/docker", "19/docker")
"""Where in a mount the images keep their data."""
NOT_MEASURED = "it was read through its engine: size and content are not known"


def read_through(engine: Engine, holder: Holder) -> Candidate | None:
    """The cluster in a volume, as one of its containers shows it; None where none does."""
    volume = holder.volume
    for container in holder.containers:
        for mount in container.mounts:
            if volume is not None and mount.name == volume.name:
                cluster = _in_mount(engine, container, mount)
                if cluster is not None:
                    inside = PurePosixPath(cluster.path).relative_to(mount.destination).as_posix()
                    within = "" if inside == "." else inside
                    place = Holder(volume, holder.containers, holder.engine, within)
                    candidate = candidate_of(cluster, "volume", place)
                    candidate.path = f"{container.name}:{cluster.path}"
                    candidate.here = False
                    candidate.size_bytes = None
                    return candidate
    return None


def _in_mount(engine: Engine, container: Container, mount: Mount) -> Cluster | None:
    for directory in _directories(container, mount):
        try:
            version = engine.file(container, f"{directory}/PG_VERSION", _VERSION_BYTES)
            if version is None:
                continue
            control = engine.file(container, f"{directory}/global/pg_control", READ_BYTES)
        except EngineError:
            return None  # told where the engine was asked for its volumes
        missing = () if control else ("global/pg_control",)
        read = parse_control(control or b"")
        major, problems = major_in(version)
        return Cluster(
            path=Path(directory),
            major=major,
            control=read,
            content=Content(complete=False),
            owner=None,
            running=container.running,
            missing=missing,
            problems=(*problems, *read.problems, NOT_MEASURED),
        )
    return None


def _directories(container: Container, mount: Mount) -> list[str]:
    top = PurePosixPath(mount.destination)
    places = [str(top / one) for one in _BELOW]
    own = container.pgdata
    if own and PurePosixPath(own).is_relative_to(top):
        places.insert(0, str(PurePosixPath(own)))
    return list(dict.fromkeys(places))
