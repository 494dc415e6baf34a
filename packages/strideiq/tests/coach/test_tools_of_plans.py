"""Tools of the plan, held to the tables."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from strideiq.coach.tools.tool import Toolbox
from strideiq.platform import language


def test_the_week_is_what_stands_in_the_plan(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("plan_week", {"which": "next_week"})
    workouts = [row for row in found.rows if "workout_id" in row]
    days = reading.scalars(
        text(
            "SELECT day FROM planned_workout WHERE athlete_id = :who AND superseded_by IS NULL"
            " AND day BETWEEN DATE '2026-11-30' AND DATE '2026-12-06' AND NOT EXISTS"
            " (SELECT FROM planned_workout_annotation s WHERE s.athlete_id = :who"
            "  AND s.workout_id = planned_workout.workout_id AND s.field = 'day') ORDER BY day"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    assert len(days) >= 3
    assert {day.isoformat() for day in days} <= {str(row["day"]) for row in workouts}
    total = next(
        one.value
        for one in found.figures
        if one.quantity == "planned_distance" and "next week" in one.subject.aliases
    )
    assert round(total / 1000, 1) == round(
        sum(row["planned_distance_m"] for row in workouts) / 1000, 1
    )
    assert any(one.quantity == "target_pace" for one in found.figures)


def test_next_is_the_first_that_is_still_to_come(toolbox: Toolbox) -> None:
    found = toolbox.call("plan_week", {"which": "next"})
    called = {alias: one.first_day for one in found.subjects for alias in one.aliases}
    planned = sorted(one.first_day for one in found.subjects if one.first_day)
    assert called["next workout"] in planned[:2]
    assert called["next long run"] == min(
        date.fromisoformat(str(row["day"])) for row in found.rows if "Long" in str(row["session"])
    )


def test_what_was_done_of_the_plan_is_counted(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("planned_and_done", {"weeks": 8})
    done = reading.scalar(
        text(
            "SELECT count(*) FROM workout_match m JOIN planned_workout w"
            " USING (athlete_id, workout_id) WHERE m.athlete_id = :who"
            " AND w.superseded_by IS NULL AND w.day BETWEEN DATE '2026-10-05' AND DATE '2026-11-28'"
        ),
        {"who": toolbox.scope.athlete_id},
    )
    weeks = [row for row in found.rows if "week_from" in row]
    assert sum(row["workouts_done"] for row in weeks) == done > 5
    assert all(row["workouts_done"] <= row["workouts_planned"] for row in weeks)


def test_proposals_say_why_and_change_nothing(toolbox: Toolbox, reading: Session) -> None:
    tired = date(2026, 11, 27)
    reading.execute(
        text(
            "INSERT INTO check_in_value (athlete_id, day, field, version, figure)"
            " VALUES (:who, :day, 'illness', 99, 2)"
        ),
        {"who": toolbox.scope.athlete_id, "day": tired + timedelta(days=1)},
    )
    before = reading.scalar(text("SELECT count(*) FROM planned_workout_annotation"))
    found = toolbox.call("proposals")
    assert found.subjects, found.missing
    assert "ill" in str(found.rows[0]["why"])
    assert {row["proposed"] for row in found.rows[1:]} >= {"no run"}
    assert reading.scalar(text("SELECT count(*) FROM plan_proposal")) == 0
    assert reading.scalar(text("SELECT count(*) FROM planned_workout_annotation")) == before


def test_tools_speak_english_on_german_pages(toolbox: Toolbox) -> None:
    with language.speaking("de"):
        found = toolbox.call("plan_week", {"which": "next_week"})
        assert language.current() == "de"
    assert any("run" in str(row.get("session", "")).lower() for row in found.rows)
