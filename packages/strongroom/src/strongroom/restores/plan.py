"""What a restore is going to do, told before it is done."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from strongroom.backups import Manifest, is_recorded
from strongroom.config import Configuration, ServerSettings
from strongroom.drills import (
    FreeBytes,
    Onward,
    free_bytes_at,
    nearest_existing,
    needed_for,
    require_space,
)
from strongroom.errors import RestoreError
from strongroom.identity import current_incarnation
from strongroom.identity.pin import pin_of
from strongroom.restores.expecting import expected_s
from strongroom.server.directory import inspect_directory

RESTORED_DIRECTORY = "restored"


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
    incarnation_in_place: str | None
    """The current incarnation, where that is what a swap would replace."""
    swap: bool
    kept: Path | None
    """Where a swap puts what lies in place; None if nothing does, or without a swap."""
    needed_bytes: int
    free_bytes: int
    in_ledger: bool = True
    """Whether the ledger vouches for the backup; if not, only its manifest speaks for it."""
    to: str | None = None
    """The point in time that is gone on to; None where the backup's own moment is wanted."""
    told: str | None = None
    """What else there is to say of that point."""
    log_bytes: int = 0
    """Of stored log that leads there."""
    expected_s: float | None = None
    """How long it will take, by earlier drills; None where there was none."""
    absent: tuple[str, ...] = ()
    """What the backup does not hold, so that no restore of it brings it back."""

    def as_dict(self) -> dict[str, object]:
        """The plan as shown by ``--json``."""
        return asdict(self)


def make_plan(
    configuration: Configuration,
    manifest: Manifest,
    *,
    swap_id: str,
    swap: bool,
    free_bytes: FreeBytes = free_bytes_at,
    onward: Onward | None = None,
) -> Plan:
    """Say what a restore would do; nothing is changed.

    Raises:
        PinError, StateError: a swap could not be recorded.
        RestoreError: to be swapped in, and another database's backup.
    """
    if swap:
        require_own_backup(configuration, manifest)
    data = supervised(configuration).data_directory
    facts = inspect_directory(data)
    kept = configuration.kept_directory / f"{swap_id}-{facts.kind}"
    log_bytes = onward.reach.size_bytes if onward else 0
    lasting = current_incarnation(configuration, facts.system_identifier) if swap else None
    return Plan(
        swap_id=swap_id,
        backup_id=manifest.backup_id,
        taken_at=manifest.started_at,
        rows=manifest.rows,
        tables=len(manifest.tables),
        target=configuration.directory / RESTORED_DIRECTORY / f"{swap_id}-{manifest.backup_id}",
        data_directory=data,
        in_place=facts.kind,
        incarnation_in_place=lasting,
        swap=swap,
        kept=kept if swap and facts.kind != "missing" else None,
        needed_bytes=needed_for(configuration, manifest) + log_bytes,
        free_bytes=free_bytes(configuration.scratch_directory),
        in_ledger=is_recorded(configuration, manifest),
        to=str(onward.target) if onward else None,
        told=onward.target.told or None if onward else None,
        log_bytes=log_bytes,
        expected_s=expected_s(configuration, manifest),
        absent=tuple(str(gap) for gap in manifest.not_covered if gap.is_absent),
    )


def require_possible(configuration: Configuration, plan: Plan) -> None:
    """Refuse before anything is started what could not be finished.

    Raises:
        NoSpaceError: it would not fit.
        RestoreError: the swap could not be one atomic step.
    """
    require_space(configuration.scratch_directory, plan.needed_bytes, plan.free_bytes)
    if plan.swap:
        _require_exchangeable(plan.data_directory, configuration.directory)


def supervised(configuration: Configuration) -> ServerSettings:
    """Return the settings of the supervised server.

    Raises:
        RestoreError: the database is on a server that others run.
    """
    if configuration.server is None:
        raise RestoreError(
            f"The database {configuration.database} is on a server that others run: it has no data "
            "directory here.",
            next_step="strongroom restore, which makes a database beside it",
        )
    return configuration.server


def require_own_backup(configuration: Configuration, manifest: Manifest) -> None:
    """Refuse to put another database's backup, or another environment's, in place.

    Raises:
        RestoreError: it is one.
    """
    pin = pin_of(configuration)
    if pin is not None and pin.database_id != manifest.database_id:
        raise RestoreError(
            f"The backup {manifest.backup_id} is of database {manifest.database_id}, and "
            f"{pin.database_id} is pinned here; in its place it would be refused. Nothing was "
            "started.",
            next_step="strongroom restore (without --swap), or name another backup",
        )
    if manifest.environment != configuration.environment:
        raise RestoreError(
            f"The backup {manifest.backup_id} is of environment {manifest.environment}; restored "
            f"in place, its rows would become those of {configuration.environment}. Nothing was "
            "started.",
            next_step=f'set environment = "{manifest.environment}" in {configuration.path}',
        )


def _require_exchangeable(data_directory: Path, home: Path) -> None:
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
