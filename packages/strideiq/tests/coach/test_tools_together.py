"""What holds of every tool: whose rows it reads, how many, and what it refuses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from seeded import TODAY, Seeded
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from strideiq.coach import facts
from strideiq.coach.checking.quantities import QUANTITIES
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import (
    CALLS_MAX,
    DAYS_MAX,
    ROWS_MAX,
    Found,
    Scope,
    Toolbox,
    ToolRefusedError,
)

WIDE: dict[str, dict[str, Any]] = {
    "recent_runs": {"limit": ROWS_MAX, "sport": "any"},
    "one_run": {},
    "splits": {"kind": "lap"},
    "intervals": {},
    "time_in_zones": {},
    "personal_bests": {"history": True},
    "training_paces": {},
    "race_equivalents": {},
    "load": {"weeks": 52},
    "efficiency": {"days": DAYS_MAX},
    "totals": {"by": "week", "sport": "any"},
    "run_groups": {"by": "week", "sport": "any", "limit": ROWS_MAX - 1},
    "compare_periods": {"which": "year", "sport": "any"},
    "plan_week": {"which": "next"},
    "planned_and_done": {"weeks": 26},
    "proposals": {},
    "check_ins": {"days": DAYS_MAX},
    "weight": {"days": DAYS_MAX},
    "nutrition": {"days": DAYS_MAX},
    "injuries": {},
    "relations": {},
    "rest_days": {"sport": "any"},
    "gear_mileage": {"retired": True},
    "stated_facts": {},
}
"""As much of each tool as it gives."""

QUERIES_MAX = 16
"""However many rows there are: a proposal looks at plan, form, illness and what was decided."""
REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "coach-tools.md"


def test_every_tool_is_tried() -> None:
    assert set(WIDE) == set(TOOLS)


def ids_of(reading: Session, seeded: Seeded, whose: str) -> set[str]:
    """Every id of a row of one of the two."""
    tables = {
        "activity": "activity_id",
        "training_plan": "plan_id",
        "planned_workout": "workout_id",
        "injury": "injury_id",
        "gear": "gear_id",
        "nutrition_entry": "nutrition_entry_id",
        "coach_fact": "fact_id",
    }
    who = seeded.athlete_id if whose == "first" else seeded.other_id
    return {
        str(row)
        for table, column in tables.items()
        for row in reading.scalars(
            text(f"SELECT {column} FROM {table} WHERE athlete_id = :who"), {"who": who}
        )
    }


def told(found: Found) -> str:
    return json.dumps([dict(row) for row in found.rows], default=str) + repr(
        (found.figures, found.trends, found.subjects, found.missing)
    )


@pytest.mark.parametrize("name", list(TOOLS))
def test_a_tool_tells_of_its_own_athlete_only(
    name: str, toolbox: Toolbox, reading: Session, seeded: Seeded
) -> None:
    mine, theirs = (ids_of(reading, seeded, whose) for whose in ("first", "other"))
    assert mine.isdisjoint(theirs)
    words = told(toolbox.call(name, WIDE[name]))
    other = Toolbox(Scope(reading, seeded.other_id, TODAY), TOOLS)
    others = told(other.call(name, WIDE[name]))
    assert not [one for one in theirs if one in words]
    assert not [one for one in mine if one in others]


BY_ID = [name for name, tool in TOOLS.items() if "activity_id" in tool.arguments.model_fields]


@pytest.mark.parametrize("name", BY_ID)
def test_the_id_of_anothers_row_is_as_good_as_none(
    name: str, toolbox: Toolbox, reading: Session, seeded: Seeded
) -> None:
    theirs = reading.scalar(
        text("SELECT activity_id::text FROM activity WHERE athlete_id = :who LIMIT 1"),
        {"who": seeded.other_id},
    )
    nobodys = "00000000-0000-0000-0000-000000000000"
    anothers, none = (toolbox.call(name, {"activity_id": one}) for one in (theirs, nobodys))
    assert anothers == none
    assert anothers.missing
    assert not anothers.figures


@pytest.mark.parametrize("name", list(TOOLS))
def test_no_tool_can_be_told_whose_rows_to_read(name: str, toolbox: Toolbox) -> None:
    fields = set(TOOLS[name].arguments.model_fields)
    assert not [one for one in fields if "athlete" in one or "user" in one or "email" in one]
    with pytest.raises(ToolRefusedError, match="athlete_id"):
        toolbox.call(name, {"athlete_id": str(toolbox.scope.athlete_id)})


@pytest.mark.parametrize("name", list(TOOLS))
def test_a_tool_keeps_its_bounds_and_reads_only(
    name: str, toolbox: Toolbox, reading: Session
) -> None:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(reading.get_bind(), "before_cursor_execute", note)
    try:
        found = toolbox.call(name, WIDE[name])
    finally:
        event.remove(reading.get_bind(), "before_cursor_execute", note)
    assert len(found.rows) <= ROWS_MAX
    assert len(statements) <= QUERIES_MAX, statements
    assert all(one.lstrip().upper().startswith(("SELECT", "WITH")) for one in statements)
    assert not reading.new
    assert not reading.dirty
    assert found.rows or found.missing
    for figure in found.figures:
        assert figure.quantity in QUANTITIES
        assert figure.subject.row_id
    ids = [figure.figure_id for figure in found.figures]
    values = {(one.figure_id, one.value) for one in found.figures}
    assert len(values) == len(set(ids)), "one id stands for two values"


@pytest.mark.parametrize("name", list(TOOLS))
def test_a_tool_says_what_is_missing_to_who_has_nothing(name: str, reading: Session) -> None:
    nobody = reading.scalar(
        text(
            "INSERT INTO athlete (athlete_id, email, name, password_hash)"
            " VALUES (gen_random_uuid(), 'new@example.com', 'New', '!') RETURNING athlete_id"
        )
    )
    found = Toolbox(Scope(reading, nobody, TODAY), TOOLS).call(name, WIDE[name])
    assert found.missing.endswith(".")
    assert not [one for one in found.figures if one.value]


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("drop_everything", {}, "there is no tool"),
        ("recent_runs", {"limit": 1_000_000}, "limit"),
        ("recent_runs", {"days": DAYS_MAX + 1}, "days"),
        ("recent_runs", {"days": 7, "which": "today"}, "give days, or which"),
        ("totals", {"first_day": "2020-01-01", "last_day": "2026-01-01"}, "1 to 800 days"),
        ("totals", {"first_day": "2026-02-01", "last_day": "2026-01-01"}, "first one first"),
        ("one_run", {"activity_id": "1 OR 1=1"}, "activity_id"),
        ("recent_runs", {"sort": "name; DROP TABLE activity"}, "sort"),
        ("compare_periods", {}, "give which"),
        ("compare_periods", {"first_day": "2026-01-01"}, "all four"),
        ("load", {"weeks": "many"}, "weeks"),
    ],
)
def test_what_no_tool_takes_is_refused(
    toolbox: Toolbox, name: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ToolRefusedError, match=words):
        toolbox.call(name, arguments)
    assert toolbox.steps == []


def test_a_turn_has_so_many_calls_and_no_more(toolbox: Toolbox) -> None:
    for _ in range(CALLS_MAX):
        toolbox.call("one_run")
    with pytest.raises(ToolRefusedError, match="at most"):
        toolbox.call("one_run")


def test_what_is_deleted_is_told_by_no_tool(toolbox: Toolbox, reading: Session) -> None:
    run = str(toolbox.call("one_run").rows[0]["activity_id"])
    reading.execute(
        text("UPDATE activity SET deleted_at = now() WHERE activity_id = :run"), {"run": run}
    )
    assert run not in told(toolbox.call("recent_runs", WIDE["recent_runs"]))
    assert toolbox.call("one_run", {"activity_id": run}).missing
    assert toolbox.call("splits", {"activity_id": run}).missing
    assert toolbox.call("one_run", {}).rows[0]["activity_id"] != run


def test_what_a_service_only_lends_is_told_by_no_tool(toolbox: Toolbox, reading: Session) -> None:
    run = str(toolbox.call("one_run").rows[0]["activity_id"])
    reading.execute(
        text("UPDATE activity SET lender = 'strava_api' WHERE activity_id = :run"), {"run": run}
    )
    for name in ("recent_runs", "totals", "load", "efficiency", "personal_bests", "plan_week"):
        assert run not in told(toolbox.call(name, WIDE[name])), name
    for name in BY_ID:
        assert toolbox.call(name, {"activity_id": run}).missing, name


def test_what_was_stated_is_told_as_said_and_bounded(reading_scope: Scope) -> None:
    session, athlete_id = reading_scope.session, reading_scope.athlete_id
    for number in range(ROWS_MAX + 2):
        facts.state(session, athlete_id, f"I have run on hill {number}.")
    fact_id = facts.state(session, athlete_id, "My max heart rate is 191")
    facts.correct(session, athlete_id, fact_id, "My max heart rate is 192")
    found = Toolbox(reading_scope, TOOLS).call("stated_facts")
    assert len(found.rows) == ROWS_MAX
    assert found.cut_off
    assert {row["said_by"] for row in found.rows} == {"the athlete"}
    assert [one.value for one in found.figures if one.subject.row_id == str(fact_id)] == [192.0]
    assert all(one.formula_version is None for one in found.figures)
    facts.take_back(session, athlete_id, fact_id)
    assert not Toolbox(reading_scope, TOOLS).call("stated_facts").figures


def test_text_in_a_search_is_no_pattern(toolbox: Toolbox) -> None:
    assert toolbox.call("recent_runs", {"name_contains": "%"}).missing
    assert toolbox.call("recent_runs", {"name_contains": "'; DROP TABLE activity; --"}).missing


def test_days_are_called_as_people_call_them(toolbox: Toolbox) -> None:
    longest = toolbox.call("recent_runs", {"days": 28, "sort": "longest", "limit": 1})
    assert "longest run of the last four weeks" in longest.subjects[0].aliases
    assert "longest run" not in longest.subjects[0].aliases
    ever = toolbox.call("recent_runs", {"sort": "longest", "limit": 1})
    assert "longest run" in ever.subjects[0].aliases
    narrowed = toolbox.call("recent_runs", {"name_contains": "Easy", "limit": 1})
    assert narrowed.subjects[0].aliases == ()
    month = toolbox.call("totals", {"which": "last_month"})
    span = month.figures[0].subject
    assert (span.first_day, span.last_day) == (date(2026, 10, 1), date(2026, 10, 31))


@pytest.mark.parametrize("name", list(TOOLS))
def test_each_tool_is_in_the_reference_with_what_it_may_be_asked(name: str) -> None:
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    line = next(one for one in lines if one.startswith(f"| `{name}` |"))
    assert TOOLS[name].summary in line
    assert all(f"`{field}`" in line for field in TOOLS[name].arguments.model_fields)
