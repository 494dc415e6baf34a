"""How the demo athlete slept, felt and ate: with relations that are there, and some that are not.

Planted: an hour more of sleep eases the next day's run by ``EASE_PER_HOUR`` of its effort; HRV
falls and soreness rises with what was run the day before; a tense day costs sleep. Mood and the
resting heart rate follow nothing of all that, whatever it may look like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from strideiq.demo.calendar import AWAY, YEARS_DAYS, Outing
from strideiq.wellness import public as wellness

SEEN = {
    ("sleep_h", "pace"): 1,
    ("load", "hrv_ms"): -1,
    ("load", "soreness"): 1,
    ("stress", "sleep_h"): -1,
}
"""Relations that any honest reckoning finds, with their direction."""

ABSENT = (("mood", "pace"), ("load", "resting_heart_rate_bpm"))
"""Relations that are not there."""

USUAL_SLEEP_H = 7.25
EASE_PER_HOUR = 0.014
MISSED_SHARE = 0.08
EFFORT = {"easy": 1.0, "long": 1.05, "quality": 1.35, "race": 1.6, "trial": 1.2, "ride": 0.3}
MEALS_DAYS, FUEL_DAYS, LONG_M = 14, 120, 14_000.0
INJURIES = (
    ("Calf, left", 597, 579, 5, "A sharp pull in the last repeat. Rode instead."),
    ("Knee, right", 318, 305, 2, "Sore on stairs after the new shoes."),
)
MEALS = (
    (
        "breakfast",
        "07:40",
        (("Porridge with banana", 520, 88, 18, 11), ("Bread and eggs", 560, 52, 28, 24)),
    ),
    (
        "lunch",
        "12:30",
        (("Rice with vegetables", 690, 104, 24, 17), ("Lentil soup", 610, 82, 32, 14)),
    ),
    (
        "dinner",
        "19:10",
        (("Pasta with tomatoes", 820, 128, 30, 19), ("Potatoes and fish", 760, 74, 48, 26)),
    ),
)


def ease(days_ago: int, seed: int) -> float:
    """By what factor the athlete's form of a day differs with the night before it."""
    return 1 + EASE_PER_HOUR * (sleep_h(days_ago, seed) - USUAL_SLEEP_H)


def stress(days_ago: int, seed: int) -> int:
    """How tense a day was, from 1 to 5."""
    rng = np.random.default_rng([seed, days_ago, 1])
    return int(rng.choice([1, 2, 3, 4, 5], p=[0.2, 0.34, 0.26, 0.14, 0.06]))


def sleep_h(days_ago: int, seed: int) -> float:
    """How long the night before a day was, to the quarter of an hour."""
    rng = np.random.default_rng([seed, days_ago, 2])
    tense = stress(days_ago + 1, seed) - 2.5
    slept = USUAL_SLEEP_H - 0.22 * tense + rng.normal(0, 0.7)
    return round(4 * float(np.clip(slept, 3.5, 10.0))) / 4


def live(
    session: Session,
    athlete_id: UUID,
    today: date,
    seed: int,
    done: Sequence[tuple[Outing, UUID]],
) -> None:
    """Put three years of mornings, and the meals of late, into the database."""
    effort = {
        (today - outing.day).days: EFFORT[outing.kind]
        * sum(segment.distance_m for segment in outing.segments)
        / 1000
        for outing, _ in done
    }
    wellness.say_many(session, athlete_id, mornings(today, seed, effort))
    for typed in _meals(today, seed):
        wellness.add_food(session, athlete_id, typed)
    for outing, activity_id in done:
        for typed in _fuel(outing, activity_id, today):
            wellness.add_food(session, athlete_id, typed)
    for place, begin, end, severity, notes in INJURIES:
        wellness.add_injury(
            session,
            athlete_id,
            {
                "place": place,
                "began_on": (today - timedelta(days=begin)).isoformat(),
                "ended_on": (today - timedelta(days=end)).isoformat(),
                "severity": str(severity),
                "notes": notes,
            },
        )


def mornings(
    today: date, seed: int, effort: Mapping[int, float]
) -> Iterator[tuple[date, dict[str, wellness.Value]]]:
    """What was said of each day up to yesterday; some mornings nothing was.

    ``effort`` is how hard each day was, by how many days ago, in kilometres of easy running.
    """
    for days_ago in range(YEARS_DAYS, 0, -1):
        rng = np.random.default_rng([seed, days_ago, 3])
        if rng.random() > MISSED_SHARE:
            yield today - timedelta(days=days_ago), _morning(days_ago, seed, effort, rng)


def _morning(
    days_ago: int, seed: int, effort: Mapping[int, float], rng: np.random.Generator
) -> dict[str, wellness.Value]:
    before = effort.get(days_ago + 1, 0.0)
    passed = 1 - days_ago / YEARS_DAYS
    ill = any(begin >= days_ago >= end for begin, end, why in AWAY if why == "ill")
    slept = sleep_h(days_ago, seed)
    said: dict[str, wellness.Value] = {
        "sleep_h": slept,
        "sleep_quality": _step(3.2 + 0.9 * (slept - USUAL_SLEEP_H) + rng.normal(0, 0.8)),
        "soreness": _step(1.5 + 0.09 * before + rng.normal(0, 0.7)),
        "mood": _step(rng.normal(3.5, 0.9)),
        "stress": float(stress(days_ago, seed)),
        "illness": 2.0 if ill else 0.0,
        "resting_heart_rate_bpm": float(
            round(52 - 4 * passed + (7 if ill else 0) + rng.normal(0, 1.6))
        ),
        "hrv_ms": float(
            round(58 + 8 * passed - 0.42 * before - (14 if ill else 0) + rng.normal(0, 5))
        ),
    }
    if days_ago % 3 == 0:
        said["weight_kg"] = round(70.4 - 2.2 * passed + float(rng.normal(0, 0.4)), 1)
    if ill:
        said["notes"] = "Fever in the night. No running until it is gone."
    return said


def _step(value: float) -> float:
    return float(np.clip(round(value), 1, 5))


def _meals(today: date, seed: int) -> Iterator[dict[str, str]]:
    for days_ago in range(MEALS_DAYS, 0, -1):
        rng = np.random.default_rng([seed, days_ago, 4])
        for meal, clock, dishes in MEALS:
            description, energy, carbohydrate, protein, fat = dishes[int(rng.integers(len(dishes)))]
            more = float(rng.uniform(0.9, 1.15))
            yield {
                "meal": meal,
                "day": (today - timedelta(days=days_ago)).isoformat(),
                "time": clock,
                "description": description,
                "energy_kcal": f"{energy * more:.0f}",
                "carbohydrate_g": f"{carbohydrate * more:.0f}",
                "protein_g": f"{protein * more:.0f}",
                "fat_g": f"{fat * more:.0f}",
            }


def _fuel(outing: Outing, activity_id: UUID, today: date) -> Iterator[dict[str, str]]:
    """A gel and something to drink on each long run of late."""
    length_m = sum(segment.distance_m for segment in outing.segments)
    if (today - outing.day).days > FUEL_DAYS or length_m < LONG_M:
        return
    for clock, description, carbohydrate_g, fluid_ml in (
        ("09:05", "Gel", "25", ""),
        ("09:20", "Water with sugar and salt", "30", "500"),
    ):
        yield {
            "meal": "fuel",
            "day": outing.day.isoformat(),
            "time": clock,
            "description": description,
            "carbohydrate_g": carbohydrate_g,
            "fluid_ml": fluid_ml,
            "activity_id": str(activity_id),
        }
