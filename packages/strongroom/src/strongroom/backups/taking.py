"""Take a backup: dump, counts and digests of one moment, encrypted on their way to the store."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from strongroom.backups.contents import Contents, gaps, read_contents
from strongroom.backups.copies import StoreCopies, copy_after_backup
from strongroom.backups.digesting import Digesting
from strongroom.backups.dump import dump_encrypted
from strongroom.backups.fingerprint import schema_fingerprint
from strongroom.backups.judging import require_floors, require_match
from strongroom.backups.manifest import (
    FORMAT,
    Manifest,
    NotCovered,
    SnapshotRecord,
    TableRecord,
    data_key,
)
from strongroom.backups.source import Source, opened_source
from strongroom.backups.stream import StoredObject
from strongroom.backups.unfinished import marked, sweep_abandoned, unfinished_marks
from strongroom.config import Configuration
from strongroom.errors import TablesLockedError
from strongroom.identity.gate import OpenDatabase, open_database
from strongroom.identity.keys import recipients
from strongroom.identity.swaps import push_floors
from strongroom.ledger import ledger_of
from strongroom.postgres.digests import TableDigest
from strongroom.postgres.snapshots import ExportedSnapshot, held_snapshot
from strongroom.progress import SILENT, Progress
from strongroom.protection import note_counts
from strongroom.storage import open_store

STEPS = (
    "backup.swept",
    "backup.locked",
    "backup.described",
    "backup.streaming",
    "backup.dumped",
    "backup.digested",
    "backup.stored",
    "backup.recorded",
    "backup.sealed",
    "backup.floors",
    "backup.copied",
)
"""What a backup reports as done, in this order."""

OnCopies = Callable[[list[StoreCopies]], None]

LOCK_TIMEOUT_MS = 10_000
ATTEMPTS = 4
"""How often a backup begins while a migration, say, holds a table; between two it holds none."""
PAUSE_S = 2.0


def take(
    configuration: Configuration,
    database: OpenDatabase | None = None,
    *,
    progress: Progress = SILENT,
    copy: bool = True,
    on_copies: OnCopies = lambda _: None,
) -> Manifest:
    """Back up the pinned database, and no other.

    Args:
        configuration: whose database, and where its backups go.
        database: the database, where the caller has it open already. It is judged again: what
            was right when it was opened may have been emptied since.
        progress: told of each of ``STEPS``, of bytes and of tables.
        copy: also bring the configured copies up to date. Whoever waits for the backup alone
            leaves that to the next one.
        on_copies: told of each store of copies; one that failed has failed only there.

    Raises:
        RefusedError: the verdict is not ``match``; nothing was backed up.
        TablesLockedError: another session kept a table locked; nothing is listed.
        BackupError: the database could not be read; nothing is listed.
        StorageError, NoSpaceError: the store failed; nothing is listed.
    """
    if database is None:
        with open_database(configuration, progress=progress) as opened:
            manifest = _Taking(configuration, opened, progress).run()
    else:
        require_match(configuration)
        database.append_epoch()
        manifest = _Taking(configuration, database, progress).run()
    if copy:
        on_copies(copy_after_backup(configuration, progress=progress))
    progress.step("backup.copied")
    return manifest


@dataclass(frozen=True)
class _Read:
    """What came out of the snapshot."""

    contents: Contents
    schema_fingerprint: str
    stored: StoredObject
    digests: list[TableDigest]
    not_covered: list[NotCovered]
    lsn: str


class _Taking:
    """One backup on its way."""

    def __init__(
        self, configuration: Configuration, database: OpenDatabase, progress: Progress
    ) -> None:
        self._configuration, self._database, self._progress = configuration, database, progress
        self._store = open_store(configuration.store_url)
        self._recipients = [str(recipient) for recipient in recipients(configuration)]
        self._started_at, self._started_s = datetime.now(UTC), time.monotonic()
        self._backup_id = _backup_id(self._started_at)

    def run(self) -> Manifest:
        """Take it, from the first step to the last."""
        marks = unfinished_marks(self._configuration)
        sweep_abandoned(self._configuration, self._store)
        self._progress.step("backup.swept")
        with marked(marks, self._backup_id):
            with opened_source(self._database) as source:
                read = self._read_patiently(source)
            manifest = self._manifest(read)
            self._seal(manifest)
        push_floors(
            self._configuration,
            {one.name: one.rows for one in manifest.tables if one.method != "not_covered"},
            backup_id=manifest.backup_id,
            at=manifest.started_at,
            incarnation=manifest.incarnation,
        )
        note_counts(self._database, {one.name: one.rows for one in manifest.tables})
        self._progress.step("backup.floors")
        return manifest

    def _read_patiently(self, source: Source) -> _Read:
        """Begin again when another session keeps a table locked: most end by themselves."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self._read(source)
            except TablesLockedError:
                self._progress.step("backup.waiting_for_locks")
                time.sleep(PAUSE_S)  # whoever waits for our own locks comes first
        return self._read(source)

    def _read(self, source: Source) -> _Read:
        """Hold the database still for a moment, and read all of that moment."""
        with held_snapshot(source.conn, source.tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
            self._progress.step("backup.locked")
            contents = read_contents(source.conn, snapshot.tables)
            fingerprint = schema_fingerprint(
                source.binaries, source.conninfo, snapshot_id=snapshot.id
            )
            self._progress.step("backup.described")
            stored, digests = self._read_rows(source, snapshot, contents)
        self._progress.step("backup.stored")
        return _Read(
            contents=contents,
            schema_fingerprint=fingerprint,
            stored=stored,
            digests=digests,
            not_covered=[
                *gaps(contents, with_large_objects=source.with_large_objects),
                *(NotCovered(one.name, one.reason) for one in digests if one.reason),
            ],
            lsn=snapshot.lsn,
        )

    def _read_rows(
        self, source: Source, snapshot: ExportedSnapshot, contents: Contents
    ) -> tuple[StoredObject, list[TableDigest]]:
        """Dump and digest at the same time; the object is committed only when both succeeded."""
        key = data_key(self._backup_id)
        with (
            Digesting(source.conninfo, snapshot.id, contents.largest_first) as digesting,
            self._store.writer(key) as writer,
        ):
            report = _Report(self._progress, contents, digesting)
            stored = dump_encrypted(
                source.binaries,
                source.conninfo,
                writer,
                arguments=[*source.dump_arguments, f"--snapshot={snapshot.id}"],
                key=key,
                recipients=self._recipients,
                report=report,
            )
            self._progress.step("backup.dumped")
            digests = digesting.result()
            report.finish()
            counts = {one.name: one.rows for one in digests}
            require_floors(self._configuration, contents.incarnation, counts)
            self._progress.step("backup.digested")
        return stored, digests

    def _manifest(self, read: _Read) -> Manifest:
        contents = read.contents
        return Manifest(
            format=FORMAT,
            backup_id=self._backup_id,
            method="logical",
            database_id=contents.database_id,
            incarnation=contents.incarnation,
            environment=contents.environment,
            application=self._configuration.application,
            postgres_version=contents.postgres_version,
            started_at=self._started_at,
            finished_at=datetime.now(UTC),
            duration_s=round(time.monotonic() - self._started_s, 3),
            size_bytes=read.stored.size_bytes,
            database_size_bytes=contents.database_size_bytes,
            objects=[read.stored],
            tables=[TableRecord(**asdict(digest)) for digest in read.digests],
            not_covered=read.not_covered,
            sequences=contents.sequences,
            extensions=contents.extensions,
            roles=contents.roles,
            schema_fingerprint=read.schema_fingerprint,
            alembic_revision=contents.alembic_revision,
            snapshot=SnapshotRecord(read.lsn),
            recipients=self._recipients,
        )

    def _seal(self, manifest: Manifest) -> None:
        """Vouch for the manifest, then write it: with that the backup exists.

        In this order a manifest without its entry is always a foreign one. The other way
        round, a backup whose process died between the two could not be told from a forgery.
        """
        ledger_of(self._configuration).record(
            "backup",
            backup_id=manifest.backup_id,
            manifest_sha256=manifest.sha256,
            rows=manifest.rows,
            tables=len(manifest.tables),
            size_bytes=manifest.size_bytes,
            duration_s=manifest.duration_s,
        )
        self._progress.step("backup.recorded")
        self._store.put(manifest.key, manifest.to_bytes())
        self._progress.step("backup.sealed")


class _Report:
    """Turns what passes through the stream into progress."""

    def __init__(self, progress: Progress, contents: Contents, digesting: Digesting) -> None:
        self._progress, self._digesting = progress, digesting
        self._estimate_bytes = contents.tables_size_bytes
        self._tables = len(contents.largest_first)
        self._done_bytes = 0

    def __call__(self, done_bytes: int) -> None:
        if done_bytes and not self._done_bytes:
            self._progress.step("backup.streaming")
        self._done_bytes = done_bytes
        self._tell(max(done_bytes, self._estimate_bytes))

    def finish(self) -> None:
        """The estimate was one; all is done now."""
        self._tell(self._done_bytes)

    def _tell(self, total_bytes: int) -> None:
        self._progress.amount("backup.data", self._done_bytes, total_bytes, "bytes")
        self._progress.amount("backup.digests", self._digesting.done, self._tables, "tables")


def _backup_id(at: datetime) -> str:
    """A new name; names sort by time, also within a second: its fraction in 2^-16, then chance."""
    fraction = at.microsecond * 65_536 // 1_000_000
    return f"{at:%Y%m%dT%H%M%SZ}-{fraction:04x}{secrets.token_hex(1)}"
