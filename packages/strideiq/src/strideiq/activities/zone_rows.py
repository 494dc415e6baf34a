"""Zones and the time spent in them, as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from strideiq.activities.analysis import ZoneTimes
from strideiq.activities.intensity import Zones
from strideiq.platform.formats import Formats, duration_text

DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class ZoneRow:
    """One zone: its number from 1, its limits in words, and what was spent in it."""

    number: int
    limits: str
    unit: str
    seconds: float = 0.0
    share: float = 0.0
    """Of all the time, 0 to 100."""
    length: float = 0.0
    """Of the longest row, 0 to 100."""


def rows_of_heart_rate(zones: Zones, seconds: Sequence[float] = ()) -> list[ZoneRow]:
    """Zones of heart rate, easiest first."""
    edges = [round(limit) for limit in zones.limits]
    return _rows(edges, [f"{edge}" for edge in edges], "bpm", seconds, below="<")


def rows_of_pace(
    zones: Zones, sport: str, shown: Formats, seconds: Sequence[float] = ()
) -> list[ZoneRow]:
    """Zones of pace in the athlete's units, easiest first."""
    unit_m = shown.rate_distance_m(sport)
    edges = [duration_text(unit_m / limit) for limit in zones.limits]
    return _rows(edges, edges, shown.rate_unit(sport), seconds, below=">")


def rows_of(times: ZoneTimes | None, kind: str, sport: str, shown: Formats) -> list[ZoneRow]:
    """The rows of one kind, ``heart`` or ``pace``; none where nothing was measured."""
    if times is None or times.total_s <= 0:
        return []
    if kind == "heart":
        return rows_of_heart_rate(times.zones, times.seconds)
    return rows_of_pace(times.zones, sport, shown, times.seconds)


def pace_text(pace_s_per_km: float, shown: Formats) -> str:
    """A pace in the athlete's units, without the unit."""
    return duration_text(pace_s_per_km * shown.long_distance_m / 1000)


def _rows(
    edges: Sequence[object], words: Sequence[str], unit: str, seconds: Sequence[float], below: str
) -> list[ZoneRow]:
    above = ">" if below == "<" else "<"
    limits = [
        f"{below} {words[0]}",
        *(f"{low} {DASH} {high}" for low, high in pairwise(words)),
        f"{above} {words[-1]}",
    ]
    spent = list(seconds) or [0.0] * (len(edges) + 1)
    total, longest = sum(spent) or 1.0, max(spent) or 1.0
    return [
        ZoneRow(number, text, unit, time_s, 100 * time_s / total, 100 * time_s / longest)
        for number, (text, time_s) in enumerate(zip(limits, spent, strict=True), start=1)
    ]
