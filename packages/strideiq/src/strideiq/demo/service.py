"""The demo athlete, put into a database by the same way as any import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes import public as athletes
from strideiq.demo.calendar import Outing, PlantedBest, outings, planted_bests
from strideiq.demo.furnishing import furnish
from strideiq.demo.mornings import live
from strideiq.demo.plans import add_plans
from strideiq.demo.recording import TIME_ZONE, record_outing
from strideiq.demo.words import speak

EMAIL, NAME = "demo@strideiq.example", "Alex Demo"
SEED = 20260119
BATCH = 40
"""Activities that are generated, and held in memory, at a time."""

Report = Callable[[int, int], None]
"""Told how many of how many activities have been recorded."""


@dataclass(frozen=True)
class Demo:
    """What was put in, and what is known of it."""

    athlete_id: UUID
    email: str
    activities: int
    samples: int
    bests: list[PlantedBest]


def populate(
    session: Session,
    *,
    password: str,
    today: date,
    seed: int = SEED,
    report: Report | None = None,
) -> Demo:
    """Make the demo athlete with three years of running up to yesterday; the caller commits.

    The same seed and day give the same runs to the last sample.

    Raises:
        EmailTakenError: the demo athlete exists already.
    """
    athlete = athletes.create(
        session, email=EMAIL, name=NAME, password=password, time_zone=TIME_ZONE
    )
    planned = outings(today, seed)
    samples = 0
    done: list[tuple[Outing, UUID]] = []
    for begin in range(0, len(planned), BATCH):
        batch = planned[begin : begin + BATCH]
        recorded = [record_outing(outing, (today - outing.day).days, seed) for outing in batch]
        ids = activities.record_many(session, athlete.athlete_id, recorded)
        done += zip(batch, ids, strict=True)
        samples += sum(each.sample_count for each in recorded)
        if report is not None:
            report(begin + len(recorded), len(planned))
    add_plans(session, athlete.athlete_id, today)
    furnish(session, athlete.athlete_id, done, today)
    live(session, athlete.athlete_id, today, seed, done)
    speak(session, athlete.athlete_id, [each for _, each in done])
    return Demo(athlete.athlete_id, athlete.email, len(planned), samples, planted_bests(today))
