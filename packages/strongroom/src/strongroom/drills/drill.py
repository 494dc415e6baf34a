"""Drill a backup: restore it into a scratch server, compare, and store the verdict."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from strongroom.backups.catalogue import listed, load, read_catalogue
from strongroom.backups.manifest import Manifest
from strongroom.backups.physical import forget_files
from strongroom.config import Configuration
from strongroom.drills.comparison import Check, verdict_of
from strongroom.drills.invariants import check_invariants
from strongroom.drills.proofs import believed_drills, store_record
from strongroom.drills.records import Coverage, DrillRecord
from strongroom.drills.recovery import Look, recovered
from strongroom.drills.reload import STEPS as RELOAD_STEPS
from strongroom.drills.reload import Reloaded, load_archive_into, manifest_major, timed
from strongroom.drills.sampling import choose, compared_by, coverage_of, is_full_one_due
from strongroom.drills.settings import DrillSettings, drill_settings
from strongroom.drills.space import FreeBytes, free_bytes_at, needed_for, require_space
from strongroom.drills.time_limit import WithinTime, ended_in_time
from strongroom.errors import (
    BinariesMissingError,
    DamagedBackupError,
    DatabaseError,
    NoSuchBackupError,
    ServerError,
    TimeLimitError,
    WrongKeyError,
)
from strongroom.postgres.bounds import Bounds, bounded, current_bounds, time_is_up, time_limit_error
from strongroom.postgres.connections import database_errors
from strongroom.progress import SILENT, Progress
from strongroom.server.binaries import find_binaries
from strongroom.server.cluster import SCRATCH_SETTINGS
from strongroom.server.complaints import error_from_os
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


@database_errors("drilling a backup")
def drill(
    configuration: Configuration,
    backup_id: str | None = None,
    *,
    by_policy: bool = False,
    on_proven: OnProven | None = None,
    progress: Progress = SILENT,
    free_bytes: FreeBytes = free_bytes_at,
) -> DrillRecord:
    """Prove or refute one backup, by default the newest; the record is stored either way.

    The database in use is neither asked nor touched: everything happens in a scratch server
    that is gone afterwards. A damaged backup fails, a backup that no key opens is
    inconclusive. ``on_proven`` gets the copy after it was compared, so that a migration is
    rehearsed on it without restoring twice.

    With ``by_policy``, and where ``[drill]`` says so, only a sample of the tables is compared row
    by row. Such a drill proves a backup only if it and earlier ones of the same backup have
    compared every table; else it is inconclusive, and its record tells what is open.

    Raises:
        NoSuchBackupError: there is no backup, or none of this name.
        NewerFormatError: a newer strongroom wrote the backup.
        NoSpaceError: there is not enough room, or it was used up; nothing is left.
        ConfigurationError: ``[drill]`` says something that is not known.
    """
    at, begun = datetime.now(UTC), time.monotonic()
    settings = drill_settings(configuration)
    name = backup_id or _newest(configuration)
    bounds = settings.bounds(begun)
    work = _Work(configuration, settings, on_proven, WithinTime(progress, bounds), free_bytes)
    by_sample = by_policy and on_proven is None and settings.tables == "sample"
    found = _look(work, name, bounds, by_sample=by_sample)
    record = DrillRecord(
        drill_id=f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        backup_id=name,
        manifest_sha256=found.manifest.sha256 if found.manifest else None,
        verdict=verdict_of(found.reloaded.checks),
        at=at,
        duration_s=round(time.monotonic() - begun, 3),
        tables=found.reloaded.tables,
        checks=found.reloaded.checks,
        parts_s=found.reloaded.parts_s,
        not_covered=_not_covered(found.manifest),
        coverage=found.coverage,
    )
    store_record(configuration, record, progress)
    if record.verdict == "failed":
        forget_files(configuration, name)
    return record


@dataclass(frozen=True)
class _Work:
    """What one drill is to do, and what it may take."""

    configuration: Configuration
    settings: DrillSettings
    on_proven: OnProven | None
    progress: Progress
    free_bytes: FreeBytes
    raised_outside: list[Exception] = field(default_factory=list)
    """What the user of a proven copy has raised: it is not the drill's."""

    def asked(self, server: RunningServer, reloaded: Reloaded) -> Reloaded:
        """The same, with the answers to the application's own questions."""
        if not (self.settings.invariants and reloaded.loaded):
            return reloaded
        parts_s = dict(reloaded.parts_s)
        with timed(parts_s, "invariants"):
            checks = check_invariants(
                server,
                self.configuration.database,
                self.settings,
                self.configuration.directory,
                self.progress,
            )
        return replace(reloaded, checks=(*reloaded.checks, *checks), parts_s=parts_s)

    def hand_over(self, server: RunningServer, manifest: Manifest, reloaded: Reloaded) -> None:
        """Let a proven copy be used; the time limit is the drill's alone."""
        if self.on_proven is not None and reloaded.verdict == "proven":
            with bounded(replace(current_bounds(), limit_s=None, ends_at_s=None)):
                try:
                    self.on_proven(server, manifest)
                except Exception as error:
                    self.raised_outside.append(error)
                    raise


@dataclass(frozen=True)
class _Found:
    """What a drill has found, and of which manifest, if that could be read."""

    manifest: Manifest | None
    reloaded: Reloaded
    coverage: Coverage | None = None


def _look(work: _Work, name: str, bounds: Bounds, *, by_sample: bool) -> _Found:
    """Restore and compare within bounds; what keeps a backup from being looked at is told."""
    manifest: Manifest | None = None
    try:
        with bounded(bounds):
            manifest = load(work.configuration, name)
            work.progress.step("drill.manifest_read")
            if by_sample:
                return _Found(manifest, *_sampled(work, manifest))
            return _Found(manifest, _reload(work, manifest, None))
    except DamagedBackupError as error:
        told = Check("backup", "failed", error.message)
    except WrongKeyError as error:
        told = Check("key", "inconclusive", error.message)
    except BinariesMissingError as error:
        told = Check("server", "inconclusive", error.message)
    except (TimeLimitError, ServerError, DatabaseError) as error:
        if error in work.raised_outside or not time_is_up(bounds):
            raise
        told = Check("time", "inconclusive", time_limit_error(bounds).message)
    except OSError as error:
        if error in work.raised_outside:
            raise
        raise error_from_os(error, doing="drilling a backup") from error
    return _Found(manifest, _unread(told))


def _newest(configuration: Configuration) -> str:
    """Name the newest backup, whole or damaged: an older one is not drilled in its stead."""
    catalogue = read_catalogue(configuration)
    names = [one.backup_id for one in catalogue.backups]
    names += [one.backup_id for one in catalogue.damaged]
    if not names:
        raise NoSuchBackupError("There is no backup yet.", next_step="strongroom backup")
    return max(names)


def _sampled(work: _Work, manifest: Manifest) -> tuple[Reloaded, Coverage | None]:
    """Compare what it is the turn of, unless everything has to be."""
    records, share = believed_drills(work.configuration), work.settings.sample_share
    if is_full_one_due(records, work.settings.full_every):
        return _reload(work, manifest, None), None
    compared = compared_by(records, manifest.sha256)
    older = [one for one in listed(work.configuration) if one.started_at < manifest.started_at]
    before = older[0].tables if older else ()
    reloaded = _reload(work, manifest, choose(manifest.tables, before, compared, share))
    coverage, checks = coverage_of(reloaded.tables, compared)
    return replace(reloaded, checks=(*reloaded.checks, *checks)), coverage


def _reload(work: _Work, manifest: Manifest, sample: frozenset[str] | None) -> Reloaded:
    scratch = work.configuration.scratch_directory
    needed = needed_for(work.configuration, manifest)
    require_space(scratch, needed, work.free_bytes(scratch))
    if manifest.physical is not None:
        return _recover(work, manifest, sample)
    with scratch_server(
        scratch, major=_major(manifest), settings=work.settings.server, progress=work.progress
    ) as server:
        work.progress.step("drill.server_started")
        with ended_in_time(server):
            reloaded = load_archive_into(
                server, work.configuration, manifest, sample=sample, progress=work.progress
            )
            reloaded = work.asked(server, reloaded)
        work.hand_over(server, manifest, reloaded)
        return reloaded


def _recover(work: _Work, manifest: Manifest, sample: frozenset[str] | None) -> Reloaded:
    with (
        scratch_place(work.configuration.scratch_directory, progress=work.progress) as place,
        recovered(
            work.configuration,
            manifest,
            place,
            settings={**RECOVERY_SETTINGS, **work.settings.server},
            look=Look(sample, with_indexes=True),
            progress=work.progress,
        ) as copy,
    ):
        if copy.server is None:
            return copy.outcome
        with ended_in_time(copy.server):
            reloaded = work.asked(copy.server, copy.outcome)
        work.hand_over(copy.server, manifest, reloaded)
        return reloaded


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
    return tuple(str(gap) for gap in manifest.not_covered)
