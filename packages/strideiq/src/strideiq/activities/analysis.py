"""What follows from an activity's samples: time in zones, decoupling, intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from strideiq.activities import measures
from strideiq.activities.charts import smoothed_speed
from strideiq.activities.intensity import Intensity, Zones, time_in_zones
from strideiq.activities.intervals import Interval, intervals
from strideiq.activities.measures import Floats
from strideiq.activities.views import SplitView
from strideiq.physiology.public import effort, grade_adjusted_distance_m

DECOUPLING_MIN_S = 30 * 60.0
"""A shorter run has no endurance that could fade."""

RUN_LENGTHS_M = (100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 1600, 2000, 3000, 5000)
LIKE_SHARE = 0.03
MILE_M = 1609.344


@dataclass(frozen=True)
class ZoneTimes:
    """Seconds in each of five zones, easiest first."""

    zones: Zones
    seconds: tuple[float, ...]

    @property
    def total_s(self) -> float:
        """All of it."""
        return sum(self.seconds)


@dataclass(frozen=True)
class IntervalView:
    """An interval with what the table shows of it; numbers count the fast ones."""

    work: bool
    split: SplitView


@dataclass(frozen=True)
class Analysis:
    """What was found; None or nothing where the samples do not say."""

    heart_rate: ZoneTimes | None
    speed: ZoneTimes | None
    decoupling: float | None
    efficiency_m_per_beat: float | None
    intervals: tuple[IntervalView, ...]
    session: str | None
    """The fast intervals in short, such as ``6 x 800 m``."""


def analyse(channels: Mapping[str, Floats], sport: str, intensity: Intensity) -> Analysis:
    """Everything that every sample of an activity tells together."""
    time_s = channels.get("time_s")
    if time_s is None or len(time_s) < 2:  # noqa: PLR2004  a length of time has two ends
        return Analysis(None, None, None, None, (), None)
    running = sport == "running"
    found = tuple(intervals(time_s, channels.get("distance_m"))) if running else ()
    decoupling, efficiency = _endurance(channels) if running else (None, None)
    return Analysis(
        heart_rate=_times(time_s, _beating(channels), intensity.heart_rate),
        speed=_times(time_s, smoothed_speed(time_s, channels), intensity.speed)
        if running
        else None,
        decoupling=decoupling,
        efficiency_m_per_beat=efficiency,
        intervals=_views(found, channels),
        session=describe([one for one in found if one.work]) if found else None,
    )


def describe(works: list[Interval]) -> str | None:
    """Fast intervals in short: their number and common length, by distance or else by time."""
    metres = np.array([one.distance_m for one in works])
    seconds = np.array([one.elapsed_s for one in works])
    times = "\N{MULTIPLICATION SIGN}"
    for length_m in (*RUN_LENGTHS_M, MILE_M):
        if np.all(np.abs(metres - length_m) <= LIKE_SHARE * length_m + 6):
            shown = "1 mi" if length_m == MILE_M else f"{length_m:,.0f} m"
            return f"{len(works)} {times} {shown}"
    middle = 15 * round(float(np.median(seconds)) / 15)
    if middle and np.all(np.abs(seconds - middle) <= LIKE_SHARE * middle + 6):
        minutes, rest = divmod(middle, 60)
        shown = f"{minutes}:{rest:02}" if rest else f"{minutes}"
        return f"{len(works)} {times} {shown} min"
    return None


def _endurance(channels: Mapping[str, Floats]) -> tuple[float | None, float | None]:
    distance_m, altitude_m = channels.get("distance_m"), channels.get("altitude_m")
    if distance_m is not None and altitude_m is not None:
        distance_m = grade_adjusted_distance_m(distance_m, altitude_m)
    run = effort(channels["time_s"], distance_m, channels.get("heart_rate_bpm"))
    if run.running_s < DECOUPLING_MIN_S:
        return None, run.efficiency_m_per_beat
    return run.decoupling, run.efficiency_m_per_beat


def _times(time_s: Floats, values: Floats | None, zones: Zones | None) -> ZoneTimes | None:
    seconds = None if zones is None else time_in_zones(time_s, values, zones)
    if seconds is None or zones is None:
        return None
    return ZoneTimes(zones, tuple(seconds))


def _beating(channels: Mapping[str, Floats]) -> Floats | None:
    beats = channels.get("heart_rate_bpm")
    return None if beats is None else np.where((beats >= 30) & (beats <= 240), beats, np.nan)  # noqa: PLR2004  a heart's range


def _views(found: tuple[Interval, ...], channels: Mapping[str, Floats]) -> tuple[IntervalView, ...]:
    time_s, heart_rate = channels["time_s"], channels.get("heart_rate_bpm")
    shown: list[IntervalView] = []
    number = 0
    for one in found:
        number += one.work
        first, last = np.searchsorted(time_s, (one.start_s, one.start_s + one.elapsed_s))
        beats = measures.mean_over_time(
            time_s[first:last], None if heart_rate is None else heart_rate[first:last]
        )
        split = SplitView(
            number, one.start_s, one.elapsed_s, one.elapsed_s, one.distance_m, beats, None
        )
        shown.append(IntervalView(one.work, split))
    return tuple(shown)
