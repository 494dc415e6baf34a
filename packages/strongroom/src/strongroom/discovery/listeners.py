"""Who listens on a port of this machine, also containers that share the machine's network.

An engine lists the ports that it forwards, and none of a container in the network of its machine.
There the listening socket in /proc tells: a process has it open, and its control group, or its
number, says which container's it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from strongroom.discovery.engine_answers import Container

_PROC = Path("/proc")
_LISTENING = "0A"
_STATE, _INODE = 3, 9
"""Columns of /proc/net/tcp."""
_CONTAINER = re.compile(r"[0-9a-f]{64}")


def sockets_by_port(proc: Path = _PROC) -> Mapping[int, set[str]]:
    """The listening sockets of this machine, by port: what a process that has one open names."""
    found: dict[int, set[str]] = {}
    for name in ("net/tcp", "net/tcp6"):
        try:
            lines = (proc / name).read_text(encoding="ascii", errors="replace").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            parts = line.split()
            if len(parts) > _INODE and parts[_STATE] == _LISTENING:
                port = int(parts[1].rpartition(":")[2], 16)
                found.setdefault(port, set()).add(f"socket:[{parts[_INODE]}]")
    return found


def holding(port: int, containers: Sequence[Container], proc: Path = _PROC) -> list[Container]:
    """The running containers that listen on a port of this machine, forwarded or by themselves."""
    running = [one for one in containers if one.running]
    forwarded = [one for one in running if port in one.ports]
    sockets = sockets_by_port(proc).get(port, set())
    by_itself = {_container(process, running) for process in _having_open(sockets, proc)}
    return [one for one in running if one in forwarded or one.id in by_itself]


def _having_open(sockets: Collection[str], proc: Path) -> Iterator[Path]:
    """The processes that have one of these sockets open."""
    for process in _processes(proc) if sockets else ():
        try:
            with os.scandir(process / "fd") as entries:
                opened = [entry.path for entry in entries]
        except OSError:  # it has ended, or is somebody else's
            continue
        if any(_link(one) in sockets for one in opened):
            yield process


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115  no path of a file
    except OSError:
        return ""


def _container(process: Path, running: Sequence[Container]) -> str | None:
    try:
        told = set(_CONTAINER.findall((process / "cgroup").read_text(errors="replace")))
    except OSError:
        told = set()
    for one in running:
        if one.id in told or one.process_id == int(process.name):
            return one.id
    return None


def _processes(proc: Path) -> Iterator[Path]:
    try:
        names = os.listdir(proc)  # noqa: PTH208  names only
    except OSError:
        return
    yield from (proc / name for name in names if name.isdigit())
