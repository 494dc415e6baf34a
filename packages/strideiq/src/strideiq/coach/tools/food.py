"""The tool of nutrition: what was eaten by day, and what was taken during runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from strideiq.coach.checking.evidence import Figure, RowSet, Subject
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import FORMULA_VERSION, activity_subject, figures_of
from strideiq.coach.tools.periods import Period, last_days
from strideiq.coach.tools.tool import DAYS_MAX, ROWS_MAX, Found, Scope, Tool
from strideiq.wellness import public as wellness

DEFAULT_DAYS = 7
KEPT = {
    "energy": ("energy_kcal", 1.0),
    "carbohydrate": ("carbohydrate_g", 0.001),
    "protein": ("protein_g", 0.001),
    "fat": ("fat_g", 0.001),
    "fluid": ("fluid_ml", 0.001),
}
"""By quantity, the field and what it is multiplied by."""

Meals = Sequence[wellness.NutritionEntry]


class Nutrition(Period):
    """Which days; the last seven where none are given."""


def nutrition(scope: Scope, asked: Nutrition) -> Found:
    """Energy and what it came from by day, the means, and what runs were fuelled with."""
    span = last_days(DEFAULT_DAYS, scope.today) if asked.whole else asked.span(scope.today)
    first = span.first or span.last
    if (span.last - first).days >= DAYS_MAX:
        first = span.last
    meals = wellness.meals_between(scope.session, scope.athlete_id, first, span.last)
    if not meals:
        return Found(missing=f"Nothing was noted as eaten between {first} and {span.last}.")
    zone = ZoneInfo(reading.time_zone(scope))
    by_day = {
        day: list(some)
        for day, some in groupby(meals, lambda one: one.eaten_at.astimezone(zone).date())
    }
    figures: list[Figure] = []
    each: list[frozenset[Subject]] = []
    for day, some in sorted(by_day.items(), reverse=True)[:ROWS_MAX]:
        subject = Subject(
            "nutrition_day", day.isoformat(), "", day, None, (), f"/wellness/days/{day}"
        )
        figures += figures_of(subject, _sums(some), FORMULA_VERSION)
        each.append(frozenset({subject}))
    whole = span.subject("nutrition", "/wellness", "a day", "per day", "on average", "average day")
    figures += figures_of(whole, {"days": len(by_day), **_mean(by_day)}, FORMULA_VERSION)
    fuel, runs = _fuel(scope, meals)
    rows = [_row(day, some) for day, some in sorted(by_day.items(), reverse=True)]
    return Found(
        (*figures, *fuel),
        subjects=tuple(runs),
        rows=tuple(rows[:ROWS_MAX]),
        cut_off=len(rows) > ROWS_MAX,
        sets=()
        if len(rows) > ROWS_MAX
        else (RowSet(("day",), tuple(each), since=first, until=span.last),),
    )


def _sums(meals: Meals) -> dict[str, float | None]:
    totals = wellness.meals_totals(meals)
    found: dict[str, float | None] = {}
    for quantity, (field, factor) in KEPT.items():
        value = getattr(totals, field)
        found[quantity] = None if value is None else value * factor
    return found


def _mean(by_day: Mapping[date, Meals]) -> dict[str, float | None]:
    """The mean of the days on which the quantity was noted at all."""
    sums = [_sums(meals) for meals in by_day.values()]
    found: dict[str, float | None] = {}
    for quantity in KEPT:
        known = [value for one in sums if (value := one[quantity]) is not None]
        found[quantity] = sum(known) / len(known) if known else None
    return found


def _fuel(scope: Scope, meals: Meals) -> tuple[list[Figure], list[Subject]]:
    """What was taken during runs, as figures of the runs."""
    taken = [one for one in meals if one.meal == "fuel" and one.activity_id is not None]
    ids = list(dict.fromkeys(one.activity_id for one in taken if one.activity_id))
    figures: list[Figure] = []
    subjects = []
    for run in reading.several(scope, ids[-ROWS_MAX // 4 :]):
        subject = activity_subject(run)
        during = [one for one in taken if one.activity_id == run.activity.activity_id]
        figures += figures_of(subject, _sums(during), FORMULA_VERSION, "taken")
        subjects.append(subject)
    return figures, subjects


def _row(day: date, meals: Meals) -> dict[str, object]:
    totals = wellness.meals_totals(meals)
    return {
        "day": day.isoformat(),
        **{name: value for name, value in vars(totals).items() if value is not None},
        "meals": "; ".join(f"{one.meal}: {one.description}" for one in meals)[:600],
    }


NUTRITION = Tool(
    "nutrition",
    "Energy, carbohydrate, protein and fat by day, their means, and what runs were fuelled with.",
    Nutrition,
    nutrition,
)
