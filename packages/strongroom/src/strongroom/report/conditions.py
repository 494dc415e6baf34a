"""Which conditions hold that need somebody: pure rules over facts, the most important first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from strongroom.alerts import Notice, Severity, fingerprint_of
from strongroom.backups import missing_warning
from strongroom.backups.wal import Gap
from strongroom.postgres.replication import text_of
from strongroom.report.ages import span
from strongroom.report.facts import Facts, StoreFacts
from strongroom.report.surroundings import told

ESCALATES_AT = 2
"""From this many times its limit on an age is critical."""
GROWTH = 1.2
"""How much larger than the newest the next backup may be."""
CLOCK_JUMP_TOLD_S = 24 * 3_600

KINDS = (
    "verdict",
    "store_unreachable",
    "backup_missing",
    "backup_damaged",
    "backup_failed",
    "drill_failed",
    "backup_old",
    "wal_gap",
    "wal_behind",
    "key_missing",
    "store_full",
    "protection_missing",
    "protection_weakened",
    "not_proven",
    "drill_inconclusive",
    "prune_failed",
    "audit_finding",
    "clock_jumped",
)
"""Every condition, the most important first; among equals in severity this is their order."""

OF_THE_STORE = (
    "backup_missing",
    "backup_damaged",
    "backup_failed",
    "drill_failed",
    "backup_old",
    "key_missing",
    "store_full",
    "not_proven",
    "drill_inconclusive",
    "clock_jumped",
)
"""What cannot be judged while the store cannot be read."""
OF_THE_LOG = ("wal_gap", "wal_behind")
"""What cannot be judged while the stored log cannot be read."""
OF_THE_DATABASE = ("protection_missing", "protection_weakened")
"""What cannot be judged while the database cannot be looked at."""


@dataclass(frozen=True)
class Conditions:
    """What holds, the most important first, and what could not be judged."""

    holding: tuple[Notice, ...]
    unknown: frozenset[str] = frozenset()
    """Kinds; that none of them is in ``holding`` says nothing."""

    @property
    def good(self) -> bool:
        """Whether everything could be judged, and nothing needs anybody."""
        return not self.holding and not self.unknown


def evaluate(facts: Facts) -> Conditions:
    """Judge the facts; the same facts give the same conditions."""
    holding = [notice for rule in RULES for notice in rule(facts)]
    holding.sort(key=lambda one: (one.severity != "critical", KINDS.index(one.kind)))
    return Conditions(tuple(holding), _unknown(facts))


def _unknown(facts: Facts) -> frozenset[str]:
    unknown: set[str] = set()
    if facts.store is None:
        unknown.update(OF_THE_STORE)
    if facts.keeps_log and facts.log is None:
        unknown.update(OF_THE_LOG)
    warned = facts.judgement.warnings if facts.judgement else ()
    if (
        facts.judgement is None
        or not facts.judgement.matches
        or any(one.code == "protection_unknown" for one in warned)
    ):
        unknown.update(OF_THE_DATABASE)
    return frozenset(unknown) if facts.protected else frozenset(unknown - set(OF_THE_DATABASE))


def _verdict(facts: Facts) -> Iterator[Notice]:
    if facts.judgement_problem is not None:
        problem = facts.judgement_problem
        yield _notice(facts, "verdict", "critical", problem.message, problem.next_step)
    if facts.judgement is not None and not facts.judgement.matches:
        judged = facts.judgement
        message = f"The verdict is {judged.verdict}: {judged.message}"
        yield _notice(facts, "verdict", "critical", message, judged.next or "strongroom check")


def _store_unreachable(facts: Facts) -> Iterator[Notice]:
    if facts.store_problem is not None:
        problem = facts.store_problem
        message = f"The store cannot be read: {problem.message}"
        yield _notice(facts, "store_unreachable", "critical", message, problem.next_step)


def _backup_missing(facts: Facts) -> Iterator[Notice]:
    if facts.store and facts.store.missing:
        message = missing_warning(facts.store.missing).message
        message = message[0].upper() + message[1:]
        yield _notice(facts, "backup_missing", "critical", message, "strongroom backups")


def _backup_damaged(facts: Facts) -> Iterator[Notice]:
    damaged = facts.store.damaged if facts.store else ()
    if damaged:
        message = (
            f"{len(damaged)} of the backups in the store cannot be used, the newest of them "
            f"{max(damaged)}: something of them, or of what they build on, is missing or damaged."
        )
        yield _notice(facts, "backup_damaged", "critical", message, "strongroom fsck")


def _backup_failed(facts: Facts) -> Iterator[Notice]:
    failure = facts.attempts.failed.get("backup")
    if failure is None or facts.store is None:
        return
    if facts.store.newest is not None and facts.store.newest.started_at > failure.at:
        return
    times = f" ({failure.failures} times in a row)" if failure.failures > 1 else ""
    message = f"The last scheduled backup failed{times}: {failure.message}"
    yield _notice(facts, "backup_failed", "critical", message, failure.next_step)


def _drill_failed(facts: Facts) -> Iterator[Notice]:
    deciding = facts.store.deciding if facts.store else None
    if deciding is not None and deciding.verdict == "failed":
        found = "; ".join(deciding.findings) or "it is not what it should be"
        message = f"The newest backup {deciding.backup_id} failed its drill: {found}."
        yield _notice(facts, "drill_failed", "critical", message, "strongroom backup")


def _backup_old(facts: Facts) -> Iterator[Notice]:
    if facts.store is None:
        return
    newest, limit_s = facts.store.newest, facts.policy.backup_age_max_s
    if newest is None:
        yield _notice(facts, "backup_old", "critical", "There is no backup.", "strongroom backup")
    elif severity := _age_severity(facts.at, newest.started_at, limit_s):
        told = _age_told(facts.at, newest.started_at, limit_s)
        message = f"The newest backup {newest.backup_id} is {told}."
        yield _notice(facts, "backup_old", severity, message, "strongroom backup")


def _wal_gap(facts: Facts) -> Iterator[Notice]:
    """Points in time that cannot be reached; after the newest backup that matters most."""
    if facts.log is None:
        return
    if facts.log.led_from is None:
        message = "No physical backup of this life of the database leads to a point in time yet."
        following = "strongroom backup --method physical --full"
        yield _notice(facts, "wal_gap", "warning", message, following)
    elif facts.log.lost:
        told = _gaps_told(facts.log.lost)
        message = (
            f"The log is missing from {told}: from the newest backup {facts.log.led_from} on no "
            "later point in time can be reached."
        )
        yield _notice(facts, "wal_gap", "critical", message, "strongroom backup --full")
    elif facts.log.vanished:
        told = _gaps_told(facts.log.vanished)
        message = f"The log is missing from {told}: no point in time in it can be reached."
        following = "strongroom fsck --read-data --repair"
        yield _notice(facts, "wal_gap", "warning", message, following)


def _gaps_told(gaps: Sequence[Gap]) -> str:
    more = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
    return f"{text_of(gaps[0].start)} to {text_of(gaps[0].end)}{more}"


def _wal_behind(facts: Facts) -> Iterator[Notice]:
    if facts.log is None:
        return
    figures, limit_s = facts.log.figures, facts.log.behind_alert_s
    receiver = figures.receiver
    why = f" {receiver.problem}" if receiver and receiver.problem else ""
    following = receiver.next if receiver and receiver.next else "strongroom wal status"
    if figures.at_risk_s is None:
        message = f"No log of this life of the database is stored yet.{why}"
        yield _notice(facts, "wal_behind", "warning", message, following)
    elif figures.at_risk_s > limit_s:
        severity = _CRITICAL if figures.at_risk_s > ESCALATES_AT * limit_s else _WARNING
        message = (
            f"The stored log is behind: commits of the last {span(figures.at_risk_s)} may be lost "
            f"with the server, and the limit is {span(limit_s)}.{why}"
        )
        if receiver and receiver.incarnation and receiver.limit_bytes is None:
            message += (
                " Until it has caught up the server keeps its log without a limit, and its disk "
                "may fill: set max_slot_wal_keep_size there."
            )
        yield _notice(facts, "wal_behind", severity, message, following)


def _key_missing(facts: Facts) -> Iterator[Notice]:
    if facts.store is None or not facts.store.unopened:
        return
    names, newest = facts.store.unopened, facts.store.newest
    severity = _CRITICAL if newest and newest.backup_id in names else _WARNING
    which = f"{len(names)} backups, the newest of them {names[-1]}" if len(names) > 1 else names[0]
    message = f"No private key on this machine opens {which}."
    following = "strongroom key recover FILE, with a saved copy of the key"
    yield _notice(facts, "key_missing", severity, message, following)


def _not_proven(facts: Facts) -> Iterator[Notice]:
    if facts.store is None or facts.store.newest is None:
        return  # without a backup there is nothing to prove, and that is told already
    proof, limit_s = facts.store.proof, facts.policy.proof_age_max_s
    if proof is None:
        message = "No backup is proven: none was restored and found to be what it should be."
        yield _notice(facts, "not_proven", "warning", message, "strongroom drill")
    elif severity := _age_severity(facts.at, proof.at, limit_s):
        message = f"The newest proof is {_age_told(facts.at, proof.at, limit_s)}."
        if facts.store.last_drill and facts.store.last_drill.sampled_well:
            message += " Drills since then have compared samples only, which prove no backup."
        yield _notice(facts, "not_proven", severity, message, "strongroom drill")


def _drill_inconclusive(facts: Facts) -> Iterator[Notice]:
    if facts.store is None:
        return
    failure, last = facts.attempts.failed.get("drill"), facts.store.last_drill
    if failure is not None and (last is None or last.at <= failure.at):
        message = f"The last scheduled drill could not be made: {failure.message}"
        yield _notice(facts, "drill_inconclusive", "warning", message, failure.next_step)
    elif last and last.sampled_well:
        return  # as the policy wants it; that it is no proof is told by ``not_proven``
    elif last and last.verdict == "inconclusive" and facts.store.deciding is None:
        found = "; ".join(last.findings)
        message = f"The drill of the newest backup {last.backup_id} was inconclusive: {found}."
        following = f"strongroom drill {last.backup_id}"
        yield _notice(facts, "drill_inconclusive", "warning", message, following)


def _prune_failed(facts: Facts) -> Iterator[Notice]:
    if failure := facts.attempts.failed.get("prune"):
        message = f"The last scheduled removal of old backups failed: {failure.message}"
        yield _notice(facts, "prune_failed", "warning", message, failure.next_step)


def _audit_finding(facts: Facts) -> Iterator[Notice]:
    found = facts.surroundings
    if found is None:
        return
    if found.problem is not None:
        message = f"The surroundings could not be audited: {found.problem.message}"
        yield _notice(facts, "audit_finding", "warning", message, found.problem.next_step)
    elif found.dangers:
        message = f"Around it something can lose data: {told(found.dangers, facts.directory)}."
        yield _notice(facts, "audit_finding", "warning", message, "strongroom audit")


def _protection(facts: Facts) -> Iterator[Notice]:
    """Only where somebody has protected it: what nobody wanted is a warning of ``check``."""
    if facts.judgement is None or not facts.protected:
        return
    for warned in facts.judgement.warnings:
        if warned.code == "protection_missing":
            kind, severity = "protection_missing", _CRITICAL
        elif warned.code == "protection_weakened":
            kind, severity = "protection_weakened", _CRITICAL
        elif warned.code == "protection_outdated":
            kind, severity = "protection_weakened", _WARNING
        else:
            continue
        yield _notice(facts, kind, severity, warned.message, "strongroom protect")


def _store_full(facts: Facts) -> Iterator[Notice]:
    store = facts.store
    if store is None or store.free_bytes is None:
        return
    needed_bytes = int(store.newest.size_bytes * GROWTH) if store.newest else 0
    if store.free_bytes < needed_bytes:
        message = (
            f"The store has {_megabytes(store.free_bytes)} MB left, and the next backup needs "
            f"about {_megabytes(needed_bytes)} MB."
        )
        yield _notice(facts, "store_full", "critical", message, "make room on the store's disk")
    elif (
        store.total_bytes
        and store.free_bytes < store.total_bytes * facts.policy.store_free_share_min
    ):
        share = 100 * store.free_bytes / store.total_bytes
        message = f"The store has {share:.1f} % of its disk left."
        yield _notice(facts, "store_full", "warning", message, "make room on the store's disk")


def _clock_jumped(facts: Facts) -> Iterator[Notice]:
    following = "set the clock right, and have it kept right (NTP)"
    if facts.store and facts.store.ahead:
        message = f"By the clock, backups are from the future: {_some(facts.store)}."
        yield _notice(facts, "clock_jumped", "warning", message, following)
        return
    jump = facts.attempts.clock_jump
    if jump and abs(facts.at - jump.at) < timedelta(seconds=CLOCK_JUMP_TOLD_S):
        message = f"The clock was set by {jump.jump_s:+.0f} s while strongroom watched."
        yield _notice(facts, "clock_jumped", "warning", message, following)


Rule = Callable[[Facts], Iterator[Notice]]
RULES: tuple[Rule, ...] = (
    _verdict,
    _store_unreachable,
    _backup_missing,
    _backup_damaged,
    _backup_failed,
    _drill_failed,
    _backup_old,
    _wal_gap,
    _wal_behind,
    _key_missing,
    _not_proven,
    _drill_inconclusive,
    _prune_failed,
    _audit_finding,
    _protection,
    _store_full,
    _clock_jumped,
)
"""A new condition is a rule here, a kind in ``KINDS``, and what it is made of in ``Facts``."""

_CRITICAL: Severity = "critical"
_WARNING: Severity = "warning"


def _notice(facts: Facts, kind: str, severity: Severity, message: str, next_step: str) -> Notice:
    fingerprint = fingerprint_of(kind, facts.application, facts.environment, facts.database)
    return Notice(kind, severity, facts.subject, message, next_step, facts.at, fingerprint)


def _age_severity(now: datetime, at: datetime, limit_s: float) -> Severity | None:
    age_s = (now - at).total_seconds()
    if age_s <= limit_s:
        return None
    return "critical" if age_s > ESCALATES_AT * limit_s else "warning"


def _age_told(now: datetime, at: datetime, limit_s: float) -> str:
    return f"{span((now - at).total_seconds())} old, and the limit is {span(limit_s)}"


def _some(store: StoreFacts) -> str:
    more = f" and {len(store.ahead) - 1} more" if len(store.ahead) > 1 else ""
    return store.ahead[0] + more


def _megabytes(size_bytes: int) -> int:
    return -(-size_bytes // 10**6)
