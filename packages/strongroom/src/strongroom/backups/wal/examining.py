"""Look at every object of the stored log and say what is not as it should be."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator

from strongroom.backups.findings import BRING_BACK, Finding
from strongroom.backups.reading import Reading
from strongroom.backups.wal.pieces import (
    PREFIX,
    Branch,
    LogRecord,
    Piece,
    branch_of,
    history_sha256,
    piece_at,
)
from strongroom.backups.wal.stored import gaps_between
from strongroom.errors import (
    LogError,
    NewerFormatError,
    ObjectMissingError,
    StorageError,
)
from strongroom.postgres.replication import text_of
from strongroom.storage import ObjectInfo, ObjectStore

FROM_A_COPY = "strongroom fsck --read-data --repair, where a copy has it; else strongroom backup"


class LogExamination:
    """Goes through the log of every database in a store; nothing is changed.

    Args of the constructor:
        store: has the log.
        reading: counts what is read.
        told: where gaps begin that the ledger tells of: a server had let that log go.
        read_data: compare each object's sha256 too; else only its size.
    """

    def __init__(
        self, store: ObjectStore, reading: Reading, told: Collection[str], *, read_data: bool
    ) -> None:
        self._store, self._reading = store, reading
        self._told, self._read_data = told, read_data
        self.not_read = 0

    def findings(self) -> Iterator[Finding]:
        """Everything about records, data, and what is missing between them."""
        branches: dict[Branch, dict[str, ObjectInfo]] = {}
        for info in self._store.list(PREFIX):
            branch = branch_of(info.key)
            if branch is not None:
                branches.setdefault(branch, {})[info.key] = info
        for branch, objects in branches.items():
            yield from self._branch(branch, objects)

    def _branch(self, branch: Branch, objects: dict[str, ObjectInfo]) -> Iterator[Finding]:
        pieces: list[Piece] = []
        named: set[str] = set()
        for key in [one for one in objects if one.endswith(".json")]:
            record = yield from self._record(key)
            if record is None:
                continue
            named.add(record.object.key)
            piece = piece_at(key, record.segment_size_bytes)
            found = yield from self._object(record, objects.get(record.object.key))
            if piece is not None and found:
                pieces.append(piece)
        for key in objects.keys() - named:
            if (sha256 := history_sha256(key)) is not None:
                yield from self._history(key, sha256)
            elif not key.endswith(".json"):
                what = "no record tells of it: it was being stored, or superseded, by a process "
                following = "nothing: the next receiver or prune removes it"
                yield Finding("orphaned_wal", key, None, f"{what}that died", following)
        yield from self._gaps(branch, sorted(pieces))

    def _history(self, key: str, sha256: str) -> Iterator[Finding]:
        if self._read_data and self._reading.sha256(self._store, key)[0] != sha256:
            what = "its bytes are not those that were written"
            yield Finding("flipped", key, None, what, BRING_BACK, sha256)

    def _gaps(self, branch: Branch, pieces: list[Piece]) -> Iterator[Finding]:
        for gap in gaps_between(pieces):
            start, end = text_of(gap.start), text_of(gap.end)
            what = f"the log from {start} to {end} is missing: no point in time in it can be "
            what += "reached, and none after it but from a backup that was taken after it"
            if start in self._told:
                what += "; the server had let it go"
                following = "nothing, once there is a backup from after it"
                yield Finding("wal_gap_told", branch.prefix, None, what, following)
            else:
                yield Finding("wal_gap", branch.prefix, None, what, FROM_A_COPY)

    def _record(self, key: str) -> Generator[Finding, None, LogRecord | None]:
        try:
            return LogRecord.from_bytes(self._reading.get(self._store, key), key)
        except NewerFormatError as error:
            yield Finding("newer_format", key, None, error.message, error.next_step)
        except LogError as error:
            yield Finding("wal_record_damaged", key, None, error.message, FROM_A_COPY)
        except ObjectMissingError:
            pass  # superseded since it was listed
        except StorageError as error:
            yield Finding("unreadable", key, None, error.message, error.next_step)
        return None

    def _object(self, record: LogRecord, info: ObjectInfo | None) -> Generator[Finding, None, bool]:
        """Compare one object with its record; tell whether it is there at all."""
        stored = record.object
        try:
            size_bytes = (info or self._store.stat(stored.key)).size_bytes
            if size_bytes != stored.size_bytes:
                what = f"it has {size_bytes:,} bytes instead of {stored.size_bytes:,}"
                yield Finding("wrong_size", stored.key, None, what, BRING_BACK, stored.sha256)
            elif not self._read_data:
                self.not_read += 1
            elif self._reading.sha256(self._store, stored.key) != (stored.sha256, size_bytes):
                what = "its bytes are not those that were written"
                yield Finding("flipped", stored.key, None, what, BRING_BACK, stored.sha256)
        except ObjectMissingError:
            if any(self._store.list(record.key)):  # else it was superseded meanwhile
                what = f"the log from {record.start} to {record.end} is told of, and not there"
                yield Finding("data_missing", stored.key, None, what, FROM_A_COPY, stored.sha256)
                return False
        except StorageError as error:
            yield Finding("unreadable", stored.key, None, error.message, error.next_step)
        return True
