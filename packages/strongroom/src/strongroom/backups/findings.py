"""What a check of the store finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["damage", "leftover"]
"""Damage: something is lost or cannot be believed. Leftover: it only takes room, or is odd."""

LEFTOVERS = frozenset(
    {
        "orphaned_data",
        "orphaned_drill",
        "unfinished_backup",
        "unfinished_upload",
        "unexpected_object",
        "unrecorded",
        "orphaned_wal",
        "wal_gap_told",
    }
)
"""The kinds that are no damage."""

BRING_BACK = "bring the object back from a copy of the store; else strongroom backup"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    kind: str
    key: str | None
    """The object, where it is about one."""
    backup_id: str | None
    what: str
    next: str
    sha256: str | None = None
    """What the object must have, where manifest, name or ledger say so."""
    repaired: bool = False

    @property
    def severity(self) -> Severity:
        """Whether something is lost, or only left over."""
        return "leftover" if self.kind in LEFTOVERS else "damage"

    def as_dict(self) -> dict[str, Any]:
        """The finding as documented for ``--json``."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "key": self.key,
            "backup_id": self.backup_id,
            "what": self.what,
            "next": self.next,
            "repaired": self.repaired,
        }
