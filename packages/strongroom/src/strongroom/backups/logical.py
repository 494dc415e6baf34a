"""Read a database for a backup by ``pg_dump``: rows and digests of one snapshot."""

from __future__ import annotations

from strongroom.backups.contents import Contents, gaps, read_contents
from strongroom.backups.digesting import Digesting
from strongroom.backups.dump import dump_encrypted
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.job import Job, Read, StreamReport
from strongroom.backups.judging import require_floors
from strongroom.backups.manifest import NotCovered, data_key
from strongroom.backups.source import Source, opened_source
from strongroom.backups.stream import StoredObject
from strongroom.identity.gate import OpenDatabase
from strongroom.postgres.digests import TableDigest
from strongroom.postgres.snapshots import ExportedSnapshot, held_snapshot


def read_logically(job: Job, database: OpenDatabase) -> Read:
    """Hold the database still for a moment, and dump and digest all of that moment.

    Raises:
        TablesLockedError: another session kept a table locked.
        BackupError, DatabaseError: the database could not be read.
    """
    with (
        opened_source(database) as source,
        held_snapshot(source.conn, source.tables, lock_timeout_ms=job.lock_timeout_ms) as snapshot,
    ):
        job.progress.step("backup.locked")
        contents = read_contents(source.conn, snapshot.tables)
        fingerprint = schema_fingerprint(source.binaries, source.conninfo, snapshot_id=snapshot.id)
        job.progress.step("backup.described")
        stored, digests = _dump_and_digest(job, source, snapshot, contents)
    job.progress.step("backup.stored")
    return Read(
        contents=contents,
        schema_fingerprint=fingerprint,
        objects=[stored],
        digests=digests,
        not_covered=[
            *gaps(contents, with_large_objects=source.with_large_objects),
            *(NotCovered(one.name, one.reason) for one in digests if one.reason),
        ],
        position=snapshot.lsn,
    )


def _dump_and_digest(
    job: Job, source: Source, snapshot: ExportedSnapshot, contents: Contents
) -> tuple[StoredObject, list[TableDigest]]:
    """Do both at the same time; the object is committed only when both succeeded."""
    key = data_key(job.backup_id)
    tables = contents.with_large_objects if source.with_large_objects else contents.largest_first
    with (
        Digesting(source.conninfo, snapshot.id, tables) as digesting,
        job.store.writer(key) as writer,
    ):
        report = StreamReport(job.progress, contents.tables_size_bytes, digesting, len(tables))
        stored = dump_encrypted(
            source.binaries,
            source.conninfo,
            writer,
            arguments=[*source.dump_arguments, f"--snapshot={snapshot.id}"],
            key=key,
            recipients=job.recipients,
            report=report,
        )
        job.progress.step("backup.dumped")
        digests = digesting.result()
        report.finish()
        require_floors(job.configuration, contents.incarnation, contents.counts(digests))
        job.progress.step("backup.digested")
    return stored, digests
