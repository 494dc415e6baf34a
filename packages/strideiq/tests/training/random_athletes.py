"""Random runners with random lives, each the same for the same number."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import get_args

from strideiq.physiology.public import Race, index_of_race, race_time_s
from strideiq.training.planning.goals import demands_of
from strideiq.training.planning.request import Experience, Request, Span

TODAY = date(2026, 11, 27)
GOALS_M = (1_609.344, 5_000, 8_000, 10_000, 15_000, 21_097.5, 30_000, 42_195, 50_000, 80_000)


def random_request(number: int) -> Request:
    """A wish that may or may not have a plan."""
    rng = Random(number)  # noqa: S311  a runner, no secret
    index = race_shown(rng)
    goal_m = rng.choice(GOALS_M)
    start = TODAY + timedelta(days=rng.randrange(14))
    weeks = rng.randint(demands_of(goal_m).weeks_min, 40)
    weekdays = frozenset(rng.sample(range(7), rng.randint(2, 7)))
    weekly_m = rng.choice((0.0, rng.uniform(5_000, 30_000), rng.uniform(20_000, 110_000)))
    return Request(
        goal_distance_m=goal_m,
        race_day=start + timedelta(days=7 * weeks + rng.randrange(7)),
        start_day=start,
        index=index,
        weekdays=weekdays,
        long_run_weekday=rng.choice(sorted(weekdays)),
        weekly_distance_m=weekly_m,
        longest_run_m=weekly_m * rng.choice((0.0, 0.25, 0.4)),
        weekly_distance_max_m=rng.choice((None, None, rng.uniform(20_000, 90_000))),
        experience=rng.choice(get_args(Experience)),
        breaks=tuple(_breaks(rng, start)),
        easy_until=start + timedelta(days=rng.randrange(40)) if rng.random() < 0.2 else None,
    )


def race_shown(rng: Random) -> float:
    """An index as a race shows it, from a beginner's to a champion's."""
    distance_m = rng.choice((5_000.0, 10_000.0, 21_097.5))
    time_s = float(race_time_s(rng.uniform(25, 75), distance_m))
    return index_of_race(Race(distance_m, time_s)).value


def _breaks(rng: Random, start: date) -> list[Span]:
    if rng.random() < 0.7:
        return []
    first = start + timedelta(days=rng.randrange(10, 60))
    return [Span(first, first + timedelta(days=rng.choice((2, 6, 9, 16, 30))))]
