"""Two activities side by side, on one axis of distance or of time, and the difference between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from strideiq.activities.charts import smoothed_speed
from strideiq.activities.measures import Floats, known_distance
from strideiq.platform.formats import PACED_SPORTS, Formats
from strideiq.platform.language import gettext as _

Axis = Literal["distance", "time"]
POINTS = 400
LENGTH_MIN = 10.0
"""Metres or seconds; over less there is nothing to compare."""


@dataclass(frozen=True)
class Compared:
    """Both courses at the same places of the axis, up to where the shorter one ends."""

    axis: Axis
    at: Floats
    """Metres or seconds."""
    speeds_mps: tuple[Floats, Floats]
    heart_rates_bpm: tuple[Floats, Floats]
    heights_m: tuple[Floats, Floats]
    ahead: Floats
    """By how much the second is ahead of the first: seconds by distance, metres by time."""


def compare(one: Mapping[str, Floats], other: Mapping[str, Floats], axis: Axis) -> Compared | None:
    """Both on one axis; None where either has too little on it."""
    courses = tuple(_course(channels, axis) for channels in (one, other))
    if any(len(along) < 2 for along, _ in courses):  # noqa: PLR2004  a length has two ends
        return None
    length = min(float(along[-1]) for along, _ in courses)
    if length < LENGTH_MIN:
        return None
    at = np.linspace(0.0, length, POINTS)
    first, second = (np.interp(at, along, gone) for along, gone in courses)
    speeds = [smoothed_speed(channels["time_s"], channels) for channels in (one, other)]
    both = (one, other)

    def sampled(values: list[Floats | None]) -> tuple[Floats, Floats]:
        drawn = [_at(channels, axis, at, each) for channels, each in zip(both, values, strict=True)]
        return drawn[0], drawn[1]

    return Compared(
        axis=axis,
        at=at,
        speeds_mps=sampled(speeds),
        heart_rates_bpm=sampled([channels.get("heart_rate_bpm") for channels in both]),
        heights_m=sampled([channels.get("altitude_m") for channels in both]),
        ahead=first - second if axis == "distance" else second - first,
    )


def compare_data(compared: Compared, sport: str, shown: Formats) -> dict[str, object]:
    """The document that the page's charts draw from, in the athlete's units."""
    by_distance = compared.axis == "distance"
    unit_m = shown.rate_distance_m(sport)
    paced = sport in PACED_SPORTS or sport == "swimming"
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = [
            unit_m / speed if paced else speed * 3600 / shown.long_distance_m
            for speed in compared.speeds_mps
        ]
    rate: dict[str, object] = {
        "key": "pace" if paced else "speed",
        "label": _("Pace") if paced else _("Speed"),
        "unit": shown.rate_unit(sport),
        "inverted": paced,
    }
    height_m = shown.height_m
    candidates: list[tuple[dict[str, object], list[Floats]]] = [
        (rate, rates),
        (
            {"key": "heart", "label": _("Heart rate"), "unit": "bpm"},
            list(compared.heart_rates_bpm),
        ),
        (
            {"key": "height", "label": _("Altitude"), "unit": shown.short_unit},
            [values / height_m for values in compared.heights_m],
        ),
    ]
    return {
        "axis": compared.axis,
        "x": _numbers(compared.at / (shown.long_distance_m if by_distance else 1.0), 3),
        "unit": shown.long_unit if by_distance else "",
        "ahead": _numbers(compared.ahead / (1.0 if by_distance else height_m), 1),
        "aheadUnit": "s" if by_distance else shown.short_unit,
        "series": [
            about | {"values": [_numbers(each, 1) for each in values]}
            for about, values in candidates
            if all(np.isfinite(each).any() for each in values)
        ],
    }


def _course(channels: Mapping[str, Floats], axis: Axis) -> tuple[Floats, Floats]:
    """The axis from nought on, never standing still, and the other of distance and time."""
    time_s = channels.get("time_s")
    if time_s is None:
        return np.empty(0), np.empty(0)
    times, distances = known_distance(time_s, channels.get("distance_m"))
    if len(times) == 0:
        return times, distances
    times, distances = times - times[0], distances - distances[0]
    along, gone = (distances, times) if axis == "distance" else (times, distances)
    reached, first = np.unique(along, return_index=True)
    return reached, gone[first]


def _at(channels: Mapping[str, Floats], axis: Axis, at: Floats, values: Floats | None) -> Floats:
    """A channel at places of the axis; NaN where it is not known around."""
    if values is None:
        return np.full(len(at), np.nan)
    time_s, distance_m = channels["time_s"], channels["distance_m"]
    known = np.isfinite(distance_m)
    times, distances = known_distance(time_s, distance_m)
    along = distances - distances[0] if axis == "distance" else times - times[0]
    reached, first = np.unique(along, return_index=True)
    kept = values[known][first]
    nearest = np.clip(np.searchsorted(reached, at), 0, len(reached) - 1)
    drawn = (
        np.interp(at, reached[np.isfinite(kept)], kept[np.isfinite(kept)])
        if np.isfinite(kept).any()
        else np.full(len(at), np.nan)
    )
    return np.where(np.isfinite(kept[nearest]), drawn, np.nan)


def _numbers(values: Floats, decimals: int) -> list[float | None]:
    rounded = np.round(values, decimals)
    return [float(one) if np.isfinite(one) else None for one in rounded]
