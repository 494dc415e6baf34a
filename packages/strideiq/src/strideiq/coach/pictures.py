"""Charts inside answers: what one look at the record found, over days, drawn by the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.citations import value_text

POINTS_MIN = 4
WIDTH, HEIGHT = 320.0, 88.0
TOP, BOTTOM = 12.0, 18.0
BAR_KINDS = frozenset({"week", "month"})
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
class Picture:
    """A small chart with its own words."""

    kind: Literal["bars", "dots"]
    quantity: str
    marks: tuple[Mark, ...]
    line: str
    """Points of a polyline; empty for bars."""
    first: str
    last: str
    """The days at its ends."""
    low: str
    high: str
    """The least and the most, as people read them."""
    base: float
    """Where the ground is."""

    @property
    def name(self) -> str:
        """What it is of."""
        return self.quantity.replace("_", " ")


def picture(
    looked: dict[str, Any], cited: frozenset[str] = frozenset(), *, metric: bool = True
) -> Picture | None:
    """The chart of one look, of what the answer cites most; None where there are too few days."""
    series = _series(looked)
    if not series:
        return None
    quantity = _chosen(looked, series, cited)
    points = sorted(series[quantity].items())
    bars = looked["subjects"] and _kind_of(looked, quantity) in BAR_KINDS
    values = [value for _, value in points]
    low, high = min(values), max(values)
    down_is_up = QUANTITIES[quantity].dimension == "pace"  # fast is up
    floor = min(low, 0.0) if bars else low
    drawn = _Frame(floor, high, len(points), down_is_up and not bars)
    text = [value_text(quantity, value, metric=metric) for value in values]
    marks = tuple(
        drawn.bar(place, value, f"{_day(day)}: {said}")
        if bars
        else drawn.dot(place, value, f"{_day(day)}: {said}")
        for place, ((day, value), said) in enumerate(zip(points, text, strict=True))
    )
    line = "" if bars else " ".join(f"{mark.x:.1f},{mark.y:.1f}" for mark in marks)
    return Picture(
        "bars" if bars else "dots",
        quantity,
        marks,
        line,
        _day(points[0][0]),
        _day(points[-1][0]),
        value_text(quantity, low, metric=metric),
        value_text(quantity, high, metric=metric),
        HEIGHT - BOTTOM,
    )


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


def _kind_of(looked: dict[str, Any], quantity: str) -> str:
    kinds = Counter(
        looked["subjects"][one["subject"]]["kind"]
        for one in looked["figures"]
        if one["quantity"] == quantity
    )
    return str(kinds.most_common(1)[0][0])


class _Frame:
    """Turns values into places."""

    def __init__(self, low: float, high: float, count: int, upside_down: bool) -> None:  # noqa: FBT001
        self._low, self._high = low, high
        self._step = WIDTH / count
        self._upside_down = upside_down

    def _y(self, value: float) -> float:
        share = (value - self._low) / ((self._high - self._low) or 1.0)
        share = 1 - share if self._upside_down else share
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def bar(self, place: int, value: float, label: str) -> Mark:
        width = max(2.0, min(28.0, self._step * 0.72))
        x = (place + 0.5) * self._step - width / 2
        y = self._y(value)
        return Mark(x, y, width, max(HEIGHT - BOTTOM - y, 0.5), label)

    def dot(self, place: int, value: float, label: str) -> Mark:
        return Mark((place + 0.5) * self._step, self._y(value), 0.0, 0.0, label)


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
