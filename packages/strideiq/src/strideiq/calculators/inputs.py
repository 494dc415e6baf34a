"""What people type as a race: distances and times, in any of the usual spellings."""

from __future__ import annotations

import math
import re

from strideiq.physiology.public import MARATHON_M, MILE_M, Race
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

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


PACE = re.compile(r"(?P<clock>[\d:.]+)\s*(?:min)?\s*/\s*(?P<per>km|k|mi|mile|400\s*m|400)")
SPEED = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>km/h|kmh|kph|mph|m/s|m/min)")
SPEED_UNITS_MPS = {
    "km/h": 1 / 3.6,
    "kmh": 1 / 3.6,
    "kph": 1 / 3.6,
    "mph": MILE_M / 3600,
    "m/s": 1.0,
    "m/min": 1 / 60,
}
PER_M = {"km": 1000.0, "k": 1000.0, "mi": MILE_M, "mile": MILE_M, "400": 400.0}
SPEED_MIN_MPS, SPEED_MAX_MPS = 0.5, 12.5


def read_speed_mps(text: str, units: str = "metric") -> float:
    """A speed in m/s from ``4:30 /km``, ``7:15/mi``, ``1:40 /400m``, ``13.3 km/h`` or ``3.7 m/s``.

    A bare ``4:30`` is a pace in the given units.

    Raises:
        InvalidInputError: the text is none of these, or no runner's speed.
    """
    typed = text.strip().lower()
    pace, speed = PACE.fullmatch(typed), SPEED.fullmatch(typed)
    if speed:
        found = float(speed["number"].replace(",", ".")) * SPEED_UNITS_MPS[speed["unit"]]
    elif pace:
        per = (
            pace["per"].replace(" ", "").removesuffix("m") if "400" in pace["per"] else pace["per"]
        )
        found = PER_M[per] / max(read_time_s(pace["clock"]), 1e-9)
    elif CLOCK.fullmatch(typed):
        per_m = 1000.0 if units == "metric" else MILE_M
        found = per_m / max(read_time_s(typed), 1e-9)
    else:
        raise InvalidInputError(
            _("“%(text)s” is neither a pace nor a speed.") % {"text": text},
            next_step=_("write it as 4:30 /km, 7:15 /mi, 1:40 /400m, 13.3 km/h or 3.7 m/s"),
        )
    if not SPEED_MIN_MPS <= found <= SPEED_MAX_MPS:
        raise InvalidInputError(
            _("“%(text)s” is no speed of a runner.") % {"text": text},
            next_step=_("give one between a slow walk and the fastest sprint"),
        )
    return found


def read_number(text: str, name: str) -> float:
    """A number as people type it, with a point or a comma, and with or without its unit.

    Raises:
        InvalidInputError: the text is no number; ``name`` says of what.
    """
    typed = text.strip().lower().rstrip("%°cf ").replace(",", ".").replace("\N{MINUS SIGN}", "-")
    try:
        found = float(typed)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InvalidInputError(
            _("“%(text)s” is no %(name)s.") % {"text": text, "name": name},
            next_step=_("write a plain number"),
        )
    return found
