"""How long a restore would take, and how much would be lost: the figures of the trade.

RTO is measured, by the newest drill that proved a backup, and made larger where the newest backup
is. RPO counts from the moment that the newest *proven* backup shows: what was written since then
has nothing behind it that is known to bring it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from strongroom.report.facts import Facts


@dataclass(frozen=True)
class Measured:
    """What the restore time was measured by."""

    backup_id: str
    at: datetime
    restore_s: float
    database_size_bytes: int
    parts_s: Mapping[str, float]

    def as_dict(self) -> dict[str, object]:
        """The measurement as documented for ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class Figures:
    """Each is None where no backup is proven, or where that cannot be learnt."""

    rto_s: float | None = None
    rpo_s: float | None = None
    measured: Measured | None = None

    def as_dict(self) -> dict[str, object]:
        """The figures as documented for ``--json``."""
        measured = self.measured.as_dict() if self.measured else None
        return {"rto_s": self.rto_s, "rpo_s": self.rpo_s, "measured": measured}


def figures_of(facts: Facts, now: datetime) -> Figures:
    """The figures at a moment."""
    measured = _measured(facts)
    return Figures(
        rto_s=_rto_s(facts, measured) if measured else None,
        rpo_s=rpo_s(facts, now),
        measured=measured,
    )


def rpo_s(facts: Facts, now: datetime) -> float | None:
    """Writes of so many seconds would be lost with the database now."""
    proven = facts.store.proven if facts.store else None
    return None if proven is None else max(0.0, (now - proven.started_at).total_seconds())


def _measured(facts: Facts) -> Measured | None:
    store = facts.store
    if store is None or store.proof is None or store.measured is None:
        return None
    return Measured(
        backup_id=store.proof.backup_id,
        at=store.proof.at,
        restore_s=store.proof.restore_s,
        database_size_bytes=store.measured.database_size_bytes,
        parts_s=store.proof.parts_s,
    )


def _rto_s(facts: Facts, measured: Measured) -> float:
    newest = facts.store.newest if facts.store else None
    size_bytes = newest.database_size_bytes if newest else 0
    larger = max(1.0, size_bytes / max(1, measured.database_size_bytes))
    return round(measured.restore_s * larger, 3)
