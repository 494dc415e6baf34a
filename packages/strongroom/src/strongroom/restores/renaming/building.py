"""Make the restored database: new, beside the one in place, verified before anybody knows of it."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.drills import Reloaded, fill_database, obstacles_of
from strongroom.errors import RestoreError, StrongroomError
from strongroom.identity import restamp
from strongroom.identity.schema import OWNER, ensure_owner
from strongroom.progress import Progress
from strongroom.protection import install, is_protected, note_floors
from strongroom.protection.installing import is_installed, remove
from strongroom.restores.renaming import journal
from strongroom.restores.renaming.archived import archived_database
from strongroom.restores.renaming.place import OthersServer, name_beside
from strongroom.restores.renaming.plan import DatabasePlan
from strongroom.restores.renaming.pouring import pour_backup
from strongroom.restores.renaming.properties import creation, properties_of

BUILD_STEPS = (
    "beside.noted",
    "beside.created",
    "reload.loaded",
    "reload.compared",
    "beside.verified",
    "beside.restamped",
    "beside.named",
)
_SCHEMA_OWNER = "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'strongroom'"


@dataclass(frozen=True)
class Beside:
    """A database that was restored and compared; nobody has used it yet."""

    name: str
    oid: int
    incarnation: str
    comparison: Reloaded


def build_beside(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    plan: DatabasePlan,
    progress: Progress,
) -> Beside:
    """Restore a backup into a new database, which gets its name when it was verified.

    What fails on the way is dropped again; what a kill leaves is known by the journal.

    Raises:
        RestoreError: the copy is not what the manifest describes.
        DamagedBackupError, WrongKeyError: the backup could not be read.
    """
    if obstacles := obstacles_of(server, manifest):
        _require_equal(manifest, Reloaded((), tuple(obstacles), {}, loaded=False))
    loading = name_beside(server.name, "loading", plan.swap_id)
    journal.note_loading(configuration.state_cache, loading)
    progress.step("beside.noted")
    try:
        return _built(configuration, server, manifest, plan, loading, progress)
    except (StrongroomError, OSError):
        sweep_loading(configuration, server)
        raise


def _built(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    plan: DatabasePlan,
    loading: str,
    progress: Progress,
) -> Beside:
    _create(configuration, server, manifest, loading)
    progress.step("beside.created")
    if manifest.physical is None:
        comparison = fill_database(server, configuration, manifest, loading, progress)
    else:
        comparison = pour_backup(configuration, manifest, server, loading, progress)
    _require_equal(manifest, comparison)
    progress.step("beside.verified")
    incarnation = _make_its_own(configuration, server, manifest, loading)
    progress.step("beside.restamped")
    with server.connected() as connection:
        renamed = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(renamed.format(sql.Identifier(loading), sql.Identifier(plan.target)))
        made = properties_of(connection, plan.target)
    journal.loading_ended(configuration.state_cache)
    progress.step("beside.named")
    if made is None:
        raise AssertionError("what was renamed is there")
    return Beside(plan.target, made.oid, incarnation, comparison)


def sweep_loading(configuration: Configuration, server: OthersServer) -> None:
    """Drop the database that was being filled when it failed or its process died.

    Its name was noted before it was made, and is one that nobody else would choose.
    """
    name = journal.loading(configuration.state_cache)
    if name is None:
        return
    with server.connected() as connection:
        if properties_of(connection, name) is not None:
            with server.connected(name) as inside:
                if is_installed(inside):
                    remove(inside)
            dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(dropped.format(sql.Identifier(name)))
    journal.loading_ended(configuration.state_cache)


def _create(
    configuration: Configuration, server: OthersServer, manifest: Manifest, name: str
) -> None:
    """Make it empty, and let nobody in but its owner; it gets the rights of others by a swap."""
    with server.connected() as connection:
        like = properties_of(connection, server.name)
        lost = archived_database(server, configuration, manifest) if like is None else None
        connection.execute(lost.creation(name) if lost else creation(name, like))
        closed = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC")
        connection.execute(closed.format(sql.Identifier(name)))
        if any(role.name == OWNER for role in manifest.roles):
            ensure_owner(connection)  # roles are the cluster's: a new one does not have it


def _make_its_own(
    configuration: Configuration, server: OthersServer, manifest: Manifest, name: str
) -> str:
    """Give the copy an incarnation and guards of its own, before anybody may connect."""
    with server.connected(name) as connection:
        owner = connection.execute(_SCHEMA_OWNER).fetchall()[0][0]
        connection.execute(sql.SQL("SET ROLE {}").format(sql.SQL(owner)))
        incarnation = restamp(connection, environment=configuration.environment)
        connection.execute("RESET ROLE")
        if is_protected(configuration):
            install(connection, configuration)
            note_floors(connection, {one.name: one.rows for one in manifest.tables})
        connection.execute("ANALYZE")
    return incarnation


def _require_equal(manifest: Manifest, comparison: Reloaded) -> None:
    """A copy that differs is never offered; one that could not be compared in full is."""
    findings = "; ".join(comparison.findings)
    if not comparison.loaded:
        raise RestoreError(
            f"The backup {manifest.backup_id} cannot be restored on this server: {findings}.",
            next_step="install what is missing there, then repeat",
        )
    if comparison.verdict == "failed":
        raise RestoreError(
            f"The database restored from {manifest.backup_id} is not what was backed up: "
            f"{findings}. It was dropped again; what is in place is untouched.",
            next_step="strongroom backups, and restore another one",
        )
