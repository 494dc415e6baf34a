"""Times and paces as text, with tenths of a second where they mean something."""

from __future__ import annotations

from strideiq.physiology.public import MILE_M

KILOMETRE_M = 1000.0
PACE_UNITS_M = {"metric": ("km", KILOMETRE_M), "imperial": ("mi", MILE_M)}
"""What a pace is told per, by the athlete's units: its short name, and its length in metres."""


def clock(time_s: float, decimals: int = 0) -> str:
    """A time as ``4:15``, ``4:15.2`` or ``1:31:35``."""
    scale = 10**decimals
    whole, part = divmod(round(time_s * scale), scale)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{part:0{decimals}}" if decimals else text


def pace_text(pace_s_per_km: float, units: str, decimals: int = 0) -> str:
    """A pace in the given units, as ``4:15 /km``."""
    name, length_m = PACE_UNITS_M[units]
    return f"{clock(pace_s_per_km * length_m / KILOMETRE_M, decimals)} /{name}"
