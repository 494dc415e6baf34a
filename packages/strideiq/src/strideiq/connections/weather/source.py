"""What the weather was, whoever says so: the shape of a source, and a run's share of its hours.

A source is replaceable: it is whatever has a name, a credit and ``hours``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from strideiq.activities.public import RoughPlace

HOUR = timedelta(hours=1)
MOMENTS = 5
"""So many moments of a run, evenly spread, are looked at for its means."""


@dataclass(frozen=True)
class Hour:
    """The weather at a full hour; None is what the source does not know (yet)."""

    at: datetime
    temperature_c: float | None
    humidity_percent: float | None
    dew_point_c: float | None
    wind_mps: float | None
    wind_from_deg: float | None
    precipitation_mm: float | None
    """What fell in the hour before."""
    code: int | None
    """What was seen, by the WMO's table 4677."""


@dataclass(frozen=True)
class Weather:
    """The weather of a run: means, and what fell in all."""

    temperature_c: float
    humidity_percent: float | None = None
    dew_point_c: float | None = None
    wind_mps: float | None = None
    wind_from_deg: float | None = None
    precipitation_mm: float | None = None
    code: int | None = None


class WeatherSource(Protocol):
    """Something that knows what the weather was."""

    @property
    def name(self) -> str:
        """What observations of it are tagged with, such as ``open-meteo``."""

    def hours(self, place: RoughPlace, first: date, last: date) -> Sequence[Hour]:
        """Every hour of these days (UTC), in order.

        Raises:
            ServiceError: it does not say; the subclass tells whether and when to ask again.
        """


def during(hours: Sequence[Hour], started_at: datetime, ended_at: datetime) -> Weather | None:
    """The weather between two instants; None where the temperature is not known."""
    step = (ended_at - started_at) / (MOMENTS - 1)
    moments = [started_at + number * step for number in range(MOMENTS)]
    at = {hour.at: hour for hour in hours}
    temperature_c = _mean(at, moments, "temperature_c")
    if temperature_c is None:
        return None
    middle = at.get(_full_hour(moments[MOMENTS // 2] + HOUR / 2))
    return Weather(
        temperature_c=temperature_c,
        humidity_percent=_mean(at, moments, "humidity_percent"),
        dew_point_c=_mean(at, moments, "dew_point_c"),
        wind_mps=_mean(at, moments, "wind_mps"),
        wind_from_deg=middle.wind_from_deg if middle else None,
        precipitation_mm=_fallen_mm(hours, started_at, ended_at),
        code=middle.code if middle else None,
    )


def _mean(at: dict[datetime, Hour], moments: Sequence[datetime], name: str) -> float | None:
    """The mean of a figure over some moments, each between its two hours."""
    values = [_between(at, moment, name) for moment in moments]
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if len(known) == len(values) else None


def _between(at: dict[datetime, Hour], moment: datetime, name: str) -> float | None:
    before = _full_hour(moment)
    share = (moment - before) / HOUR
    first = getattr(at.get(before), name, None)
    next_one = getattr(at.get(before + HOUR), name, None) if share else first
    if first is None or next_one is None:
        return None
    return float(first + share * (next_one - first))


def _fallen_mm(hours: Sequence[Hour], started_at: datetime, ended_at: datetime) -> float | None:
    """What fell, each hour counted by the part of it that belongs to the run."""
    fallen = []
    for hour in hours:
        part = (min(ended_at, hour.at) - max(started_at, hour.at - HOUR)) / HOUR
        if part > 0:
            if hour.precipitation_mm is None:
                return None
            fallen.append(part * hour.precipitation_mm)
    return math.fsum(fallen)


def _full_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
