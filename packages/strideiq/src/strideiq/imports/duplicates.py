"""Is this run here already? By device and start, else by what was recorded at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.public import Neighbour, ObservedActivity

Floats = NDArray[np.float64]

PLACES = ("latitude_deg", "longitude_deg")
METRES_PER_DEGREE = 111_195.0
"""Of latitude, on the sphere."""

SAME_START_S = 2.0
"""One device cannot start two activities within this time."""

OVERLAP_MIN = 0.8
"""The part of an activity's time that another one must cover to be the same."""

NEAR_M = 150.0
"""Two recordings of one run lie no further apart, at the median over time."""

DISTANCE_RATIO_MAX = 1.2
"""Nor do their distances over the same time differ more, where there are no positions."""


@dataclass(frozen=True)
class Match:
    """An activity that is the same as one in a file, and how that is known."""

    activity_id: UUID
    kind: str
    """The format of the source that it is the same as."""
    sample_count: int
    same_recording: bool
    """Both come from one recording of one device, or from one activity of one service."""


def find(session: Session, athlete_id: UUID, observed: ObservedActivity) -> Match | None:
    """What is the same as this one, deleted or not; None when nothing is.

    Compared with what sources said, not with what the athlete made of it.
    """
    if observed.upstream_id is not None:
        upstream = activities.observed_upstream(session, athlete_id, observed.upstream_id)
        if upstream:
            return _match(upstream[-1], same_recording=True)
    candidates = activities.observed_near(
        session, athlete_id, observed.started_at, observed.elapsed_s
    )
    for candidate in reversed(candidates):
        if _same_device_and_start(candidate, observed):
            return _match(candidate, same_recording=True)
    for candidate in candidates:
        if _covered(candidate, observed) >= OVERLAP_MIN and _same_streams(
            session, athlete_id, candidate, observed
        ):
            return _match(candidate, same_recording=False)
    return None


def _match(found: Neighbour, *, same_recording: bool) -> Match:
    return Match(found.activity_id, found.kind, found.sample_count, same_recording)


def _same_device_and_start(candidate: Neighbour, observed: ObservedActivity) -> bool:
    apart_s = abs((candidate.started_at - observed.started_at).total_seconds())
    return (
        observed.device_serial is not None
        and candidate.device_serial == observed.device_serial
        and apart_s <= SAME_START_S
    )


def _covered(candidate: Neighbour, observed: ObservedActivity) -> float:
    """The part of the new activity's time during which the candidate was going on."""
    late_s = (candidate.started_at - observed.started_at).total_seconds()
    begin_s = max(0.0, late_s)
    end_s = min(observed.elapsed_s, late_s + candidate.elapsed_s)
    return (end_s - begin_s) / observed.elapsed_s if observed.elapsed_s > 0 else 1.0


def _same_streams(
    session: Session, athlete_id: UUID, candidate: Neighbour, observed: ObservedActivity
) -> bool:
    """Whether both were at the same place, else went equally far, at the same time.

    Where there is nothing to compare, that they were going on together has to do.
    """
    theirs = activities.observed_streams(
        session, athlete_id, candidate.observation_of, candidate.number
    )
    ours = observed.streams
    if "time_s" not in theirs:
        return True
    late_s = (candidate.started_at - observed.started_at).total_seconds()
    their_time_s = theirs["time_s"] + late_s
    if all(place in theirs and place in ours for place in PLACES):
        return _near(
            [_at(ours["time_s"], their_time_s, theirs[place]) for place in PLACES],
            [ours[place] for place in PLACES],
        )
    if "distance_m" in theirs and "distance_m" in ours:
        at_ours = _at(ours["time_s"], their_time_s, theirs["distance_m"])
        return _equally_far(at_ours, ours["distance_m"])
    return True


def _at(moments: Floats, time_s: Floats, values: Floats) -> Floats:
    """Another recording's values at our moments; NaN before its beginning and after its end."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(moments), np.nan)
    return np.interp(moments, time_s[known], values[known], left=np.nan, right=np.nan)


def _near(theirs: Sequence[Floats], ours: Sequence[Floats]) -> bool:
    """Whether two tracks, as latitude and longitude at the same moments, lie together."""
    both = np.isfinite(theirs[0]) & np.isfinite(ours[0])
    if not both.any():
        return True
    latitude_deg, longitude_deg = (
        np.column_stack([one[both], other[both]]) for one, other in zip(theirs, ours, strict=True)
    )
    north_m = METRES_PER_DEGREE * (latitude_deg[:, 0] - latitude_deg[:, 1])
    shrink = np.cos(np.radians(latitude_deg[:, 0]))
    east_m = METRES_PER_DEGREE * shrink * (longitude_deg[:, 0] - longitude_deg[:, 1])
    return float(np.median(np.hypot(north_m, east_m))) <= NEAR_M


def _equally_far(theirs: Floats, ours: Floats) -> bool:
    """Whether two distances grew by about as much over the same moments."""
    both = np.isfinite(theirs) & np.isfinite(ours)
    if np.count_nonzero(both) < 2:  # noqa: PLR2004  growth needs two moments
        return True
    shorter_m, longer_m = sorted(float(np.ptp(each[both])) for each in (theirs, ours))
    return longer_m <= DISTANCE_RATIO_MAX * shorter_m + NEAR_M
