"""From what activities were to the load of each and of each day; pure.

Load is by pace where a run has one and the runner's index is known; else by heart rate; else by
its length alone, as if it had been easy. ``basis`` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from strideiq.physiology import public as physiology

Floats = NDArray[np.float64]

RUNNING = "running"
Basis = Literal["pace", "heart rate", "duration"]

EASY_LOAD_PER_HOUR = 36.0
"""An hour of which nothing but its length is known, at six tenths of threshold."""

RESTING_BPM = 60.0
"""Assumed while the athlete has told no resting heart rate."""

MAX_BPM_LEAST = 170.0
"""A greatest heart rate below this has only not been seen yet."""

SHOWN_RATIO_MIN, SHOWN_RATIO_MAX = 0.25, 4.0
"""By how much a shown distance may differ from the samples' and still be of the same run."""


@dataclass(frozen=True)
class Session:
    """One activity with what its load follows from; ``shown_distance_m`` is what counts."""

    activity_id: UUID
    day: date
    sport: str
    elapsed_s: float
    shown_distance_m: float | None
    running_s: float | None
    distance_m: float | None
    normalised_speed_mps: float | None
    mean_heart_rate_bpm: float | None
    efficiency_m_per_beat: float | None
    decoupling: float | None

    @property
    def distance_ratio(self) -> float:
        """What the samples' distances are multiplied by, for the shown one."""
        if not self.shown_distance_m or not self.distance_m:
            return 1.0
        ratio = self.shown_distance_m / self.distance_m
        return ratio if SHOWN_RATIO_MIN <= ratio <= SHOWN_RATIO_MAX else 1.0


@dataclass(frozen=True)
class Heart:
    """The heart's range, by which a heart rate is judged."""

    resting_bpm: float
    max_bpm: float


@dataclass(frozen=True)
class SessionLoad:
    """The load of one activity, and what it was told from."""

    activity_id: UUID
    day: date
    load: float
    basis: Basis


def session_loads(
    sessions: list[Session], index_by_day: Floats, first_day: date, heart: Heart
) -> list[SessionLoad]:
    """The load of each; ``index_by_day`` begins at ``first_day`` and is NaN while unknown."""
    return [_session_load(one, index_by_day, first_day, heart) for one in sessions]


def daily_loads(loads: list[SessionLoad], first_day: date, count: int) -> Floats:
    """The sum of each day's loads."""
    daily = np.zeros(count)
    for one in loads:
        place = (one.day - first_day).days
        if 0 <= place < count:
            daily[place] += one.load
    return daily


def _session_load(
    session: Session, index_by_day: Floats, first_day: date, heart: Heart
) -> SessionLoad:
    load, basis = _load(session, float(index_by_day[(session.day - first_day).days]), heart)
    return SessionLoad(session.activity_id, session.day, load, basis)


@lru_cache(maxsize=4096)
def _threshold_speed_mps(index: float) -> float:
    """An index stays the same for weeks, and so does what follows from it."""
    return float(physiology.threshold_speed_mps(index))


def _load(session: Session, index: float, heart: Heart) -> tuple[float, Basis]:
    running_s = session.running_s or 0.0
    speed = session.normalised_speed_mps
    if session.sport == RUNNING and speed and running_s and np.isfinite(index):
        threshold = _threshold_speed_mps(index)
        shown = speed * session.distance_ratio
        return float(physiology.load_by_pace(running_s, shown, threshold)), "pace"
    beats = session.mean_heart_rate_bpm
    if beats is not None and running_s:
        share = physiology.reserve_share(beats, heart.resting_bpm, heart.max_bpm)
        return float(physiology.load_by_heart_rate(running_s, share)), "heart rate"
    return EASY_LOAD_PER_HOUR * (running_s or session.elapsed_s) / 3600, "duration"
