"""The calculator's answer as a page shows it: figures with units, and the sum behind each."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from strideiq.calculators.answer import Answer
from strideiq.calculators.clock import KILOMETRE_M, PACE_UNITS_M, clock
from strideiq.physiology.public import (
    Equivalent,
    TrainingPace,
    oxygen_cost,
    sustainable_fraction,
)
from strideiq.platform.formats import figure

PURPOSES = {
    "easy": "most of your running: warm-ups, long runs, recovery",
    "marathon": "the pace of the marathon that you could race",
    "threshold": "comfortably hard, for about an hour at most",
    "interval": "hard, in repeats of three to five minutes",
    "repetition": "fast and relaxed, in short repeats with full rest",
}
TRACK_LAP_M = 400.0
LAPPED = {"threshold", "interval", "repetition"}


@dataclass(frozen=True)
class PaceRow:
    """One kind of training."""

    name: str
    purpose: str
    intensity: int
    """From 1 for easy to 5 for repetition: its colour everywhere."""
    pace: Markup
    range: str
    lap: str
    """For a lap of 400 m, where one runs it on a track."""
    reason: str


@dataclass(frozen=True)
class RaceRow:
    """What one would run over a distance."""

    name: str
    time: str
    pace: Markup
    range: str
    entered: bool
    extrapolated: bool


@dataclass(frozen=True)
class Derivation:
    """The figures between a race and its index."""

    speed_m_per_min: float
    time_min: float
    cost: float
    fraction: float


def pace_rows(answer: Answer, units: str) -> list[PaceRow]:
    """The five paces in the given units, easy first."""
    return [
        _pace_row(pace, answer.index.value, units, intensity)
        for intensity, pace in enumerate(answer.paces, start=1)
    ]


def race_rows(answer: Answer, units: str) -> list[RaceRow]:
    """The equivalent races, shortest first; the one that was typed in is marked."""
    entered_m = answer.race.distance_m if answer.race else None
    return [_race_row(race, units, entered_m) for race in answer.equivalents]


def derivation(answer: Answer) -> Derivation | None:
    """How the index follows from the race; None when the index itself was given."""
    if answer.race is None:
        return None
    time_min = answer.race.time_s / 60
    speed = answer.race.distance_m / time_min
    return Derivation(
        speed_m_per_min=speed,
        time_min=time_min,
        cost=float(oxygen_cost(speed)),
        fraction=float(sustainable_fraction(time_min)),
    )


def _pace_row(pace: TrainingPace, index: float, units: str, intensity: int) -> PaceRow:
    name, length_m = PACE_UNITS_M[units]
    per = length_m / KILOMETRE_M
    shown = clock(pace.fastest.value * per)
    if pace.is_range:
        shown = f"{shown} – {clock(pace.slowest.value * per)}"  # noqa: RUF001  a range's dash
    lap = clock(pace.fastest.value * TRACK_LAP_M / KILOMETRE_M) if pace.name in LAPPED else ""
    return PaceRow(
        name=pace.name,
        purpose=PURPOSES[pace.name],
        intensity=intensity,
        pace=figure(shown, f"/{name}"),
        range=f"{clock(pace.fastest.low * per)} to {clock(pace.slowest.high * per)}",
        lap=lap,
        reason=_reason(pace, index),
    )


def _reason(pace: TrainingPace, index: float) -> str:
    if pace.fractions is None:
        return {
            "solved_race": f"the marathon whose index is {index:.1f}, solved for its time",
            "interval_less_6_s_per_400_m": "interval pace, 6 s faster per 400 m",
        }[pace.equation]
    costs = " to ".join(f"{share * index:.1f}" for share in dict.fromkeys(pace.fractions))
    shares = " to ".join(f"{share:g}" for share in dict.fromkeys(pace.fractions))
    return f"costs {shares} of the index: {costs} ml/kg/min"


def _race_row(race: Equivalent, units: str, entered_m: float | None) -> RaceRow:
    name, length_m = PACE_UNITS_M[units]
    return RaceRow(
        name=race.name,
        time=clock(race.time.value),
        pace=figure(clock(race.time.value * length_m / race.distance_m), f"/{name}"),
        range=f"{clock(race.time.low)} to {clock(race.time.high)}",
        entered=race.distance_m == entered_m,
        extrapolated=race.extrapolated,
    )
