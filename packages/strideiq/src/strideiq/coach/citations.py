"""A figure or trend of the evidence as people read it, and as a link to its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from strideiq.coach.checking.evidence import Evidence, Figure, Trend
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.events import Citation
from strideiq.platform.formats import (
    METRES_PER_FOOT,
    METRES_PER_KILOMETRE,
    METRES_PER_MILE,
    duration_text,
)

HEIGHTS = frozenset({"ascent", "descent"})
NUTRIENTS = frozenset({"carbohydrate", "protein", "fat"})
SPELT = {"hrv": "HRV"}
ARROWS = {"up": "↑", "down": "↓", "flat": "→"}


def citations(evidence: Evidence, ids: Iterable[str], *, metric: bool = True) -> list[Citation]:
    """What the checker said that a sentence rests on, in its order."""
    figures = {figure.figure_id: figure for figure in evidence.figures}
    trends = {trend.trend_id: trend for trend in evidence.trends}
    found = []
    for one in ids:
        if one in figures:
            found.append(_of_figure(figures[one], metric=metric))
        elif one in trends:
            found.append(_of_trend(trends[one]))
    return found


def _of_figure(figure: Figure, *, metric: bool) -> Citation:
    said = f"{called(figure.quantity)} {value_text(figure.quantity, figure.value, metric=metric)}"
    return Citation(figure.figure_id, figure.subject, said, figure.formula_version)


def _of_trend(trend: Trend) -> Citation:
    said = f"{called(trend.quantity)} {ARROWS[trend.direction]} (n = {trend.sample_size})"
    return Citation(trend.trend_id, trend.subject, said, trend.formula_version)


def called(quantity: str) -> str:
    """A quantity's name as people write it."""
    return SPELT.get(quantity, quantity.replace("_", " "))


def value_text(quantity: str, value: float, *, metric: bool = True) -> str:
    """A value of a quantity with its unit, as ``4:52 /km``; heights and foods in small units."""
    if quantity in HEIGHTS:
        return f"{value:,.0f} m" if metric else f"{value / METRES_PER_FOOT:,.0f} ft"
    if quantity in NUTRIENTS:
        return f"{value * 1000:,.0f} g"
    if quantity == "hrv":
        return f"{value * 1000:.0f} ms"
    known = QUANTITIES[quantity]
    if known.counted:
        return f"{value:,.0f}"
    long_m = METRES_PER_KILOMETRE if metric else METRES_PER_MILE
    return _WRITTEN[known.dimension](value, long_m, known.unit)


def _length(value: float, long_m: float, _unit: str) -> str:
    return f"{value / long_m:,.2f} {_long(long_m)}"


def _pace(value: float, long_m: float, _unit: str) -> str:
    return f"{duration_text(value * long_m)} /{_long(long_m)}"


def _speed(value: float, long_m: float, _unit: str) -> str:
    return f"{value * 3600 / long_m:.1f} {_long(long_m)}/h"


def _long(long_m: float) -> str:
    return "km" if long_m == METRES_PER_KILOMETRE else "mi"


def _plain(value: float) -> str:
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2  # noqa: PLR2004  three places
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def _g(value_kg: float) -> str:
    return f"{1000 * value_kg:.0f} g"


_WRITTEN: Mapping[str, Callable[[float, float, str], str]] = {
    "length": _length,
    "time": lambda value, _long_m, _unit: duration_text(value),
    "pace": _pace,
    "speed": _speed,
    "rate": lambda value, _long_m, unit: f"{value:.0f} {unit}",
    "share": lambda value, _long_m, unit: f"{value:.1f} {unit}",
    "energy": lambda value, _long_m, unit: f"{value:,.0f} {unit}",
    "mass": lambda value, _long_m, unit: f"{value:.1f} {unit}" if value >= 1 else _g(value),
    "volume": lambda value, _long_m, unit: f"{value:.1f} {unit}",
    "temperature": lambda value, _long_m, unit: f"{value:.1f} {unit}",
    "power": lambda value, _long_m, unit: f"{value:.0f} {unit}",
    "plain": lambda value, _long_m, _unit: _plain(value),
}
