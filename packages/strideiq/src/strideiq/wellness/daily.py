"""Every daily series of an athlete over the same days: check-ins beside training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from strideiq.fitness import public as fitness
from strideiq.wellness import check_ins
from strideiq.wellness.fields import NUMBERS
from strideiq.wellness.relations import Floats, detrended, without

RUN_S_MIN = 15 * 60
"""A run must be this long for its pace at its heart rate to say something."""


@dataclass(frozen=True)
class Daily:
    """One value a day for each series from ``first_day`` on, NaN where none is known."""

    first_day: date
    series: dict[str, Floats]

    @property
    def count(self) -> int:
        """How many days there are."""
        return len(next(iter(self.series.values())))


def daily(session: Session, athlete_id: UUID, since: date, until: date) -> Daily:
    """All series of the days from ``since`` to ``until``, both included.

    ``load`` is 0 on a day without training once there is any; ``pace`` is by how many percent a
    day's runs were faster than usual at their heart rate and in their weeks.
    """
    count = (until - since).days + 1
    said = check_ins.days(session, athlete_id, since, until)
    series = {name: _said(said, name, since, count) for name in NUMBERS}
    known = fitness.history(session, athlete_id, until)
    series["load"] = _load(known, since, count)
    series["pace"] = _pace(known, since, count)
    return Daily(since, series)


def _said(
    said: Mapping[date, Mapping[str, check_ins.Value]], name: str, since: date, count: int
) -> Floats:
    values = np.full(count, np.nan)
    for day, fields in said.items():
        if isinstance(value := fields.get(name), float):
            values[(day - since).days] = value
    return values


def _load(known: fitness.History | None, since: date, count: int) -> Floats:
    values = np.full(count, np.nan)
    if known is not None:
        for place in range(count):
            at = known.at(since + timedelta(days=place))
            if 0 <= at < len(known.load):
                values[place] = known.load[at]
    return values


def _pace(known: fitness.History | None, since: date, count: int) -> Floats:
    """The mean over each day's runs of what is left of their speed."""
    speed, heart = np.full((2, count), np.nan)
    weight = np.zeros(count)
    for one in known.sessions if known is not None else ():
        place = (one.day - since).days
        mean_bpm, speed_mps, running_s = (
            one.mean_heart_rate_bpm,
            one.normalised_speed_mps,
            one.running_s or 0.0,
        )
        if not 0 <= place < count or one.sport != "running" or running_s < RUN_S_MIN:
            continue
        if mean_bpm and speed_mps and running_s > weight[place]:  # the longest run of the day
            speed[place] = 100 * np.log(speed_mps * one.distance_ratio)
            heart[place] = mean_bpm
            weight[place] = running_s
    return without(detrended(speed), detrended(heart))
