"""From raw samples to an observed activity: order, plausible ranges, and what can be computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from strideiq.activities.measures import climb_m, known_distance, moving_so_far_s, travelled_m
from strideiq.activities.observed import CHANNELS, ObservedActivity, ObservedLap

Floats = NDArray[np.float64]

PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "distance_m": (0.0, 1e7),
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "altitude_m": (-1000.0, 20000.0),
    "heart_rate_bpm": (20.0, 250.0),
    "cadence_spm": (0.0, 400.0),
    "power_w": (0.0, 5000.0),
    "speed_mps": (0.0, 150.0),
    "temperature_c": (-60.0, 80.0),
    "rr_interval_ms": (240.0, 3000.0),
    "ground_contact_ms": (50.0, 2000.0),
    "vertical_oscillation_mm": (1.0, 500.0),
    "step_length_mm": (50.0, 4000.0),
    "form_power_w": (0.0, 2000.0),
    "air_power_w": (-1000.0, 2000.0),
    "leg_spring_stiffness_kn_m": (0.1, 100.0),
    "respiration_per_min": (1.0, 120.0),
    "core_temperature_c": (30.0, 45.0),
}
"""A value outside is a sensor that was not there, or damage; it is kept as missing."""

JUMP_MPS = 150.0
"""Nothing that an athlete does on the ground is faster: such a step is a jump of the positions."""

DURATION_MAX_S = 7 * 86_400.0
"""A sample further than this from the others has a damaged clock."""

FIRST_S = datetime(1900, 1, 1, tzinfo=UTC).timestamp()
LAST_S = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
"""What is dated outside was dated by nobody; calendars of any time zone reach beyond both."""

COMPUTED = ("elapsed_s", "moving_s", "distance_m", "ascent_m", "descent_m")
"""Figures that follow from the samples where the source does not say them."""

TEXT_LENGTH_MAX = 200
"""Names in files are for people; longer ones are cut."""


@dataclass(frozen=True)
class Stated:
    """What the source itself says of an activity; None where it says nothing."""

    started_at_s: float | None = None
    """Seconds since 1970."""
    elapsed_s: float | None = None
    moving_s: float | None = None
    distance_m: float | None = None
    ascent_m: float | None = None
    descent_m: float | None = None
    energy_kcal: float | None = None
    name: str | None = None
    device: str | None = None
    device_serial: str | None = None


@dataclass(frozen=True)
class StatedLap:
    """A lap by the source's clock, in seconds since 1970."""

    started_at_s: float
    elapsed_s: float
    distance_m: float
    moving_s: float | None = None


def assemble(
    sport: str,
    samples: Mapping[str, Floats],
    stated: Stated,
    *,
    laps: Sequence[StatedLap] = (),
    session_number: int = 0,
    notes: Sequence[str] = (),
) -> ObservedActivity | None:
    """Make an activity of samples and of what the source states; None when both are empty.

    ``samples`` maps channels to arrays of one length; its ``time_s`` counts from 1970. Samples
    are put in order, and those of one instant are merged: the last value of each channel counts.
    """
    streams, dropped = _in_order(samples)
    moments = streams["time_s"]
    starts = [*_dated(stated.started_at_s), *moments[:1].tolist()]
    if not starts or (len(moments) == 0 and not stated.elapsed_s):
        return None
    start_s = min(starts)
    if len(moments) and start_s < moments[0] - DURATION_MAX_S:
        start_s = float(moments[0])
    streams["time_s"] = moments - start_s
    jumped = _forget_jumps(streams)
    _add_distance(streams)
    span_s = float(streams["time_s"][-1]) if len(moments) else 0.0
    elapsed_s = _positive(stated.elapsed_s) or span_s
    ascent_m, descent_m = _climb(stated, streams)
    computed = {name for name in COMPUTED if _positive(getattr(stated, name)) is None}
    if dropped:
        notes = (*notes, f"samples without a plausible time were left out: {dropped}")
    if jumped:
        notes = (*notes, f"positions far from those before and after were left out: {jumped}")
    return ObservedActivity(
        sport=sport,
        started_at=datetime.fromtimestamp(start_s, UTC),
        elapsed_s=elapsed_s,
        moving_s=min(_positive(stated.moving_s) or _moving_s(streams, elapsed_s), elapsed_s),
        distance_m=_distance_m(stated, streams),
        streams=streams,
        laps=tuple(
            ObservedLap(
                start_s=max(lap.started_at_s - start_s, 0.0),
                elapsed_s=lap.elapsed_s,
                distance_m=lap.distance_m,
                moving_s=lap.moving_s,
            )
            for lap in laps
        ),
        session_number=session_number,
        name=_printable(stated.name),
        ascent_m=ascent_m,
        descent_m=descent_m,
        energy_kcal=_positive(stated.energy_kcal),
        device=_printable(stated.device),
        device_serial=_printable(stated.device_serial),
        notes=tuple(notes),
        computed=frozenset(computed),
    )


def _dated(moment_s: float | None) -> list[float]:
    return [] if moment_s is None or not FIRST_S <= moment_s < LAST_S else [moment_s]


def plausible_times(moments: Floats) -> NDArray[np.bool_]:
    """Which times are there, and near enough to the others to be of the same recording."""
    known = (moments >= FIRST_S) & (moments < LAST_S)
    middle = float(np.median(moments[known])) if known.any() else 0.0
    return known & (np.abs(moments - middle) <= DURATION_MAX_S)


def _in_order(samples: Mapping[str, Floats]) -> tuple[dict[str, Floats], int]:
    """Samples by rising time, one per instant, implausible values missing; and how many fell out.

    Channels without any value are left out.
    """
    moments = samples["time_s"]
    known = plausible_times(moments)
    instants, position = np.unique(moments[known], return_inverse=True)
    streams: dict[str, Floats] = {"time_s": instants}
    for channel in CHANNELS:
        if channel not in PLAUSIBLE or channel not in samples:
            continue
        values = samples[channel][known]
        lowest, highest = PLAUSIBLE[channel]
        present = (values >= lowest) & (values <= highest)
        if present.any():
            merged = np.full(len(instants), np.nan)
            merged[position[present]] = values[present]
            streams[channel] = merged
    _forget_null_island(streams)
    return streams, int(len(moments) - np.count_nonzero(known))


def _forget_null_island(streams: dict[str, Floats]) -> None:
    """Zero degrees north, zero degrees east is how a source without a position says so."""
    latitude, longitude = streams.get("latitude_deg"), streams.get("longitude_deg")
    if latitude is None or longitude is None:
        streams.pop("latitude_deg", None)
        streams.pop("longitude_deg", None)
        return
    missing = ((latitude == 0) & (longitude == 0)) | np.isnan(latitude) | np.isnan(longitude)
    if missing.all():
        del streams["latitude_deg"], streams["longitude_deg"]
        return
    latitude[missing] = longitude[missing] = np.nan


def _add_distance(streams: dict[str, Floats]) -> None:
    """Distance along the track, where the source has positions and no distance; no jump counts."""
    if "distance_m" in streams or "latitude_deg" not in streams:
        return
    travelled = travelled_m(streams["latitude_deg"], streams["longitude_deg"])
    fixed = np.flatnonzero(np.isfinite(travelled))
    steps = np.diff(travelled[fixed])
    steps[steps > JUMP_MPS * np.diff(streams["time_s"][fixed])] = 0.0
    travelled[fixed[1:]] = np.cumsum(steps)
    streams["distance_m"] = travelled


def _forget_jumps(streams: dict[str, Floats]) -> int:
    """Forget positions that are too far from the one before and from the one after; how many."""
    if "latitude_deg" not in streams:
        return 0
    travelled = travelled_m(streams["latitude_deg"], streams["longitude_deg"])
    fixed = np.flatnonzero(np.isfinite(travelled))
    too_far = np.diff(travelled[fixed]) > JUMP_MPS * np.diff(streams["time_s"][fixed])
    alone = fixed[1:-1][too_far[:-1] & too_far[1:]]
    if len(alone) > len(fixed) // 2:
        return 0
    streams["latitude_deg"][alone] = streams["longitude_deg"][alone] = np.nan
    return len(alone)


def _distance_m(stated: Stated, streams: Mapping[str, Floats]) -> float | None:
    if _positive(stated.distance_m):
        return stated.distance_m
    _, travelled = known_distance(streams["time_s"], streams.get("distance_m"))
    return float(travelled[-1]) if len(travelled) else None


def _moving_s(streams: Mapping[str, Floats], elapsed_s: float) -> float:
    times, travelled = known_distance(streams["time_s"], streams.get("distance_m"))
    if len(times) == 0:
        return elapsed_s
    return float(moving_so_far_s(times, travelled)[-1])


def _climb(stated: Stated, streams: Mapping[str, Floats]) -> tuple[float | None, float | None]:
    altitude = streams.get("altitude_m")
    computed = None if altitude is None else climb_m(altitude)
    ascent_m, descent_m = computed or (None, None)
    return (
        ascent_m if stated.ascent_m is None else stated.ascent_m,
        descent_m if stated.descent_m is None else stated.descent_m,
    )


def _printable(text: str | None) -> str | None:
    """One line of reasonable length without control characters; None when nothing is left."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text or "")
    return " ".join(kept.split())[:TEXT_LENGTH_MAX] or None


def _positive(value: float | None) -> float | None:
    """The value when it is a finite number above zero."""
    return value if value is not None and np.isfinite(value) and value > 0 else None
