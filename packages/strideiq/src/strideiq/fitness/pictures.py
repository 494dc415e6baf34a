"""What the charts of the fitness page draw from, and the same by months as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from strideiq.fitness.history import History
from strideiq.fitness.loads import RUNNING, Session

Floats = NDArray[np.float64]
Range = Literal["3m", "1y", "all"]

RANGE_DAYS: dict[str, int] = {"3m": 92, "1y": 365}
POINTS_MAX = 800
"""Beyond this, a chart has one point for a week instead of a day."""

STEADY_S_MIN = 1800.0
"""A shorter run says little of efficiency: half of it is warming up."""

LONG_S_MIN = 3600.0
"""Decoupling shows in runs from an hour on."""

TREND_DAYS = 42
"""Efficiency and decoupling are smoothed by the median of the runs of so many days."""


@dataclass(frozen=True)
class Month:
    """A month in figures, for those who rather read; None where there is nothing."""

    first_day: date
    load: float
    fitness: float
    fatigue: float
    index: float | None
    efficiency_m_per_beat: float | None
    decoupling: float | None


def first_day_of(known: History, shown: Range, last_day: date) -> date:
    """The first day of a range that ends on the last day; never before the first activity."""
    if shown == "all":
        return known.first_day
    return max(known.first_day, last_day - timedelta(days=RANGE_DAYS[shown] - 1))


def chart_data(known: History, shown: Range, last_day: date) -> dict[str, object]:
    """A JSON document for the page; days are seconds since 1970 at noon UTC."""
    first_day = first_day_of(known, shown, last_day)
    begin, end = known.at(first_day), known.at(last_day) + 1
    step = 7 if end - begin > POINTS_MAX else 1
    # Points end on the last day, so that today's figures are the line's end.
    at = np.arange(end - 1, begin - 1, -step)[::-1]
    so_far = np.concatenate([[0.0], np.cumsum(known.load)])
    days = [first_day + timedelta(days=int(place) - begin) for place in at]
    efficiency = points(efficient_runs(known), first_day, last_day, "efficiency")
    decoupling = points(long_runs(known), first_day, last_day, "decoupling")
    return {
        "days": [_noon(day) for day in days],
        "step": step,
        "load": _rounded(so_far[at + 1] - so_far[np.maximum(at + 1 - step, 0)], 1),
        "fitness": _rounded(known.fitness[at], 2),
        "fatigue": _rounded(known.fatigue[at], 2),
        "form": _rounded((known.fitness - known.fatigue)[at], 2),
        "index": {
            "value": _rounded(known.index.value[at], 2),
            "low": _rounded(known.index.low[at], 2),
            "high": _rounded(known.index.high[at], 2),
        },
        "efficiency": efficiency,
        "decoupling": decoupling,
    }


def efficient_runs(known: History) -> list[tuple[Session, float]]:
    """Runs that are long enough, with their metres per heartbeat over the shown distance."""
    return [
        (one, one.efficiency_m_per_beat * one.distance_ratio)
        for one in known.sessions
        if one.sport == RUNNING
        and one.efficiency_m_per_beat is not None
        and (one.running_s or 0) >= STEADY_S_MIN
    ]


def long_runs(known: History) -> list[tuple[Session, float]]:
    """Runs of an hour and more, with their decoupling as a share."""
    return [
        (one, one.decoupling)
        for one in known.sessions
        if one.sport == RUNNING
        and one.decoupling is not None
        and (one.running_s or 0) >= LONG_S_MIN
    ]


def points(
    runs: Sequence[tuple[Session, float]],
    first_day: date,
    last_day: date,
    kind: Literal["efficiency", "decoupling"],
) -> dict[str, object]:
    """The runs of a range as points, and the median of the weeks before each."""
    chosen = [one for one in runs if first_day <= one[0].day <= last_day]
    scale, decimals = (100.0, 1) if kind == "decoupling" else (1.0, 3)
    days = np.array([one.day.toordinal() for one, _ in runs], dtype=np.int64)
    values = np.array([value for _, value in runs], dtype=np.float64)
    at = np.array([one.day.toordinal() for one, _ in chosen], dtype=np.int64)
    first, last = (np.searchsorted(days, edge, side="right") for edge in (at - TREND_DAYS, at))
    smooth = [median(values[begin:end].tolist()) for begin, end in zip(first, last, strict=True)]
    return {
        "days": [_noon(one.day) for one, _ in chosen],
        "values": _rounded(scale * np.array([value for _, value in chosen]), decimals),
        "trend": _rounded(scale * np.array(smooth), decimals),
    }


def months(known: History, shown: Range, last_day: date) -> list[Month]:
    """The months of a range, newest first."""
    day = first_day_of(known, shown, last_day).replace(day=1)
    found = []
    efficient, long = efficient_runs(known), long_runs(known)
    while day <= last_day:
        following = (day + timedelta(days=32)).replace(day=1)
        begin = max(known.at(day), 0)
        end = min(known.at(following), len(known.load))
        found.append(
            Month(
                first_day=day,
                load=float(known.load[begin:end].sum()),
                fitness=float(known.fitness[end - 1]),
                fatigue=float(known.fatigue[end - 1]),
                index=_figure(known.index.value[end - 1]),
                efficiency_m_per_beat=_median(efficient, day, following),
                decoupling=_median(long, day, following),
            )
        )
        day = following
    return found[::-1]


def _median(runs: Sequence[tuple[Session, float]], day: date, following: date) -> float | None:
    inside = [value for one, value in runs if day <= one.day < following]
    return float(np.median(inside)) if inside else None


def _figure(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _noon(day: date) -> int:
    return int(datetime.combine(day, time(12), UTC).timestamp())


def _rounded(values: Floats, decimals: int) -> list[float | None]:
    return [value if np.isfinite(value) else None for value in np.round(values, decimals).tolist()]
