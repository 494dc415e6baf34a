"""Five zones of heart rate and of pace, and how long an activity stayed in each.

Zones of heart rate lie between shares of the threshold heart rate where the athlete gives one
(J. Friel, The Triathlete's Training Bible: 85, 90, 95 and 100 %), else between 60, 70, 80 and 90 %
of the highest heart rate, as watches do. Zones of pace lie between shares of the speed at
threshold: the reciprocals of Friel's 129, 114, 106 and 99 % of threshold pace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import numpy as np
from sqlalchemy import ScalarSelect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from strideiq.activities.measures import SAMPLE_WEIGHT_MAX_S, Floats
from strideiq.activities.models import Activity
from strideiq.activities.page_models import IntensitySetting
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

SHARES_OF_THRESHOLD_HEART_RATE = (0.85, 0.90, 0.95, 1.00)
SHARES_OF_MAX_HEART_RATE = (0.60, 0.70, 0.80, 0.90)
SHARES_OF_THRESHOLD_SPEED = tuple(1 / share for share in (1.29, 1.14, 1.06, 0.99))
MAX_HEART_RATE_ASSUMED_BPM = 190.0
RUNS_TRUSTED = 3
"""The highest heart rate is one that this many runs have reached: a sensor errs in one."""

HEART_RATES_BPM = (100.0, 230.0)
PACES_S_PER_KM = (120.0, 900.0)
"""What a highest or threshold heart rate, and a threshold pace, can be."""

Basis = Literal["said", "recorded", "assumed", "derived"]
ThresholdPace = Callable[[Session, UUID], float | None]

_threshold_paces: list[ThresholdPace] = []


def derive_threshold_pace(callback: ThresholdPace) -> None:
    """Have ``callback`` asked for an athlete's threshold pace (s/km) when they gave none."""
    if callback not in _threshold_paces:
        _threshold_paces.append(callback)


@dataclass(frozen=True)
class Zones:
    """Four limits between five zones, from the easiest to the hardest, and what they rest on."""

    limits: tuple[float, ...]
    basis: Basis
    anchor: Literal["threshold", "max"]
    anchor_value: float

    def of(self, values: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The zone of each value, 0 to 4."""
        return np.searchsorted(np.asarray(self.limits), values, side="right")


@dataclass(frozen=True)
class Said:
    """What the athlete says of their limits; None where they say nothing."""

    max_heart_rate_bpm: float | None = None
    threshold_heart_rate_bpm: float | None = None
    threshold_pace_s_per_km: float | None = None


@dataclass(frozen=True)
class Intensity:
    """An athlete's zones; speeds in m/s. Without a threshold pace there are none of pace."""

    heart_rate: Zones
    speed: Zones | None
    said: Said


def intensity(
    session: Session, athlete_id: UUID, known: Sequence[float | None] | None = None
) -> Intensity:
    """The athlete's zones: from what they say, else from what was recorded, else assumed.

    ``known`` is what was found for ``asked``, where it was asked for already.
    """
    *told, recorded_bpm = known or session.execute(select(*asked(athlete_id))).one()
    said = Said(*told)
    pace, basis = said.threshold_pace_s_per_km, "said"
    if pace is None:
        derived = (callback(session, athlete_id) for callback in _threshold_paces)
        pace, basis = next((one for one in derived if one is not None), None), "derived"
    speed = None
    if pace is not None:
        threshold_mps = 1000 / pace
        limits = tuple(share * threshold_mps for share in SHARES_OF_THRESHOLD_SPEED)
        speed = Zones(limits, "said" if basis == "said" else "derived", "threshold", pace)
    return Intensity(_heart_rate(said, recorded_bpm), speed, said)


def set_intensity(session: Session, athlete_id: UUID, said: Said) -> None:
    """Keep what the athlete says of their limits; the caller commits.

    Raises:
        InvalidInputError: a limit is outside what a heart or a runner can do.
    """
    for value in (said.max_heart_rate_bpm, said.threshold_heart_rate_bpm):
        _check(value, HEART_RATES_BPM, _("A heart rate here is between 100 and 230 bpm."))
    _check(
        said.threshold_pace_s_per_km,
        PACES_S_PER_KM,
        _("A threshold pace is between 2:00 and 15:00 per kilometre."),
    )
    highest, threshold = said.max_heart_rate_bpm, said.threshold_heart_rate_bpm
    if highest is not None and threshold is not None and threshold >= highest:
        raise InvalidInputError(
            _("The threshold lies below the highest heart rate."),
            next_step=_("exchange the two, or leave one empty"),
        )
    values = vars(said)
    statement = insert(IntensitySetting).values(athlete_id=athlete_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["athlete_id"], set_=values))


def time_in_zones(time_s: Floats, values: Floats | None, zones: Zones) -> list[float] | None:
    """Seconds in each zone, easiest first; None when nothing was measured.

    A sample speaks for the time until the next one, but not for a pause.
    """
    if values is None or len(time_s) < 2:  # noqa: PLR2004  a length of time has two ends
        return None
    weights = np.clip(np.diff(time_s), 0.0, SAMPLE_WEIGHT_MAX_S)
    known = np.isfinite(values[:-1]) & np.isfinite(weights)
    if not known.any():
        return None
    found = np.bincount(zones.of(values[:-1][known]), weights[known], minlength=5)
    return [float(seconds) for seconds in found]


def _heart_rate(said: Said, recorded_bpm: float | None) -> Zones:
    if said.threshold_heart_rate_bpm is not None:
        threshold = said.threshold_heart_rate_bpm
        limits = _shares(SHARES_OF_THRESHOLD_HEART_RATE, threshold)
        return Zones(limits, "said", "threshold", threshold)
    highest, basis = said.max_heart_rate_bpm, "said"
    if highest is None:
        highest, basis = recorded_bpm, "recorded"
    if highest is None:
        highest, basis = MAX_HEART_RATE_ASSUMED_BPM, "assumed"
    limits = _shares(SHARES_OF_MAX_HEART_RATE, highest)
    names: dict[str, Basis] = {"said": "said", "recorded": "recorded", "assumed": "assumed"}
    return Zones(limits, names[basis], "max", highest)


def _highest_recorded(athlete_id: UUID) -> ScalarSelect[float | None]:
    return (
        select(Activity.max_heart_rate_bpm)
        .where(
            Activity.athlete_id == athlete_id,
            Activity.deleted_at.is_(None),
            Activity.max_heart_rate_bpm.between(*HEART_RATES_BPM),
        )
        .order_by(Activity.max_heart_rate_bpm.desc())
        .offset(RUNS_TRUSTED - 1)
        .limit(1)
        .scalar_subquery()
    )


def asked(athlete_id: UUID) -> tuple[ScalarSelect[float | None], ...]:
    """What ``intensity`` follows from, to be asked for together with something else."""
    names = ("max_heart_rate_bpm", "threshold_heart_rate_bpm", "threshold_pace_s_per_km")
    said = (
        select(getattr(IntensitySetting, name))
        .where(IntensitySetting.athlete_id == athlete_id)
        .scalar_subquery()
        for name in names
    )
    return (*said, _highest_recorded(athlete_id))


def _shares(shares: Sequence[float], of: float) -> tuple[float, ...]:
    return tuple(share * of for share in shares)


def _check(value: float | None, limits: tuple[float, float], words: str) -> None:
    if value is not None and not limits[0] <= value <= limits[1]:
        raise InvalidInputError(words, next_step=_("write another value, or leave it empty"))
