"""The tool of gear: how far each pair of shoes has come."""

from __future__ import annotations

from strideiq.coach.checking.evidence import Fact, Figure, Subject
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.tool import ROWS_MAX, Arguments, Found, Scope, Tool
from strideiq.gear import public as gear


class GearMileage(Arguments):
    """Whether what is out of use is wanted too."""

    retired: bool = False


def gear_mileage(scope: Scope, asked: GearMileage) -> Found:
    """Each piece of gear with its distance, how often it was used, and its limit."""
    every = [
        one
        for one in gear.all_gear(scope.session, scope.athlete_id)
        if asked.retired or one.retired_at is None
    ]
    if not every:
        return Found(missing="There is no gear in use. It can be added on the page of gear.")
    figures: list[Figure] = []
    subjects = []
    for one in every[:ROWS_MAX]:
        subject = Subject("gear", str(one.gear_id), one.name, address=f"/gear/{one.gear_id}")
        values = {
            "distance": one.distance_m,
            "activities": one.activities,
            "runs": one.activities if one.kind == "shoes" else None,
            "share": None if one.share is None else 100 * one.share,
            "left": None if one.limit_m is None else max(0.0, one.limit_m - one.distance_m),
        }
        figures += figures_of(subject, values, FORMULA_VERSION)
        figures += figures_of(subject, {"limit": one.limit_m})
        subjects.append(subject)
    return Found(
        tuple(figures),
        subjects=tuple(subjects),
        rows=tuple(_row(one) for one in every[:ROWS_MAX]),
        cut_off=len(every) > ROWS_MAX,
        facts=tuple(
            Fact("retired", one.retired_at is not None, subject)
            for subject, one in zip(subjects, every, strict=False)
        ),
    )


def _row(one: gear.GearView) -> dict[str, object]:
    return {
        "gear_id": str(one.gear_id),
        "kind": one.kind,
        "name": one.name,
        "distance_m": round(one.distance_m),
        "activities": one.activities,
        "limit_m": one.limit_m,
        "retired": one.retired_at is not None,
        "worn": one.worn,
    }


GEAR_MILEAGE = Tool(
    "gear_mileage",
    "How far each pair of shoes and each bicycle has come, and its limit.",
    GearMileage,
    gear_mileage,
)
