"""A made-up past: backups of earlier days beside the real one of the sample, each proven."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from strongroom.backups import Manifest, StoredObject, listed
from strongroom.backups.manifest import data_key
from strongroom.config import Configuration, load
from strongroom.drills.comparison import Verdict
from strongroom.drills.proofs import store_record
from strongroom.drills.records import DrillRecord
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.storage import open_store

FEW = """
[retention]
hourly = 0
daily = 2
weekly = 0
monthly = 0
yearly = 0
keep_min_s = 0
"""
"""Two days are kept, so that all that is older can go."""


def with_few_kept(configuration: Configuration) -> Configuration:
    """The same home, with a policy that lets much go."""
    with configuration.path.open("a", encoding="utf-8") as file:
        file.write(FEW)
    return load(configuration.path)


def aged(configuration: Configuration, days: int) -> list[Manifest]:
    """Put backups of the days before into the store, and prove all; return them, newest first."""
    newest = listed(configuration)[0]
    prove(configuration, newest)
    made = []
    for n in range(1, days + 1):
        manifest = another(newest, newest.started_at - timedelta(days=n))
        keep(configuration, manifest)
        prove(configuration, manifest)
        made.append(manifest)
    return [newest, *made]


def another(manifest: Manifest, at: datetime) -> Manifest:
    """A backup of another moment, with the same rows and other bytes."""
    backup_id = f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    data = data_of(backup_id)
    stored = StoredObject(
        key=data_key(backup_id),
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        content_size_bytes=len(data),
    )
    return replace(
        manifest,
        backup_id=backup_id,
        started_at=at,
        finished_at=at,
        objects=[stored],
        size_bytes=len(data),
    )


def data_of(backup_id: str) -> bytes:
    """What stands for the data of a made-up backup."""
    return backup_id.encode() * 40


def keep(configuration: Configuration, manifest: Manifest, *, recorded: bool = True) -> None:
    """Record a made-up backup and put it into the store."""
    if recorded:
        ledger_of(configuration).record(
            "backup", backup_id=manifest.backup_id, manifest_sha256=manifest.sha256
        )
    store = open_store(configuration.store_url)
    store.put(manifest.objects[0].key, data_of(manifest.backup_id))
    store.put(manifest.key, manifest.to_bytes())


def prove(
    configuration: Configuration, manifest: Manifest, verdict: Verdict = "proven"
) -> DrillRecord:
    """Store what a drill of a backup found."""
    record = DrillRecord(
        drill_id=f"{manifest.started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        backup_id=manifest.backup_id,
        manifest_sha256=manifest.sha256,
        verdict=verdict,
        at=manifest.started_at,
        duration_s=1.0,
    )
    store_record(configuration, record, SILENT)
    return record


def objects_of(configuration: Configuration) -> dict[str, bytes]:
    """Every object of backups and drills, by its key."""
    store = Path(configuration.store_url)
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for room in ("backups", "drills")
        for path in (store / room).rglob("*")
        if path.is_file()
    }
