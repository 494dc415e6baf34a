"""Which run was which workout: pure, from days, sports, lengths and structure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log
from uuid import UUID

from strideiq.training.planning.reasons import Reason, Value

FORMULA_VERSION = 1

SPORT = "running"
DAYS_APART_MAX = 1
"""A workout may be done a day early or late."""

DAY_SHARE, LENGTH_SHARE, STRUCTURE_SHARE = 0.2, 0.5, 0.3
SCORE_MIN = 0.35
"""Below this, a run was something else."""

OTHER_DAY = 0.4
LENGTH_TOLERANCE = 0.35
"""The spread of ln(done / planned) at which the agreement has fallen to a third."""

EASY_RUN_VARIATION = 0.05
"""A lap or kilometre this much faster than the average shows that a run was not even."""


@dataclass(frozen=True)
class Planned:
    """What matching needs to know of a workout."""

    workout_id: UUID
    day: date
    distance_m: float
    duration_s: float
    repeats: int
    """How many fast parts it has; 0 for an even run."""
    fast_s_per_km: float | None
    """The slowest pace at which the fast parts would have been run as planned."""


@dataclass(frozen=True)
class Run:
    """What matching needs to know of an activity. Laps are (metres, seconds)."""

    activity_id: UUID
    day: date
    sport: str
    distance_m: float | None
    moving_s: float
    laps: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Match:
    """A workout with the run that it became; ``score`` from 0 to 1."""

    workout_id: UUID
    activity_id: UUID
    score: float
    reasons: tuple[Reason, ...]


def match(planned: Iterable[Planned], runs: Iterable[Run]) -> list[Match]:
    """Pair workouts with runs: those of one day first, then the best agreement first.

    Each workout and each run is in one pair at most.
    """
    runs = list(runs)
    possible = [
        (workout.day != run.day, found)
        for workout in planned
        for run in runs
        if (found := agreement(workout, run)).score >= SCORE_MIN
    ]
    possible.sort(key=lambda pair: (pair[0], -pair[1].score, str(pair[1].workout_id)))
    paired: list[Match] = []
    workouts_taken: set[UUID] = set()
    runs_taken: set[UUID] = set()
    for _, each in possible:
        if each.workout_id not in workouts_taken and each.activity_id not in runs_taken:
            paired.append(each)
            workouts_taken.add(each.workout_id)
            runs_taken.add(each.activity_id)
    return paired


def agreement(workout: Planned, run: Run) -> Match:
    """How much a run was what was planned, and in words why."""
    days_apart = (run.day - workout.day).days
    if run.sport != SPORT or abs(days_apart) > DAYS_APART_MAX:
        return Match(workout.workout_id, run.activity_id, 0.0, (Reason("match_other"),))
    day = 1.0 if days_apart == 0 else OTHER_DAY
    length, length_reason = _length(workout, run)
    structure, structure_reason = _structure(workout, run)
    score = DAY_SHARE * day + LENGTH_SHARE * length + STRUCTURE_SHARE * structure
    reasons = [_day_reason(days_apart), length_reason]
    if structure_reason is not None:
        reasons.append(structure_reason)
    # A run of quite another length was not this workout, whatever its day.
    score = score if length >= OTHER_DAY / 2 else score * length
    return Match(workout.workout_id, run.activity_id, round(score, 4), tuple(reasons))


def by_hand(workout: Planned, run: Run) -> Match:
    """The agreement of a pair that the athlete has made, whatever the day or the sport."""
    length, length_reason = _length(workout, run)
    structure, structure_reason = _structure(workout, run)
    days_apart = (run.day - workout.day).days
    day = 1.0 if days_apart == 0 else OTHER_DAY if abs(days_apart) == 1 else 0.0
    score = DAY_SHARE * day + LENGTH_SHARE * length + STRUCTURE_SHARE * structure
    reasons = (Reason("match_by_hand"), length_reason) + (
        (structure_reason,) if structure_reason else ()
    )
    return Match(workout.workout_id, run.activity_id, round(score, 4), reasons)


def _day_reason(days_apart: int) -> Reason:
    if days_apart == 0:
        return Reason("match_same_day")
    return Reason("match_day_late" if days_apart > 0 else "match_day_early")


def _length(workout: Planned, run: Run) -> tuple[float, Reason]:
    """Agreement in distance where it was measured, else in time."""
    if run.distance_m:
        done, wanted, unit = run.distance_m, workout.distance_m, "m"
    else:
        done, wanted, unit = run.moving_s, workout.duration_s, "s"
    if done <= 0 or wanted <= 0:
        return 0.0, Reason("match_no_length")
    off = log(done / wanted)
    values: dict[str, Value] = {
        f"done_{unit}": done,
        f"planned_{unit}": wanted,
        "percent": round(100 * abs(done / wanted - 1)),
    }
    nearly = abs(done / wanted - 1) < EASY_RUN_VARIATION
    code = "match_length" if nearly else "match_longer" if off > 0 else "match_shorter"
    return exp(-((off / LENGTH_TOLERANCE) ** 2)), Reason(code, values)


def _structure(workout: Planned, run: Run) -> tuple[float, Reason | None]:
    """Whether the laps show the repeats; without laps nothing is held against the run."""
    if not workout.repeats or workout.fast_s_per_km is None:
        return 1.0, None
    paces = [1000 * seconds / metres for metres, seconds in run.laps if metres > 0]
    if len(paces) < workout.repeats:
        return 0.6, Reason("match_no_laps")
    fast = sum(pace <= workout.fast_s_per_km for pace in paces)
    share = min(1.0, fast / workout.repeats)
    values: dict[str, Value] = {"done": min(fast, workout.repeats), "planned": workout.repeats}
    return share, Reason("match_repeats", values)
