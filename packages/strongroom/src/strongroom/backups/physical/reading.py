"""Read a cluster for a backup: base, proof point, and the log that leads from one to the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import psycopg

from strongroom.backups.contents import Contents, gaps, read_contents
from strongroom.backups.digesting import Digesting
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.job import Job, Read, StreamReport
from strongroom.backups.judging import require_floors
from strongroom.backups.manifest import Manifest, NotCovered, PhysicalRecord, object_key
from strongroom.backups.physical.base import stream_base
from strongroom.backups.physical.chains import files_path, parent_for, remember_files
from strongroom.backups.physical.log import Archive, LogOfBackup
from strongroom.backups.physical.proof_point import ProofPoint, proof_point
from strongroom.backups.stream import StoredObject, encrypt
from strongroom.errors import BackupError
from strongroom.identity.gate import OpenDatabase
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.digests import TableDigest
from strongroom.postgres.replication import Identified, position_of, replication, text_of
from strongroom.server.supervisor import RunningServer

BASE_NAME, LOG_NAME = "base.tar.zst.age", "wal.tar.zst.age"

# A hot standby must not have less of these than its primary had.
STANDBY_SETTINGS = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
ABOUT_THE_CLUSTER = """
SELECT (SELECT sum(pg_catalog.pg_database_size(oid)) FROM pg_catalog.pg_database)::bigint,
       (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10),
       ARRAY(SELECT datname::text FROM pg_catalog.pg_database
              WHERE datallowconn AND NOT datistemplate
                AND datname NOT IN (pg_catalog.current_database(), 'postgres') ORDER BY 1),
       EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_')
"""
# The record makes sure that recovery finds something at or after the proof point; its commit
# brings all of the log before it to the disk, from where it is streamed.
MARK = "SELECT pg_catalog.pg_logical_emit_message(true, 'strongroom', %s)"
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"


@dataclass(frozen=True)
class _Cluster:
    """What there is to know of the cluster before it is read."""

    size_bytes: int
    administrator: str
    other_databases: list[str]
    settings: dict[str, str]


def read_physically(job: Job, database: OpenDatabase) -> Read:
    """Stream the cluster's files and its log, and digest every table at one moment of that log.

    Raises:
        BackupError: the cluster cannot be read this way; the message says why.
        NoProofPointError: the server was never still enough to tell one moment exactly.
        TablesLockedError: another session kept a table locked.
    """
    server = database.server
    if server is None:
        raise BackupError(
            "A physical backup needs a server that strongroom supervises.",
            next_step="strongroom backup --method logical",
        )
    with connect(database.administrator()) as conn:
        database.verify_connection(conn)
        cluster = _about(conn)
        with (
            replication(database.administrator()) as stream,
            ThreadPoolExecutor(1, thread_name_prefix="log") as beside,
        ):
            identified, size_bytes = stream.identify(), stream.segment_size_bytes()
            start = identified.flushed - identified.flushed % size_bytes
            stream.start(stream.hold_log(), start, identified.timeline)
            log = LogOfBackup(stream, start)
            with _abandoned_on_failure(log):
                archive = Archive(log, identified.timeline, size_bytes)
                storing = beside.submit(_store_log, job, archive)
                parent = None if job.full else parent_for(job.configuration, identified)
                base, parent = _store_base(job, server, database.administrator(), cluster, parent)
                job.progress.step("backup.dumped")
                facts = _Facts(cluster, identified, size_bytes, text_of(start), parent)
                return _prove(job, database, conn, log, storing, base, facts)


@dataclass(frozen=True)
class _Facts:
    """What is known once the base has been stored."""

    cluster: _Cluster
    identified: Identified
    segment_size_bytes: int
    log_start: str
    parent: Manifest | None


def _prove(
    job: Job,
    database: OpenDatabase,
    conn: psycopg.Connection,
    log: LogOfBackup,
    storing: Future[StoredObject],
    base: StoredObject,
    facts: _Facts,
) -> Read:
    """Find the moment that the backup is compared with, and read all of it."""
    info = database.administrator()
    server = database.server
    with ExitStack() as stack:
        watcher = stack.enter_context(connect(info))
        with database_errors("listing the tables"):
            tables = user_tables(conn)
        conn.rollback()
        point = stack.enter_context(proof_point(conn, watcher, tables))
        job.progress.step("backup.locked")
        end = _mark(watcher, job.backup_id)
        log.end_at(position_of(end))
        contents = read_contents(conn, point.snapshot.tables)
        contents = replace(contents, sequences=list(point.sequences))
        binaries = server.binaries if server else None
        if binaries is None:
            raise AssertionError("a supervised server has its programs")
        fingerprint = schema_fingerprint(binaries, info, snapshot_id=point.snapshot.id)
        job.progress.step("backup.described")
        digests = _digest(job, info, point, contents)
    wal = storing.result()
    job.progress.step("backup.stored")
    return Read(
        contents=contents,
        schema_fingerprint=fingerprint,
        objects=[base, wal],
        digests=digests,
        not_covered=_not_covered(contents, digests, facts.cluster),
        position=point.position,
        physical=_record(facts, point, end),
    )


def _digest(
    job: Job, info: ConnectionInfo, point: ProofPoint, contents: Contents
) -> list[TableDigest]:
    logged = [table for table in contents.largest_first if table.persistence != "u"]
    with Digesting(info, point.snapshot.id, logged) as digesting:
        digests = digesting.result()
    counts = {one.name: one.rows for one in digests}
    require_floors(job.configuration, contents.incarnation, counts)
    job.progress.step("backup.digested")
    return digests


def _store_base(
    job: Job,
    server: RunningServer,
    info: ConnectionInfo,
    cluster: _Cluster,
    parent: Manifest | None,
) -> tuple[StoredObject, Manifest | None]:
    """Store the changes since ``parent`` where the server can tell them, else everything."""
    key = object_key(job.backup_id, BASE_NAME)
    report = StreamReport(job.progress, cluster.size_bytes, None, 0)
    known = files_path(job.configuration, parent.backup_id) if parent else None
    try:
        with job.store.writer(key) as writer:
            stored, files = stream_base(
                server.binaries,
                info,
                writer,
                key=key,
                recipients=job.recipients,
                parent_files=known,
                report=report,
            )
            report.finish()
    except BackupError:
        if parent is None:
            raise
        # It keeps no summary of its log from so far back, or none at all.
        job.progress.step("backup.full_instead")
        return _store_base(job, server, info, cluster, None)
    remember_files(job.configuration, job.backup_id, files)
    return stored, parent


def _store_log(job: Job, log: Archive) -> StoredObject:
    key = object_key(job.backup_id, LOG_NAME)
    with job.store.writer(key) as writer:
        return encrypt(log, writer, key=key, recipients=job.recipients)


def _mark(watcher: psycopg.Connection, backup_id: str) -> str:
    with database_errors("marking the moment of the backup"):
        watcher.execute("SET LOCAL synchronous_commit = on")
        watcher.execute(MARK, [backup_id])
        watcher.commit()
        end = str(watcher.execute(FLUSHED).fetchall()[0][0])
        watcher.rollback()
    return end


def _about(conn: psycopg.Connection) -> _Cluster:
    with database_errors("looking at the cluster"):
        size_bytes, administrator, others, tablespaces = conn.execute(ABOUT_THE_CLUSTER).fetchall()[
            0
        ]
        rows = conn.execute(
            "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY(%s)",
            [list(STANDBY_SETTINGS)],
        ).fetchall()
    conn.rollback()
    if tablespaces:
        raise BackupError(
            "The cluster has tablespaces, which a physical backup does not hold.",
            next_step="strongroom backup --method logical",
        )
    return _Cluster(size_bytes, administrator, others, dict(rows))


def _record(facts: _Facts, point: ProofPoint, end: str) -> PhysicalRecord:
    return PhysicalRecord(
        kind="incremental" if facts.parent else "full",
        parent=facts.parent.backup_id if facts.parent else None,
        system_identifier=facts.identified.system_identifier,
        timeline=facts.identified.timeline,
        segment_size_bytes=facts.segment_size_bytes,
        log_start=facts.log_start,
        proof=point.position,
        proof_method=point.method,
        log_end=end,
        administrator=facts.cluster.administrator,
        settings=facts.cluster.settings,
        other_databases=facts.cluster.other_databases,
    )


def _not_covered(
    contents: Contents, digests: list[TableDigest], cluster: _Cluster
) -> list[NotCovered]:
    in_it = "in the backup, but no digest covers it"
    unlogged = [one for one in contents.largest_first if one.persistence == "u"]
    without_settings = replace(contents, database_settings=0)  # the files hold them
    return [
        *gaps(without_settings, with_large_objects=True),
        *(NotCovered(one.label, "unlogged: a server's files hold none of it") for one in unlogged),
        *(NotCovered(one.name, one.reason) for one in digests if one.reason),
        *(NotCovered(f"the database {name}", in_it) for name in cluster.other_databases),
    ]


@contextmanager
def _abandoned_on_failure(log: LogOfBackup) -> Iterator[None]:
    """Let the reader of the log end when the backup fails, so that nobody waits for it."""
    try:
        yield
    except BaseException:
        log.abandon()
        raise
