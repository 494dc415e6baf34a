"""Build the restored data directory: beside what is there, verified, restamped, at rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration, ServerSettings
from strongroom.drills import (
    Onward,
    Reached,
    Recovered,
    Reloaded,
    load_archive_into,
    recovered,
    survey_tables,
)
from strongroom.errors import RestoreError
from strongroom.identity import restamp
from strongroom.postgres.connections import connect
from strongroom.postgres.roles import (
    create_roles,
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
from strongroom.server.supervisor import RunningServer, Supervisor

LOADING_SETTINGS: Mapping[str, str] = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "512MB",
}
"""In force while loading only. What is written stays durable: a restored copy is kept."""

REPLAYING_SETTINGS: Mapping[str, str] = {"autovacuum": "off"}
"""In force while a copy goes on through its log."""

READING_SETTINGS: Mapping[str, str] = {**REPLAYING_SETTINGS, "shared_buffers": "64MB"}
"""In force while a copy is only compared: it is read once, beside a server in use."""


@dataclass(frozen=True)
class RestoredCopy:
    """A data directory that was restored, verified and stopped; nobody has used it yet."""

    path: Path
    incarnation: str
    system_identifier: int | None
    comparison: Reloaded
    database: str
    floors: Mapping[str, int]
    """Rows by table that the copy has reached."""
    reached: Reached | None = None
    """Where recovery went on to after the comparison."""


def build_copy(
    configuration: Configuration,
    manifest: Manifest,
    target: Path,
    progress: Progress,
    onward: Onward | None = None,
) -> RestoredCopy:
    """Restore a backup into a new data directory at ``target``, and go ``onward`` where told.

    It is built in a scratch place, so that a kill leaves nothing at ``target``, and restamped
    with a new incarnation before anybody could connect.

    Raises:
        RestoreError: the copy is not what the manifest describes.
        DamagedBackupError, WrongKeyError: the backup could not be read.
    """
    with scratch_place(configuration.scratch_directory, progress=progress) as place:
        with _copied(configuration, manifest, place, progress, onward) as copy:
            server, comparison = copy.server, copy.outcome
            _require_equal(manifest, comparison)
            if server is None:
                raise AssertionError("a copy that was compared has its server")
            progress.step("restore.verified")
            named = replace(configuration, database=copy.database)
            floors = _floors(named, manifest, server if copy.reached else None)
            incarnation = _make_its_own(named, manifest, server, floors)
            progress.step("restore.restamped")
        data = place / "data"
        identifier = inspect_directory(data).system_identifier
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data.rename(target)
        sync_directory(target.parent)
        progress.step("restore.at_rest")
    return RestoredCopy(
        target, incarnation, identifier, comparison, copy.database, floors, copy.reached
    )


@contextmanager
def _copied(
    configuration: Configuration,
    manifest: Manifest,
    place: Path,
    progress: Progress,
    onward: Onward | None,
) -> Iterator[Recovered]:
    """Bring the backup back in ``place`` by its own method, and compare it."""
    settings = supervised(configuration).settings
    if manifest.physical is not None:
        with recovered(
            configuration,
            manifest,
            place,
            settings={**settings, **(READING_SETTINGS if onward is None else REPLAYING_SETTINGS)},
            onward=onward,
            progress=progress,
        ) as copy:
            progress.step("restore.server_started")
            yield copy
        return
    directories = ServerSettings(
        data_directory=place / "data",
        run_directory=place / "run",
        log_directory=place / "logs",
        settings={**settings, **LOADING_SETTINGS},
    )
    supervisor = Supervisor(directories, progress=progress)
    supervisor.initialise()
    with supervisor.running() as server:
        progress.step("restore.server_started")
        loaded = load_archive_into(
            server,
            configuration,
            manifest,
            passwords=_passwords(configuration),
            progress=progress,
        )
        yield Recovered(loaded, server, configuration.database)


def floors_of(manifest: Manifest) -> dict[str, int]:
    """Take the row counts that a restored database has reached: those of its backup."""
    return {
        table.name: table.rows
        for table in manifest.tables
        if table.method != "not_covered" and not table.name.startswith("strongroom.")
    }


def _floors(
    configuration: Configuration, manifest: Manifest, server: RunningServer | None
) -> dict[str, int]:
    """The rows that the copy has reached: of a point in time they are counted in it."""
    if server is None:
        return floors_of(manifest)
    with connect(server.administrator(configuration.database), autocommit=True) as connection:
        found = survey_tables(connection)
    return {name: table.rows for name, table in found.items() if not name.startswith("strongroom.")}


def _make_its_own(
    configuration: Configuration,
    manifest: Manifest,
    server: RunningServer,
    floors: Mapping[str, int],
) -> str:
    """Give the copy an incarnation, guards and logins of its own, before anybody may connect."""
    administrator = server.administrator(configuration.database)
    with connect(administrator, autocommit=True) as connection:
        incarnation = restamp(connection, environment=configuration.environment)
        if is_protected(configuration):
            install(connection, configuration)
            note_floors(connection, floors)
        if manifest.physical is not None:  # it came with the passwords of that time
            create_roles(connection, roles_of(configuration.application), _passwords(configuration))
        connection.execute("ANALYZE")
    return incarnation


def _require_equal(manifest: Manifest, comparison: Reloaded) -> None:
    """A copy that differs is never offered; one that could not be compared in full is."""
    findings = "; ".join(comparison.findings)
    if comparison.verdict == "failed":
        raise RestoreError(
            f"The copy restored from {manifest.backup_id} is not what was backed up: {findings}. "
            "It was removed; what is in place is untouched.",
            next_step="strongroom backups, and restore another one",
        )
    if not comparison.loaded:
        raise RestoreError(
            f"The backup {manifest.backup_id} cannot be restored on this machine: {findings}.",
            next_step="install what is missing, then repeat",
        )


def _passwords(configuration: Configuration) -> dict[str, str]:
    """Take the passwords that the application uses; a lost file is made anew."""
    if not configuration.passwords.exists():
        passwords = new_passwords(roles_of(configuration.application))
        write_passwords(configuration.passwords, passwords)
    return load_passwords(configuration.passwords)
