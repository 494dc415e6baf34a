"""PostgreSQL servers that run on this machine, seen in /proc: also those in containers.

A server works in its data directory, so that the directory of its process tells, by device and
number, which one it serves; the number in ``postmaster.pid`` does not, for in a container it counts
within that container.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PROC = Path("/proc")
_NAMES = {"postgres", "postmaster"}
Place = tuple[int, int]
"""A directory, whatever it is called: its device and its number there."""


@dataclass(frozen=True)
class Processes:
    """The servers that were seen: their processes by the directory that they work in."""

    serving: Mapping[Place, int] = field(default_factory=dict)
    """The lowest process number in each directory: the server's own, in almost every case."""
    hidden: int = 0
    """Processes of PostgreSQL that another user owns and that we may not look into."""

    def serves(self, directory: Path) -> int | None:
        """The server's process in a directory; None where none was seen."""
        place = place_of(directory)
        return None if place is None else self.serving.get(place)


def running_processes(proc: Path = _PROC) -> Processes:
    """Look at every process once."""
    serving: dict[Place, int] = {}
    hidden = 0
    for number in sorted(_numbers(proc)):
        if not _is_postgres(proc / str(number)):
            continue
        place = place_of(proc / str(number) / "cwd")
        if place is None:
            hidden += 1
        else:
            serving.setdefault(place, number)
    return Processes(serving, hidden)


def place_of(directory: Path) -> Place | None:
    """Device and number of a directory; None where it cannot be looked at."""
    try:
        found = directory.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _numbers(proc: Path) -> Iterable[int]:
    try:
        return [int(name) for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208  names only
    except OSError:
        return []


def _is_postgres(process: Path) -> bool:
    try:
        if (process / "comm").read_text(errors="replace").strip() not in _NAMES:
            return False
        state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}
