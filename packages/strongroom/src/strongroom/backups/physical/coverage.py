"""Digest what a proof point shows, and tell what no digest covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import psycopg

from strongroom.backups.contents import Contents, gaps
from strongroom.backups.digesting import Digesting
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.job import Job
from strongroom.backups.judging import require_floors
from strongroom.backups.manifest import (
    UNLOGGED,
    DatabaseRecord,
    ExtensionRecord,
    NotCovered,
    SequenceRecord,
    TableRecord,
)
from strongroom.backups.physical.sides import Side
from strongroom.postgres.catalogue import extensions
from strongroom.postgres.connections import ConnectionInfo, database_errors
from strongroom.postgres.digests import TableDigest, count_table
from strongroom.postgres.large_objects import with_large_objects
from strongroom.postgres.snapshots import ExportedSnapshot
from strongroom.server.binaries import Binaries


def digested(
    job: Job,
    conn: psycopg.Connection,
    info: ConnectionInfo,
    snapshot: ExportedSnapshot,
    contents: Contents,
) -> list[TableDigest]:
    """Digest the pinned database, which must not have lost rows.

    Unlogged tables are only counted, by ``conn`` in the snapshot's own transaction: they are not
    in the backup, and their rows are no less there.
    """
    logged = [table for table in contents.with_large_objects if table.persistence != "u"]
    with Digesting(info, snapshot.id, logged, as_sent=True) as digesting:
        digests = digesting.result()
    counts = contents.counts(digests) | _unlogged_rows(conn, contents)
    require_floors(job.configuration, contents.incarnation, counts)
    job.progress.step("backup.digested")
    return digests


def other_database(
    binaries: Binaries,
    side: Side,
    snapshot: ExportedSnapshot,
    positions: tuple[SequenceRecord, ...],
) -> DatabaseRecord:
    """Digest another database of the cluster at the same moment."""
    with database_errors("looking for large objects"):
        objects = with_large_objects(side.conn)
    logged = [*objects, *(table for table in snapshot.tables if table.persistence != "u")]
    with Digesting(side.conninfo, snapshot.id, logged, as_sent=True) as digesting:
        digests = digesting.result()
    return DatabaseRecord(
        name=side.name,
        tables=[TableRecord(**asdict(one)) for one in digests],
        sequences=list(positions),
        extensions=_extensions(side.conn),
        schema_fingerprint=schema_fingerprint(binaries, side.conninfo, snapshot_id=snapshot.id),
    )


def uncovered(
    contents: Contents,
    digests: Sequence[TableDigest],
    databases: Sequence[DatabaseRecord],
    left_out: Mapping[str, str],
) -> list[NotCovered]:
    """What is in the backup and compared with nothing, or not in it at all."""
    unlogged = [one for one in contents.largest_first if one.persistence == "u"]
    without_settings = replace(contents, database_settings=0)  # the files hold them
    reason = "in the backup, but no digest covers it"
    return [
        *gaps(without_settings, with_large_objects=True),
        *(NotCovered(one.label, UNLOGGED) for one in unlogged),
        *(NotCovered(one.name, one.reason) for one in digests if one.reason),
        *(
            NotCovered(f"{one.name} of the database {record.name}", one.reason)
            for record in databases
            for one in record.tables
            if one.reason
        ),
        *(NotCovered(f"the database {name}", f"{reason}: {why}") for name, why in left_out.items()),
    ]


def _unlogged_rows(conn: psycopg.Connection, contents: Contents) -> dict[str, int]:
    unlogged = [one for one in contents.largest_first if one.persistence == "u" and one.kind == "r"]
    with database_errors("counting unlogged tables"):
        return {one.label: count_table(conn, one) for one in unlogged}


def _extensions(conn: psycopg.Connection) -> list[ExtensionRecord]:
    with database_errors("reading what is to be backed up"):
        return [ExtensionRecord(*found) for found in extensions(conn)]
