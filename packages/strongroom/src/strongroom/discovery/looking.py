"""Look into a candidate: by a server of ours for a moment, on a copy of its files.

The original is only read. What cannot be looked into says why, and stays as its files tell of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg

from strongroom.discovery.candidates import Candidate
from strongroom.discovery.cluster import Cluster, default_budget
from strongroom.discovery.content import measure
from strongroom.discovery.reading import databases_of, said, seen_in, without_triggers
from strongroom.errors import DiscoveryError, NoSpaceError, StrongroomError
from strongroom.postgres.connections import connect
from strongroom.progress import SILENT, Progress
from strongroom.server.binaries import find_binaries
from strongroom.server.scratch import scratch_copy

WORKING_ROOM_BYTES = 128 * 1024 * 1024
"""A server that recovers writes log of its own beside the copy."""


def look_into(candidate: Candidate, scratch: Path, *, progress: Progress = SILENT) -> None:
    """Fill in what the databases of a candidate hold; where that fails, its problems say why.

    Args:
        candidate: a cluster at rest; others are left as they are.
        scratch: where the copy is made, and removed again.
        progress: is told when a copy is made.
    """
    if (why := _cannot(candidate)) is not None:
        candidate.problems.append(f"not looked into: {why}")
        return
    try:
        _look(candidate, scratch, progress)
    except (StrongroomError, OSError) as error:
        candidate.problems.append(f"could not be looked into: {_first_line(error)}")


def _cannot(candidate: Candidate) -> str | None:
    if candidate.cluster is None or not candidate.here:
        return "its files are not seen from here"
    if candidate.running is not False:
        return "its server runs, and a copy of its files would not be whole"
    if not candidate.whole:
        return "it is not whole"
    content = candidate.cluster.content
    if content.special or not content.complete:
        strange = f"{content.special[0]} is no file" if content.special else "it was not read whole"
        return f"{strange}, so that a copy might never end"
    return None


def _linked_bytes(cluster: Cluster) -> int:
    """How much lies behind the links of a cluster, all of which a copy has to follow.

    Raises:
        DiscoveryError: one leads nowhere, back into it, or to more links.
    """
    total = 0
    for link in cluster.content.links:
        inside = link.relative_to(cluster.path).parts
        own = inside == ("pg_wal",) or inside[:-1] == ("pg_tblspc",)
        target = link.resolve()
        behind = measure(target, default_budget()) if own and target.is_dir() else None
        if (
            behind is None
            or not behind.complete
            or behind.links
            or behind.special
            or (cluster.path.resolve().is_relative_to(target))
        ):
            raise DiscoveryError(
                f"the link {link} cannot be followed, so that a copy would not be whole",
                next_step=f"strongroom find --look, when {link} leads where its server had it",
            )
        total += behind.size_bytes
    return total


def _look(candidate: Candidate, scratch: Path, progress: Progress) -> None:
    find_binaries(candidate.major)  # before anything is copied
    _require_room(candidate, scratch)
    with scratch_copy(Path(str(candidate.path)), scratch, progress=progress) as server:
        conninfo = without_triggers(server.administrator(), candidate.major)
        with connect(conninfo) as connection:
            names = databases_of(connection)
        seen = []
        for name in names:
            try:
                seen.append(seen_in(conninfo, name))
            except (StrongroomError, psycopg.Error) as error:
                candidate.problems.append(f"database {name}: {said(error)}")
    sizes = {one.name: one.user_bytes for one in candidate.databases}
    for one in seen:
        one.user_bytes = sizes.get(one.name)
    candidate.databases, candidate.looked_into = seen, True
    progress.step("find.looked")


def _require_room(candidate: Candidate, scratch: Path) -> None:
    """Refuse a copy that would not fit: it may not fill the disk of what it looks at."""
    there = next(one for one in (scratch, *scratch.parents) if one.exists())
    linked = _linked_bytes(candidate.cluster) if candidate.cluster else 0
    needed = (candidate.size_bytes or 0) + linked + WORKING_ROOM_BYTES
    free = shutil.disk_usage(there).free
    if free < needed:
        raise NoSpaceError(
            f"a copy needs {needed // 10**6} MB in {scratch}, and {free // 10**6} MB are free",
            next_step="the same with --scratch DIRECTORY, on a disk with more room",
        )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
