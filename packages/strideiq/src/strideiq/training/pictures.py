"""The arc of a plan as a picture: for each week its distance by intensity, and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

HEIGHT, TOP, BAR_GAP = 140.0, 8.0, 4.0
WIDTH = 960.0


@dataclass(frozen=True)
class WeekAmount:
    """What a week holds, in metres; the race apart."""

    number: int
    monday: date
    phase: str
    recovery: bool
    by_intensity: Mapping[int, float]
    done_m: float
    current: bool

    @property
    def planned_m(self) -> float:
        """All of it."""
        return sum(self.by_intensity.values())


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture; ``level`` is the step of intensity."""

    x: float
    y: float
    width: float
    height: float
    level: int


@dataclass(frozen=True)
class Bar:
    """One week: its boxes, and how high what was done reaches."""

    week: WeekAmount
    x: float
    width: float
    boxes: tuple[Box, ...]
    done_y: float | None


@dataclass(frozen=True)
class Arc:
    """The picture, in a box of ``WIDTH`` by ``HEIGHT``."""

    bars: tuple[Bar, ...]
    phases: tuple[tuple[str, int, int], ...]
    """Name, first week and last week of each."""
    greatest_m: float
    width: float = WIDTH
    height: float = HEIGHT


def arc(weeks: Sequence[WeekAmount]) -> Arc:
    """Draw the weeks of a plan."""
    greatest_m = max((max(week.planned_m, week.done_m) for week in weeks), default=0.0) or 1.0
    step = WIDTH / max(1, len(weeks))
    scale = (HEIGHT - TOP) / greatest_m
    bars = [
        _bar(week, position * step + BAR_GAP / 2, step - BAR_GAP, scale)
        for position, week in enumerate(weeks)
    ]
    return Arc(tuple(bars), tuple(_phases(weeks)), greatest_m)


def _bar(week: WeekAmount, x: float, width: float, scale: float) -> Bar:
    boxes, top = [], HEIGHT
    for level, metres in sorted(week.by_intensity.items()):
        height = metres * scale
        top -= height
        boxes.append(Box(round(x, 1), round(top, 1), round(width, 1), round(height, 1), level))
    done_y = round(HEIGHT - week.done_m * scale, 1) if week.done_m else None
    return Bar(week, round(x, 1), round(width, 1), tuple(boxes), done_y)


def _phases(weeks: Sequence[WeekAmount]) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for week in weeks:
        if found and found[-1][0] == week.phase:
            found[-1] = (week.phase, found[-1][1], week.number)
        else:
            found.append((week.phase, week.number, week.number))
    return found
