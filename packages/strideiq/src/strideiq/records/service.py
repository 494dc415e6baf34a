"""Deriving the best efforts of each activity, as its athlete corrects them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.platform.bulk import copy_rows
from strideiq.records.best_efforts import (
    FORMULA_VERSION,
    Effort,
    Track,
    efforts_along,
    jumps_of,
)
from strideiq.records.bests import SPORT
from strideiq.records.corrections import (
    Correction,
    Verdict,
    correct,
    corrected,
    corrected_timed,
    corrections_of,
)
from strideiq.records.models import BestEffort, TimeEffort
from strideiq.records.rating import index_shown
from strideiq.records.timed_efforts import TimedEffort, timed_efforts

CHANNELS = ("time_s", "distance_m")
DEPENDS_ON = frozenset({"sport", "started_at", "streams"})
"""The fields of an activity whose change changes its efforts."""
BATCH = 100
"""Activities whose samples are held in memory at a time."""


def recompute(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Effort]:
    """Derive one activity's best efforts anew from its streams; the caller commits.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    activities.activity(session, athlete_id, activity_id)
    return _recompute(session, athlete_id, [activity_id])[activity_id].by_distance


def recompute_recorded(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Derive the best efforts of many activities in the transaction that recorded them."""
    for begin in range(0, len(activity_ids), BATCH):
        _recompute(session, athlete_id, activity_ids[begin : begin + BATCH])


def recompute_changed(session: Session, athlete_id: UUID, activity_id: UUID, field: str) -> None:
    """Derive one activity's best efforts anew when what they depend on is shown differently."""
    if field in DEPENDS_ON:
        _recompute(session, athlete_id, [activity_id])


def say(
    session: Session,
    athlete_id: UUID,
    activity_id: UUID,
    effort: str,
    verdict: Verdict | None,
    elapsed_s: float | None = None,
) -> None:
    """Say of an effort that it does not count or was measured; None takes that back.

    ``effort`` is ``5000 m``, ``720 s`` or ``all``. What follows from it is derived anew at once.

    Raises:
        InvalidInputError: no runner was that fast, or the activity is too short for it.
        NoSuchActivityError: the athlete has no such activity.
        NotFoundError: there is no such effort.
    """
    if correct(session, athlete_id, activity_id, effort, verdict, elapsed_s):
        _recompute(session, athlete_id, [activity_id])


def stale(session: Session, athlete_id: UUID, limit: int | None = None) -> Sequence[UUID]:
    """Activities whose best efforts are of another formula, no more than the limit."""
    return session.scalars(
        select(BestEffort.activity_id)
        .distinct()
        .where(BestEffort.athlete_id == athlete_id, BestEffort.formula_version != FORMULA_VERSION)
        .order_by(BestEffort.activity_id)
        .limit(limit)
    ).all()


def bring_up_to_date(session: Session, athlete_id: UUID, limit: int | None = None) -> int:
    """Derive what another formula derived, no more than the limit; returns how many that were."""
    found = stale(session, athlete_id, limit)
    recompute_recorded(session, athlete_id, found)
    return len(found)


@dataclass(frozen=True)
class RunEfforts:
    """The efforts of one run, over distances and over times."""

    by_distance: list[Effort]
    by_time: list[TimedEffort]


def _recompute(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]
) -> dict[UUID, RunEfforts]:
    derived: dict[UUID, RunEfforts] = {}
    distances: list[dict[str, object]] = []
    times: list[dict[str, object]] = []
    said = corrections_of(session, athlete_id, activity_ids)
    for recorded in activities.recorded_channels(session, athlete_id, activity_ids, CHANNELS):
        efforts = _derive(recorded, said.get(recorded.activity_id, {}))
        derived[recorded.activity_id] = efforts
        distances += (_row(athlete_id, recorded, effort) for effort in efforts.by_distance)
        times += (_timed_row(athlete_id, recorded, effort) for effort in efforts.by_time)
    for table, rows in ((BestEffort, distances), (TimeEffort, times)):
        session.execute(
            delete(table).where(table.athlete_id == athlete_id, table.activity_id.in_(activity_ids))
        )
        copy_rows(session, table, rows)
    return derived


def _derive(recorded: activities.RecordedChannels, said: Mapping[str, Correction]) -> RunEfforts:
    if recorded.sport != SPORT:
        return RunEfforts([], [])
    by_distance: list[Effort] = []
    by_time: list[TimedEffort] = []
    if "distance_m" in recorded.streams:
        track = Track.of(recorded.streams["time_s"], recorded.streams["distance_m"])
        if track.is_a_way:
            jumps = jumps_of(track)
            by_distance = efforts_along(track, jumps)
            by_time = timed_efforts(track, jumps)
    return RunEfforts(corrected(by_distance, said), corrected_timed(by_time, said))


def _row(
    athlete_id: UUID, recorded: activities.RecordedChannels, effort: Effort
) -> dict[str, object]:
    return {
        **_shared(athlete_id, recorded, effort),
        "distance_m": effort.distance.distance_m,
        "elapsed_s": effort.elapsed_s,
        "measured": effort.measured,
        "performance_index": index_shown(effort.distance.distance_m, effort.elapsed_s),
    }


def _timed_row(
    athlete_id: UUID, recorded: activities.RecordedChannels, effort: TimedEffort
) -> dict[str, object]:
    return {
        **_shared(athlete_id, recorded, effort),
        "duration_s": effort.duration.duration_s,
        "distance_m": effort.distance_m,
    }


def _shared(
    athlete_id: UUID, recorded: activities.RecordedChannels, effort: Effort | TimedEffort
) -> dict[str, object]:
    return {
        "athlete_id": athlete_id,
        "activity_id": recorded.activity_id,
        "start_s": effort.start_s,
        "achieved_at": recorded.started_at + timedelta(seconds=effort.start_s),
        "counts": effort.counts,
        "reason": effort.reason,
        "formula_version": FORMULA_VERSION,
    }


DERIVATION = activities.Derivation("best efforts", FORMULA_VERSION, stale, recompute_recorded)
"""How best efforts are derived anew when their formula has changed."""
