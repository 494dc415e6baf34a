"""Tools of check-ins, food, injuries, relations and gear, held to the tables."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from strideiq.coach.tools.tool import Found, Toolbox
from strideiq.demo.mornings import SEEN

NEWEST = (
    "SELECT DISTINCT ON (day, field) day, field, figure FROM check_in_value"
    " WHERE athlete_id = :who ORDER BY day, field, version DESC"
)


def values_of(found: Found, quantity: str, kind: str) -> dict[object, float]:
    return {
        one.subject.first_day: one.value
        for one in found.figures
        if one.quantity == quantity and one.subject.kind == kind
    }


def test_check_ins_are_what_was_said_last(toolbox: Toolbox, reading: Session) -> None:
    who = {"who": toolbox.scope.athlete_id}
    reading.execute(
        text(
            "INSERT INTO check_in_value (athlete_id, day, field, version, figure) VALUES"
            " (:who, DATE '2026-11-20', 'sleep_h', 50, 4.25),"
            " (:who, DATE '2026-11-21', 'sleep_h', 50, NULL)"
        ),
        who,
    )
    found = toolbox.call("check_ins", {"days": 28})
    rows = reading.execute(
        text(f"SELECT * FROM ({NEWEST}) n WHERE day > DATE '2026-10-31' AND figure IS NOT NULL"),
        who,
    ).all()
    slept = {row.day: row.figure * 3600 for row in rows if row.field == "sleep_h"}
    assert values_of(found, "sleep", "check_in") == slept
    assert {row["day"]: row.get("sleep_h") for row in found.rows}["2026-11-20"] == 4.25
    mean = next(
        one.value
        for one in found.figures
        if one.subject.kind == "check_ins_sleep" and one.quantity == "sleep"
    )
    assert mean == pytest.approx(sum(slept.values()) / len(slept))
    moods = {row.day: row.figure for row in rows if row.field == "mood"}
    assert values_of(found, "score", "check_in_mood") == moods
    assert values_of(found, "score", "check_in_soreness") != moods


def test_weight_is_the_newest_and_its_weeks(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("weight", {"days": 90})
    rows = reading.execute(
        text(
            f"SELECT day, figure FROM ({NEWEST}) n WHERE field = 'weight_kg'"
            " AND day > DATE '2026-11-28' - 90 AND figure IS NOT NULL ORDER BY day DESC"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    assert found.figures[0].value == rows[0].figure
    assert found.figures[0].subject.first_day == rows[0].day
    assert [row["weight_kg"] for row in found.rows] == [row.figure for row in rows[:60]]
    kept = {one.subject.row_id.rpartition(":")[2]: one.value for one in found.figures}
    assert kept["lowest"] == min(row.figure for row in rows)


def test_food_adds_up_by_day(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("nutrition", {"days": 7})
    rows = reading.execute(
        text(
            "SELECT (eaten_at AT TIME ZONE 'Europe/Zurich')::date AS day, sum(energy_kcal) AS kcal,"
            " sum(carbohydrate_g) AS carbohydrate_g FROM nutrition_entry WHERE athlete_id = :who"
            " AND deleted_at IS NULL AND (eaten_at AT TIME ZONE 'Europe/Zurich')::date"
            " BETWEEN DATE '2026-11-22' AND DATE '2026-11-28' GROUP BY 1"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    assert len(rows) >= 5
    assert values_of(found, "energy", "nutrition_day") == {row.day: row.kcal for row in rows}
    eaten = values_of(found, "carbohydrate", "nutrition_day")
    assert eaten == pytest.approx({row.day: row.carbohydrate_g / 1000 for row in rows})


def test_injuries_are_told_with_their_days(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("injuries")
    rows = reading.execute(
        text(
            "SELECT place, severity, ended_on - began_on + 1 AS days FROM injury"
            " WHERE athlete_id = :who AND deleted_at IS NULL"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    told = {(one.subject.name, one.quantity): one.value for one in found.figures}
    assert rows
    for row in rows:
        assert told[row.place, "days"] == row.days
        assert told[row.place, "score"] == row.severity
    assert "left Calf" in {alias for one in found.subjects for alias in one.aliases}
    assert toolbox.call("injuries", {"open_only": True}).missing


def test_relations_carry_how_many_days_tell_them(toolbox: Toolbox) -> None:
    found = toolbox.call("relations")
    verdicts = {(row["first"], row["second"]): row for row in found.rows}
    pairs = {
        one.subject.row_id.rpartition(":")[0]: one.value
        for one in found.figures
        if one.quantity == "pairs"
    }
    seen = verdicts["load", "soreness"]
    assert seen["verdict"] == "seen"
    assert seen["correlation"] * SEEN["load", "soreness"] > 0
    assert pairs["load:soreness"] == seen["pairs_of_days"] >= 40
    for row in found.rows:
        if row["verdict"] == "too little":
            assert row["missing"]
    one = toolbox.call("relations", {"about": "stress"})
    assert {row["first"] for row in one.rows} == {"stress"}


def test_gear_has_come_as_far_as_its_runs(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("gear_mileage", {"retired": True})
    flats = next(row for row in found.rows if row["name"] == "Race flats")
    metres = reading.scalar(
        text(
            "SELECT sum(distance_m) FROM activity a JOIN activity_annotation s"
            " USING (athlete_id, activity_id) WHERE a.athlete_id = :who AND s.field = 'gear_id'"
            " AND s.value = :gear AND a.deleted_at IS NULL"
        ),
        {"who": toolbox.scope.athlete_id, "gear": flats["gear_id"]},
    )
    told = next(one.value for one in found.figures if one.subject.row_id == flats["gear_id"])
    assert told == pytest.approx(metres)
    assert metres > 0
