"""Take a backup: dump, counts and digests of one moment, encrypted on their way to the store."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from strongroom.backups.copies import StoreCopies, copy_after_backup
from strongroom.backups.job import Job, Read
from strongroom.backups.judging import require_match
from strongroom.backups.logical import read_logically
from strongroom.backups.manifest import (
    Manifest,
    SnapshotRecord,
    TableRecord,
    format_for,
)
from strongroom.backups.method import Choice, choose
from strongroom.backups.physical import read_physically
from strongroom.backups.settings import Method
from strongroom.backups.unfinished import marked, sweep_abandoned, unfinished_marks
from strongroom.config import Configuration
from strongroom.errors import (
    NoProofPointError,
    ObjectMissingError,
    TablesLockedError,
    UnverifiedObjectError,
)
from strongroom.identity.gate import OpenDatabase, open_database
from strongroom.identity.keys import recipients
from strongroom.identity.swaps import push_floors
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import database_errors
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


@database_errors("taking a backup")
def take(
    configuration: Configuration,
    database: OpenDatabase | None = None,
    *,
    method: Method | None = None,
    full: bool = False,
    progress: Progress = SILENT,
    copy: bool = True,
    on_copies: OnCopies = lambda _: None,
) -> Manifest:
    """Back up the pinned database, and no other.

    Args:
        configuration: whose database, and where its backups go.
        database: the database, where the caller has it open already. It is judged again: what
            was right when it was opened may have been emptied since.
        method: ``auto``, ``logical`` or ``physical``; by default what the configuration says.
        full: let a physical backup build on no other one.
        progress: told of each of ``STEPS``, of bytes and of tables.
        copy: also bring the configured copies up to date. Whoever waits for the backup alone
            leaves that to the next one.
        on_copies: told of each store of copies; one that failed has failed only there.

    Raises:
        RefusedError: the verdict is not ``match``; nothing was backed up.
        TablesLockedError: another session kept a table locked; nothing is listed.
        BackupError, DatabaseError: the database could not be read; nothing is listed.
        StorageError, NoSpaceError: the store failed; nothing is listed.
    """
    if database is None:
        with open_database(configuration, progress=progress) as opened:
            manifest = _taken(configuration, opened, method, progress, full=full)
    else:
        require_match(configuration)
        database.append_epoch()
        manifest = _taken(configuration, database, method, progress, full=full)
    if copy:
        on_copies(copy_after_backup(configuration, progress=progress))
    progress.step("backup.copied")
    return manifest


def _taken(
    configuration: Configuration,
    database: OpenDatabase,
    method: Method | None,
    progress: Progress,
    *,
    full: bool,
) -> Manifest:
    """Take it by the chosen method; by the other one where no moment can be compared with.

    A dump needs no such moment. Whoever asked for a physical backup gets one, which cannot be
    proven and says why.
    """
    choice = choose(configuration, database, method)
    try:
        return _Taking(configuration, database, choice, progress, full=full).run()
    except NoProofPointError as error:
        if not choice.by_itself:
            raise
        progress.step("backup.logical_instead")
        choice = choice.instead(error.message)
    return _Taking(configuration, database, choice, progress, full=full).run()


class _Taking:
    """One backup on its way."""

    def __init__(
        self,
        configuration: Configuration,
        database: OpenDatabase,
        choice: Choice,
        progress: Progress,
        *,
        full: bool,
    ) -> None:
        self._configuration, self._database, self._progress = configuration, database, progress
        self._choice = choice
        self._started_at, self._started_s = datetime.now(UTC), time.monotonic()
        self._job = Job(
            configuration,
            _backup_id(self._started_at),
            open_store(configuration.store_url),
            [str(recipient) for recipient in recipients(configuration)],
            LOCK_TIMEOUT_MS,
            full,
            not choice.by_itself,
            progress,
        )

    def run(self) -> Manifest:
        """Take it, from the first step to the last."""
        marks = unfinished_marks(self._configuration)
        sweep_abandoned(self._configuration, self._job.store)
        self._progress.step("backup.swept")
        with marked(marks, self._job.backup_id):
            read = self._read_patiently()
            manifest = self._manifest(read)
            self._seal(manifest)
        if manifest.unproven is None:
            self._take_note(manifest)
        self._progress.step("backup.floors")
        return manifest

    def _take_note(self, manifest: Manifest) -> None:
        """Let nobody accept fewer rows than were counted."""
        push_floors(
            self._configuration,
            {one.name: one.rows for one in manifest.tables if one.method != "not_covered"},
            backup_id=manifest.backup_id,
            at=manifest.started_at,
            incarnation=manifest.incarnation,
        )
        note_counts(self._database, {one.name: one.rows for one in manifest.tables})

    def _read_patiently(self) -> Read:
        """Begin again when another session keeps a table locked: most end by themselves."""
        for _ in range(ATTEMPTS - 1):
            try:
                return self._read()
            except TablesLockedError:
                self._progress.step("backup.waiting_for_locks")
                time.sleep(PAUSE_S)  # whoever waits for our own locks comes first
        return self._read()

    def _read(self) -> Read:
        if self._choice.method == "physical":
            return read_physically(self._job, self._database)
        return read_logically(self._job, self._database)

    def _manifest(self, read: Read) -> Manifest:
        contents = read.contents
        tables = [TableRecord(**asdict(digest)) for digest in read.digests]
        return Manifest(
            format=format_for(tables, read.physical),
            backup_id=self._job.backup_id,
            method="physical" if read.physical else "logical",
            database_id=contents.database_id,
            incarnation=contents.incarnation,
            environment=contents.environment,
            application=self._configuration.application,
            postgres_version=contents.postgres_version,
            started_at=self._started_at,
            finished_at=datetime.now(UTC),
            duration_s=round(time.monotonic() - self._started_s, 3),
            size_bytes=sum(stored.size_bytes for stored in read.objects),
            database_size_bytes=contents.database_size_bytes,
            objects=read.objects,
            tables=tables,
            not_covered=read.not_covered,
            sequences=contents.sequences,
            extensions=contents.extensions,
            roles=contents.roles,
            schema_fingerprint=read.schema_fingerprint,
            alembic_revision=contents.alembic_revision,
            snapshot=SnapshotRecord(read.position),
            recipients=self._job.recipients,
            physical=read.physical,
        )

    def _seal(self, manifest: Manifest) -> None:
        """Vouch for the manifest, then write it: with that the backup exists.

        In this order a manifest without its entry is always a foreign one. The other way
        round, a backup whose process died between the two could not be told from a forgery.
        """
        self._require_stored(manifest)
        ledger_of(self._configuration).record(
            "backup",
            backup_id=manifest.backup_id,
            manifest_sha256=manifest.sha256,
            rows=manifest.rows,
            tables=len(manifest.tables),
            size_bytes=manifest.size_bytes,
            duration_s=manifest.duration_s,
            **self._choice.as_dict(),
        )
        self._progress.step("backup.recorded")
        self._job.store.put(manifest.key, manifest.to_bytes())
        if self._job.store.get(manifest.key) != manifest.to_bytes():
            raise _unverified(manifest.key)
        self._progress.step("backup.sealed")

    def _require_stored(self, manifest: Manifest) -> None:
        """Ask for what the store said that it had taken: one that lied is known before the seal."""
        for stored in manifest.objects:
            try:
                size_bytes = self._job.store.stat(stored.key).size_bytes
            except ObjectMissingError as error:
                raise _unverified(stored.key) from error
            if size_bytes != stored.size_bytes:
                raise _unverified(stored.key)


def _unverified(key: str) -> UnverifiedObjectError:
    return UnverifiedObjectError(
        f"The store said that it had {key}, and does not have it as it was sent.",
        next_step="check the store, then strongroom backup",
    )


def _backup_id(at: datetime) -> str:
    """A new name; names sort by time, also within a second: its fraction in 2^-16, then chance."""
    fraction = at.microsecond * 65_536 // 1_000_000
    return f"{at:%Y%m%dT%H%M%SZ}-{fraction:04x}{secrets.token_hex(1)}"
