"""Charts inside answers: what one look at the record found, over days, drawn by the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import inf
from statistics import median
from typing import Any, Literal

from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.citations import called, value_text

POINTS_MIN = 4
WIDTH, HEIGHT = 320.0, 104.0
LEFT, TOP, BOTTOM = 58.0, 12.0, 20.0
"""Room for the least and the most beside the picture, and for the days below it."""
BAR_WIDTH_MAX = 28.0
GAP_DAYS = 3.0
"""A line ends where nothing is known for this many times as long as usual."""
AMOUNTS = frozenset(
    {
        *("distance", "planned_distance", "duration", "planned_time", "elapsed", "ascent"),
        *("descent", "load", "energy", "carbohydrate", "protein", "fat"),
    }
)
"""What is counted from nothing: bars. Anything else is a state, whose course is a line."""
PREFERRED = ("distance", "fitness", "pace", "efficiency", "sleep", "load", "duration")
"""What is drawn where the answer cites nothing of the row, in this order."""


@dataclass(frozen=True)
class Mark:
    """A bar or a dot, in units of the picture."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Tick:
    """A height that is named at the side."""

    y: float
    text: str


@dataclass(frozen=True)
class Picture:
    """A small chart with its own words."""

    kind: Literal["bars", "dots"]
    quantity: str
    marks: tuple[Mark, ...]
    lines: tuple[str, ...]
    """Points of polylines, one from each gap to the next; none for bars."""
    first: str
    last: str
    """The days at its ends."""
    low: str
    high: str
    """The least and the most, as people read them."""
    ticks: tuple[Tick, ...]
    left: float = LEFT
    base: float = HEIGHT - BOTTOM
    """Where the ground is."""
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def name(self) -> str:
        """What it is of."""
        return called(self.quantity)


def picture(
    looked: dict[str, Any], cited: frozenset[str] = frozenset(), *, metric: bool = True
) -> Picture | None:
    """The chart of one look, of what the answer cites most; None where there are too few days."""
    series = _series(looked)
    if not series:
        return None
    quantity = _chosen(looked, series, cited)
    days, values = zip(*sorted(series[quantity].items()), strict=True)
    bars = quantity in AMOUNTS
    low, high = min(values), max(values)
    down_is_up = QUANTITIES[quantity].dimension == "pace"  # fast is up
    drawn = _Frame(days, min(low, 0.0) if bars else low, high, down_is_up)
    text = [value_text(quantity, value, metric=metric) for value in values]
    marks = tuple(
        (drawn.bar if bars else drawn.dot)(day, value, f"{_day(day)}: {said}")
        for day, value, said in zip(days, values, text, strict=True)
    )
    least, most = (value_text(quantity, value, metric=metric) for value in (low, high))
    ends = (high,) if bars else (low, high)
    return Picture(
        "bars" if bars else "dots",
        quantity,
        marks,
        () if bars else tuple(_lines(days, marks)),
        _day(days[0]),
        _day(days[-1]),
        least,
        most,
        tuple(Tick(drawn.y(end), value_text(quantity, end, metric=metric)) for end in ends),
    )


def _lines(days: Sequence[date], marks: Sequence[Mark]) -> Iterator[str]:
    """What lies between two gaps, as points; a dot that stands alone has no line."""
    steps = [(after - before).days for before, after in pairwise(days)]
    longest = GAP_DAYS * median(steps)
    run = [marks[0]]
    for step, mark in zip([*steps, inf], [*marks[1:], None], strict=True):
        if mark is not None and step <= longest:
            run.append(mark)
            continue
        if len(run) > 1:
            yield " ".join(f"{one.x:.1f},{one.y:.1f}" for one in run)
        run = [mark] if mark is not None else []


def _series(looked: dict[str, Any]) -> dict[str, dict[date, float]]:
    """Values by day, of each quantity of which there are enough; of one kind of row only."""
    subjects = looked["subjects"]
    dated = [
        (one, subjects[one["subject"]])
        for one in looked["figures"]
        if subjects[one["subject"]]["first_day"] and one["value"] is not None
    ]
    if not dated:
        return {}
    kind = Counter(subject["kind"] for _, subject in dated).most_common(1)[0][0]
    if kind == "best_effort" and len({subject["address"] for _, subject in dated}) > 1:
        return {}  # a mile is no slower than 400 m: they have no course in common
    found: dict[str, dict[date, float]] = {}
    for figure, subject in dated:
        if subject["kind"] == kind and figure["quantity"] in QUANTITIES:
            day = date.fromisoformat(subject["first_day"])
            found.setdefault(figure["quantity"], {}).setdefault(day, float(figure["value"]))
    return {
        quantity: values
        for quantity, values in found.items()
        if len(values) >= POINTS_MIN and len(set(values.values())) > 1
    }


def _chosen(
    looked: dict[str, Any], series: dict[str, dict[date, float]], cited: frozenset[str]
) -> str:
    spoken = Counter(
        one["quantity"]
        for one in (*looked["figures"], *looked["trends"])
        if one["id"] in cited and one["quantity"] in series
    )
    if spoken:
        return str(spoken.most_common(1)[0][0])
    preferred = (one for one in PREFERRED if one in series)
    return next(preferred, next(iter(series)))


class _Frame:
    """Turns days and values into places."""

    def __init__(self, days: Sequence[date], low: float, high: float, upside_down: bool) -> None:  # noqa: FBT001
        self._first, self._low, self._high = days[0], low, high
        self._step = (WIDTH - LEFT) / ((days[-1] - days[0]).days + 1)
        nearest = min((after - before).days for before, after in pairwise(days))
        self._bar_width = max(2.0, min(BAR_WIDTH_MAX, self._step * nearest * 0.72))
        self._upside_down = upside_down

    def _x(self, day: date) -> float:
        return LEFT + ((day - self._first).days + 0.5) * self._step

    def y(self, value: float) -> float:
        """How far from the top a value is."""
        share = (value - self._low) / ((self._high - self._low) or 1.0)
        share = 1 - share if self._upside_down else share
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def bar(self, day: date, value: float, label: str) -> Mark:
        """A bar that stands on the ground."""
        y, width = self.y(value), self._bar_width
        x = min(max(self._x(day) - width / 2, LEFT), WIDTH - width)
        return Mark(x, y, width, max(HEIGHT - BOTTOM - y, 0.5), label)

    def dot(self, day: date, value: float, label: str) -> Mark:
        """A dot at its day."""
        return Mark(self._x(day), self.y(value), 0.0, 0.0, label)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def pictures(
    looks: Sequence[dict[str, Any]], cited: frozenset[str], *, metric: bool, most: int = 2
) -> list[Picture]:
    """The charts of an answer, none twice."""
    found: dict[Picture, None] = {}
    for looked in looks:
        drawn = picture(looked, cited, metric=metric)
        if drawn is not None:
            found[drawn] = None
    return list(found)[:most]
