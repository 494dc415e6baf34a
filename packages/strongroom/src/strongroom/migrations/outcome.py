"""What a migration found and did, for people and machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from strongroom.migrations.lint import Finding
from strongroom.migrations.planning import Plan
from strongroom.migrations.proving import Proof


@dataclass(frozen=True)
class Migrated:
    """What a migration found and did."""

    plan: Plan
    applied: tuple[str, ...]
    proof: Proof | None
    """None where there was nothing to lose, or nothing to do."""
    attempts: int
    duration_s: float
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the linter said."""
        return self.plan.findings

    def as_dict(self) -> dict[str, Any]:
        """The outcome as shown by ``--json``."""
        return {
            **document_of(self.plan, self.proof),
            "applied": list(self.applied),
            "attempts": self.attempts,
            "duration_s": self.duration_s,
            "notes": list(self.notes),
        }


def document_of(plan: Plan, proof: Proof | None) -> dict[str, Any]:
    """Plan, findings and rehearsal as shown by ``--json``, also of a refused migration."""
    return {
        "plan": plan.as_dict(),
        "findings": [one.as_dict() for one in plan.findings],
        "backup_id": proof.manifest.backup_id if proof else None,
        "rehearsal": proof.rehearsal.as_dict() if proof else None,
        "applied": [],
    }
