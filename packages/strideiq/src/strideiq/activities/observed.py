"""What a source observed of one activity, before it is stored: the parsers' common answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

CHANNELS = (
    "time_s",
    "distance_m",
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "heart_rate_bpm",
    "cadence_spm",
    "power_w",
    "speed_mps",
    "temperature_c",
    "rr_interval_ms",
    "ground_contact_ms",
    "vertical_oscillation_mm",
    "step_length_mm",
    "form_power_w",
    "air_power_w",
    "leg_spring_stiffness_kn_m",
    "respiration_per_min",
    "core_temperature_c",
)
"""Every channel there is. ``time_s`` counts from the activity's start and always exists."""


@dataclass(frozen=True)
class ObservedLap:
    """A lap as the device marked it; seconds from the activity's start, metres."""

    start_s: float
    elapsed_s: float
    distance_m: float
    moving_s: float | None = None


@dataclass(frozen=True)
class ObservedActivity:
    """One session of one sport.

    ``streams`` maps a channel's name to one float64 array; all have the length of ``time_s``,
    and a missing sample is NaN. Summary figures are what the source says, else computed from
    the streams, else None.
    """

    sport: str
    started_at: datetime
    elapsed_s: float
    moving_s: float
    distance_m: float | None
    streams: Mapping[str, NDArray[np.float64]]
    laps: tuple[ObservedLap, ...] = ()
    session_number: int = 0
    name: str | None = None
    ascent_m: float | None = None
    descent_m: float | None = None
    energy_kcal: float | None = None
    device: str | None = None
    device_serial: str | None = None
    source: str | None = None
    """What says so, when it is not the recording alone: for example ``strava export``."""
    description: str | None = None
    gear: str | None = None
    notes: tuple[str, ...] = field(default=())
    """What the parser had to leave out or mend, in words."""
    computed: frozenset[str] = frozenset()
    """The figures among these that the source does not say, and that we computed."""
    more: Mapping[str, object] = field(default_factory=dict)
    """What else the source says, by the name of a field that can be annotated (``fields.py``)."""
    upstream_id: str | None = None
    """The activity's id at the service that it comes from, for example ``strava:123``."""

    @property
    def sample_count(self) -> int:
        """How many samples the streams hold."""
        return len(self.streams["time_s"])
