"""What a restore is going to do, told before it is done."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from strongroom.drills import nearest_existing
from strongroom.errors import RestoreError


@dataclass(frozen=True)
class Plan:
    """One restore, told before it is done. Directories are absolute."""

    swap_id: str
    backup_id: str
    taken_at: datetime
    rows: int
    tables: int
    target: Path
    """Where the restored data directory will stand, beside what is there."""
    data_directory: Path
    in_place: str
    """What lies in the data directory's place now: missing, empty, cluster…"""
    swap: bool
    kept: Path | None
    """Where a swap puts what lies in place; None if nothing does, or without a swap."""
    needed_bytes: int
    free_bytes: int

    def as_dict(self) -> dict[str, object]:
        """The plan as shown by ``--json``."""
        return asdict(self)


def require_one_file_system(data_directory: Path, home: Path) -> None:
    """Refuse a swap that could not be a single atomic exchange.

    Raises:
        RestoreError: data directory and configuration lie on different file systems, or the
            data directory is a mount point or a symbolic link.
    """
    if data_directory.is_symlink():
        raise RestoreError(
            f"{data_directory} is a symbolic link, and only real directories are exchanged. "
            "Nothing was started.",
            next_step=f"set data_directory to {data_directory.resolve()} in strongroom.toml",
        )
    place = nearest_existing(data_directory.parent)
    apart = place.stat().st_dev != nearest_existing(home).stat().st_dev
    if apart or os.path.ismount(data_directory):
        raise RestoreError(
            f"{data_directory} and {home} are on different file systems, so the two directories "
            "cannot be exchanged in one step. Nothing was started.",
            next_step="strongroom restore (without --swap), then move the directories by hand",
        )
