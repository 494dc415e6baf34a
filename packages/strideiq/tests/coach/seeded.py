"""What tests of tools share: the database, and who is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

TODAY = date(2026, 11, 28)


@dataclass(frozen=True)
class Seeded:
    """The database, and who is in it."""

    engine: Any
    connection: Mapping[str, str | int]
    athlete_id: UUID
    other_id: UUID
    """Has a few of the same runs, with ids of its own."""
