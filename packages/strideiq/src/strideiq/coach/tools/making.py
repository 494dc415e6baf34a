"""Makes evidence: subjects of rows, and figures of subjects."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from strideiq.activities import public as activities
from strideiq.coach.checking.evidence import Figure, Subject

FORMULA_VERSION = 1
"""Of what the tools compute themselves: paces, means and sums of rows. Counts up with a change."""

NOUNS = {"running": "run", "cycling": "ride", "walking": "walk", "hiking": "hike",
         "swimming": "swim", "": "activity"}  # fmt: skip


def noun(sport: str) -> str:
    """What one outing of a sport is called."""
    return NOUNS.get(sport, "activity")


def figures_of(
    subject: Subject,
    values: Mapping[str, float | None],
    formula_version: int | None = None,
    part: str = "",
) -> list[Figure]:
    """The figures of a subject, by quantity; what is not known has none."""
    end = f"/{part}" if part else ""
    return [
        Figure(
            f"{subject.kind}/{subject.row_id}/{quantity}{end}",
            subject,
            quantity,
            float(value),
            formula_version,
        )
        for quantity, value in values.items()
        if value is not None and isfinite(value)
    ]


def activity_subject(one: activities.Dated, *aliases: str) -> Subject:
    """An activity as what figures are about."""
    return Subject(
        kind="activity",
        row_id=str(one.activity.activity_id),
        name=one.activity.name,
        first_day=one.day,
        aliases=aliases,
        address=f"/activities/{one.activity.activity_id}",
    )


def pace_s_per_m(one: activities.ActivityView) -> float | None:
    """The mean pace in motion."""
    return one.moving_s / one.distance_m if one.distance_m else None


def activity_figures(subject: Subject, one: activities.ActivityView) -> list[Figure]:
    """Everything that is known of an activity."""
    seen = {
        "distance": one.distance_m,
        "duration": one.moving_s,
        "elapsed": one.elapsed_s,
        "ascent": one.ascent_m,
        "descent": one.descent_m,
        "energy": one.energy_kcal,
        "temperature": one.temperature_c,
        "score": one.effort,
    }
    means = {
        "heart_rate": "average_heart_rate_bpm",
        "max_heart_rate": "max_heart_rate_bpm",
        "cadence": "average_cadence_spm",
        "power": "average_power_w",
    }
    found = figures_of(subject, seen)
    for quantity, field in means.items():
        version = one.formula_version if one.origin(field) == "derived" else None
        found += figures_of(subject, {quantity: getattr(one, field)}, version)
    return found + figures_of(subject, {"pace": pace_s_per_m(one)}, FORMULA_VERSION)


def activity_row(one: activities.Dated) -> dict[str, object]:
    """An activity as a row of a table."""
    view = one.activity
    pace = pace_s_per_m(view)
    row = {
        "activity_id": str(view.activity_id),
        "day": one.day.isoformat(),
        "name": view.name,
        "sport": view.sport,
        "distance_m": view.distance_m,
        "moving_s": view.moving_s,
        "pace_s_per_km": None if pace is None else pace * 1000,
        "ascent_m": view.ascent_m,
        "average_heart_rate_bpm": view.average_heart_rate_bpm,
        "race": bool(view.race),
    }
    return {name: round(value, 3) if isinstance(value, float) else value
            for name, value in row.items()}  # fmt: skip
