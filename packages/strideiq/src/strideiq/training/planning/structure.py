"""A workout's structure: steps and repeats, whose targets are kinds of pace and not paces.

A step says ``threshold``; what that is in minutes per kilometre follows from the runner's index
on the day that somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["warm_up", "work", "recovery", "cool_down", "run"]
Target = Literal["easy", "marathon", "threshold", "interval", "repetition", "race"]

ROLES: tuple[str, ...] = get_args(Role)
TARGETS: tuple[str, ...] = get_args(Target)

STEP_DISTANCE_MAX_M = 100_000.0
STEP_DURATION_MAX_S = 24 * 3600.0
REPEATS_MAX = 50
STEPS_MAX = 60


class StructureError(ValueError):
    """A stored or typed structure that no runner could follow."""


@dataclass(frozen=True)
class Step:
    """A stretch at one kind of pace, as long as either a distance or a time."""

    role: Role
    target: Target
    distance_m: float | None = None
    duration_s: float | None = None


@dataclass(frozen=True)
class Repeat:
    """Steps that are run several times over."""

    times: int
    steps: tuple[Step, ...]


Part = Step | Repeat
Structure = tuple[Part, ...]


def flat(structure: Iterable[Part]) -> Iterator[Step]:
    """The steps in the order in which they are run, repeats written out."""
    for part in structure:
        if isinstance(part, Step):
            yield part
        else:
            for _ in range(part.times):
                yield from part.steps


def measure(structure: Iterable[Part], speeds_mps: Mapping[str, float]) -> tuple[float, float]:
    """Distance in metres and time in seconds, at these speeds by target."""
    distance_m = duration_s = 0.0
    for step in flat(structure):
        speed = speeds_mps[step.target]
        if step.distance_m is not None:
            distance_m += step.distance_m
            duration_s += step.distance_m / speed
        elif step.duration_s is not None:
            distance_m += step.duration_s * speed
            duration_s += step.duration_s
    return distance_m, duration_s


def distance_by_target(
    structure: Iterable[Part], speeds_mps: Mapping[str, float]
) -> dict[str, float]:
    """Metres at each kind of pace."""
    found: dict[str, float] = {}
    for step in flat(structure):
        metres, _ = measure((step,), speeds_mps)
        found[step.target] = found.get(step.target, 0.0) + metres
    return found


def as_document(structure: Iterable[Part]) -> list[dict[str, object]]:
    """The structure as it is stored."""
    return [
        _step_document(part)
        if isinstance(part, Step)
        else {"times": part.times, "steps": [_step_document(step) for step in part.steps]}
        for part in structure
    ]


def from_document(document: object) -> Structure:
    """Read a stored structure.

    Raises:
        StructureError: it is not one, or no runner could follow it.
    """
    if not isinstance(document, list) or not 0 < len(document) <= STEPS_MAX:
        raise StructureError("A structure is a list of steps and repeats.")
    return tuple(_part(part) for part in document)


def _step_document(step: Step) -> dict[str, object]:
    length = (
        {"distance_m": step.distance_m}
        if step.distance_m is not None
        else {"duration_s": step.duration_s}
    )
    return {"role": step.role, "target": step.target, **length}


def _part(document: object) -> Part:
    if not isinstance(document, dict):
        raise StructureError("A step is an object.")
    if "times" not in document:
        return _step(document)
    times, steps = document["times"], document.get("steps")
    if not isinstance(times, int) or not 0 < times <= REPEATS_MAX:
        raise StructureError(f"Something is repeated between once and {REPEATS_MAX} times.")
    if not isinstance(steps, list) or not 0 < len(steps) <= STEPS_MAX:
        raise StructureError("A repeat has steps.")
    return Repeat(times, tuple(_step(step) for step in steps))


def _step(document: object) -> Step:
    if not isinstance(document, dict):
        raise StructureError("A step is an object.")
    role, target = document.get("role"), document.get("target")
    if role not in ROLES or target not in TARGETS:
        raise StructureError("A step has a role and a kind of pace that are known.")
    distance_m = _length(document.get("distance_m"), STEP_DISTANCE_MAX_M)
    duration_s = _length(document.get("duration_s"), STEP_DURATION_MAX_S)
    if (distance_m is None) == (duration_s is None):
        raise StructureError("A step has either a distance or a time.")
    return Step(role, target, distance_m, duration_s)


def _length(value: object, longest: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= longest:
        raise StructureError(f"A length lies between 0 and {longest:g}.")
    return float(value)
