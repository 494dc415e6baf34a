"""The proven backup behind a migration, and its rehearsal on the very copy that proved it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from strongroom.backups import Manifest, listed, load, take
from strongroom.drills import DrillRecord, drill
from strongroom.errors import MigrationError
from strongroom.identity import OpenDatabase
from strongroom.migrations.rehearsal import Act, Rehearsal, rehearse
from strongroom.migrations.settings import settings_of
from strongroom.migrations.suite import SuiteResult, run_suite
from strongroom.permits import ProvenBackup
from strongroom.progress import Progress
from strongroom.server.supervisor import RunningServer


@dataclass(frozen=True)
class Proof:
    """A backup that was proven for this migration, and what the migration did to its copy."""

    manifest: Manifest
    record: DrillRecord
    rehearsal: Rehearsal

    @property
    def backup(self) -> ProvenBackup:
        """What a permit wants to know of it."""
        return ProvenBackup(self.manifest.backup_id, self.manifest.incarnation, self.record.at)


def prove_and_rehearse(
    database: OpenDatabase,
    act: Act,
    session: Callable[[Manifest], tuple[str, ...]],
    *,
    fresh: bool,
    current: tuple[str, ...],
    progress: Progress,
) -> Proof:
    """Prove a backup by restoring it, and try the migration out on what was restored.

    Args:
        database: the open database.
        act: what is going to run.
        session: what prepares a connection to the copy.
        fresh: take a new backup whatever there is: something can be lost.
        current: where the database stands; a backup of another place shows nothing.
        progress: told of the steps of backup, drill and rehearsal.

    Raises:
        MigrationError: the backup could not be proven, so nothing may be changed.
    """
    configuration = database.configuration
    manifest = None if fresh else _usable(database, current)
    if manifest is None:
        manifest = take(configuration, database, progress=progress, copy=False)
    found: list[Rehearsal] = []

    def on_proven(server: RunningServer, proven: Manifest) -> None:
        def suite() -> SuiteResult | None:
            command = settings_of(configuration).suite
            name, application = configuration.database, configuration.application
            if not command:
                return None
            return run_suite(command, server, name, application, configuration.directory)

        found.append(
            rehearse(
                server,
                proven,
                configuration.database,
                act,
                session(proven),
                suite=suite,
                progress=progress,
            )
        )

    record = drill(configuration, manifest.backup_id, on_proven=on_proven, progress=progress)
    if not found:
        why = "; ".join(f"{one.name}: {one.detail}" for one in record.checks if one.status != "ok")
        raise MigrationError(
            f"The backup {manifest.backup_id} is {record.verdict}, so nothing stands behind this "
            f"migration ({why}). Nothing was changed.",
            next_step=f"strongroom drill {manifest.backup_id}",
        )
    return Proof(load(configuration, manifest.backup_id), record, found[0])


def _usable(database: OpenDatabase, current: tuple[str, ...]) -> Manifest | None:
    """Find a backup that shows the database as it is: young, of this life, at this revision."""
    configuration = database.configuration
    youngest = datetime.now(UTC) - timedelta(seconds=configuration.policy.backup_age_max_s)
    newest = next(iter(listed(configuration)), None)
    if newest is None or newest.started_at < youngest:
        return None
    same_life = newest.incarnation == database.judgement.found["incarnation"]
    same_place = (newest.alembic_revision or "") == ",".join(sorted(current))
    return newest if same_life and same_place else None
