"""The ledger in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strongroom


@dataclass(frozen=True)
class Told:
    """One entry of the ledger as a sentence; ``level`` is proven, attention, refused or empty."""

    at: datetime
    words: str
    level: str = ""


def told(entry: strongroom.Entry) -> Told:
    """Say what an entry records."""
    details: dict[str, Any] = dict(entry.details)
    at = datetime.fromisoformat(entry.at) if isinstance(entry.at, str) else entry.at
    kind = entry.kind
    if kind == "drill":
        verdict = str(details.get("verdict"))
        words = {
            "proven": "Restored a backup into an empty server: every table is as it was",
            "failed": "Restored a backup, and it is not what it should be",
        }.get(verdict, "Could not prove a backup")
        return Told(at, f"{words} ({details.get('backup_id')}).", _level(verdict))
    if kind == "refused":
        return Told(
            at,
            f"Refused to open a database: {details.get('verdict')}. Nothing was written.",
            "refused",
        )
    words = {
        "init": "Made this database and pinned it.",
        "adopt": "Took on this database as it was and pinned it.",
        "accept": f"A person accepted the verdict {details.get('verdict')}.",
        "backup": f"Took backup {details.get('backup_id')}.",
        "restore": f"Restored backup {details.get('backup_id')} beside the database.",
        "swap": "Put a restored database in place; the former one is kept.",
        "undo": "Took a swap back.",
        "key": "Saved a copy of the backup key.",
    }.get(kind, kind.replace("_", " ").capitalize() + ".")
    return Told(at, words)


def _level(verdict: str) -> str:
    return {"proven": "proven", "failed": "refused"}.get(verdict, "attention")
