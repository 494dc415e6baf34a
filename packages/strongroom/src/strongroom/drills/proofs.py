"""What drills have found so far: stored beside the backups, and named in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from strongroom.config import Configuration
from strongroom.drills.comparison import Check
from strongroom.drills.records import PREFIX, DrillRecord, decode, encode
from strongroom.errors import BackupError
from strongroom.ledger import ledger_of
from strongroom.progress import Progress
from strongroom.storage import ObjectInfo, ObjectStore, open_store


def store_record(configuration: Configuration, record: DrillRecord, progress: Progress) -> None:
    """Write a record once into the store, then name it in the ledger by its hash."""
    data = encode(record)
    open_store(configuration.store_url).put(record.key, data)
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
    """Find the drill that proves a backup; without a name, the newest proof of any backup.

    The newest drill that came to a verdict decides: a backup that was proven once and failed
    since is not proven. An inconclusive drill takes no proof away.
    """
    decided: dict[str, DrillRecord] = {}
    for record in proofs(configuration, backup_id):
        if record.verdict != "inconclusive":
            decided.setdefault(record.backup_id, record)
    return next((record for record in decided.values() if record.verdict == "proven"), None)


def _records_in(store: ObjectStore, prefix: str) -> Iterator[ObjectInfo]:
    return (stored for stored in store.list(prefix) if stored.key.endswith(".json"))


def _read(store: ObjectStore, stored: ObjectInfo) -> DrillRecord:
    try:
        return decode(store.get(stored.key), stored.key)
    except BackupError as error:
        return damaged_record(stored.key, stored.modified_at, error.message)


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
        checks=(Check("record", "failed", message),),
    )
