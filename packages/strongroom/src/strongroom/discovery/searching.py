"""Search a directory for clusters, whatever they are called and however deep they lie.

The nearest directories come first, so that a search which ends by its budget has seen what matters.
A link is looked at where it leads and not walked through: no loop is entered, and no search leaves
the directory that it was given.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.discovery.cluster import PARTS, Cluster, default_budget, is_cluster, read_cluster
from strongroom.discovery.processes import Place, Processes, place_of, running_processes
from strongroom.discovery.quiet import Budget, entries_of

DEPTH_MAX = 12
_NO_DATA = frozenset({"node_modules", ".git", "__pycache__", "overlay2", "site-packages"})
"""Directories with many files and no cluster; layers of containers are looked at one by one."""
_NOT_ON_A_DISK = frozenset({Path("/proc"), Path("/sys"), Path("/dev")})
_OURS_FOR_A_MOMENT = re.compile(r"scratch-[0-9a-f]{12}")
"""Scratch servers and copies that are being looked into."""
_OF_A_CLUSTER = frozenset({"base", "global", "log", "pg_log"})


@dataclass(frozen=True)
class Unreadable:
    """A place that could not be looked into, and why."""

    path: str
    why: str

    def as_dict(self) -> dict[str, str]:
        """The place as documented for ``--json``."""
        return {"path": self.path, "why": self.why}


@dataclass
class Searched:
    """What a search came upon."""

    clusters: list[Path] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    complete: bool = True
    """Whether the search came to its end before its budget did."""


@dataclass
class _Listed:
    """What matters of one directory's entries, of which there may be a million."""

    parts: set[str] = field(default_factory=set)
    directories: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


Seen = dict[Place, int]
"""The directories that were searched, and how many levels below each."""


def search(
    root: Path,
    budget: Budget,
    *,
    depth_max: int = DEPTH_MAX,
    seen: Seen | None = None,
    follow_links: bool = True,
) -> Searched:
    """Find the directories below ``root``, itself included, that are clusters, whole or half.

    Args:
        root: where to begin; one that is not there holds nothing.
        budget: ends the search.
        depth_max: how far down it goes.
        seen: what was searched already, at least as deep; this search is added to it.
        follow_links: whether clusters that links lead to are found; those in a container's files
            lead somewhere else there than here.
    """
    found, seen = Searched(), {} if seen is None else seen
    waiting = deque([(root, 0)])
    while waiting and not budget.spent:
        directory, depth = waiting.popleft()
        place = place_of(directory)
        levels = depth_max - depth
        if directory in _NOT_ON_A_DISK or (place and seen.get(place, -1) >= levels):
            continue
        if place is not None:
            seen[place] = levels
        listed = _listed(directory, budget, found)
        if listed is None:
            continue
        within = is_cluster(listed.parts)
        if within:
            found.clusters.append(directory)
        if follow_links:
            found.clusters += _led_to(directory, listed.links, budget, seen)
        if depth < depth_max:
            names = [one for one in sorted(listed.directories) if _may_hold(one, within=within)]
            waiting += [(directory / one, depth + 1) for one in names]
    found.complete = not budget.spent
    return found


def clusters_in(
    root: Path, *, budget: Budget | None = None, processes: Processes | None = None
) -> tuple[list[Cluster], Searched]:
    """Every cluster below a directory (a volume's, say), read; and what the search came upon."""
    budget = budget or default_budget()
    processes = processes or running_processes()
    searched = search(root, budget)
    clusters = []
    for path in searched.clusters:
        try:
            cluster = read_cluster(path, budget=budget, processes=processes)
        except OSError as error:
            searched.unreadable.append(Unreadable(str(path), error.strerror or "unreadable"))
            continue
        if cluster is not None:
            clusters.append(cluster)
    return clusters, searched


def _listed(directory: Path, budget: Budget, found: Searched) -> _Listed | None:
    listed = _Listed()
    try:
        with entries_of(directory) as entries:
            for entry in entries:
                if not budget.take():
                    break
                if entry.name in PARTS:
                    listed.parts.add(entry.name)
                if entry.is_symlink():
                    listed.links.append(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    listed.directories.append(entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        found.unreadable.append(Unreadable(str(directory), error.strerror or "unreadable"))
        return None
    return listed


def _led_to(directory: Path, links: list[str], budget: Budget, seen: Seen) -> list[Path]:
    """Clusters that links lead to, by their own paths; what a link of a cluster leads to is its."""
    clusters = []
    for name in sorted(links):
        if name in PARTS:
            continue
        target = _resolved(directory / name)
        place = None if target is None else place_of(target)
        if target is None or place is None or place in seen:
            continue
        listed = _listed(target, budget, Searched())
        if listed is not None and is_cluster(listed.parts):
            seen[place] = 0
            clusters.append(target)
    return clusters


def _resolved(link: Path) -> Path | None:
    try:
        target = link.resolve(strict=True)
        return target if target.is_dir() else None
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return None


def _may_hold(name: str, *, within: bool) -> bool:
    """Whether a directory of this name is searched; within a cluster, none of PostgreSQL's own."""
    if name in _NO_DATA or _OURS_FOR_A_MOMENT.fullmatch(name):
        return False
    return not (within and (name in _OF_A_CLUSTER or name.startswith("pg_")))
