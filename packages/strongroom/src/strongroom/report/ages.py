"""How old the newest backup and the newest proof are, against their limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from strongroom.report.facts import Facts


@dataclass(frozen=True)
class Age:
    """How old the newest of something is."""

    what: str
    at: datetime | None
    """None where there is none, or where that cannot be learnt."""
    limit_s: int
    failed: bool = False
    """A drill has found it not to be what it should."""

    def good(self, now: datetime) -> bool:
        """Whether there is one, it is young enough, and no drill has refuted it."""
        young = self.at is not None and (now - self.at).total_seconds() <= self.limit_s
        return young and not self.failed

    def as_dict(self, now: datetime) -> dict[str, object]:
        """The age as documented for ``--json``."""
        return {"at": self.at, "limit_s": self.limit_s, "good": self.good(now)}


def ages_of(facts: Facts) -> tuple[Age, Age]:
    """The age of the newest backup, and that of the newest proof of any."""
    store, policy = facts.store, facts.policy
    newest, proof = (store.newest, store.proof) if store else (None, None)
    failed = bool(store and store.deciding and store.deciding.verdict == "failed")
    return (
        Age("backup", newest.started_at if newest else None, policy.backup_age_max_s, failed),
        Age("proof", proof.at if proof else None, policy.proof_age_max_s),
    )


def at_risk_s(facts: Facts) -> float | None:
    """Commits of at most so many seconds would be lost with the database now (RPO).

    None where nothing would bring anything back, or where that cannot be learnt.
    """
    store, log = facts.store, facts.log
    if store is None:
        return None
    if log is not None and log.led_from and not log.lost and log.figures.stored_at:
        return max(0.0, (facts.at - log.figures.stored_at).total_seconds())
    failed = store.deciding is not None and store.deciding.verdict == "failed"
    at = (store.proof.at if store.proof else None) if failed else None
    if not failed and store.newest is not None:
        at = store.newest.started_at
    return None if at is None else max(0.0, (facts.at - at).total_seconds())


def span(duration_s: float) -> str:
    """A duration in the largest unit of which it has two."""
    for unit, unit_s in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if duration_s >= 2 * unit_s:
            return f"{duration_s / unit_s:.3g} {unit}"
    return f"{duration_s:.3g} s"
