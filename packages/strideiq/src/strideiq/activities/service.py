"""Recording activities, and what an athlete may do to them: rename, delete, undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import func, update
from sqlalchemy.orm import Session

from strideiq.activities import measures, streams
from strideiq.activities.annotations import annotate, lock
from strideiq.activities.models import Activity, ActivitySplit, ActivityStream
from strideiq.activities.observed import ObservedActivity, ObservedLap
from strideiq.platform.bulk import copy_rows

SPLIT_LENGTHS_M: Mapping[str, float] = {"km": 1000.0, "mile": 1609.344}
"""The automatic splits, by kind."""

RecordedCallback = Callable[[Session, UUID, Sequence[UUID]], None]
"""Called with the session, the athlete and the new activities, inside the same transaction."""

_on_recorded: list[RecordedCallback] = []


def on_recorded(callback: RecordedCallback) -> None:
    """Have ``callback`` called whenever activities were recorded; registering twice is once.

    It runs in the recording transaction: what it derives is committed with the activities, and
    its failure undoes them.
    """
    if callback not in _on_recorded:
        _on_recorded.append(callback)


def record(
    session: Session,
    athlete_id: UUID,
    observed: ObservedActivity,
    source_file_id: UUID | None = None,
) -> UUID:
    """Add one activity with its streams and splits; the caller commits."""
    return record_many(session, athlete_id, [observed], source_file_id)[0]


def record_many(
    session: Session,
    athlete_id: UUID,
    observed: Sequence[ObservedActivity],
    source_file_id: UUID | None = None,
) -> list[UUID]:
    """Add activities by COPY, in a handful of statements however many there are.

    Returns their ids in the order given. The caller commits.
    """
    identified = [(uuid4(), activity) for activity in observed]
    copy_rows(
        session,
        Activity,
        (
            _activity_row(athlete_id, each, activity, source_file_id)
            for each, activity in identified
        ),
    )
    copy_rows(
        session,
        ActivityStream,
        (
            {"athlete_id": athlete_id, "activity_id": each, **row}
            for each, activity in identified
            for row in _stream_rows(activity)
        ),
    )
    copy_rows(
        session,
        ActivitySplit,
        (
            {"athlete_id": athlete_id, "activity_id": each, **row}
            for each, activity in identified
            for row in _split_rows(activity)
        ),
    )
    recorded = [each for each, _ in identified]
    for callback in _on_recorded:
        callback(session, athlete_id, recorded)
    return recorded


def rename(session: Session, athlete_id: UUID, activity_id: UUID, name: str | None) -> None:
    """Say what the activity is called; None shows the source's own name again.

    Raises:
        FieldValueError: the name is empty or too long.
        NoSuchActivityError: the athlete has no such activity.
    """
    annotate(session, athlete_id, activity_id, "name", name)


def delete(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Put a tombstone on the activity: every row stays, and ``undelete`` takes it back."""
    lock(session, athlete_id, activity_id)
    _set_deleted(session, athlete_id, activity_id, deleted=True)


def undelete(session: Session, athlete_id: UUID, activity_id: UUID) -> None:
    """Take a deletion back."""
    lock(session, athlete_id, activity_id)
    _set_deleted(session, athlete_id, activity_id, deleted=False)


def _set_deleted(session: Session, athlete_id: UUID, activity_id: UUID, *, deleted: bool) -> None:
    session.execute(
        update(Activity)
        .where(Activity.athlete_id == athlete_id, Activity.activity_id == activity_id)
        .values(deleted_at=func.coalesce(Activity.deleted_at, func.now()) if deleted else None)
        .execution_options(synchronize_session="fetch")
    )


def _activity_row(
    athlete_id: UUID, activity_id: UUID, observed: ObservedActivity, source_file_id: UUID | None
) -> dict[str, object]:
    time_s = observed.streams["time_s"]
    heart_rate = observed.streams.get("heart_rate_bpm")
    known_heart_rate = None if heart_rate is None else heart_rate[np.isfinite(heart_rate)]
    return {
        "athlete_id": athlete_id,
        "activity_id": activity_id,
        "source_file_id": source_file_id,
        "session_number": observed.session_number,
        "sport": observed.sport,
        "name": observed.name or observed.sport.replace("_", " ").capitalize(),
        "started_at": observed.started_at,
        "elapsed_s": observed.elapsed_s,
        "moving_s": observed.moving_s,
        "distance_m": observed.distance_m,
        "ascent_m": observed.ascent_m,
        "descent_m": observed.descent_m,
        "average_heart_rate_bpm": measures.mean_over_time(time_s, heart_rate),
        "max_heart_rate_bpm": (
            float(known_heart_rate.max())
            if known_heart_rate is not None and len(known_heart_rate)
            else None
        ),
        "average_cadence_spm": measures.mean_over_time(time_s, observed.streams.get("cadence_spm")),
        "average_power_w": measures.mean_over_time(time_s, observed.streams.get("power_w")),
        "energy_kcal": observed.energy_kcal,
        "device": observed.device,
        "device_serial": observed.device_serial,
        "sample_count": observed.sample_count,
    }


def _stream_rows(observed: ObservedActivity) -> Iterator[dict[str, object]]:
    for level, channels in streams.levels(observed.streams):
        for channel, values in channels.items():
            yield {
                "channel": channel,
                "level": level,
                "sample_count": len(values),
                "content": streams.encode(channel, values),
            }


def _split_rows(observed: ObservedActivity) -> Iterator[dict[str, object]]:
    time_s = observed.streams["time_s"]
    distance_m = observed.streams.get("distance_m")
    altitude_m = observed.streams.get("altitude_m")
    ascent_m = None if altitude_m is None else measures.climb_so_far_m(altitude_m)[0]
    kinds = {"lap": observed.laps} | {
        kind: measures.splits(time_s, distance_m, length_m)
        for kind, length_m in SPLIT_LENGTHS_M.items()
    }
    for kind, laps in kinds.items():
        for number, lap in enumerate(laps, start=1):
            yield {"kind": kind, "number": number, **_split_row(observed, lap, ascent_m)}


def _split_row(
    observed: ObservedActivity, lap: ObservedLap, ascent_m: measures.Floats | None
) -> dict[str, object]:
    time_s = observed.streams["time_s"]
    heart_rate = observed.streams.get("heart_rate_bpm")
    ends = (lap.start_s, lap.start_s + lap.elapsed_s)
    first, last = np.searchsorted(time_s, ends)
    climbed = None
    if ascent_m is not None and len(time_s):
        at_start_m, at_end_m = np.interp(ends, time_s, ascent_m)
        climbed = float(at_end_m - at_start_m)
    return {
        "start_s": lap.start_s,
        "elapsed_s": lap.elapsed_s,
        "moving_s": lap.elapsed_s if lap.moving_s is None else lap.moving_s,
        "distance_m": lap.distance_m,
        "average_heart_rate_bpm": measures.mean_over_time(
            time_s[first:last], None if heart_rate is None else heart_rate[first:last]
        ),
        "ascent_m": climbed,
    }
