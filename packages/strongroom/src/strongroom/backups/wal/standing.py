"""How a receiver stands, written beside the state for whoever asks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from strongroom.config import Configuration
from strongroom.files import write_whole

Phase = Literal["receiving", "standby", "at_rest", "failing", "ended"]
NAME = "wal-receiver.json"


@dataclass(frozen=True)
class Standing:
    """What a receiver last wrote of itself."""

    at: datetime
    phase: Phase
    """``standby``: another process receives it. ``at_rest``: the server is not running."""
    incarnation: str | None = None
    timeline: int | None = None
    stored: str | None = None
    """How far the log is stored."""
    server: str | None = None
    """How far the server had written when it last said so."""
    stored_at: datetime | None = None
    """Up to when everything that was committed is stored, by the server's clock."""
    problem: str | None = None
    next: str | None = None
    limit_bytes: int | None = None
    """How much log the server keeps for us at most; None if its disk is the limit."""


def standing_path(configuration: Configuration) -> Path:
    """Where it is written."""
    return configuration.state_cache / NAME


def write_standing(configuration: Configuration, standing: Standing) -> None:
    """Write it in one step."""
    document = asdict(standing)
    for name in ("at", "stored_at"):
        document[name] = document[name].isoformat() if document[name] else None
    write_whole(standing_path(configuration), json.dumps(document).encode())


def read_standing(configuration: Configuration) -> Standing | None:
    """Read it; None where no receiver ever ran, or what it wrote cannot be read."""
    try:
        document: dict[str, Any] = json.loads(standing_path(configuration).read_bytes())
        for name in ("at", "stored_at"):
            if document[name] is not None:
                document[name] = datetime.fromisoformat(document[name])
        return Standing(**document)
    except (OSError, ValueError, TypeError, KeyError):
        return None
