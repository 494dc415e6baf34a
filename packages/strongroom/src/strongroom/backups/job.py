"""What comes out of reading a database for a backup, by whichever method, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from strongroom.backups.contents import Contents
from strongroom.backups.digesting import Digesting
from strongroom.backups.manifest import NotCovered, PhysicalRecord
from strongroom.backups.stream import StoredObject
from strongroom.config import Configuration
from strongroom.postgres.digests import TableDigest
from strongroom.progress import Progress
from strongroom.storage import ObjectStore


@dataclass(frozen=True)
class Job:
    """One backup that is being taken: whose, its name, where to, for whom."""

    configuration: Configuration
    backup_id: str
    store: ObjectStore
    recipients: list[str]
    lock_timeout_ms: int
    full: bool
    """Whether a physical backup must not build on another one."""
    takes_unproven: bool
    """Whether a physical backup is kept that nothing can be compared with."""
    progress: Progress


@dataclass(frozen=True)
class Read:
    """All that a manifest says of the database, and what was stored of it."""

    contents: Contents
    schema_fingerprint: str
    objects: list[StoredObject]
    digests: list[TableDigest]
    not_covered: list[NotCovered]
    position: str
    """In the log, of the moment that counts and digests are of."""
    physical: PhysicalRecord | None = None


class StreamReport:
    """Turns what passes through a stream, and the tables digested beside it, into progress."""

    def __init__(
        self, progress: Progress, estimate_bytes: int, digesting: Digesting | None, tables: int
    ) -> None:
        self._progress, self._digesting = progress, digesting
        self._estimate_bytes, self._tables = estimate_bytes, tables
        self._done_bytes = 0

    def __call__(self, done_bytes: int) -> None:
        """Take note of how many bytes have passed."""
        if done_bytes and not self._done_bytes:
            self._progress.step("backup.streaming")
        self._done_bytes = done_bytes
        self._tell(max(done_bytes, self._estimate_bytes))

    def finish(self) -> None:
        """The estimate was one; all is done now."""
        self._tell(self._done_bytes)

    def _tell(self, total_bytes: int) -> None:
        self._progress.amount("backup.data", self._done_bytes, total_bytes, "bytes")
        if self._digesting is not None:
            self._progress.amount("backup.digests", self._digesting.done, self._tables, "tables")
