"""The tool of personal bests, with what they followed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from strideiq.coach.checking.evidence import Figure, RowSet, Subject
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.reading import time_zone
from strideiq.coach.tools.tool import Arguments, Found, Scope, Tool
from strideiq.records import public as records

HISTORY_MAX = 5
"""Former bests of one distance that are told, the newest first."""

Named = Literal[
    "400 m", "800 m", "1 km", "1 mile", "3 km", "5 km", "10 km", "15 km", "Half marathon",
    "Marathon",
]  # fmt: skip
SPELLED: dict[str, tuple[str, ...]] = {
    "400 m": ("400m", "400 metres", "400 meters"),
    "800 m": ("800m", "800 metres", "800 meters"),
    "1 km": ("1k", "1km", "kilometre", "kilometer"),
    "1 mile": ("mile", "one mile"),
    "3 km": ("3k", "3km", "3,000 m", "3000 m"),
    "5 km": ("5k", "5km", "5,000 m", "5000 m", "5-km", "five kilometres", "five k"),
    "10 km": ("10k", "10km", "10,000 m", "10-km", "ten kilometres", "ten k"),
    "15 km": ("15k", "15km", "15-km"),
    "Half marathon": ("half-marathon", "half", "21.1 km"),
    "Marathon": ("42.2 km",),
}
BEST = ("best", "personal best", "pb", "record", "fastest", "quickest", "personal record", "pr")
FORMER = ("previous", "former", "old")


class PersonalBests(Arguments):
    """Which bests."""

    distance: Named | None = Field(None, description="One distance, or all of them.")
    history: bool = Field(default=False, description="Whether former bests are told too.")


def personal_bests(scope: Scope, asked: PersonalBests) -> Found:
    """The fastest over each distance, and what it beat."""
    zone = time_zone(scope)
    bests = [
        one
        for one in records.personal_bests(scope.session, scope.athlete_id)
        if asked.distance in {None, one.distance.name}
    ]
    if not bests:
        what = asked.distance or "any distance"
        return Found(missing=f"There is no best over {what} yet: no run of that length counts.")
    figures: list[Figure] = []
    rows: list[dict[str, object]] = []
    standing: list[frozenset[Subject]] = []
    for best in bests:
        former = best.former[: HISTORY_MAX if asked.history else 0]
        for place, effort in enumerate([best.best, *former]):
            day = effort.run.day(zone)
            subject = effort_subject(effort, day, place)
            figures += effort_figures(subject, effort)
            rows.append(effort_row(effort, day, standing=place == 0))
            standing += [frozenset({subject})] if place == 0 else []
    return Found(
        figures=tuple(figures),
        rows=tuple(rows),
        cut_off=asked.history and any(len(best.former) > HISTORY_MAX for best in bests),
        sets=(RowSet(("best",), tuple(standing), ever=asked.distance is None),),
    )


def effort_subject(effort: records.RecordedEffort, day: date, place: int | None) -> Subject:
    """An effort over a distance; ``place`` 0 for the best, 1 for the one that it beat."""
    distance = effort.distance
    names = (distance.name.lower(), *SPELLED.get(distance.name, ()))
    aliases: tuple[str, ...] = ()
    if place == 0:
        aliases = tuple(
            alias
            for name in names
            for word in BEST
            for alias in (f"{word} {name}", f"{name} {word}", f"{word} over {name}",
                          f"{word} over the {name}", f"{word} for the {name}")
        )  # fmt: skip
    elif place == 1:
        aliases = tuple(
            alias
            for name in names
            for word in FORMER
            for alias in (f"{word} {name} best", f"{word} best over {name}",
                          f"{word} best over the {name}")
        )  # fmt: skip
    return Subject(
        kind="best_effort",
        row_id=f"{effort.activity_id}:{distance.slug}",
        name=effort.activity_name,
        first_day=day,
        aliases=aliases,
        address=f"/bests/{distance.slug}",
    )


def effort_figures(subject: Subject, effort: records.RecordedEffort) -> list[Figure]:
    """The time, the distance and the pace of an effort."""
    metres = effort.distance.distance_m
    version = None if effort.measured else effort.formula_version
    return [
        *figures_of(subject, {"duration": effort.elapsed_s}, version),
        *figures_of(subject, {"distance": metres}),
        *figures_of(subject, {"pace": effort.elapsed_s / metres}, FORMULA_VERSION),
    ]


def effort_row(effort: records.RecordedEffort, day: date, *, standing: bool) -> dict[str, object]:
    """An effort as a row of a table."""
    return {
        "distance": effort.distance.name,
        "time_s": round(effort.elapsed_s, 1),
        "pace_s_per_km": round(effort.elapsed_s / effort.distance.distance_m * 1000, 1),
        "day": day.isoformat(),
        "activity_id": str(effort.activity_id),
        "name": effort.activity_name,
        "stands": standing,
    }


PERSONAL_BESTS = Tool(
    "personal_bests",
    "The fastest over each distance from 400 m to the marathon, and the bests before it.",
    PersonalBests,
    personal_bests,
)
