"""Read a cluster for a backup: base, proof point, and the log that leads from one to the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

import psycopg

from strongroom.backups.contents import read_contents
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.job import Job, Read, StreamReport
from strongroom.backups.manifest import Manifest, PhysicalRecord, object_key
from strongroom.backups.physical.base import Heard, NotIncrementalError, stream_base
from strongroom.backups.physical.chains import files_path, parent_for, remember_files
from strongroom.backups.physical.cluster import Cluster, about
from strongroom.backups.physical.coverage import digested, other_database, uncovered
from strongroom.backups.physical.proof_point import ProofPoint, proof_point
from strongroom.backups.physical.rights import hindrances, remedies
from strongroom.backups.physical.sides import Sides, opened_sides
from strongroom.backups.physical.storing import StoredLog
from strongroom.backups.physical.summaries import may_forget
from strongroom.backups.source import as_connected, programs_of
from strongroom.backups.stream import StoredObject
from strongroom.errors import BackupError, NoProofPointError
from strongroom.identity.gate import OpenDatabase
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.replication import (
    Identified,
    replication,
    text_of,
)
from strongroom.server.binaries import Binaries

BASE_NAME = "base.tar.zst.age"

# The record makes sure that recovery finds something at or after the proof point; its commit
# brings all of the log before it to the disk, from where it is streamed.
MARK = "SELECT pg_catalog.pg_logical_emit_message(true, 'strongroom', %s)::text"
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"


@dataclass(frozen=True)
class _Place:
    """Where the cluster is, who reads it, and with which programs."""

    database: str
    conninfo: ConnectionInfo
    conn: psycopg.Connection
    binaries: Binaries
    cluster: Cluster


@dataclass(frozen=True)
class _Stored:
    """What is known once the base has been stored and the log is on its way."""

    identified: Identified
    segment_size_bytes: int
    base: StoredObject
    parent: Manifest | None
    log: StoredLog


def read_physically(job: Job, database: OpenDatabase) -> Read:
    """Stream the cluster's files and its log, and digest every table at one moment of that log.

    Raises:
        BackupError: the cluster cannot be read this way; the message says why.
        NoProofPointError: the server was never still enough to tell one moment exactly, and the
            job does not take a backup that cannot be compared.
        TablesLockedError: another session kept a table locked.
    """
    with connect(database.replicator()) as conn:
        place = _place(database, conn)
        with (
            replication(place.conninfo) as stream,
            ThreadPoolExecutor(1, thread_name_prefix="log") as beside,
        ):
            identified, size_bytes = stream.identify(), stream.segment_size_bytes()
            _require_same(place.cluster, identified)
            log = StoredLog(job, stream, beside, identified, size_bytes)
            with log.abandoned_on_failure():
                parent = None if job.full else parent_for(job.configuration, identified)
                base, parent = _store_base(job, place, log, parent)
                job.progress.step("backup.dumped")
                return _prove(job, place, _Stored(identified, size_bytes, base, parent, log))


def _place(database: OpenDatabase, conn: psycopg.Connection) -> _Place:
    """Of several hosts the one that was verified; and no further where a right is missing."""
    conninfo = as_connected(conn)
    if found := [one for one in hindrances(conn, conninfo) if one.essential]:
        raise BackupError(
            f"A physical backup cannot be taken: {'; '.join(one.what for one in found)}.",
            next_step=remedies(found),
        )
    database.verify_connection(conn)
    binaries = programs_of(database, conn)
    name = str(conn.info.dbname)
    return _Place(name, conninfo, conn, binaries, about(conn))


def _prove(job: Job, place: _Place, stored: _Stored) -> Read:
    """Find the moment that the backup is compared with, and read all of it."""
    others = place.cluster.other_databases
    with ExitStack() as stack:
        sides = opened_sides(stack, place.database, place.conninfo, place.conn, others)
        with_slot = place.cluster.wal_level == "logical"
        try:
            point = stack.enter_context(proof_point(sides.covered, with_slot=with_slot))
        except NoProofPointError as error:
            if not job.takes_unproven:
                raise
            return _unproven(job, place, stored, sides, error.message)
        job.progress.step("backup.locked")
        end = _mark(sides.covered[0].watcher, job.backup_id).end
        stored.log.end_at(end)
        return _compared(job, place, stored, sides, point, end)


def _compared(
    job: Job, place: _Place, stored: _Stored, sides: Sides, point: ProofPoint, end: str
) -> Read:
    """Digest what the proof point shows, in every database that is covered."""
    snapshot = point.snapshots[0]
    contents = read_contents(place.conn, snapshot.tables)
    contents = replace(contents, sequences=list(point.sequences[0]))
    with ThreadPoolExecutor(1, thread_name_prefix="schema") as beside:
        of_schema = beside.submit(
            schema_fingerprint, place.binaries, place.conninfo, snapshot_id=snapshot.id
        )
        job.progress.step("backup.described")
        digests = digested(job, place.conn, place.conninfo, snapshot, contents)
        fingerprint = of_schema.result()
    moments = zip(sides.covered[1:], point.snapshots[1:], point.sequences[1:], strict=True)
    databases = [other_database(place.binaries, *one) for one in moments]
    wal = stored.log.stored()
    job.progress.step("backup.stored")
    record = _record(place, stored, end)
    return Read(
        contents=contents,
        schema_fingerprint=fingerprint,
        objects=[stored.base, wal],
        digests=digests,
        not_covered=uncovered(contents, digests, databases, sides.left_out),
        position=point.position,
        physical=replace(
            record, proof=point.position, proof_method=point.method, databases=databases
        ),
    )


def _unproven(job: Job, place: _Place, stored: _Stored, sides: Sides, why: str) -> Read:
    """Keep what was read, and say that nothing of it can be compared."""
    job.progress.step("backup.locked")
    side = sides.covered[0]
    mark = _mark(side.watcher, job.backup_id)
    stored.log.end_at(mark.end)
    contents = read_contents(place.conn, tuple(side.tables))
    fingerprint = schema_fingerprint(place.binaries, place.conninfo)
    job.progress.step("backup.described")
    wal = stored.log.stored()
    job.progress.step("backup.digested")
    job.progress.step("backup.stored")
    gaps = {side.name: why, **dict.fromkeys(place.cluster.other_databases, why)}
    return Read(
        contents=replace(contents, sequences=[]),
        schema_fingerprint=fingerprint,
        objects=[stored.base, wal],
        digests=[],
        not_covered=uncovered(contents, [], [], gaps),
        position=mark.position,
        physical=replace(_record(place, stored, mark.end), proof=mark.position, unproven=why),
    )


def _record(place: _Place, stored: _Stored, end: str) -> PhysicalRecord:
    """What is told of a backup that nothing was compared with yet."""
    return PhysicalRecord(
        kind="incremental" if stored.parent else "full",
        parent=stored.parent.backup_id if stored.parent else None,
        system_identifier=stored.identified.system_identifier,
        timeline=stored.identified.timeline,
        segment_size_bytes=stored.segment_size_bytes,
        log_start=text_of(stored.log.start),
        proof=end,
        proof_method="none",
        log_end=end,
        administrator=place.cluster.superuser,
        settings=place.cluster.settings,
        other_databases=place.cluster.other_databases,
    )


def _store_base(
    job: Job, place: _Place, log: StoredLog, parent: Manifest | None
) -> tuple[StoredObject, Manifest | None]:
    """Store the changes since ``parent`` where the server can tell them, else everything."""
    key = object_key(job.backup_id, BASE_NAME)
    report = StreamReport(job.progress, place.cluster.size_bytes, None, 0)
    known = files_path(job.configuration, parent.backup_id) if parent else None
    try:
        with job.store.writer(key) as writer:
            stored, files = stream_base(
                place.binaries,
                place.conninfo,
                writer,
                key=key,
                recipients=job.recipients,
                parent_files=known,
                heard=Heard(report, log.begin),
            )
            if known:
                _require_all_told(place.conn, known.read_bytes(), files)
            report.finish()
    except NotIncrementalError:
        # It keeps no summary of its log from so far back, or none that can be relied on.
        job.progress.step("backup.full_instead")
        return _store_base(job, place, log, None)
    remember_files(job.configuration, job.backup_id, files)
    return stored, parent


def _require_all_told(conn: psycopg.Connection, before: bytes, now: bytes) -> None:
    if may_forget(conn, before, now):
        raise NotIncrementalError(
            "The server may have left out blocks that changed.",
            next_step="strongroom backup --full",
        )


@dataclass(frozen=True)
class _Mark:
    """A record of our own in the log, and how far the log is on the server's disk with it."""

    position: str
    end: str


def _mark(watcher: psycopg.Connection, backup_id: str) -> _Mark:
    with database_errors("marking the moment of the backup"):
        watcher.execute("SET LOCAL synchronous_commit = on")
        position = str(watcher.execute(MARK, [backup_id]).fetchall()[0][0])
        watcher.commit()
        end = str(watcher.execute(FLUSHED).fetchall()[0][0])
        watcher.rollback()
    return _Mark(position, end)


def _require_same(cluster: Cluster, identified: Identified) -> None:
    """A pooler or a load balancer may send each connection elsewhere."""
    if cluster.system_identifier != identified.system_identifier:
        raise BackupError(
            "The address leads to one server for questions, and to another one for its log: "
            f"{cluster.system_identifier} and {identified.system_identifier}.",
            next_step="give the server's own address in database.backup",
        )
