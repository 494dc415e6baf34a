"""The calculator's answer as the document that ``strideiq paces --json`` prints."""

from __future__ import annotations

from strideiq.calculators.answer import Answer
from strideiq.calculators.clock import clock, pace_text
from strideiq.physiology.public import (
    ASSUMED_RACE_M,
    DAY_SHARE,
    ENDURANCE_EXPONENT,
    Equivalent,
    Estimate,
    TrainingPace,
)

EQUATIONS = {
    "oxygen_cost": "VO2 = -4.60 + 0.182258 v + 0.000104 v^2, v in m/min",
    "sustainable_fraction": (
        "F = 0.8 + 0.1894393 exp(-0.012778 t) + 0.2989558 exp(-0.1932605 t), t in min"
    ),
    "rpi": "RPI = VO2(distance / time) / F(time)",
    "cost_at_fraction": "VO2(v) = fraction * RPI, solved for v",
    "solved_race": "VO2(distance / t) / F(t) = RPI, solved for t",
    "interval_less_6_s_per_400_m": "interval pace - 6 s per 400 m",
}
"""Each equation by the name that the paces refer to (Daniels and Gilbert, 1979)."""


def document(answer: Answer, units: str) -> dict[str, object]:
    """The whole answer; every figure has its unit in its name."""
    return {
        "inputs": _inputs(answer, units),
        **_estimate("rpi", answer.index, 2),
        "paces": {pace.name: _pace(pace, units) for pace in answer.paces},
        "equivalents": [_equivalent(each) for each in answer.equivalents],
        "uncertainty": {
            "meaning": "low to high holds for about two runners in three",
            "day_to_day_share_of_time": DAY_SHARE,
            "endurance_exponent": ENDURANCE_EXPONENT,
        },
        "equations": EQUATIONS,
    }


def _inputs(answer: Answer, units: str) -> dict[str, object]:
    if answer.race is None:
        given = {"rpi": answer.index.value, "assumed_race_distance_m": ASSUMED_RACE_M}
    else:
        given = {"race_distance_m": answer.race.distance_m, "race_time_s": answer.race.time_s}
    return {**given, "units": units}


def _pace(pace: TrainingPace, units: str) -> dict[str, object]:
    text = pace_text(pace.fastest.value, units, 1)
    if not pace.is_range:
        return {
            "pace": text,
            **_estimate("pace_s_per_km", pace.fastest, 2),
            "fraction_of_rpi": pace.fractions[0] if pace.fractions else None,
            "equation": pace.equation,
        }
    return {
        "pace": f"{text} to {pace_text(pace.slowest.value, units, 1)}",
        **_estimate("fastest_pace_s_per_km", pace.fastest, 2),
        **_estimate("slowest_pace_s_per_km", pace.slowest, 2),
        "fraction_of_rpi_fastest": pace.fractions[0] if pace.fractions else None,
        "fraction_of_rpi_slowest": pace.fractions[1] if pace.fractions else None,
        "equation": pace.equation,
    }


def _equivalent(equivalent: Equivalent) -> dict[str, object]:
    return {
        "race": equivalent.name,
        "distance_m": equivalent.distance_m,
        "time": clock(equivalent.time.value, 1),
        **_estimate("time_s", equivalent.time, 2),
        "extrapolated": equivalent.extrapolated,
        "equation": "solved_race",
    }


def _estimate(name: str, estimate: Estimate, decimals: int) -> dict[str, float]:
    return {
        name: round(estimate.value, decimals),
        f"{name}_low": round(estimate.low, decimals),
        f"{name}_high": round(estimate.high, decimals),
    }
