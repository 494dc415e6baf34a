"""How much is run in a week: what may grow, what is held back, what a taper leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from strideiq.training.planning.calendar import WeekFrame
from strideiq.training.planning.goals import Demands
from strideiq.training.planning.request import WEEK_DAYS, Request, Span

GROWTH = {"new": 0.06, "regular": 0.08, "experienced": 0.10}
"""The most that a week may exceed the greatest one before it, by experience."""

RECOVERY_SHARE = 0.75
TAPER_SHARES = (0.45, 0.65, 0.80)
"""Of the greatest week: in the week of the race, one before, two before."""

START_MIN_M = 10_000.0
"""Whoever runs less begins here, with runs short enough to walk parts of."""

RUN_MIN_M = 3_500.0
LONG_SHARE = {1: 1.0, 2: 0.60, 3: 0.45}
"""The long run's part of a week of few runs; of more, the goal's distance decides."""

LONG_GROWTH_SHARE, LONG_GROWTH_M = 0.10, 2_000.0
"""The long run grows by the greater of the two beyond the longest before it."""

EASY_MAX_SHARE = 0.85
"""An easy run stays this much shorter than the long run."""

AFTER_BREAK = ((28, 0.5), (14, 0.65), (7, 0.8))
"""What is left of the load after so many days away."""


@dataclass(frozen=True)
class Load:
    """What the runner has come to, and so what the next week may be measured by."""

    greatest_m: float
    longest_m: float

    @classmethod
    def of(cls, request: Request, demands: Demands) -> Load:
        """Where a plan begins."""
        weekly_m = max(request.weekly_distance_m, START_MIN_M)
        if request.weekly_distance_max_m is not None:
            weekly_m = min(weekly_m, request.weekly_distance_max_m)
        usual_m = weekly_m * long_share(runs_of(weekly_m, len(request.weekdays)), demands)
        return cls(weekly_m, max(request.longest_run_m, min(usual_m, weekly_m)))

    def after(self, week_m: float, long_m: float) -> Load:
        """The load once a week has been run."""
        return Load(max(self.greatest_m, week_m), max(self.longest_m, long_m))

    def rested(self, days: int) -> Load:
        """The load after so many days without running."""
        left = next((share for least, share in AFTER_BREAK if days >= least), 1.0)
        return replace(self, greatest_m=self.greatest_m * left, longest_m=self.longest_m * left)


def week_target_m(frame: WeekFrame, load: Load, request: Request, demands: Demands) -> float:
    """What a week shall come to, the race left out."""
    if frame.phase == "taper":
        whole_m = load.greatest_m * TAPER_SHARES[min(frame.taper_left, len(TAPER_SHARES) - 1)]
    elif frame.recovery:
        whole_m = load.greatest_m * RECOVERY_SHARE
    elif frame.number == 1:
        whole_m = load.greatest_m
    else:
        wanted_m = max(load.greatest_m, demands.peak_week_m[request.experience])
        whole_m = min(load.greatest_m * (1 + GROWTH[request.experience]), wanted_m)
    if request.weekly_distance_max_m is not None:
        whole_m = min(whole_m, request.weekly_distance_max_m)
    return whole_m * frame.share


def long_run_m(
    week_m: float, runs: int, load: Load, demands: Demands, easy_speed_mps: float
) -> float:
    """How long the long run is: bounded by the week, by time on the feet, and by the last ones."""
    return min(
        week_m * long_share(runs, demands),
        longest_allowed_m(demands, easy_speed_mps),
        max(load.longest_m * (1 + LONG_GROWTH_SHARE), load.longest_m + LONG_GROWTH_M),
    )


def longest_allowed_m(demands: Demands, easy_speed_mps: float) -> float:
    """The longest run that training for this distance has."""
    return min(demands.long_run_max_m, demands.long_run_max_s * easy_speed_mps)


def long_share(runs: int, demands: Demands) -> float:
    """The long run's part of a week with so many runs."""
    return LONG_SHARE.get(runs, demands.long_share)


def runs_of(week_m: float, days: int) -> int:
    """How many runs a week has: no more than there are days, none shorter than worth it."""
    return max(1, min(days, int(week_m // RUN_MIN_M)))


def days_away(frame: WeekFrame, breaks: tuple[Span, ...]) -> int:
    """How long the break was after which this week is the first; else 0."""
    ended = [
        span.days for span in breaks if 0 <= (span.last_day - frame.monday).days + 1 < WEEK_DAYS
    ]
    return max(ended, default=0)
