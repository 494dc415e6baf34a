"""Small charts over the same days, as the paths of an SVG; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite

import numpy as np

from strideiq.platform.dates import dated
from strideiq.wellness.relations import Floats

WIDTH, HEIGHT = 1000.0, 100.0
MEAN_DAYS = 7
GAP_DAYS = 14
"""Where nothing is known for longer, the line has a gap."""

POINTS_DAYS_MAX = 190
"""Over more days, single days are not drawn: they would be a grey band."""

MONTHS_TICKS_MAX = 13


@dataclass(frozen=True)
class Shape:
    """What one chart draws, on 1000 by 100: dots of days, a line, bars; and its own scale."""

    name: str
    dots: str
    line: str
    bars: str
    low: float
    high: float
    newest: float | None
    """The mean of the last seven days that are known."""
    before: float | None
    """The mean of four weeks before those."""
    known_days: int


@dataclass(frozen=True)
class Tick:
    """A mark below the charts: how far along it stands, in percent, and its words."""

    percent: float
    words: str


def shape(name: str, values: Floats, *, bars: bool = False) -> Shape | None:
    """The chart of one series; None where nothing is known."""
    known = np.isfinite(values)
    if not known.any():
        return None
    mean = running_mean(values)
    few = len(values) <= POINTS_DAYS_MAX
    drawn = values if few or not np.isfinite(mean).any() else mean
    low, high = _scale(drawn[np.isfinite(drawn)], from_zero=bars)
    y = HEIGHT * (1 - (values - low) / (high - low))
    x = WIDTH * (np.arange(len(values)) + 0.5) / len(values)
    return Shape(
        name=name,
        dots=_dots(x, y) if few and not bars else "",
        line=_line(x, HEIGHT * (1 - (mean - low) / (high - low))),
        bars=_bars(x, y, WIDTH / len(values)) if bars and few else "",
        low=low,
        high=high,
        newest=_mean(values[-MEAN_DAYS:]),
        before=_mean(values[-5 * MEAN_DAYS : -MEAN_DAYS]),
        known_days=int(known.sum()),
    )


def running_mean(values: Floats) -> Floats:
    """The mean of the seven days up to each; NaN where fewer than two of them are known."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(1, len(values) + 1)
    begin = np.maximum(end - MEAN_DAYS, 0)
    around = counts[end] - counts[begin]
    return np.where(around > 1, (sums[end] - sums[begin]) / np.maximum(around, 1), np.nan)


def ticks(first_day: date, count: int) -> list[Tick]:
    """The first days of months, so many that their names stand side by side."""
    firsts = [
        day
        for day in (first_day + timedelta(days=number) for number in range(count))
        if day.day == 1
    ]
    every = -(-len(firsts) // MONTHS_TICKS_MAX) or 1
    every = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 10_000) if step >= every)
    chosen = [day for day in firsts if (day.month - 1 + 12 * day.year) % every == 0]
    return [
        Tick(
            round(100 * ((day - first_day).days + 0.5) / count, 2),
            dated(day, "%b") if day.month != 1 else f"{day:%Y}",
        )
        for day in chosen
    ]


def spans(
    first_day: date, count: int, between: Sequence[tuple[date, date]]
) -> list[tuple[float, float]]:
    """Where stretches of days begin and how wide they are, in percent of the charts."""
    found = []
    for begin, end in between:
        left = max(0, (begin - first_day).days)
        right = min(count, (end - first_day).days + 1)
        if left < right:
            found.append((round(100 * left / count, 2), round(100 * (right - left) / count, 2)))
    return found


def _scale(values: Floats, *, from_zero: bool) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if from_zero:
        return 0.0, high or 1.0
    return (low, high) if low < high else (low - 1, high + 1)


def _dots(x: Floats, y: Floats) -> str:
    return "".join(
        f"M{a:.1f} {b:.1f}h.01" for a, b in zip(x.tolist(), y.tolist(), strict=True) if isfinite(b)
    )


def _line(x: Floats, y: Floats) -> str:
    places = np.flatnonzero(np.isfinite(y))
    step = max(1, len(places) // 400)
    parts, last = [], -(10**9)
    for place in places[::step].tolist():
        command = "L" if place - last <= GAP_DAYS + step else "M"
        parts.append(f"{command}{x[place]:.1f} {y[place]:.1f}")
        last = place
    return "".join(parts)


def _bars(x: Floats, y: Floats, width: float) -> str:
    return "".join(
        f"M{a - 0.35 * width:.1f} {HEIGHT:g}V{b:.1f}h{0.7 * width:.1f}V{HEIGHT:g}z"
        for a, b in zip(x.tolist(), y.tolist(), strict=True)
        if b < HEIGHT
    )


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
