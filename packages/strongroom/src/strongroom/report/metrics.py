"""The facts as metrics; ages are those of the moment in which they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import get_args

from strongroom.alerts import Metric
from strongroom.drills import Verdict as DrillVerdict
from strongroom.identity import Verdict
from strongroom.report.conditions import KINDS, evaluate
from strongroom.report.facts import Facts, StoreFacts
from strongroom.report.figures import figures_of, rpo_s

Values = Iterator[tuple[dict[str, str], float]]


def metrics_of(all_facts: Iterable[Facts], now: datetime) -> list[Metric]:
    """One metric for each figure, with the values of every database.

    A figure that is not known has no value: a missing series is not a good one.
    """
    collected = list(all_facts)
    return [
        Metric(
            name,
            about,
            tuple(
                ({**_labels(facts), **labels}, value)
                for facts in collected
                for labels, value in values(facts, now)
            ),
        )
        for name, (about, values) in _METRICS.items()
    ]


def _labels(facts: Facts) -> dict[str, str]:
    return {
        "application": facts.application,
        "environment": facts.environment,
        "database": facts.database,
    }


def _verdict(facts: Facts, now: datetime) -> Values:
    del now
    if facts.judgement is not None:
        for verdict in Verdict:
            yield {"verdict": str(verdict)}, float(facts.judgement.verdict is verdict)


def _backup_age(facts: Facts, now: datetime) -> Values:
    if facts.store and facts.store.newest:
        yield {}, _age_s(now, facts.store.newest.started_at)


def _proof_age(facts: Facts, now: datetime) -> Values:
    if facts.store and facts.store.proof:
        yield {}, _age_s(now, facts.store.proof.at)


def _at_risk(facts: Facts, now: datetime) -> Values:
    """A backup that failed its drill brings nothing back, so the newest proof counts then."""
    store = facts.store
    if store is None or store.newest is None:
        return
    if facts.log is not None and facts.log.led_from and not facts.log.lost:
        yield from _log_behind(facts, now)
        return
    if store.deciding is not None and store.deciding.verdict == "failed":
        if store.proof is not None:
            yield {}, _age_s(now, store.proof.at)
        return
    yield {}, _age_s(now, store.newest.started_at)


def _log_behind(facts: Facts, now: datetime) -> Values:
    if facts.log and facts.log.figures.stored_at:
        yield {}, _age_s(now, facts.log.figures.stored_at)


def _log_lag(facts: Facts, now: datetime) -> Values:
    del now
    if facts.log and facts.log.figures.lag_bytes is not None:
        yield {}, float(facts.log.figures.lag_bytes)


def _backup_size(facts: Facts, now: datetime) -> Values:
    del now
    if facts.store and facts.store.newest:
        yield {}, float(facts.store.newest.size_bytes)


def _backup_duration(facts: Facts, now: datetime) -> Values:
    del now
    if facts.store and facts.store.newest:
        yield {}, facts.store.newest.duration_s


def _rows(facts: Facts, now: datetime) -> Values:
    del now
    for table in facts.store.newest.tables if facts.store and facts.store.newest else ():
        yield {"table": table.name}, float(table.rows)


def _backups(facts: Facts, now: datetime) -> Values:
    del now
    if facts.store:
        yield {"state": "whole"}, float(facts.store.backups)
        yield {"state": "damaged"}, float(len(facts.store.damaged))
        yield {"state": "missing"}, float(len(facts.store.missing))


def _drills(facts: Facts, now: datetime) -> Values:
    del now
    if facts.store:
        for verdict in get_args(DrillVerdict):
            yield {"verdict": verdict}, float(facts.store.drills.get(verdict, 0))


def _last_drill(facts: Facts, now: datetime) -> Values:
    del now
    last = _decided(facts.store)
    for verdict in get_args(DrillVerdict) if last else ():
        yield {"verdict": verdict}, float(verdict == last)


def _decided(store: StoreFacts | None) -> str | None:
    drill = (store.deciding or store.last_drill) if store else None
    return drill.verdict if drill else None


def _restore_duration(facts: Facts, now: datetime) -> Values:
    del now
    if facts.store and facts.store.proof:
        yield {}, facts.store.proof.duration_s


def _rto(facts: Facts, now: datetime) -> Values:
    if (rto_s := figures_of(facts, now).rto_s) is not None:
        yield {}, rto_s


def _rpo(facts: Facts, now: datetime) -> Values:
    if (seconds := rpo_s(facts, now)) is not None:
        yield {}, seconds


def _restore_parts(facts: Facts, now: datetime) -> Values:
    measured = figures_of(facts, now).measured
    for part, seconds in (measured.parts_s if measured else {}).items():
        yield {"part": part}, seconds


def _free_bytes(facts: Facts, now: datetime) -> Values:
    del now
    if facts.store and facts.store.free_bytes is not None:
        yield {}, float(facts.store.free_bytes)


def _conditions(facts: Facts, now: datetime) -> Values:
    del now
    conditions = evaluate(facts)
    holding = {one.kind for one in conditions.holding}
    for kind in KINDS:
        if kind not in conditions.unknown:
            yield {"condition": kind}, float(kind in holding)


def _alerts_open(facts: Facts, now: datetime) -> Values:
    del now
    told = [one.notice.severity for one in facts.memory.alerts.values()]
    for severity in ("warning", "critical"):
        yield {"severity": severity}, float(told.count(severity))


def _channels_failing(facts: Facts, now: datetime) -> Values:
    del now
    yield {}, float(len(facts.memory.failing))


def _looked_at(facts: Facts, now: datetime) -> Values:
    del now
    yield {}, facts.at.timestamp()


def _age_s(now: datetime, at: datetime) -> float:
    return max(0.0, (now - at).total_seconds())


_METRICS = {
    "strongroom_verdict": ("Whether the verdict on the database is this one.", _verdict),
    "strongroom_backup_age_seconds": ("Age of the newest backup.", _backup_age),
    "strongroom_proof_age_seconds": ("Age of the newest proof of any backup.", _proof_age),
    "strongroom_at_risk_seconds": (
        "Age of the newest backup that no drill has refuted.",
        _at_risk,
    ),
    "strongroom_wal_behind_seconds": (
        "Everything that was committed so long ago or longer is in the stored log.",
        _log_behind,
    ),
    "strongroom_wal_lag_bytes": ("Log that the server has and the store has not.", _log_lag),
    "strongroom_restore_duration_seconds": (
        "Time that the newest proof took to restore and compare.",
        _restore_duration,
    ),
    "strongroom_rto_seconds": (
        "Time that a restore of the newest backup would take, by the newest proof.",
        _rto,
    ),
    "strongroom_rpo_seconds": ("Age of what the newest proven backup shows.", _rpo),
    "strongroom_drill_part_seconds": ("Time of each part of the newest proof.", _restore_parts),
    "strongroom_backup_size_bytes": ("Stored size of the newest backup.", _backup_size),
    "strongroom_backup_duration_seconds": (
        "Time that the newest backup took.",
        _backup_duration,
    ),
    "strongroom_backup_table_rows": ("Rows of each table in the newest backup.", _rows),
    "strongroom_backups": ("Backups that are whole, damaged, or missing from the store.", _backups),
    "strongroom_drills": ("Drills on record, by verdict.", _drills),
    "strongroom_backup_drill_verdict": (
        "Whether the drill of the newest backup came to this verdict.",
        _last_drill,
    ),
    "strongroom_store_free_bytes": ("Room that is left in the store.", _free_bytes),
    "strongroom_condition": ("Whether a condition holds that needs somebody.", _conditions),
    "strongroom_alerts_open": ("Conditions that somebody was told of and that hold.", _alerts_open),
    "strongroom_channels_failing": ("Channels that did not take a message.", _channels_failing),
    "strongroom_looked_timestamp_seconds": (
        "When these figures were collected.",
        _looked_at,
    ),
}


def names() -> Iterable[str]:
    """The name of every metric, as documented."""
    return _METRICS.keys()
