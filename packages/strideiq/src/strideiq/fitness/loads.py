"""From what activities were to the load of each and of each day; pure.

Load is by pace where a run has one and the runner's index is known; else by heart rate; else by
its length alone, as if it had been easy. ``basis`` says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple
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


class Session(NamedTuple):
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


class SessionLoad(NamedTuple):
    """The load of one activity, and what it was told from."""

    activity_id: UUID
    day: date
    load: float
    basis: Basis


def session_loads(
    sessions: list[Session], index_by_day: Floats, first_day: date, heart: Heart
) -> list[SessionLoad]:
    """The load of each; ``index_by_day`` begins at ``first_day`` and is NaN while unknown."""
    if not sessions:
        return []
    ids, days, sports, elapsed_s, *_ = columns = tuple(zip(*sessions, strict=True))
    running_s = np.nan_to_num(_floats(columns[5]))
    speed, beats = _floats(columns[7]), _floats(columns[8])
    index = index_by_day[_places(days, first_day)]
    paced = (np.array(sports) == RUNNING) & (speed > 0) & (running_s > 0) & np.isfinite(index)
    beating = np.isfinite(beats) & (running_s > 0)
    # What is worked out for all is kept where it holds.
    shown = speed * _ratios(_floats(columns[4]), _floats(columns[6]))
    by_pace = physiology.load_by_pace(running_s, shown, physiology.threshold_speed_mps(index))
    share = physiology.reserve_share(beats, heart.resting_bpm, heart.max_bpm)
    by_heart = physiology.load_by_heart_rate(running_s, share)
    by_time = EASY_LOAD_PER_HOUR * np.where(running_s > 0, running_s, _floats(elapsed_s)) / 3600
    load = np.select([paced, beating], [by_pace, by_heart], by_time)
    basis = np.select([paced, beating], ["pace", "heart rate"], "duration")
    return list(map(SessionLoad, ids, days, load.tolist(), basis.tolist()))


def daily_loads(loads: list[SessionLoad], first_day: date, count: int) -> Floats:
    """The sum of each day's loads."""
    places = _places([one.day for one in loads], first_day)
    inside = (places >= 0) & (places < count)
    weights = np.array([one.load for one in loads])[inside]
    summed: Floats = np.bincount(places[inside], weights, count).astype(np.float64)
    return summed


def _ratios(shown_m: Floats, sampled_m: Floats) -> Floats:
    """``distance_ratio`` of each."""
    ratios = np.divide(shown_m, sampled_m, out=np.ones(len(shown_m)), where=sampled_m > 0)
    usable = (ratios >= SHOWN_RATIO_MIN) & (ratios <= SHOWN_RATIO_MAX)
    return np.where(usable, ratios, 1.0)


def _places(days: Sequence[date], first_day: date) -> NDArray[np.intp]:
    return np.array([day.toordinal() for day in days], dtype=np.intp) - first_day.toordinal()


def _floats(column: Sequence[float | None]) -> Floats:
    return np.array(column, dtype=np.float64)
