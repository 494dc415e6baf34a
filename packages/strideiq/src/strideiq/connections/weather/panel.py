"""What the weather of a run cost, on its page: a range, where there is heat at all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.connections.weather.open_meteo import OpenMeteo
from strideiq.connections.weather.service import source_named
from strideiq.physiology.public import HeatCost, OutsideModelError, heat_cost

OPEN_METEO = source_named(OpenMeteo.name).key(0)
DISTANCE_MIN_M = 1000.0


@dataclass(frozen=True)
class HeatOfRun:
    """What heat cost a run, and the times that it would have taken on a cool day."""

    cost: HeatCost
    distance_m: float
    cool_least_s: float
    cool_most_s: float


def panel(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> activities.Panel | None:
    """Show what heat cost this run, and whose weather it is; None where neither is to be said."""
    said = activity.original("weather"), activity.original("humidity_percent")
    if all(each is None for each in said) and activity.humidity_percent is None:
        return None
    sources = activities.sources_of(session, athlete_id, activity.activity_id)
    credit = any(
        sources.counts(field) == OPEN_METEO and not activity.changed(field)
        for field in ("weather", "temperature_c", "humidity_percent")
    )
    heat = heat_of(activity)
    if heat is None and not credit:
        return None
    return activities.Panel("connections/_weather.html", {"heat": heat, "credit": credit})


def heat_of(activity: activities.ActivityView) -> HeatOfRun | None:
    """What heat cost a run; None where there was none, or it cannot be said."""
    air_c, humidity, distance_m = (
        activity.temperature_c,
        activity.humidity_percent,
        activity.distance_m or 0.0,
    )
    if air_c is None or humidity is None or activity.sport != "running":
        return None
    if distance_m < DISTANCE_MIN_M or activity.surface == "treadmill":
        return None
    try:
        cost = heat_cost(air_c, humidity)
    except OutsideModelError:
        return None
    if cost.most <= 0:
        return None
    moving_s = activity.moving_s
    return HeatOfRun(cost, distance_m, moving_s / (1 + cost.least), moving_s / (1 + cost.most))
