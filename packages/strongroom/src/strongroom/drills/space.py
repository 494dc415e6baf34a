"""Whether there is room for loading a backup: asked before anything is started."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from strongroom.backups.manifest import Manifest
from strongroom.backups.physical import chain_of
from strongroom.config import Configuration
from strongroom.errors import NoSpaceError

FreeBytes = Callable[[Path], int]

# A fresh cluster holds about 40 MB before the first row; the write-ahead log of a load stays
# under max_wal_size, of which a scratch or restored server is given this much.
CLUSTER_BYTES = 64 * 2**20
WAL_BYTES = 512 * 2**20
# Indexes are rebuilt through sort files as large as the largest of them.
GROWTH = 1.25


def needed_bytes(database_size_bytes: int) -> int:
    """Room that loading a database of this size takes at its peak, in bytes."""
    return int(database_size_bytes * GROWTH) + CLUSTER_BYTES + WAL_BYTES


def needed_for(configuration: Configuration, manifest: Manifest) -> int:
    """Room that bringing this backup back takes at its peak, the parts of a chain included."""
    if manifest.physical is None:
        return needed_bytes(manifest.database_size_bytes)
    chain = chain_of(configuration, manifest)
    cluster_bytes = chain[0].objects[0].content_size_bytes  # with all databases that it has
    parts = sum(one.objects[0].content_size_bytes for one in chain) if len(chain) > 1 else 0
    return needed_bytes(max(manifest.database_size_bytes, cluster_bytes)) + parts


def free_bytes_at(directory: Path) -> int:
    """Room on the file system of a directory that may not exist yet, in bytes."""
    return shutil.disk_usage(nearest_existing(directory)).free


def nearest_existing(path: Path) -> Path:
    """Find the path itself or the closest directory above it that exists."""
    return next(one for one in (path, *path.parents) if one.exists())


def require_space(directory: Path, needed: int, free: int) -> None:
    """Refuse work that would not fit.

    Raises:
        NoSpaceError: there is less room than needed; nothing has been started.
    """
    if free < needed:
        raise NoSpaceError(
            f"Restoring needs {_megabytes(needed)} MB in {directory}, and only "
            f"{_megabytes(free)} MB are free. Nothing was started.",
            next_step=f"free {_megabytes(needed - free)} MB on that file system, then repeat",
        )


def _megabytes(size_bytes: int) -> int:
    return -(-size_bytes // 10**6)
