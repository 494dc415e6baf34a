"""What people type as a race: distances and times, in any of the usual spellings."""

from __future__ import annotations

import math
import re

from strideiq.physiology.public import MARATHON_M, MILE_M, Race
from strideiq.platform.errors import InvalidInputError

UNITS_M = {
    "m": 1.0,
    "k": 1000.0,
    "km": 1000.0,
    "mi": MILE_M,
    "mile": MILE_M,
    "miles": MILE_M,
}
NAMED_M = {
    "mile": MILE_M,
    "half": MARATHON_M / 2,
    "half marathon": MARATHON_M / 2,
    "half-marathon": MARATHON_M / 2,
    "marathon": MARATHON_M,
}
DISTANCE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:\.\d+)?)")
SIXTY = 60


def read_distance_m(text: str) -> float:
    """A distance in metres from ``5km``, ``10k``, ``3000 m``, ``mile``, ``half`` or ``marathon``.

    Raises:
        InvalidInputError: the text is none of these.
    """
    typed = text.strip().lower()
    if typed in NAMED_M:
        return NAMED_M[typed]
    match = DISTANCE.fullmatch(typed)
    if match is None or match[2] not in UNITS_M:
        raise InvalidInputError(
            f"“{text}” is not a distance.",
            next_step="write it with its unit, as 5km, 10k, 3000m, mile, half or marathon",
        )
    return float(match[1]) * UNITS_M[match[2]]


def read_time_s(text: str) -> float:
    """A time in seconds from ``20:00``, ``19:57.4`` or ``1:31:35``.

    Raises:
        InvalidInputError: the text is none of these.
    """
    match = CLOCK.fullmatch(text.strip())
    hours, minutes, seconds = match.groups() if match else (None, "0", "60")
    if float(seconds) >= SIXTY or (hours is not None and int(minutes) >= SIXTY):
        raise InvalidInputError(
            f"“{text}” is not a time.", next_step="write it as 20:00, 19:57.4 or 1:31:35"
        )
    return (int(hours or 0) * 60 + int(minutes)) * 60 + float(seconds)


def read_race(distance: str, time: str) -> Race:
    """A race from a typed distance and a typed time.

    Raises:
        InvalidInputError: one of the two cannot be read.
    """
    return Race(read_distance_m(distance), read_time_s(time))


def read_index(text: str) -> float:
    """A running performance index from a typed number.

    Raises:
        InvalidInputError: the text is no number.
    """
    try:
        index = float(text.strip().replace(",", "."))
    except ValueError:
        index = math.nan
    if not math.isfinite(index):
        raise InvalidInputError(
            f"“{text}” is not a running performance index.", next_step="write a number such as 50"
        )
    return index
