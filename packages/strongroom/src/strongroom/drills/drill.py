"""Drill a backup: restore it into a scratch server, compare, and store the verdict."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from strongroom.backups.catalogue import load, read_catalogue
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.drills.comparison import Check, verdict_of
from strongroom.drills.proofs import store_record
from strongroom.drills.records import DrillRecord
from strongroom.drills.recovery import recovered
from strongroom.drills.reload import STEPS as RELOAD_STEPS
from strongroom.drills.reload import Reloaded, load_archive_into, manifest_major
from strongroom.drills.space import FreeBytes, free_bytes_at, needed_for, require_space
from strongroom.errors import (
    BinariesMissingError,
    DamagedBackupError,
    NoSuchBackupError,
    WrongKeyError,
)
from strongroom.progress import SILENT, Progress
from strongroom.server.binaries import find_binaries
from strongroom.server.cluster import SCRATCH_SETTINGS
from strongroom.server.scratch import scratch_place, scratch_server
from strongroom.server.supervisor import RunningServer

OnProven = Callable[[RunningServer, Manifest], None]
"""What to do with a proven copy before its server goes: it may be changed at will."""

RECOVERY_SETTINGS = {
    name: value
    for name, value in SCRATCH_SETTINGS.items()
    if name not in {"wal_level", "max_wal_senders"}
}
"""Of a scratch server that recovers; those two must not be below the source's own."""

STEPS = (
    "drill.manifest_read",
    "drill.server_started",
    *RELOAD_STEPS,
    "drill.record_stored",
    "drill.recorded",
)


def drill(
    configuration: Configuration,
    backup_id: str | None = None,
    *,
    on_proven: OnProven | None = None,
    progress: Progress = SILENT,
    free_bytes: FreeBytes = free_bytes_at,
) -> DrillRecord:
    """Prove or refute one backup, by default the newest; the record is stored either way.

    The database in use is neither asked nor touched: everything happens in a scratch server
    that is gone afterwards. A damaged backup fails, a backup that no key opens is
    inconclusive. ``on_proven`` gets the copy after it was compared, so that a migration is
    rehearsed on it without restoring twice.

    Raises:
        NoSuchBackupError: there is no backup, or none of this name.
        NewerFormatError: a newer strongroom wrote the backup.
        NoSpaceError: there is not enough room; nothing was started.
    """
    at, begun = datetime.now(UTC), time.monotonic()
    name = backup_id or _newest(configuration)
    manifest: Manifest | None = None
    try:
        manifest = load(configuration, name)
        progress.step("drill.manifest_read")
        reloaded = _reload(configuration, manifest, free_bytes, on_proven, progress)
    except DamagedBackupError as error:
        reloaded = _unread(Check("backup", "failed", error.message))
    except BinariesMissingError as error:
        reloaded = _unread(Check("server", "inconclusive", error.message))
    except WrongKeyError as error:
        reloaded = _unread(Check("key", "inconclusive", error.message))
    record = DrillRecord(
        drill_id=f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        backup_id=name,
        manifest_sha256=manifest.sha256 if manifest else None,
        verdict=verdict_of(reloaded.checks),
        at=at,
        duration_s=round(time.monotonic() - begun, 3),
        tables=reloaded.tables,
        checks=reloaded.checks,
        parts_s=reloaded.parts_s,
        not_covered=_not_covered(manifest),
    )
    store_record(configuration, record, progress)
    return record


def _newest(configuration: Configuration) -> str:
    """Name the newest backup, whole or damaged: an older one is not drilled in its stead."""
    catalogue = read_catalogue(configuration)
    names = [one.backup_id for one in catalogue.backups]
    names += [one.backup_id for one in catalogue.damaged]
    if not names:
        raise NoSuchBackupError("There is no backup yet.", next_step="strongroom backup")
    return max(names)


def _reload(
    configuration: Configuration,
    manifest: Manifest,
    free_bytes: FreeBytes,
    on_proven: OnProven | None,
    progress: Progress,
) -> Reloaded:
    scratch = configuration.scratch_directory
    require_space(scratch, needed_for(configuration, manifest), free_bytes(scratch))
    if manifest.physical is not None:
        return _recover(configuration, manifest, on_proven, progress)
    with scratch_server(scratch, major=_major(manifest), progress=progress) as server:
        progress.step("drill.server_started")
        reloaded = load_archive_into(server, configuration, manifest, progress=progress)
        if on_proven is not None and reloaded.verdict == "proven":
            on_proven(server, manifest)
        return reloaded


def _recover(
    configuration: Configuration,
    manifest: Manifest,
    on_proven: OnProven | None,
    progress: Progress,
) -> Reloaded:
    with (
        scratch_place(configuration.scratch_directory, progress=progress) as place,
        recovered(
            configuration,
            manifest,
            place,
            settings=RECOVERY_SETTINGS,
            with_indexes=True,
            progress=progress,
        ) as copy,
    ):
        if on_proven is not None and copy.server and copy.outcome.verdict == "proven":
            on_proven(copy.server, manifest)
        return copy.outcome


def _major(manifest: Manifest) -> int | None:
    """Take PostgreSQL of the source's own version where it is at hand, else the newest."""
    try:
        return find_binaries(manifest_major(manifest)).major
    except BinariesMissingError:
        return None


def _unread(check: Check) -> Reloaded:
    return Reloaded((), (check,), {}, loaded=False)


def _not_covered(manifest: Manifest | None) -> tuple[str, ...]:
    if manifest is None:
        return ()
    return tuple(f"{gap.what}: {gap.reason}" for gap in manifest.not_covered)
