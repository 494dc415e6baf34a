"""Plans and runs for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import accumulate, pairwise
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.training import plans
from strideiq.training.planning.request import Request

START = date(2026, 11, 30)
RACE = date(2027, 3, 14)
WISH = Request(
    goal_distance_m=21_097.5,
    race_day=RACE,
    start_day=START,
    index=48.0,
    weekdays=frozenset({1, 2, 3, 5, 6}),
    long_run_weekday=6,
    weekly_distance_m=42_000,
    longest_run_m=14_000,
)


def plan(session: Session, athlete_id: UUID, wish: Request = WISH, name: str = "Spring") -> UUID:
    """A stored plan of 15 weeks."""
    return plans.create(session, athlete_id, name, wish)


def run(
    session: Session,
    athlete_id: UUID,
    day: date,
    parts: list[tuple[float, float]],
    sport: str = "running",
) -> UUID:
    """Record an activity of laps, each of (metres, seconds per kilometre)."""
    lengths_s = [metres * pace / 1000 for metres, pace in parts]
    ends_s = [0.0, *accumulate(lengths_s)]
    ends_m = [0.0, *accumulate(metres for metres, _ in parts)]
    time_s = np.arange(0.0, ends_s[-1] + 1, 10.0)
    laps = [
        activities.ObservedLap(start_s=begin, elapsed_s=end - begin, distance_m=metres)
        for (begin, end), (metres, _) in zip(pairwise(ends_s), parts, strict=True)
    ]
    observed = activities.ObservedActivity(
        sport=sport,
        started_at=datetime.combine(day, time(7), UTC),
        elapsed_s=ends_s[-1],
        moving_s=ends_s[-1],
        distance_m=ends_m[-1],
        streams={"time_s": time_s, "distance_m": np.interp(time_s, ends_s, ends_m)},
        laps=laps,
        name="A run",
    )
    return activities.record(session, athlete_id, observed)
