"""The tool of efficiency: metres per heartbeat and decoupling over the last months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from pydantic import Field

from strideiq.activities.public import DECOUPLING_MIN_S
from strideiq.coach.checking.evidence import Figure, RowSet, Subject, Trend
from strideiq.coach.tools import reading
from strideiq.coach.tools.making import FORMULA_VERSION, activity_subject, figures_of
from strideiq.coach.tools.periods import Span, last_days
from strideiq.coach.tools.tool import DAYS_MAX, ROWS_MAX, Arguments, Found, Scope, Tool
from strideiq.coach.tools.trending import direction_of_values
from strideiq.fitness import public as fitness

THIRDS_MIN = 9
"""Of fewer runs no first and last third are told."""

Values = Sequence[tuple[date, float]]


class Efficiency(Arguments):
    """Over how many days."""

    days: int = Field(120, ge=14, le=DAYS_MAX)


def efficiency(scope: Scope, asked: Efficiency) -> Found:
    """Metres per heartbeat and decoupling of runs of half an hour and more, and their trends."""
    span = last_days(asked.days, scope.today)
    sessions = [one for one in _sessions(scope) if span.first and one.day >= span.first]
    if not sessions:
        return Found(
            missing=f"No run of half an hour with a heart rate in the last {asked.days} days."
        )
    subject = span.subject("period", "/fitness", "on average", "typically")
    figures = figures_of(subject, {"runs": len(sessions)}, FORMULA_VERSION)
    trends: list[Trend] = []
    for quantity, values in _series(sessions).items():
        figures += _figures(subject, span, quantity, values)
        trends += _trend(subject, quantity, values)
    shown = sessions[: -ROWS_MAX - 1 : -1]
    runs = _runs(scope, shown)
    each = tuple(dict.fromkeys(frozenset({one.subject}) for one in runs))
    return Found(
        (*figures, *runs),
        tuple(trends),
        rows=tuple(_row(one) for one in shown),
        cut_off=len(sessions) > len(shown),
        sets=(RowSet(("run", "value"), each),) if len(each) == len(shown) else (),
    )


def _sessions(scope: Scope) -> list[fitness.Session]:
    """The runs that say something of efficiency, oldest first."""
    known = reading.history(scope)
    return [
        one
        for one in (known.sessions if known else ())
        if one.sport == "running"
        and (one.running_s or 0.0) >= DECOUPLING_MIN_S
        and one.efficiency_m_per_beat is not None
    ]


def _series(sessions: Sequence[fitness.Session]) -> dict[str, Values]:
    efficiencies = ((one.day, one.efficiency_m_per_beat) for one in sessions)
    decouplings = ((one.day, one.decoupling) for one in sessions)
    found = {
        "efficiency": [(day, value) for day, value in efficiencies if value is not None],
        "decoupling": [(day, 100 * value) for day, value in decouplings if value is not None],
    }
    return {quantity: values for quantity, values in found.items() if values}


def _figures(subject: Subject, span: Span, quantity: str, values: Values) -> list[Figure]:
    """The median of all, and of the first and the last third."""
    version = fitness.FORMULA_VERSION
    figures = figures_of(subject, {quantity: _median(values)}, version)
    third = len(values) // 3
    if len(values) < THIRDS_MIN:
        return figures
    parts = {
        "first third": (values[:third], ("at first", "at the beginning", "earlier", "before")),
        "last third": (values[-third:], ("lately", "recently", "most recently", "by now")),
    }
    for name, (some, aliases) in parts.items():
        of_part = Subject(
            "period", f"{span.key}:{quantity}:{name}", "", some[0][0], some[-1][0], aliases,
            "/fitness",
        )  # fmt: skip
        figures += figures_of(of_part, {quantity: _median(some)}, version)
    return figures


def _trend(subject: Subject, quantity: str, values: Values) -> list[Trend]:
    days = [day.toordinal() for day, _ in values]
    direction = direction_of_values(days, [value for _, value in values])
    if direction is None:
        return []
    evidence_id = f"{quantity}/{subject.row_id}"
    version = fitness.FORMULA_VERSION
    return [Trend(evidence_id, subject, quantity, direction, len(values), version)]


def _median(values: Values) -> float:
    return float(np.median([value for _, value in values]))


def _runs(scope: Scope, sessions: Sequence[fitness.Session]) -> list[Figure]:
    """The figures of single runs."""
    by_id = {one.activity_id: one for one in sessions}
    figures: list[Figure] = []
    for run in reading.several(scope, list(by_id)):
        one = by_id[run.activity.activity_id]
        values = {
            "efficiency": one.efficiency_m_per_beat,
            "decoupling": None if one.decoupling is None else 100 * one.decoupling,
            "heart_rate": one.mean_heart_rate_bpm,
        }
        figures += figures_of(activity_subject(run), values, fitness.FORMULA_VERSION)
    return figures


def _row(one: fitness.Session) -> dict[str, object]:
    return {
        "activity_id": str(one.activity_id),
        "day": one.day.isoformat(),
        "efficiency_m_per_beat": round(one.efficiency_m_per_beat or 0.0, 4),
        "decoupling_percent": None if one.decoupling is None else round(100 * one.decoupling, 2),
        "mean_heart_rate_bpm": None
        if one.mean_heart_rate_bpm is None
        else round(one.mean_heart_rate_bpm, 1),
    }


EFFICIENCY = Tool(
    "efficiency",
    "Metres per heartbeat and decoupling of longer runs, and whether they changed.",
    Efficiency,
    efficiency,
)
