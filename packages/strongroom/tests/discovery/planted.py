"""What the tests of discovery share: copies of clusters, and what a directory looks like before."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from strongroom.server.os_user import server_user

MAJORS = (15, 16, 18)
ROWS = {15: 1_500, 16: 160, 18: 18}
"""How many rows the table of each version's cluster has."""

Made = Callable[[int], Path]


def copy(cluster: Path, target: Path) -> Path:
    """Copy a cluster with owners, rights and times; a server may run on the copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-aT", "--reflink=auto", cluster, target], check=True)
    return target


def plant(cluster: Path, target: Path) -> Path:
    """Put a cluster somewhere, its files as further links: for whoever reads it only."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-alT", cluster, target], check=True)
    return target


def rewrite(path: Path, data: bytes) -> None:
    """Change a file of a planted cluster without changing that of the others."""
    path.unlink()
    path.write_bytes(data)


def everything_in(*roots: Path) -> dict[str, tuple[str, int, int]]:
    """Every name below some directories: what it holds, its rights, and when it was changed."""
    read: dict[int, str] = {}
    everything = {}
    for path in (one for root in roots for one in (root, *root.rglob("*"))):
        found = path.lstat()
        if found.st_ino not in read:  # what is planted has many names
            read[found.st_ino] = _content(path)
        everything[str(path)] = (read[found.st_ino], found.st_mode, found.st_mtime_ns)
    return everything


def _content(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


@contextmanager
def as_another_user() -> Iterator[None]:
    """Have no more rights than PostgreSQL's own user has."""
    before = os.geteuid()
    os.seteuid(server_user().uid)
    try:
        yield
    finally:
        os.seteuid(before)
