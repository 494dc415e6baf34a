"""A workout at today's form: its paces, its distance, its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from strideiq.training.planning.paces import PaceRange, pace_ranges, speeds_mps
from strideiq.training.planning.structure import (
    Part,
    Repeat,
    Step,
    Structure,
    distance_by_target,
    measure,
)
from strideiq.training.views import WorkoutView
from strideiq.training.words import INTENSITY


@dataclass(frozen=True)
class Targets:
    """The paces that an index gives, for one goal."""

    ranges: Mapping[str, PaceRange]
    speeds_mps: Mapping[str, float]

    @classmethod
    def of(cls, index: float, goal_distance_m: float) -> Targets:
        """Paces by kind.

        Raises:
            OutsideModelError: the index or the distance is outside the equations.
        """
        ranges = pace_ranges(index, goal_distance_m)
        return cls(ranges, speeds_mps(ranges))

    def measure(self, structure: Iterable[Part]) -> tuple[float, float]:
        """Metres and seconds of a structure."""
        return measure(structure, self.speeds_mps)


@dataclass(frozen=True)
class Line:
    """One line of a structure as a page shows it; ``times`` is above 1 for a repeat's first."""

    step: Step
    paces: PaceRange
    intensity: int
    times: int
    within: bool
    """The step belongs to a repeat."""


def lines(structure: Structure, targets: Targets) -> Iterator[Line]:
    """The steps of a structure, each repeat once."""
    for part in structure:
        repeated = isinstance(part, Repeat)
        for number, step in enumerate(part.steps if isinstance(part, Repeat) else (part,)):
            times = part.times if isinstance(part, Repeat) and number == 0 else 1
            paces = targets.ranges[step.target]
            yield Line(step, paces, INTENSITY[step.target], times, repeated)


def metres_by_intensity(workouts: Iterable[WorkoutView], targets: Targets) -> dict[int, float]:
    """Metres in each of the five steps of intensity."""
    found: dict[int, float] = {}
    for workout in workouts:
        for target, metres in distance_by_target(workout.structure, targets.speeds_mps).items():
            level = INTENSITY[target]
            found[level] = found.get(level, 0.0) + metres
    return found
