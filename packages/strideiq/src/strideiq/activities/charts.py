"""What the charts and the track of an activity's page draw from, in the athlete's units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from strideiq.activities.measures import Floats
from strideiq.activities.views import SplitView
from strideiq.physiology.public import grade_adjusted_distance_m
from strideiq.platform.formats import PACED_SPORTS, Formats
from strideiq.platform.language import gettext as _

SMOOTHING_S = 30.0
"""Pace is taken over this length of time: shorter, and it shows the receiver, not the runner."""
MOVING_SPEED_MIN_MPS = 0.5
"""Below this a runner stands, and a pace would only stretch the axis."""
KNOWN_SHARE_MIN = 0.02
"""A channel with a smaller share of known samples is an accident, not a chart."""
ADJUSTED_SHARE_MIN = 0.02
"""Where a tenth of a run differs by less from its grade-adjusted pace, there are no hills."""
RANGES_MIN = {
    "pace": 90.0,
    "speed": 6.0,
    "heart": 50.0,
    "height": 60.0,
    "cadence": 30.0,
    "power": 80.0,
}
"""The least that each chart's axis spans, in the chart's unit."""


def chart_data(
    streams: Mapping[str, Floats], sport: str, formats: Formats, laps: Sequence[SplitView]
) -> dict[str, object] | None:
    """A JSON document for the page: times, distances, one series per chart, track, laps.

    None when there is too little to draw. A missing sample is null.
    """
    time_s = streams.get("time_s")
    if time_s is None or len(time_s) < 2:  # noqa: PLR2004  a line has two ends
        return None
    speed_mps = smoothed_speed(time_s, streams)
    series = [
        _with_adjusted(_rate(speed_mps, sport, formats), time_s, streams, sport, formats),
        _plain("heart", _("Heart rate"), "bpm", _above(streams.get("heart_rate_bpm"), 30)),
        _plain("height", _("Altitude"), formats.short_unit, _heights(streams, formats), decimals=1),
        _plain("cadence", _("Cadence"), "spm", _above(streams.get("cadence_spm"), 1)),
        _plain("power", _("Power"), "W", _measured(streams.get("power_w"))),
    ]
    drawn, track = [one for one in series if one is not None], _track(streams)
    if not drawn and track is None:
        return None
    distance_m = streams.get("distance_m")
    return {
        "time": _numbers(time_s, 1),
        "distance": None
        if distance_m is None
        else _numbers(distance_m / formats.long_distance_m, 4),
        "distanceUnit": formats.long_unit,
        "rateDistance": formats.rate_distance_m(sport) / formats.long_distance_m,
        "heightUnit": formats.short_unit,
        "series": drawn,
        "speed": None if speed_mps is None else _numbers(speed_mps, 3),
        "track": track,
        "laps": [round(lap.start_s, 1) for lap in laps[1:]],
        "smoothing": SMOOTHING_S,
    }


def smoothed_speed(time_s: Floats, streams: Mapping[str, Floats]) -> Floats | None:
    """Speed in m/s around each sample, over ``SMOOTHING_S``; NaN while standing or unknown."""
    distance_m = streams.get("distance_m")
    if distance_m is None:
        return None
    known = np.isfinite(distance_m) & np.isfinite(time_s)
    if known.sum() < 2:  # noqa: PLR2004  a speed needs two places
        return None
    at, so_far = time_s[known], distance_m[known]
    before = np.maximum(time_s - SMOOTHING_S / 2, at[0])
    after = np.minimum(time_s + SMOOTHING_S / 2, at[-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        speed = (np.interp(after, at, so_far) - np.interp(before, at, so_far)) / (after - before)
    return np.where(np.isfinite(distance_m) & (speed >= MOVING_SPEED_MIN_MPS), speed, np.nan)


def _rate(speed_mps: Floats | None, sport: str, formats: Formats) -> dict[str, object] | None:
    if speed_mps is None:
        return None
    if sport in PACED_SPORTS or sport == "swimming":
        pace_s = formats.rate_distance_m(sport) / speed_mps
        return _series("pace", _("Pace"), formats.rate_unit(sport), pace_s, inverted=True)
    speed = speed_mps * 3600 / formats.long_distance_m
    return _series("speed", _("Speed"), formats.rate_unit(sport), speed, decimals=1)


def _with_adjusted(
    rate: dict[str, object] | None,
    time_s: Floats,
    streams: Mapping[str, Floats],
    sport: str,
    formats: Formats,
) -> dict[str, object] | None:
    """The pace with the one on the flat that would have cost as much, where hills tell."""
    distance_m, altitude_m = streams.get("distance_m"), streams.get("altitude_m")
    if rate is None or sport != "running" or distance_m is None or altitude_m is None:
        return rate
    adjusted_m = grade_adjusted_distance_m(distance_m, altitude_m)
    speed_mps = smoothed_speed(time_s, {"distance_m": adjusted_m})
    real_mps = smoothed_speed(time_s, streams)
    if speed_mps is None or real_mps is None:
        return rate
    apart = np.abs(speed_mps / real_mps - 1)
    if not np.isfinite(apart).any() or np.nanpercentile(apart, 90) < ADJUSTED_SHARE_MIN:
        return rate
    pace_s = formats.rate_distance_m(sport) / speed_mps
    return rate | {"adjusted": _numbers(pace_s, 1)}


def _plain(
    key: str, label: str, unit: str, values: Floats | None, decimals: int = 0
) -> dict[str, object] | None:
    return None if values is None else _series(key, label, unit, values, decimals=decimals)


def _series(
    key: str,
    label: str,
    unit: str,
    values: Floats,
    *,
    decimals: int = 1,
    inverted: bool = False,
) -> dict[str, object] | None:
    finite = values[np.isfinite(values)]
    if len(finite) <= KNOWN_SHARE_MIN * len(values):
        return None
    low, high = _limits(finite, RANGES_MIN[key], inverted=inverted)
    return {
        "key": key,
        "label": label,
        "unit": unit,
        "values": _numbers(values, decimals),
        "inverted": inverted,
        "low": round(low, 2),
        "high": round(high, 2),
    }


def _limits(values: Floats, range_min: float, *, inverted: bool) -> tuple[float, float]:
    """The axis: everything that matters; a few slow samples of a pace may leave it.

    It is never so narrow that a steady run looks restless.
    """
    low, high = np.percentile(values, [0.5, 96] if inverted else [0.5, 99.5])
    margin = max((high - low) * 0.12, (range_min - (high - low)) / 2)
    return float(low - margin), float(high + margin)


def _above(values: Floats | None, least: float) -> Floats | None:
    """Drop the zeros that sensors send while they have nothing to say."""
    return None if values is None else np.where(values >= least, values, np.nan)


def _measured(values: Floats | None) -> Floats | None:
    """A channel in which anything but zero was ever measured."""
    return None if values is None or not np.nansum(values) else values


def _heights(streams: Mapping[str, Floats], formats: Formats) -> Floats | None:
    altitude_m = streams.get("altitude_m")
    return None if altitude_m is None else altitude_m / formats.height_m


def _track(streams: Mapping[str, Floats]) -> dict[str, object] | None:
    latitude, longitude = streams.get("latitude_deg"), streams.get("longitude_deg")
    if latitude is None or longitude is None:
        return None
    known = np.isfinite(latitude * longitude)
    lines = np.count_nonzero(known[1:] & known[:-1])
    if lines <= KNOWN_SHARE_MIN * len(known):
        return None
    return {"latitude": _numbers(latitude, 6), "longitude": _numbers(longitude, 6)}


def _numbers(values: Floats, decimals: int) -> list[float | int | None]:
    """Round for JSON; whole numbers are written without a point, missing ones as null."""
    rounded = np.round(values, decimals)
    missing = ~np.isfinite(rounded)
    plain: list[float | int | None] = (
        np.where(missing, 0, rounded).astype(np.int64).tolist()
        if decimals == 0
        else rounded.tolist()
    )
    for index in np.flatnonzero(missing):
        plain[index] = None
    return plain
