"""Build the restored data directory: beside what is there, verified, restamped, at rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration, ServerSettings
from strongroom.drills import Reloaded, load_archive_into
from strongroom.errors import RestoreError
from strongroom.identity import restamp
from strongroom.postgres.connections import connect
from strongroom.postgres.roles import (
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)
from strongroom.progress import Progress
from strongroom.protection import install, is_protected, note_floors
from strongroom.restores.plan import supervised
from strongroom.server.directory import inspect_directory
from strongroom.server.exchange import sync_directory
from strongroom.server.scratch import scratch_place
from strongroom.server.supervisor import Supervisor

LOADING_SETTINGS: Mapping[str, str] = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "512MB",
}
"""In force while loading only. What is written stays durable: a restored copy is kept."""


@dataclass(frozen=True)
class RestoredCopy:
    """A data directory that was restored, verified and stopped; nobody has used it yet."""

    path: Path
    incarnation: str
    system_identifier: int | None
    comparison: Reloaded


def build_copy(
    configuration: Configuration, manifest: Manifest, target: Path, progress: Progress
) -> RestoredCopy:
    """Restore a backup into a new data directory at ``target``.

    It is built in a scratch place, so that a kill leaves nothing at ``target``, and restamped
    with a new incarnation before anybody could connect.

    Raises:
        RestoreError: the copy is not what the manifest describes.
        DamagedBackupError, WrongKeyError: the backup could not be read.
    """
    with scratch_place(configuration.scratch_directory, progress=progress) as place:
        settings = ServerSettings(
            data_directory=place / "data",
            run_directory=place / "run",
            log_directory=place / "logs",
            settings={**supervised(configuration).settings, **LOADING_SETTINGS},
        )
        supervisor = Supervisor(settings, progress=progress)
        supervisor.initialise()
        with supervisor.running() as server:
            progress.step("restore.server_started")
            comparison = load_archive_into(
                server,
                configuration,
                manifest,
                passwords=_passwords(configuration),
                progress=progress,
            )
            _require_equal(manifest, comparison)
            progress.step("restore.verified")
            administrator = server.administrator(configuration.database)
            with connect(administrator, autocommit=True) as connection:
                incarnation = restamp(connection, environment=configuration.environment)
                if is_protected(configuration):
                    install(connection, configuration)
                    note_floors(connection, {one.name: one.rows for one in manifest.tables})
                connection.execute("ANALYZE")
            progress.step("restore.restamped")
        identifier = inspect_directory(settings.data_directory).system_identifier
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.data_directory.rename(target)
        sync_directory(target.parent)
        progress.step("restore.at_rest")
    return RestoredCopy(target, incarnation, identifier, comparison)


def _require_equal(manifest: Manifest, comparison: Reloaded) -> None:
    """A copy that differs is never offered; one that could not be compared in full is."""
    findings = "; ".join(comparison.findings)
    if not comparison.loaded:
        raise RestoreError(
            f"The backup {manifest.backup_id} cannot be restored on this machine: {findings}.",
            next_step="install what is missing, then repeat",
        )
    if comparison.verdict == "failed":
        raise RestoreError(
            f"The copy restored from {manifest.backup_id} is not what was backed up: {findings}. "
            "It was removed; what is in place is untouched.",
            next_step="strongroom backups, and restore another one",
        )


def _passwords(configuration: Configuration) -> dict[str, str]:
    """Take the passwords that the application uses; a lost file is made anew."""
    if not configuration.passwords.exists():
        passwords = new_passwords(roles_of(configuration.application))
        write_passwords(configuration.passwords, passwords)
    return load_passwords(configuration.passwords)
