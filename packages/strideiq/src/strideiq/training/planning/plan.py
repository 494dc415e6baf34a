"""A plan as the engine gives it: weeks of workouts, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from strideiq.training.planning.calendar import Phase
from strideiq.training.planning.reasons import Reason
from strideiq.training.planning.request import Request
from strideiq.training.planning.sessions import Session
from strideiq.training.planning.structure import Structure

FORMULA_VERSION = 1
"""Raised whenever the same request would give another plan."""


@dataclass(frozen=True)
class Workout:
    """One run on one day, measured at the index that the plan was made with."""

    day: date
    session: Session
    structure: Structure
    distance_m: float
    duration_s: float
    hard: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Week:
    """A week of a plan; the race is among its workouts and not in ``target_m``."""

    number: int
    monday: date
    phase: Phase
    recovery: bool
    target_m: float
    workouts: tuple[Workout, ...]
    reason: Reason

    @property
    def training_m(self) -> float:
        """What is run in the week, the race left out."""
        return sum(each.distance_m for each in self.workouts if each.session != "race")


@dataclass(frozen=True)
class Plan:
    """The weeks from the first to the race, and what is to be said of the whole."""

    request: Request
    weeks: tuple[Week, ...]
    notes: tuple[Reason, ...]

    @property
    def workouts(self) -> list[Workout]:
        """All workouts in the order of their days."""
        return [workout for week in self.weeks for workout in week.workouts]
