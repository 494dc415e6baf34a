"""What of the log a copy could bring back."""

from __future__ import annotations

from contextlib import suppress

from strongroom.backups.wal.pieces import LogRecord, branch_of, is_whole_segment
from strongroom.backups.wal.stored import read_log
from strongroom.errors import LogError, NewerFormatError, StorageError
from strongroom.storage import ObjectStore

LOG_KINDS = frozenset({"wal_gap", "wal_record_damaged"})
"""The findings that are about more than one object of a known hash."""


def lacking(store: ObjectStore, copy: ObjectStore, key: str, kind: str) -> list[str]:
    """The records that a copy has whole, and the store lacks or has damaged.

    Args:
        store: is to be mended.
        copy: another store with the same objects.
        key: of the record that is damaged; or what the keys of a line of log begin with.
        kind: of the finding.
    """
    if kind == "wal_record_damaged":
        return [key] if _is_record(copy, key) else []
    with suppress(StorageError):
        present = {info.key for info in store.list(key)}
        candidates = [info.key for info in copy.list(key) if is_whole_segment(info.key)]
        return [one for one in candidates if one not in present and _is_record(copy, one)]
    return []


def is_mended(store: ObjectStore, key: str, kind: str) -> bool:
    """Whether a record is one again, or a line of log has no gap any more."""
    if kind == "wal_record_damaged":
        return _is_record(store, key)
    branch = branch_of(f"{key}.")
    return branch is not None and not read_log(store, branch).gaps


def _is_record(store: ObjectStore, key: str) -> bool:
    try:
        LogRecord.from_bytes(store.get(key), key)
    except (LogError, NewerFormatError, StorageError):
        return False
    return True
