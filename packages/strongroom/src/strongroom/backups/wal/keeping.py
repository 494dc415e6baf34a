"""Store pieces of the log: encrypted, read back, and only then said to be there."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from strongroom.backups.stream import StoredObject, encrypt
from strongroom.backups.stream_ends import PIECE_BYTES
from strongroom.backups.wal.pages import Seen
from strongroom.backups.wal.pieces import (
    DATA_SUFFIX,
    FORMAT,
    Branch,
    LogRecord,
    Piece,
    history_key,
    history_sha256,
    piece_at,
    stem,
)
from strongroom.errors import (
    LogError,
    NewerFormatError,
    ObjectExistsError,
    ObjectLockedError,
    ObjectMissingError,
    UnverifiedObjectError,
)
from strongroom.postgres.replication import text_of
from strongroom.progress import SILENT, Progress
from strongroom.storage import ObjectStore


@dataclass(frozen=True)
class Keeper:
    """Writes one line of log into one store.

    What is being written is in memory twice, plain and encrypted: at most one segment each.
    """

    store: ObjectStore
    branch: Branch
    database_id: str
    system_identifier: int
    segment_size_bytes: int
    recipients: Sequence[str]
    progress: Progress = SILENT

    def keep(
        self,
        data: bytes | bytearray,
        start: int,
        seen: Seen,
        sent_at: datetime,
        *,
        alive: Callable[[int], None] = lambda _: None,
    ) -> Piece:
        """Store bytes of the log as a piece, and return when it is there beyond doubt.

        Args:
            data: of one segment.
            start: the position of the first of them.
            seen: what the log tells up to their end.
            sent_at: when the server sent the last of them.
            alive: called on the way, with how many bytes have been encrypted.

        Raises:
            UnverifiedObjectError: the store has not what it said that it had.
            StorageError, NoSpaceError: it could not be stored; there is no such piece.
        """
        end = start + len(data)
        name = self.branch.prefix + stem(self.branch.timeline, start, end, self.segment_size_bytes)
        stored, encrypted = self._encrypted(data, name, alive)
        self.progress.step("wal.encrypted")
        self.store.put(stored.key, encrypted)
        self.progress.step("wal.stored")
        require_stored(self.store, stored)
        self.progress.step("wal.verified")
        record = LogRecord(
            format=FORMAT,
            database_id=self.database_id,
            incarnation=self.branch.incarnation,
            system_identifier=self.system_identifier,
            timeline=self.branch.timeline,
            segment_size_bytes=self.segment_size_bytes,
            start=text_of(start),
            end=text_of(end),
            object=stored,
            sent_at=sent_at,
            commit_at=seen.commit_at,
            last_record=None if seen.last_record is None else text_of(seen.last_record),
        )
        self._put_record(record)
        self.progress.step("wal.recorded")
        piece = piece_at(record.key, self.segment_size_bytes)
        if piece is None:
            raise AssertionError("a record has the name of one")
        return piece

    def keep_history(self, text: bytes) -> None:
        """Store where this timeline came from, unless that is there."""
        if any(history_sha256(one.key) for one in self.store.list(self.branch.prefix)):
            return
        target = io.BytesIO()
        made = encrypt(io.BytesIO(text), target, key="", recipients=self.recipients)
        key = history_key(self.branch, made.sha256)
        self.store.put(key, target.getvalue())
        require_stored(self.store, replace(made, key=key))

    def remove(self, pieces: Sequence[Piece]) -> None:
        """Remove pieces that another one holds whole; what the store has locked stays."""
        for piece in pieces:
            remove_piece(self.store, piece.key)
        self.progress.step("wal.superseded")

    def _encrypted(
        self, data: bytes | bytearray, name: str, alive: Callable[[int], None]
    ) -> tuple[StoredObject, bytes]:
        target = io.BytesIO()
        to = self.recipients
        made = encrypt(io.BytesIO(data), target, key=name, recipients=to, report=alive)
        key = f"{name}-{made.sha256}{DATA_SUFFIX}"
        stored = StoredObject(key, made.size_bytes, made.sha256, made.content_size_bytes)
        return stored, target.getvalue()

    def _put_record(self, record: LogRecord) -> None:
        document = record.to_bytes()
        try:
            self.store.put(record.key, document)
        except ObjectExistsError:
            # Ours, if an answer was lost on its way; another's, if two receive the same log.
            if self.store.get(record.key) != document:
                raise
        if self.store.get(record.key) != document:
            raise _unverified(record.key)


def require_stored(store: ObjectStore, stored: StoredObject) -> None:
    """Read an object back, whole, and compare it with what was written; no key is needed.

    Raises:
        UnverifiedObjectError: it is another one.
    """
    sha256, size_bytes = hashlib.sha256(), 0
    with store.open(stored.key) as source:
        while data := source.read(PIECE_BYTES):
            sha256.update(data)
            size_bytes += len(data)
    if (size_bytes, sha256.hexdigest()) != (stored.size_bytes, stored.sha256):
        raise _unverified(stored.key)


def remove_piece(store: ObjectStore, record_key: str) -> None:
    """Remove a piece, its record first. What the store has locked stays, superseded as it is."""
    with suppress(ObjectLockedError):
        data_keys = _data_of(store, record_key)
        store.delete(record_key)
        for key in data_keys:
            store.delete(key)


def _data_of(store: ObjectStore, record_key: str) -> list[str]:
    try:
        return [LogRecord.from_bytes(store.get(record_key), record_key).object.key]
    except (LogError, NewerFormatError, ObjectMissingError):
        return [info.key for info in store.list(f"{record_key.removesuffix('.json')}-")]


def _unverified(key: str) -> UnverifiedObjectError:
    return UnverifiedObjectError(
        f"The store said that it had stored {key}, and has another object there, or none.",
        next_step="see what the store's log says; the receiver tries again",
    )
