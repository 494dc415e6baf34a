"""Build the masked copy: a newly initialised cluster that nobody can reach until it is proven."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.backups import Manifest
from strongroom.config import Configuration, ServerSettings
from strongroom.drills import (
    RECOVERY_SETTINGS,
    Reloaded,
    load_archive_into,
    prepare_database,
    recovered,
)
from strongroom.errors import RefreshError
from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.digests import settle_session
from strongroom.postgres.roles import load_passwords, roles_of
from strongroom.progress import SILENT, Progress
from strongroom.protection import install, note_floors
from strongroom.refresh.copying import (
    copy_rows,
    copy_sequences,
    dump_schema,
    fill_views,
    load_schema,
)
from strongroom.refresh.expressions import prepare_masking
from strongroom.refresh.masks import Mask, Place
from strongroom.refresh.proof import Look, Proof, Search, file_contents
from strongroom.refresh.rules import Rules
from strongroom.refresh.schema import Schema
from strongroom.refresh.strangers import dismiss_strangers
from strongroom.restores.copy import LOADING_SETTINGS
from strongroom.restores.plan import supervised
from strongroom.server.directory import inspect_directory
from strongroom.server.exchange import sync_directory
from strongroom.server.scratch import scratch_place, scratch_server
from strongroom.server.supervisor import RunningServer, Supervisor

SECRET_SETTINGS = {"log_min_error_statement": "panic", "log_statement": "none"}
"""So that no statement with a value in it gets into a log."""


@dataclass(frozen=True)
class Restored:
    """The backup in a scratch server that only this process can reach."""

    server: RunningServer
    database: str
    connection: psycopg.Connection


@dataclass(frozen=True)
class Work:
    """What is to be made of what."""

    restored: Restored
    manifest: Manifest
    target: Configuration
    database_id: str
    schema: Schema
    masks: dict[Place, Mask]
    rules: Rules
    key: bytes
    protected: bool
    """Whether the guards are to be in the copy before anyone can connect."""


@dataclass(frozen=True)
class MaskedCopy:
    """A proven copy, at rest at its place; nobody has used it yet."""

    path: Path
    incarnation: str
    system_identifier: int | None
    rows: dict[str, int]
    proof: Proof


@contextmanager
def restored_backup(
    source: Configuration, manifest: Manifest, progress: Progress
) -> Iterator[Restored]:
    """Restore a backup of the source where nobody else can connect; it is gone afterwards.

    Raises:
        RefreshError: it is not what its manifest describes.
    """
    with _brought_back(source, manifest, progress) as (server, reloaded):
        if server is None or not reloaded.loaded or reloaded.verdict == "failed":
            raise RefreshError(
                f"The backup {manifest.backup_id} could not be restored as it was: "
                f"{'; '.join(reloaded.findings)}. Nothing was copied.",
                next_step="strongroom drill, then refresh from a backup that is proven",
            )
        info = server.administrator(source.database)
        with connect(info, autocommit=True) as connection, database_errors("masking the rows"):
            settle_session(connection)
            yield Restored(server, source.database, connection)


@contextmanager
def _brought_back(
    source: Configuration, manifest: Manifest, progress: Progress
) -> Iterator[tuple[RunningServer | None, Reloaded]]:
    """Bring the backup back by its own method; of a physical one the whole cluster is there."""
    scratch = source.scratch_directory
    if manifest.physical is None:
        with scratch_server(scratch, settings=SECRET_SETTINGS, progress=progress) as server:
            progress.step("refresh.source_started")
            yield server, load_archive_into(server, source, manifest, progress=progress)
        return
    settings = {**RECOVERY_SETTINGS, **SECRET_SETTINGS}
    with (
        scratch_place(scratch, progress=progress) as place,
        recovered(source, manifest, place, settings=settings, progress=progress) as copy,
    ):
        progress.step("refresh.source_started")
        yield copy.server, copy.outcome


def build_masked_copy(work: Work, place_for: Path, progress: Progress) -> MaskedCopy:
    """Make the copy at ``place_for``, labelled as the target's before the first row is in it.

    It is built in a scratch place, so that a kill leaves nothing at ``place_for``.

    Raises:
        RefreshError: masked rows do not fit their columns or keys.
        LeakError: an original value was found in it; it is removed.
    """
    incarnation = str(uuid.uuid4())
    target, restored = work.target, work.restored
    identity = Identity(work.database_id, target.environment, incarnation)
    prepare_masking(restored.connection, work.key)
    with scratch_place(target.scratch_directory, progress=progress) as place:
        supervisor = _supervisor(target, place, progress)
        supervisor.initialise()
        search = Search(
            restored.connection,
            work.schema,
            work.masks,
            without_rows=work.rules.without_rows,
            baseline=lambda look: _baseline(target, look, progress),
        )
        with supervisor.running() as server:
            progress.step("refresh.target_started")
            _label(server, target, work.manifest, identity, progress)
            progress.step("refresh.labelled")
            rows = _fill(work, server, place, progress)
            search.look_into_server(server, target.database, progress)
        search.look_into_files(place / "data", progress)
        search.look_into_files(place / "logs", progress)
        progress.step("refresh.searched")
        data = place / "data"
        identifier = inspect_directory(data).system_identifier
        place_for.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        data.rename(place_for)
        sync_directory(place_for.parent)
        progress.step("refresh.at_rest")
    return MaskedCopy(place_for, incarnation, identifier, rows, search.proof)


def _supervisor(target: Configuration, place: Path, progress: Progress) -> Supervisor:
    settings = ServerSettings(
        data_directory=place / "data",
        run_directory=place / "run",
        log_directory=place / "logs",
        settings={**supervised(target).settings, **LOADING_SETTINGS, **SECRET_SETTINGS},
    )
    return Supervisor(settings, progress=progress)


def _label(
    server: RunningServer,
    target: Configuration,
    manifest: Manifest,
    identity: Identity,
    progress: Progress,
) -> None:
    """Make roles, database and identity: whatever happens later, it says whose it is."""
    roles, passwords = roles_of(target.application), load_passwords(target.passwords)
    prepare_database(server, target.database, manifest, passwords, progress)
    with (
        connect(server.administrator(target.database)) as connection,
        database_errors("labelling the copy"),
        connection.transaction(),
    ):
        create_schema(connection, identity, readers=(roles.migrator, roles.application))


def _fill(work: Work, server: RunningServer, place: Path, progress: Progress) -> dict[str, int]:
    """Copy everything; return the rows of each table."""
    restored, database = work.restored, work.target.database
    archive = dump_schema(restored.server, restored.database, place)
    load_schema(server, database, archive, "pre-data")
    progress.step("refresh.tables_made")
    with connect(server.administrator(database), autocommit=True) as filled:
        settle_session(filled)
        rows = copy_rows(
            restored.connection,
            filled,
            work.schema,
            work.masks,
            without_rows=work.rules.without_rows,
            progress=progress,
        )
        progress.step("refresh.rows_copied")
        load_schema(server, database, archive, "post-data")
        copy_sequences(restored.connection, filled)
        fill_views(restored.connection, filled)
        filled.execute("ANALYZE")
        _require_all_rows(work, rows)
        progress.step("refresh.schema_finished")
        counted = _counted(filled)
        dismiss_strangers(
            filled, work.target.application, (one.name for one in work.manifest.roles)
        )
        if work.protected:
            with connect(server.administrator(database), autocommit=True) as administrator:
                install(administrator, work.target)
                note_floors(administrator, counted)
        filled.execute("CHECKPOINT")
        return counted


def _counted(filled: psycopg.Connection) -> dict[str, int]:
    """Count what is there now, table by table: shifted rows may be in another partition."""
    query = sql.SQL("SELECT count(*) FROM ONLY {}")
    return {
        one.label: filled.execute(query.format(sql.Identifier(one.schema, one.name))).fetchall()[0][
            0
        ]
        for one in user_tables(filled, with_strongroom=False)
        if one.kind == "r" and one.extension is None
    }


def _require_all_rows(work: Work, rows: dict[str, int]) -> None:
    """Compare with the manifest: a row that was lost on the way would be nobody's finding."""
    counted = {one.name: one.rows for one in work.manifest.tables}
    promised: dict[str, int] = {}
    for table in work.schema.tables:
        without = table.root.label in work.rules.without_rows
        expected = 0 if without else counted[table.table.label]
        promised[table.root.label] = promised.get(table.root.label, 0) + expected
    wrong = [name for name, expected in promised.items() if rows.get(name) != expected]
    if wrong:
        raise RefreshError(
            f"The copy does not have the rows that the backup has: {', '.join(wrong)}. "
            "It was removed.",
            next_step="repeat; if it happens again, strongroom drill",
        )


def _baseline(target: Configuration, look: Look, progress: Progress) -> None:
    """Search a cluster that nobody has used: what is in there is no original of anybody."""
    with scratch_place(target.scratch_directory / "baseline", progress=SILENT) as place:
        _supervisor(target, place, progress).initialise(durable=False)
        file_contents(place / "data", look)
