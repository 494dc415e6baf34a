"""The sessions that weeks are made of, each sized by the week that it stands in.

How much of a week may be fast follows J. Daniels, Daniels' Running Formula, 3rd ed., 2014,
chapter 4: at threshold at most a tenth of the week's distance, in intervals at most 8 % or 10 km
with no repeat longer than five minutes, in repetitions at most 5 % or 8 km.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from strideiq.training.planning.structure import Part, Repeat, Step, Structure, Target, measure

Session = Literal[
    "easy", "long", "long_fast_end", "strides", "threshold", "interval", "repetition",
    "race_pace", "sharpener", "shakeout", "race",
]  # fmt: skip

THRESHOLD_SHARE, THRESHOLD_MAX_S = 0.10, 40 * 60
INTERVAL_SHARE, INTERVAL_MAX_M, INTERVAL_REPEAT_MAX_S = 0.08, 10_000, 5 * 60
REPETITION_SHARE, REPETITION_MAX_M = 0.05, 8_000
RACE_PACE_SHARE = 0.12
MARATHON_PACE_SHARE = 0.45
"""Of a long run; the rest stays easy."""

WARM_UP_M, COOL_DOWN_M = 1_500.0, 1_000.0
ROUND_M = 100.0
STRIDES, STRIDE_S, STRIDE_REST_S = 6, 20.0, 60.0

THRESHOLD_REPEATS_S = (300, 480, 600, 720, 900)
INTERVAL_REPEATS_M = (600, 800, 1_000, 1_200)
REPETITION_REPEATS_M = (200, 300, 400)
RACE_REPEATS_M = {"short": 1_000, "ten": 1_500, "half": 2_000, "marathon": 3_000, "ultra": 4_000}


@dataclass(frozen=True)
class Size:
    """How large a session may be, and for whom."""

    distance_m: float
    """Of the whole session, warm-up and cool-down included."""
    week_m: float
    speeds_mps: Mapping[str, float]
    turn: int
    """Which session of its kind it is, so that repeats vary over the weeks."""
    goal: str
    """The name of the goal's demands."""


def easy(distance_m: float) -> Structure:
    """One easy run."""
    return (Step("run", "easy", distance_m=rounded(distance_m)),)


def strides(size: Size) -> Structure:
    """An easy run with short, relaxed accelerations in it."""
    fast = Repeat(
        STRIDES,
        (
            Step("work", "repetition", duration_s=STRIDE_S),
            Step("recovery", "easy", duration_s=STRIDE_REST_S),
        ),
    )
    taken_m, _ = measure((fast,), size.speeds_mps)
    rest_m = rounded(max(ROUND_M, size.distance_m - taken_m - COOL_DOWN_M))
    return (
        Step("warm_up", "easy", distance_m=rest_m),
        fast,
        Step("cool_down", "easy", distance_m=COOL_DOWN_M),
    )


def threshold(size: Size) -> Structure | None:
    """Repeats at threshold with short rests; fewer and longer as the weeks go by."""
    speed = size.speeds_mps["threshold"]
    total_s = min(THRESHOLD_SHARE * size.week_m / speed, THRESHOLD_MAX_S)
    fitting = [each for each in THRESHOLD_REPEATS_S if 2 * each <= total_s]
    if not fitting:
        return None
    repeat_s = fitting[min(size.turn, len(fitting) - 1)]
    rest = Step("recovery", "easy", duration_s=_quarter_minutes(repeat_s / 5))
    work = Step("work", "threshold", duration_s=float(repeat_s))
    return _fitted(size, work, rest, int(total_s // repeat_s))


def interval(size: Size) -> Structure | None:
    """Repeats that ask for nearly all the oxygen there is, with jogs almost as long."""
    speed = size.speeds_mps["interval"]
    total_m = min(INTERVAL_SHARE * size.week_m, INTERVAL_MAX_M)
    fitting = [
        each
        for each in INTERVAL_REPEATS_M
        if each / speed <= INTERVAL_REPEAT_MAX_S and 3 * each <= total_m
    ]
    if not fitting:
        return None
    repeat_m = fitting[size.turn % len(fitting)]
    rest = Step("recovery", "easy", duration_s=_quarter_minutes(0.8 * repeat_m / speed))
    work = Step("work", "interval", distance_m=float(repeat_m))
    return _fitted(size, work, rest, int(total_m // repeat_m))


def repetition(size: Size) -> Structure | None:
    """Short and fast, with rests long enough to run each one well."""
    speed = size.speeds_mps["repetition"]
    total_m = min(REPETITION_SHARE * size.week_m, REPETITION_MAX_M)
    fitting = [each for each in REPETITION_REPEATS_M if 4 * each <= total_m]
    if not fitting:
        return None
    repeat_m = fitting[size.turn % len(fitting)]
    rest = Step("recovery", "easy", duration_s=_quarter_minutes(2.5 * repeat_m / speed))
    work = Step("work", "repetition", distance_m=float(repeat_m))
    return _fitted(size, work, rest, int(total_m // repeat_m))


def race_pace(size: Size) -> Structure | None:
    """Repeats at the pace of the goal."""
    repeat_m = RACE_REPEATS_M[size.goal]
    work = Step("work", "race", distance_m=float(repeat_m))
    rest = Step("recovery", "easy", duration_s=120.0)
    return _fitted(size, work, rest, int(RACE_PACE_SHARE * size.week_m // repeat_m))


def sharpener(size: Size) -> Structure:
    """A few minutes at the goal's pace, days before the race: to remember it, not to tire."""
    fast = Repeat(
        3,
        (
            Step("work", "race", duration_s=120.0),
            Step("recovery", "easy", duration_s=120.0),
        ),
    )
    return _around(size, fast) or easy(size.distance_m)


def long_fast_end(size: Size) -> Structure:
    """A long run whose last part is at marathon pace, when the legs are tired."""
    fast_m = rounded(MARATHON_PACE_SHARE * size.distance_m)
    before_m = rounded(size.distance_m - fast_m - COOL_DOWN_M)
    return (
        Step("warm_up", "easy", distance_m=before_m),
        Step("work", "marathon", distance_m=fast_m),
        Step("cool_down", "easy", distance_m=COOL_DOWN_M),
    )


def race(distance_m: float) -> Structure:
    """The race itself."""
    return (Step("work", "race", distance_m=distance_m),)


def rounded(distance_m: float) -> float:
    """A distance in whole hundreds of metres, never more than there is."""
    return max(ROUND_M, distance_m // ROUND_M * ROUND_M)


def _fitted(size: Size, work: Step, rest: Step, count: int) -> Structure | None:
    """As many repeats as the session has room for between warm-up and cool-down."""
    for times in range(min(count, 16), 1, -1):
        structure = _around(size, Repeat(times, (work, rest)))
        if structure is not None:
            return structure
    return None


def _around(size: Size, middle: Part) -> Structure | None:
    taken_m, _ = measure((middle,), size.speeds_mps)
    easy_m = size.distance_m - taken_m
    if easy_m < WARM_UP_M + COOL_DOWN_M:
        return None
    warm_up_m = rounded(max(WARM_UP_M, 0.55 * easy_m))
    cool_down_m = rounded(easy_m - warm_up_m)
    target: Target = "easy"
    return (
        Step("warm_up", target, distance_m=warm_up_m),
        middle,
        Step("cool_down", target, distance_m=cool_down_m),
    )


def _quarter_minutes(seconds: float) -> float:
    """A rest that a runner can remember."""
    return max(30.0, round(seconds / 15) * 15.0)
