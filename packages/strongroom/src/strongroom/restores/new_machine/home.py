"""Restore a backup as a new home: data, key, pin, state and configuration, all from the store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.backups.manifest import Manifest
from strongroom.config import CONFIGURATION_NAME, Configuration, parse
from strongroom.drills import FreeBytes, Reloaded, free_bytes_at, needed_for, require_space
from strongroom.errors import RestoreError
from strongroom.identity.files import write_whole
from strongroom.identity.pin import Pin, write_pin
from strongroom.identity.schema import grant_reading
from strongroom.identity.state import Incarnation, State
from strongroom.identity.state_store import state_store_of
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.roles import Roles, roles_of
from strongroom.progress import SILENT, Progress
from strongroom.restores.copy import RestoredCopy, build_copy, floors_of
from strongroom.restores.expecting import expected_s
from strongroom.restores.new_machine.visiting import (
    UNKNOWN,
    absolute,
    database_named_in,
    document_for,
    found_in,
    require_key,
    visiting,
)
from strongroom.restores.plan import supervised
from strongroom.server import cluster
from strongroom.server.supervisor import Supervisor

MARKER_NAME = "restoring.json"
STEPS = ("home.begun", "home.key", "home.data", "home.pinned", "home.configured")

_OWNERS = """
SELECT DISTINCT n.nspname::text, pg_get_userbyid(c.relowner)::text, r.rolsuper
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'strongroom')
"""


@dataclass(frozen=True)
class HomePlan:
    """What a restore on a new machine is going to do."""

    store: str
    backup_id: str
    taken_at: datetime
    application: str
    environment: str
    rows: int
    tables: int
    directory: Path
    needed_bytes: int
    free_bytes: int
    expected_s: float | None
    """How long it will take, by drills that are told of in the store; None where none is."""

    def as_dict(self) -> dict[str, object]:
        """The plan as shown by ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class NewHome:
    """A home that was made from a store."""

    plan: HomePlan
    configuration: Path
    database: str
    incarnation: str
    comparison: Reloaded

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "plan": self.plan.as_dict(),
            "restored": str(self.plan.directory),
            "configuration": str(self.configuration),
            "database": self.database,
            "incarnation": self.incarnation,
            "swapped": False,
            "kept": None,
            **self.comparison.as_dict(),
        }


def plan_home(
    address: str,
    key: Path,
    directory: Path,
    backup_id: str | None = None,
    *,
    free_bytes: FreeBytes = free_bytes_at,
) -> HomePlan:
    """Say what would be done; nothing is written.

    Raises:
        RestoreError: something lies in the directory.
        StorageError, BackupError: the store, the backup or the key is not what is needed.
        NoSpaceError: it would not fit.
    """
    plan, _ = _planned(address, key, directory.absolute(), backup_id, free_bytes)
    return plan


def restore_home(
    address: str,
    key: Path,
    directory: Path,
    backup_id: str | None = None,
    *,
    progress: Progress = SILENT,
    on_plan: Callable[[HomePlan], None] = lambda _: None,
    free_bytes: FreeBytes = free_bytes_at,
) -> NewHome:
    """Restore a backup as a new home, verified against its manifest.

    The machine that it came from is not told, and its state in the store stays as it is. What a
    kill leaves is begun again by the same call; the configuration is written last.

    Args:
        address: of the store.
        key: a file with the private key.
        directory: of the new home; it is made, or is empty.
        backup_id: by default the newest backup.
        progress: told of each of ``STEPS``, and of those of a restore.
        on_plan: told what is going to be done, before any of it is.
        free_bytes: asked for the room there is.

    Raises:
        RestoreError: something lies in the directory, or the copy is not what was backed up.
        StorageError, BackupError: the store, the backup or the key is not what is needed.
        NoSpaceError: it would not fit.
    """
    directory = directory.absolute()
    plan, manifest = _planned(address, key, directory, backup_id, free_bytes)
    on_plan(plan)
    _begin(directory)
    progress.step("home.begun")
    guest = replace(visiting(address, directory), private_key=key)
    name = UNKNOWN if manifest.physical else database_named_in(guest, manifest)
    home = _home(address, directory, manifest, name)
    write_whole(home.private_key, key.read_bytes())
    progress.step("home.key")
    data = supervised(home).data_directory
    unnamed = replace(home, database="") if manifest.physical else home
    copy = build_copy(unnamed, manifest, data, progress)
    progress.step("home.data")
    home = _home(address, directory, manifest, copy.database)
    _pin(home, manifest, copy)
    _let_in(home, manifest)
    progress.step("home.pinned")
    text = document_for(
        absolute(address), manifest.application, manifest.environment, copy.database
    )
    write_whole(home.path, text.encode(), mode=0o644)
    (directory / MARKER_NAME).unlink()
    progress.step("home.configured")
    return NewHome(plan, home.path, copy.database, copy.incarnation, copy.comparison)


def _planned(
    address: str, key: Path, directory: Path, backup_id: str | None, free_bytes: FreeBytes
) -> tuple[HomePlan, Manifest]:
    _require_free(directory)
    found = found_in(address, directory)
    manifest = found.chosen(backup_id)
    require_key(key, manifest)
    guest = visiting(address, directory)
    plan = HomePlan(
        store=found.address,
        backup_id=manifest.backup_id,
        taken_at=manifest.started_at,
        application=manifest.application,
        environment=manifest.environment,
        rows=manifest.rows,
        tables=len(manifest.tables),
        directory=directory,
        needed_bytes=needed_for(guest, manifest),
        free_bytes=free_bytes(directory),
        expected_s=expected_s(guest, manifest),
    )
    require_space(directory, plan.needed_bytes, plan.free_bytes)
    return plan, manifest


def _require_free(directory: Path) -> None:
    """Take a directory that is not there, is empty, or that an earlier try of ours began."""
    if not directory.exists() or (directory.is_dir() and not any(directory.iterdir())):
        return
    if (directory / MARKER_NAME).is_file() and not (directory / CONFIGURATION_NAME).exists():
        return
    raise RestoreError(
        f"{directory} holds something already, and nothing is ever put over anything.",
        next_step="give --to a directory that is empty or not there yet",
    )


def _begin(directory: Path) -> None:
    """Mark the directory as one that is being made; remove what an earlier try has left in it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker = directory / MARKER_NAME
    if marker.is_file():
        for begun in ("data", "state-store", "state"):
            if (directory / begun).is_dir():
                cluster.remove_cluster(directory / begun)
        (directory / "strongroom.lock").unlink(missing_ok=True)
    write_whole(marker, json.dumps({"begun": datetime.now(UTC).isoformat()}).encode())


def _home(address: str, directory: Path, manifest: Manifest, database: str) -> Configuration:
    text = document_for(absolute(address), manifest.application, manifest.environment, database)
    return parse(directory / CONFIGURATION_NAME, text)


def _pin(home: Configuration, manifest: Manifest, copy: RestoredCopy) -> None:
    """Write down what is to be expected of the new home: its state, its pin, and the act."""
    life = Incarnation(
        id=copy.incarnation,
        status="current",
        origin=manifest.backup_id,
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        clusters=(copy.system_identifier,) if copy.system_identifier else (),
        floors=floors_of(manifest),
        floors_from=manifest.backup_id,
        floors_at=manifest.started_at.isoformat(),
    )
    state_store_of(home, manifest.database_id).create(State(manifest.database_id, (life,)))
    pin = Pin(manifest.database_id, manifest.environment, tuple(manifest.recipients))
    write_pin(home.lock_path, pin, home.key)
    ledger_of(home).record(
        "restore",
        database_id=manifest.database_id,
        backup_id=manifest.backup_id,
        manifest_sha256=manifest.sha256,
        restored="data",
        incarnation=copy.incarnation,
        verdict=copy.comparison.verdict,
    )


def _let_in(home: Configuration, manifest: Manifest) -> None:
    """Let the home's own roles work with a database that had other ones where it came from."""
    roles = roles_of(manifest.application)
    if roles.owner in {role.name for role in manifest.roles}:
        return
    with (
        Supervisor(supervised(home)).running() as server,
        connect(server.administrator(home.database)) as connection,
        database_errors("giving the roles of the new home their rights"),
    ):
        for role in roles.logins:
            grant_reading(connection, role)
        for schema, owner, superuser in connection.execute(_OWNERS).fetchall():
            _give(connection, schema, None if superuser else owner, roles)


def _give(connection: psycopg.Connection, schema: str, owner: str | None, roles: Roles) -> None:
    names = {"schema": sql.Identifier(schema), "application": sql.Identifier(roles.application)}
    for grant in (
        "GRANT USAGE ON SCHEMA {schema} TO {application}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {application}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {application}",
    ):
        connection.execute(sql.SQL(grant).format(**names))
    if owner is not None and owner != roles.owner:
        given = sql.SQL("GRANT {} TO {}")
        connection.execute(given.format(sql.Identifier(owner), sql.Identifier(roles.owner)))
