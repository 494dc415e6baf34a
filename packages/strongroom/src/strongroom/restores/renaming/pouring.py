"""Pour what one server holds into a database of another, and compare the two.

The source may hold a physical backup that was recovered, or any other moment of the past: what
it is, is a parameter.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from strongroom.backups.dump import FORMAT_ARGUMENTS, failed_dump
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.drills import Onward, Reached, Reloaded, promised_by, recovered
from strongroom.drills.comparison import Check, Contents, TableContent, compare
from strongroom.drills.contents import promised_as_text, survey
from strongroom.drills.drill import RECOVERY_SETTINGS
from strongroom.drills.reload import check_recorded, timed
from strongroom.postgres.catalogue import STRONGROOM_SCHEMA, Table, user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.digests import Sums, settle_session
from strongroom.postgres.tools import running_tool
from strongroom.progress import Progress
from strongroom.restores.copy import floors_of
from strongroom.server.administered import Administered
from strongroom.server.scratch import scratch_place


@dataclass(frozen=True)
class Poured:
    """A database that was filled, and compared with what it was filled from."""

    comparison: Reloaded
    floors: Mapping[str, int]
    """Rows by table that it has reached."""
    reached: Reached | None = None
    """Where recovery went on to, after the comparison with the manifest."""


def pour_backup(
    configuration: Configuration,
    manifest: Manifest,
    server: Administered,
    database: str,
    progress: Progress,
    onward: Onward | None = None,
) -> Poured:
    """Recover a physical backup in a scratch server, and pour its database into an empty one.

    With ``onward`` as it was at that point in time: what recovery comes to is compared with the
    manifest on the way, and what is poured with what recovery came to in the end.
    """
    with (
        scratch_place(configuration.scratch_directory, progress=progress) as place,
        recovered(
            configuration,
            manifest,
            place,
            settings=RECOVERY_SETTINGS,
            onward=onward,
            progress=progress,
        ) as copy,
    ):
        if copy.server is None or copy.outcome.verdict == "failed":
            return Poured(copy.outcome, {})
        name, promised = configuration.database, promised_by(manifest)
        if copy.reached is not None:
            promised = survey(copy.server, name, progress, promised)
        poured = pour(copy.server, name, server, database, promised=promised, progress=progress)
        checks = (*poured.checks, *check_recorded(configuration, manifest))
        if copy.reached is not None:
            checks = (*copy.outcome.checks, *checks)
        floors = floors_of(manifest) if copy.reached is None else _rows_of(promised)
        return Poured(replace(poured, checks=checks), floors, copy.reached)


def _rows_of(contents: Contents) -> dict[str, int]:
    tables = contents.tables.items()
    return {name: one.rows for name, one in tables if not name.startswith(f"{STRONGROOM_SCHEMA}.")}


def pour(
    source: Administered,
    source_database: str,
    server: Administered,
    database: str,
    *,
    promised: Contents,
    progress: Progress,
) -> Reloaded:
    """Copy a whole database through pg_dump and pg_restore, and compare it with a promise.

    Raises:
        BackupError: the source could not be read.
    """
    parts_s: dict[str, float] = {}
    with timed(parts_s, "load"):
        complaints = _piped(source, source_database, server, database)
        progress.step("reload.loaded")
    with timed(parts_s, "compare"):
        promised = _by_text(source, source_database, promised)
        found = survey(server, database, progress, promised)
        if found.schema_fingerprint != promised.schema_fingerprint and not complaints:
            # What is restored may be written differently; the source has it as it was.
            told = schema_fingerprint(source.binaries, source.administrator(source_database))
            found = replace(found, schema_fingerprint=told)
        tables, checks = compare(promised, found)
        progress.step("reload.compared")
    load = Check("load", "failed" if complaints else "ok", complaints or "it had no complaint")
    return Reloaded(tuple(tables), (load, *checks), parts_s)


def _by_text(source: Administered, database: str, promised: Contents) -> Contents:
    """The same promise of rows that are written anew; unlogged tables come out of it empty."""
    with (
        connect(source.administrator(database), autocommit=True) as connection,
        database_errors("digesting what is poured"),
    ):
        settle_session(connection)
        listed = user_tables(connection)
        tables = promised_as_text(connection, listed, promised.tables)
    return replace(promised, tables={**_emptied(listed), **tables})


def _emptied(tables: Sequence[Table]) -> dict[str, TableContent]:
    """What recovery leaves of unlogged tables, of which a physical backup promises nothing."""
    unlogged = [table for table in tables if table.persistence == "u" and table.kind == "r"]
    empty = [Sums(0, 0, 0).digest(table) for table in unlogged]
    return {one.name: TableContent(one.rows, one.digest) for one in empty}


def _piped(source: Administered, source_database: str, server: Administered, database: str) -> str:
    """Run both programs with a pipe in between; return what the second complained of."""
    with (
        running_tool(
            source.binaries.tool("pg_dump"),
            list(FORMAT_ARGUMENTS),
            source.administrator(source_database),
            stdout=subprocess.PIPE,
        ) as dump,
        running_tool(
            server.binaries.tool("pg_restore"),
            [f"--dbname={database}"],
            server.administrator(database),
            stdin=dump.process.stdout or subprocess.DEVNULL,
        ) as load,
    ):
        if dump.process.stdout is not None:
            dump.process.stdout.close()  # the other program holds it now
        loaded, dumped = load.finish(), dump.finish()
    if dumped.exit_code != 0 and loaded.exit_code == 0:
        raise failed_dump(dumped, source.administrator(source_database))
    if loaded.exit_code == 0:
        return ""
    return loaded.messages or f"it ended with status {loaded.exit_code}"
