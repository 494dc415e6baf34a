"""What is true of the plan, of what became of it, and of the race that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from truth_record import Find, Record, Spec, span
from truth_told import TODAY, Number, Truth


def _workouts(record: Record, first: date, last: date) -> list[Any]:
    """The workouts of some days where they stand now, the athlete's word before the plan's."""
    return record.rows(
        """
        SELECT * FROM (
            SELECT w.*, coalesce((
                SELECT (n.value #>> '{}')::date FROM planned_workout_annotation n
                WHERE n.athlete_id = w.athlete_id AND n.workout_id = w.workout_id
                AND n.field = 'day' ORDER BY n.version DESC LIMIT 1), w.day) AS stands,
                EXISTS (SELECT 1 FROM workout_match m WHERE m.athlete_id = w.athlete_id
                AND m.workout_id = w.workout_id) AS done
            FROM planned_workout w
            WHERE w.athlete_id = :me AND w.superseded_by IS NULL) AS each
        WHERE stands BETWEEN :first AND :last ORDER BY stands
        """,
        first=first,
        last=last,
    )


def _planned(record: Record, spec: Spec) -> Truth:
    if "next" in spec:
        ahead = _workouts(record, TODAY, TODAY + timedelta(days=28))
        one = next(each for each in ahead if each["session"] == "long")
        return Truth((Number(one["distance_m"], "length", 0.03),), days=(one["stands"],))
    if "day" in spec:
        day = TODAY + timedelta(days=int(spec["day"]))
        first, last = day, day
    else:
        first, last = span(spec["period"])
    found = _workouts(record, first, last)
    if not found:
        return Truth(patterns=(r"nothing|rest|no workout",))
    return Truth(tuple(Number(one["distance_m"], "length", 0.03) for one in found))


def _plan_done(record: Record, spec: Spec) -> Truth:
    """How many of the workouts that were due have a run to them."""
    first, last = span(spec["period"])
    spans = [(first, last)]
    if spec["period"].startswith("days:"):
        spans.append((first - timedelta(days=first.weekday()) + timedelta(days=7), last))
    choices = []
    for begin, end in spans:
        due = _workouts(record, begin, min(end, TODAY - timedelta(days=1)))
        choices.append(Number(100 * sum(one["done"] for one in due) / len(due), "share", 0.01))
    return Truth(one_of=tuple(choices))


def _race_goal(record: Record, spec: Spec) -> Truth:
    del spec
    day = record.rows(
        "SELECT min(race_day) AS day FROM training_plan WHERE athlete_id = :me"
        " AND deleted_at IS NULL AND race_day >= :today",
        today=TODAY,
    )[0]["day"]
    return Truth((Number((day - TODAY).days, "plain"),), days=(day,))


def _today(record: Record, spec: Spec) -> Truth:
    return _planned(record, {**spec, "day": "0"})


TRUTHS: Mapping[str, Find] = {
    "planned": _planned,
    "plan_done": _plan_done,
    "race_goal": _race_goal,
    "today": _today,
}
"""By kind of question, what finds its truth."""
