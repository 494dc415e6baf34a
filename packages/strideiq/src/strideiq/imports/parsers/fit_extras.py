"""What FIT files hold beside the usual: developer fields, heartbeats, and the timer's pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXTRA_FIELDS: Mapping[str, tuple[str, ...]] = {
    "ground_contact_ms": ("stance_time", "Ground Time", "Ground Contact Time"),
    "vertical_oscillation_mm": ("vertical_oscillation", "Vertical Oscillation"),
    "step_length_mm": ("step_length",),
    "form_power_w": ("Form Power",),
    "air_power_w": ("Air Power",),
    "leg_spring_stiffness_kn_m": ("Leg Spring Stiffness",),
    "respiration_per_min": ("enhanced_respiration_rate", "respiration_rate", "Respiration Rate"),
    "core_temperature_c": ("core_temperature", "Core Body Temperature"),
}
"""Which fields make a channel: those of the profile, and those that developers describe
themselves, by the names that Stryd, CORE and Garmin's running pods give them."""

_FACTORS: Mapping[tuple[str, str], float] = {
    ("vertical_oscillation_mm", "centimeters"): 10.0,
    ("vertical_oscillation_mm", "cm"): 10.0,
    ("ground_contact_ms", "s"): 1000.0,
    ("ground_contact_ms", "seconds"): 1000.0,
    ("leg_spring_stiffness_kn_m", "n/m"): 0.001,
}
"""What to multiply by where a developer's field is in another unit than its channel."""

RR_UNKNOWN_S = 65.535
"""How a message of heartbeats says that a place in it is empty."""

_STARTS = frozenset({"start"})
_STOPS = frozenset({"stop", "stop_all", "stop_disable", "stop_disable_all"})


def in_our_units(
    samples: dict[str, Floats], present: set[object], descriptions: Sequence[Mapping[Any, Any]]
) -> None:
    """Bring developers' fields to the units of their channels, by what describes them."""
    units = {each.get("field_name"): str(each.get("units")).casefold() for each in descriptions}
    for channel, names in EXTRA_FIELDS.items():
        name = next((name for name in names if name in present), "")
        factor = _FACTORS.get((channel, units.get(name, "")))
        if factor is not None:
            samples[channel] = samples[channel] * factor


def rr_intervals_ms(messages: Sequence[Mapping[Any, Any]], time_s: Floats) -> Floats:
    """The mean time between heartbeats around each sample, in milliseconds.

    A file has the beats without their times, one after the other from the first sample on; each
    is placed at the sum of those before it.
    """
    means = np.full(len(time_s), np.nan)
    beats_s = np.array([beat for each in messages for beat in _beats_s(each)], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(time_s))
    if len(beats_s) == 0 or len(known) == 0:
        return means
    order = known[np.argsort(time_s[known], kind="stable")]
    at = time_s[order[0]] + np.cumsum(beats_s)
    owner = np.searchsorted(time_s[order], at, side="left")
    inside = owner < len(order)
    counts = np.bincount(owner[inside], minlength=len(order))
    sums = np.bincount(owner[inside], weights=beats_s[inside], minlength=len(order))
    means[order[counts > 0]] = 1000.0 * sums[counts > 0] / counts[counts > 0]
    return means


def _beats_s(message: Mapping[Any, Any]) -> list[float]:
    value = message.get("time")
    several = value if isinstance(value, list | tuple) else [value]
    return [
        float(each)
        for each in several
        if isinstance(each, int | float) and 0.0 < each < RR_UNKNOWN_S
    ]


def paused_s(events: Sequence[Mapping[Any, Any]], time_s: Floats) -> float:
    """How long the timer stood still between the first and the last of these times.

    A stop counts until the next start; one that is followed by none is the end.
    """
    if len(time_s) == 0:
        return 0.0
    first, last = float(time_s.min()), float(time_s.max())
    total, stopped_at = 0.0, None
    for moment, kind in _timer(events):
        if kind in _STOPS and stopped_at is None:
            stopped_at = moment
        elif kind in _STARTS and stopped_at is not None:
            total += max(0.0, min(moment, last) - max(stopped_at, first))
            stopped_at = None
    return total


def _timer(events: Sequence[Mapping[Any, Any]]) -> list[tuple[float, str]]:
    return sorted(
        (float(each["timestamp"]), str(each.get("event_type")))
        for each in events
        if each.get("event") == "timer" and isinstance(each.get("timestamp"), int | float)
    )
