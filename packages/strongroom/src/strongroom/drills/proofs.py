"""What drills have found so far: stored beside the backups, and named in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from strongroom.backups.catalogue import listed
from strongroom.backups.copies import copy_record
from strongroom.backups.retention import DrillVerdict
from strongroom.config import Configuration
from strongroom.drills.comparison import Check
from strongroom.drills.records import PREFIX, DrillRecord, decode, encode
from strongroom.errors import BackupError, UnverifiedObjectError
from strongroom.ledger import ledger_of
from strongroom.progress import Progress
from strongroom.storage import ObjectInfo, ObjectStore, open_store

DAMAGED = "record"
"""The check that stands in a record that cannot be read."""


def store_record(configuration: Configuration, record: DrillRecord, progress: Progress) -> None:
    """Write a record once into the store, then name it in the ledger by its hash.

    Raises:
        StorageError: the store does not have the record, so that nothing is proven.
    """
    data = encode(record)
    store = open_store(configuration.store_url)
    store.put(record.key, data)
    if store.get(record.key) != data:
        raise UnverifiedObjectError(
            f"The store said that it had {record.key}, and does not have it as it was sent.",
            next_step="check the store, then strongroom drill",
        )
    progress.step("drill.record_stored")
    ledger_of(configuration).record(
        "drill",
        drill_id=record.drill_id,
        backup_id=record.backup_id,
        verdict=record.verdict,
        rows=record.rows,
        duration_s=round(record.duration_s, 3),
        findings=record.findings,
        record_sha256=hashlib.sha256(data).hexdigest(),
    )
    copy_record(configuration, record.key, data)
    progress.step("drill.recorded")


def proofs(configuration: Configuration, backup_id: str | None = None) -> list[DrillRecord]:
    """List the drills of one backup, or of all, newest first.

    A record that is damaged is shown as a failed drill: it may have said so.
    """
    store = open_store(configuration.store_url)
    prefix = f"{PREFIX}{backup_id}/" if backup_id else PREFIX
    records = [_read(store, stored) for stored in _records_in(store, prefix)]
    return sorted(records, key=lambda record: record.at, reverse=True)


def latest_proof(configuration: Configuration, backup_id: str | None = None) -> DrillRecord | None:
    """Find the drill that proves a backup; without a name, the newest proof of any backup."""
    proven = proven_backups(configuration)
    if backup_id is not None:
        return proven.get(backup_id)
    return max(proven.values(), key=lambda record: record.at, default=None)


def proven_backups(configuration: Configuration) -> dict[str, DrillRecord]:
    """Find every backup that is proven, with the drill that says so."""
    decided = deciding_drills(configuration)
    return {name: record for name, record in decided.items() if record.verdict == "proven"}


def deciding_drills(configuration: Configuration) -> dict[str, DrillRecord]:
    """Find the drill that decides on each backup: proven, or failed.

    The newest drill that came to a verdict decides: a backup that was proven once and failed
    since is not proven. An inconclusive drill takes no proof away. A proof counts only while
    the very backup that it is about is there, and only if the ledger tells of it.
    """
    standing = {(one.backup_id, one.sha256) for one in listed(configuration)}
    told_of = _LedgerOfDrills(configuration)
    decided: dict[str, DrillRecord] = {}
    for record in proofs(configuration):
        if record.verdict == "failed" or (record.verdict == "proven" and told_of(record)):
            decided.setdefault(record.backup_id, record)
    return {
        name: record
        for name, record in decided.items()
        if record.verdict == "failed" or (name, record.manifest_sha256) in standing
    }


def believed_drills(configuration: Configuration) -> list[DrillRecord]:
    """The drills that count, newest first: those that failed, and those that the ledger knows."""
    told_of = _LedgerOfDrills(configuration)
    return [one for one in proofs(configuration) if one.verdict == "failed" or told_of(one)]


def drill_verdicts(configuration: Configuration) -> dict[str, DrillVerdict]:
    """What retention has to know of drills: of each backup the verdict that decides on it."""
    return as_verdicts(deciding_drills(configuration))


def as_verdicts(decided: Mapping[str, DrillRecord]) -> dict[str, DrillVerdict]:
    """Take from deciding drills only what they found."""
    return {
        name: "proven" if record.verdict == "proven" else _how_refuted(record)
        for name, record in decided.items()
    }


def _how_refuted(record: DrillRecord) -> DrillVerdict:
    return "unreadable" if any(one.name == DAMAGED for one in record.checks) else "failed"


class _LedgerOfDrills:
    """What the ledger knows of drills; one that is damaged, or younger, denies none."""

    def __init__(self, configuration: Configuration) -> None:
        entries, damaged = ledger_of(configuration).readable()
        self._hashes = {one.details.get("record_sha256") for one in entries if one.kind == "drill"}
        self._began_at = datetime.fromisoformat(entries[0].at) if entries and not damaged else None

    def __call__(self, record: DrillRecord) -> bool:
        if self._began_at is None or record.at < self._began_at:
            return True
        return hashlib.sha256(encode(record)).hexdigest() in self._hashes


def _records_in(store: ObjectStore, prefix: str) -> Iterator[ObjectInfo]:
    return (stored for stored in store.list(prefix) if stored.key.endswith(".json"))


def _read(store: ObjectStore, stored: ObjectInfo) -> DrillRecord:
    try:
        return decode(store.get(stored.key), stored.key)
    except BackupError as error:
        return damaged_record(stored.key, stored.modified_at, error.message)


def require_as_written(data: bytes, key: str) -> None:
    """Make sure that every bit of a stored record is as it was written.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        BackupError: it is damaged, or lies under the name of another one.
    """
    record = decode(data, key)
    if record.key != key or encode(record) != data:
        raise BackupError(
            f"The drill record {key} is damaged: it is not as it was written.",
            next_step="strongroom drill",
        )


def damaged_record(key: str, at: datetime, message: str) -> DrillRecord:
    """Stand in for a record that cannot be read."""
    backup_id, _, name = key.removeprefix(PREFIX).partition("/")
    return DrillRecord(
        drill_id=name.removesuffix(".json"),
        backup_id=backup_id,
        manifest_sha256=None,
        verdict="failed",
        at=at,
        duration_s=0.0,
        checks=(Check(DAMAGED, "failed", message),),
    )
