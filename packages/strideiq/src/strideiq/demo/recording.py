"""What a watch would have recorded of an outing: samples with a body and a device behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from strideiq.activities.public import ObservedActivity, ObservedLap, climb_m
from strideiq.demo.calendar import Outing, Segment
from strideiq.demo.mornings import ease
from strideiq.physiology.public import grade_factor, oxygen_cost

Floats = NDArray[np.float64]

TIME_ZONE = "Europe/Zurich"
HEART_REST_BPM, HEART_MAX_BPM = 48.0, 189.0
HEART_LAG_S = 35.0
DRIFT_PER_HOUR = 0.035
"""How much the heart's share of its reserve grows over an hour at the same effort."""

BODY_KG = 68.0
OLD_WATCH_UNTIL_DAYS_AGO = 700
OLD_WATCH_KEEPS = 0.45
"""The older watch saves memory and leaves out more than half of the seconds."""


@dataclass(frozen=True)
class _Course:
    """Second by second: how far, how fast, and where the segments end."""

    distance_m: Floats
    speed_mps: Floats
    ends: tuple[int, ...]


def record_outing(outing: Outing, days_ago: int, seed: int) -> ObservedActivity:
    """Run the outing. The same outing and seed give the same samples."""
    rng = np.random.default_rng([seed, days_ago])
    course = _run(outing, rng)
    kept = _kept_seconds(course, days_ago, rng)
    seconds = np.arange(len(course.distance_m), dtype=np.float64)
    paused_s = _pauses(outing, len(seconds), rng)
    clock_s = seconds + paused_s
    rested = replace(outing, index=outing.index * ease(days_ago, seed))
    streams = _channels(rested, course, days_ago, rng)
    ascent_m, descent_m = climb_m(streams["altitude_m"]) or (0.0, 0.0)
    return ObservedActivity(
        sport="cycling" if outing.kind == "ride" else "running",
        started_at=_started_at(outing, rng),
        elapsed_s=float(clock_s[-1]),
        moving_s=float(seconds[-1]),
        distance_m=float(course.distance_m[-1]),
        streams={"time_s": clock_s[kept], **{k: v[kept] for k, v in streams.items()}},
        laps=_laps(outing, course, clock_s),
        name=outing.name,
        ascent_m=ascent_m,
        descent_m=descent_m,
        energy_kcal=round(BODY_KG * float(course.distance_m[-1]) / 1000 * 1.02),
        device="Watch One" if days_ago > OLD_WATCH_UNTIL_DAYS_AGO else "Watch Two",
        device_serial="demo-1" if days_ago > OLD_WATCH_UNTIL_DAYS_AGO else "demo-2",
    )


def _run(outing: Outing, rng: np.random.Generator) -> _Course:
    gained: list[Floats] = []
    ends: list[int] = []
    behind_m = 0.0
    for segment in outing.segments:
        if segment.exact_s is None:
            speeds = _natural(outing, segment, behind_m, rng)
        else:
            speeds = _even(segment.distance_m, segment.exact_s, rng)
        gained.append(speeds)
        behind_m += segment.distance_m
        ends.append((ends[-1] if ends else 0) + len(speeds))
    speed = np.concatenate([[gained[0][0]], *gained])
    distance = np.round(np.concatenate([[0.0], np.cumsum(speed[1:])]), 2)
    return _Course(distance, speed, tuple(ends))


def _even(distance_m: float, elapsed_s: int, rng: np.random.Generator) -> Floats:
    """An even effort that takes exactly its time over exactly its distance."""
    speeds = 1 + 0.004 * _wander(elapsed_s, 40, rng)
    return np.asarray(speeds * distance_m / speeds.sum(), dtype=np.float64)


def _natural(outing: Outing, segment: Segment, behind_m: float, rng: np.random.Generator) -> Floats:
    """A pace that wanders a little and gives way to hills, over the segment's distance."""
    count = max(round(segment.distance_m / segment.speed_mps), 2)
    along = behind_m + segment.speed_mps * np.arange(count + 1, dtype=np.float64)
    grade = np.diff(outing.route.altitude_m(along)) / segment.speed_mps
    speeds = segment.speed_mps * (1 - 2.2 * grade) * (1 + 0.02 * _wander(count, 15, rng))
    return np.asarray(speeds * segment.distance_m / speeds.sum(), dtype=np.float64)


def _wander(count: int, smooth_s: int, rng: np.random.Generator) -> Floats:
    """Noise of about unit size that changes over ``smooth_s`` seconds, at most two either way."""
    kernel = np.hanning(2 * smooth_s + 1)
    noise = np.convolve(rng.standard_normal(count + 2 * smooth_s), kernel, mode="valid")
    return np.asarray(np.clip(noise / np.sqrt((kernel**2).sum()), -2, 2), dtype=np.float64)


def _kept_seconds(course: _Course, days_ago: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which seconds the watch saves; always the first, the last and the ends of segments."""
    count = len(course.distance_m)
    share = OLD_WATCH_KEEPS if days_ago > OLD_WATCH_UNTIL_DAYS_AGO else 1.0
    kept = rng.random(count) < share
    kept[[0, *course.ends]] = True
    return kept


def _pauses(outing: Outing, count: int, rng: np.random.Generator) -> Floats:
    """Seconds that the watch has stood paused, at traffic lights and for a photograph."""
    paused = np.zeros(count)
    if outing.kind in {"easy", "long"} and rng.random() < 0.4:  # noqa: PLR2004  two in five
        for _ in range(int(rng.integers(1, 4))):
            paused[int(rng.integers(300, count)) :] += int(rng.integers(15, 150))
    return paused


def _channels(
    outing: Outing, course: _Course, days_ago: int, rng: np.random.Generator
) -> dict[str, Floats]:
    count = len(course.distance_m)
    latitude, longitude = outing.route.position(course.distance_m)
    height = outing.route.altitude_m(course.distance_m)
    shown = np.convolve(np.pad(course.speed_mps, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    channels = {
        "distance_m": course.distance_m,
        "latitude_deg": latitude + 1.6e-5 * _wander(count, 20, rng),
        "longitude_deg": longitude + 2.2e-5 * _wander(count, 20, rng),
        "altitude_m": height + 0.8 * _wander(count, 200, rng),
        "heart_rate_bpm": _heart_rate(outing, course, rng),
        "speed_mps": shown,
    }
    if outing.kind != "ride":
        cadence = 140 + 9.5 * shown + 1.2 * _wander(count, 6, rng)
        channels["cadence_spm"] = np.round(cadence)
    if days_ago <= OLD_WATCH_UNTIL_DAYS_AGO:
        warmth = 11 - 9 * np.cos(2 * np.pi * (outing.day.timetuple().tm_yday - 20) / 365)
        channels["temperature_c"] = np.round(warmth + 2 * _wander(count, 300, rng))
    return channels


def _heart_rate(outing: Outing, course: _Course, rng: np.random.Generator) -> Floats:
    """The heart follows the oxygen that the effort costs, late, and drifts upwards."""
    count = len(course.distance_m)
    riding = outing.kind == "ride"
    climb = np.gradient(outing.route.altitude_m(course.distance_m))
    if riding:
        level_mps = course.speed_mps * 0.42 + 2.2 * climb
    else:
        level_mps = course.speed_mps * grade_factor(climb / course.speed_mps)
    demand = oxygen_cost(60 * np.maximum(level_mps, 1.0)) / outing.index
    reserve = np.clip(demand * (1 + DRIFT_PER_HOUR * np.arange(count) / 3600), 0.2, 1.0)
    lag = np.exp(-np.arange(int(6 * HEART_LAG_S)) / HEART_LAG_S)
    at_rest = np.full(len(lag) - 1, 0.25)
    felt = np.convolve(np.concatenate([at_rest, reserve]), lag / lag.sum(), mode="valid")
    beats = HEART_REST_BPM + felt * (HEART_MAX_BPM - HEART_REST_BPM)
    seen = np.minimum(beats + 1.5 * _wander(count, 12, rng), HEART_MAX_BPM)
    return np.asarray(np.round(seen), dtype=np.float64)


def _laps(outing: Outing, course: _Course, clock_s: Floats) -> tuple[ObservedLap, ...]:
    """One lap for each segment, where there is more than one."""
    if len(outing.segments) == 1:
        return ()
    starts = (0, *course.ends[:-1])
    return tuple(
        ObservedLap(
            start_s=float(clock_s[begin]),
            elapsed_s=float(clock_s[end] - clock_s[begin]),
            distance_m=float(course.distance_m[end] - course.distance_m[begin]),
            moving_s=float(end - begin),
        )
        for begin, end in zip(starts, course.ends, strict=True)
    )


def _started_at(outing: Outing, rng: np.random.Generator) -> datetime:
    hour = {"long": 8, "race": 9, "ride": 10}.get(outing.kind, 6)
    local = datetime.combine(outing.day, time(hour, 30), tzinfo=ZoneInfo(TIME_ZONE))
    late = timedelta(minutes=0 if outing.kind == "race" else int(rng.integers(-15, 40)))
    return (local + late).astimezone(UTC)
