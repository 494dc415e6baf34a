"""Make the restored database: new, beside the one in place, verified before anybody knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.drills import Onward, Reloaded, fill_database, obstacles_of
from strongroom.errors import RestoreError, StrongroomError
from strongroom.identity import restamp
from strongroom.identity.schema import OWNER, ensure_owner
from strongroom.postgres.roles import create_roles, load_passwords, roles_of
from strongroom.progress import Progress
from strongroom.protection import install, is_protected, note_floors
from strongroom.protection.installing import is_installed, remove
from strongroom.restores.copy import floors_of
from strongroom.restores.renaming import journal
from strongroom.restores.renaming.archived import archived_database
from strongroom.restores.renaming.place import OthersServer, name_beside
from strongroom.restores.renaming.plan import DatabasePlan
from strongroom.restores.renaming.pouring import Poured, pour_backup
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
    poured: Poured
    """What it was compared with, and what it has reached."""


def build_beside(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    plan: DatabasePlan,
    progress: Progress,
    onward: Onward | None = None,
) -> Beside:
    """Restore a backup into a new database, which gets its name when it was verified.

    With ``onward`` as it was at that point in time, to which only a physical backup leads. What
    fails on the way is dropped again; what a kill leaves is known by the journal.

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
        _create(configuration, server, manifest, loading)
        progress.step("beside.created")
        poured = _fill(configuration, server, manifest, loading, progress, onward)
        _require_equal(manifest, poured.comparison)
        progress.step("beside.verified")
        return _named(configuration, server, plan, loading, poured, progress)
    except (StrongroomError, OSError):
        sweep_loading(configuration, server)
        raise


def _fill(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    loading: str,
    progress: Progress,
    onward: Onward | None,
) -> Poured:
    if manifest.physical is None:
        comparison = fill_database(server, configuration, manifest, loading, progress)
        return Poured(comparison, floors_of(manifest))
    return pour_backup(configuration, manifest, server, loading, progress, onward)


def _named(
    configuration: Configuration,
    server: OthersServer,
    plan: DatabasePlan,
    loading: str,
    poured: Poured,
    progress: Progress,
) -> Beside:
    """Make it a life of its own, then let it have its name."""
    incarnation = _make_its_own(configuration, server, poured.floors, loading)
    progress.step("beside.restamped")
    with server.connected() as connection:
        renamed = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(renamed.format(sql.Identifier(loading), sql.Identifier(plan.target)))
        made = properties_of(connection, plan.target)
    journal.loading_ended(configuration.state_cache)
    progress.step("beside.named")
    if made is None:
        raise AssertionError("what was renamed is there")
    return Beside(plan.target, made.oid, incarnation, poured)


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
        make_roles(configuration, connection, manifest, server.name if like else None)
        lost = archived_database(server, configuration, manifest) if like is None else None
        connection.execute(lost.creation(name) if lost else creation(name, like))
        closed = sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC")
        connection.execute(closed.format(sql.Identifier(name)))
        if any(role.name == OWNER for role in manifest.roles):
            ensure_owner(connection)  # roles are the cluster's: a new one does not have it


def make_roles(
    configuration: Configuration,
    connection: psycopg.Connection,
    manifest: Manifest,
    name: str | None,
) -> None:
    """Make the application's own roles where the server is new; let them into the database there.

    Only where none of them is there: what somebody has made of them elsewhere stays.
    """
    roles = roles_of(configuration.application)
    needed = {role.name for role in manifest.roles}
    if roles.owner not in needed or not configuration.passwords.exists():
        return
    ours = [roles.owner, *roles.logins]
    if connection.execute("SELECT FROM pg_roles WHERE rolname = ANY(%s)", [ours]).fetchall():
        return
    create_roles(connection, roles, load_passwords(configuration.passwords))
    for role in roles.logins if name is not None else ():
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(str(name)), sql.Identifier(role)
            )
        )


def _make_its_own(
    configuration: Configuration, server: OthersServer, floors: Mapping[str, int], name: str
) -> str:
    """Give the copy an incarnation and guards of its own, before anybody may connect."""
    with server.connected(name) as connection:
        owner = connection.execute(_SCHEMA_OWNER).fetchall()[0][0]
        connection.execute(sql.SQL("SET ROLE {}").format(sql.SQL(owner)))
        incarnation = restamp(connection, environment=configuration.environment)
        connection.execute("RESET ROLE")
        if is_protected(configuration):
            install(connection, configuration)
            note_floors(connection, floors)
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
