"""Store the log of a backup beside its base, from where the base begins."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from strongroom.backups.job import Job
from strongroom.backups.manifest import object_key
from strongroom.backups.physical.log import Archive, LogOfBackup
from strongroom.backups.stream import StoredObject, encrypt
from strongroom.postgres.replication import Identified, Replication, position_of

LOG_NAME = "wal.tar.zst.age"


class StoredLog:
    """The log of one backup: held by the server from now on, stored from where the base begins."""

    def __init__(
        self,
        job: Job,
        stream: Replication,
        beside: ThreadPoolExecutor,
        identified: Identified,
        segment_size_bytes: int,
    ) -> None:
        self._job, self._stream, self._beside = job, stream, beside
        self._timeline, self._size_bytes = identified.timeline, segment_size_bytes
        self._slot = stream.hold_log()
        self._log: LogOfBackup | None = None
        self._storing: Future[StoredObject] | None = None
        self.start = 0

    def begin(self, position: int) -> None:
        """Store it from the segment of this position on; a second base begins after the first."""
        if self._log is not None:
            return
        self.start = position - position % self._size_bytes
        self._stream.start(self._slot, self.start, self._timeline)
        self._log = LogOfBackup(self._stream, self.start)
        archive = Archive(self._log, self._timeline, self._size_bytes)
        self._storing = self._beside.submit(_store_log, self._job, archive)

    def end_at(self, position: str) -> None:
        """Let it end here; the server has written this far."""
        self._begun()[0].end_at(position_of(position))

    def stored(self) -> StoredObject:
        """Wait until all of it is stored."""
        return self._begun()[1].result()

    @contextmanager
    def abandoned_on_failure(self) -> Iterator[None]:
        """Let its reader end when the backup fails, so that nobody waits for it."""
        try:
            yield
        except BaseException:
            if self._log is not None:
                self._log.abandon()
            raise

    def _begun(self) -> tuple[LogOfBackup, Future[StoredObject]]:
        if self._log is None or self._storing is None:
            raise AssertionError("a base that was stored has told where its log begins")
        return self._log, self._storing


def _store_log(job: Job, log: Archive) -> StoredObject:
    key = object_key(job.backup_id, LOG_NAME)
    with job.store.writer(key) as writer:
        return encrypt(log, writer, key=key, recipients=job.recipients)
