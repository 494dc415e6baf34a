"""The ledger in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import strongroom


@dataclass(frozen=True)
class Told:
    """One entry of the ledger as a sentence; ``level`` is proven, attention, refused or empty."""

    at: datetime
    words: str
    level: str = ""


def told(entry: strongroom.Entry) -> Told:
    """Say what an entry records, and how good or bad that is."""
    return Told(datetime.fromisoformat(entry.at), strongroom.tell_entry(entry), _level(entry))


def _level(entry: strongroom.Entry) -> str:
    if entry.kind == "drill":
        verdict = str(entry.details.get("verdict"))
        return {"proven": "proven", "failed": "refused"}.get(verdict, "attention")
    return "refused" if entry.kind == "refused" else ""
