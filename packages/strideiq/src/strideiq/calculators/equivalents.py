"""Race equivalents by three models: rows for the page, the document, and the disagreement drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from strideiq.calculators.clock import clock
from strideiq.calculators.outside import why
from strideiq.physiology.public import (
    EXPONENT,
    MODELS,
    OutsideModelError,
    Predictions,
    Race,
    RunnerModels,
    runner_models,
)
from strideiq.platform.errors import InvalidInputError
from strideiq.platform.language import gettext as _

WIDTH, HEIGHT = 200.0, 24.0
SHARE_SHOWN = 0.06
"""The picture's half width stands for so much of the time."""


@dataclass(frozen=True)
class Mark:
    """What one model says, as a mark on the line: where, and whether it is beyond its races."""

    model: str
    x: float
    valid: bool


@dataclass(frozen=True)
class ModelRow:
    """One distance by every model."""

    name: str
    times: dict[str, str]
    valid: dict[str, bool]
    marks: list[Mark]
    spread: str
    entered: bool


def solve(races: list[Race]) -> RunnerModels:
    """The models of the runner of these races.

    Raises:
        InvalidInputError: the races are no runner's, or none.
    """
    try:
        return runner_models(races)
    except OutsideModelError as error:
        raise InvalidInputError(why(error), next_step=_("check the distances and times")) from error


def rows(models: RunnerModels) -> list[ModelRow]:
    """The usual distances, shortest first."""
    entered = {race.distance_m for race in models.races}
    return [_row(one, entered) for one in models.usual()]


def document(models: RunnerModels) -> dict[str, object]:
    """The whole answer; every figure has its unit in its name."""
    curve = models.curve
    return {
        "inputs": [{"distance_m": race.distance_m, "time_s": race.time_s} for race in models.races],
        "models": {
            "equal_index": {"rpi": round(models.index, 2)},
            "power": {
                "exponent": round(models.exponent, 4),
                "exponent_of_riegel": EXPONENT,
                "own_exponent": models.own_exponent,
            },
            "critical_speed": {
                "critical_speed_mps": round(curve.speed_mps, 4),
                "critical_speed_error_mps": round(curve.speed_error_mps, 4),
                "distance_above_m": round(curve.distance_m, 1),
                "distance_above_error_m": round(curve.distance_error_m, 1),
                "delay_s": round(curve.delay_s, 2),
            }
            if curve is not None
            else {"missing_because": models.why_none},
        },
        "equivalents": [_predictions(one) for one in models.usual()],
        "uncertainty": {
            "meaning": "spread_s is how far the models that hold for a distance disagree"
        },
    }


def lines(models: RunnerModels) -> list[str]:
    """The same for a terminal: an answer in brackets is beyond its model's races."""
    head = f"  {'race':<14}{'equal index':>14}{'power':>14}{'critical speed':>16}{'apart':>9}"
    shown = []
    for row in rows(models):
        times = [
            (row.times[model] if row.valid[model] else f"[{row.times[model]}]")
            if model in row.times
            else "-"
            for model in MODELS
        ]
        shown.append(f"  {row.name:<14}{times[0]:>14}{times[1]:>14}{times[2]:>16}{row.spread:>9}")
    return [head, *shown, "", "In brackets: beyond the races that the model was made for."]


def _row(one: Predictions, entered: set[float]) -> ModelRow:
    known = [each.time_s for each in one.by_model.values() if each.valid]
    known = known or [each.time_s for each in one.by_model.values()]
    middle = (max(known) * min(known)) ** 0.5
    marks = [
        Mark(model, _x(log(each.time_s / middle)), each.valid)
        for model, each in one.by_model.items()
    ]
    return ModelRow(
        name=one.name,
        times={model: clock(each.time_s) for model, each in one.by_model.items()},
        valid={model: each.valid for model, each in one.by_model.items()},
        marks=marks,
        spread=clock(one.spread_s, 1) if one.spread_s < 60 else clock(one.spread_s),  # noqa: PLR2004
        entered=one.distance_m in entered,
    )


def _x(share: float) -> float:
    """Faster is left; what is farther off than the picture is wide stands at its edge."""
    inside = max(-1.0, min(1.0, share / SHARE_SHOWN))
    return round(WIDTH / 2 + inside * (WIDTH / 2 - 8), 1)


def _predictions(one: Predictions) -> dict[str, object]:
    return {
        "race": one.name,
        "distance_m": one.distance_m,
        "spread_s": round(one.spread_s, 2),
        **{f"{model}_time_s": round(each.time_s, 2) for model, each in one.by_model.items()},
        "extrapolated_by": [model for model, each in one.by_model.items() if not each.valid],
    }
