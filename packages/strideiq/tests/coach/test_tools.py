"""Every tool gives what the tables say, of one athlete, within its bounds."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from strideiq.coach.tools.tool import Found, Toolbox


def figure(found: Found, quantity: str, row_id: str | None = None) -> float:
    """The first figure of a quantity."""
    return next(
        one.value
        for one in found.figures
        if one.quantity == quantity and row_id in {None, one.subject.row_id}
    )


def test_the_newest_runs_are_those_of_the_table(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("recent_runs", {"limit": 5})
    rows = reading.execute(
        text(
            "SELECT activity_id::text, distance_m, moving_s FROM activity"
            " WHERE athlete_id = :who AND sport = 'running' AND deleted_at IS NULL"
            " ORDER BY started_at DESC LIMIT 5"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    assert [row["activity_id"] for row in found.rows] == [row.activity_id for row in rows]
    for row in rows:
        assert figure(found, "distance", row.activity_id) == row.distance_m
        assert figure(found, "duration", row.activity_id) == row.moving_s
    assert found.cut_off
    assert "last run" in found.subjects[0].aliases


def test_one_run_has_what_the_athlete_says_of_it(toolbox: Toolbox, reading: Session) -> None:
    newest = toolbox.call("recent_runs", {"limit": 1}).rows[0]["activity_id"]
    reading.execute(
        text(
            "INSERT INTO activity_annotation (athlete_id, activity_id, field, version, value)"
            " VALUES (:who, :run, 'distance_m', 99, '12345.0'), (:who, :run, 'name', 99, 'Mine')"
        ),
        {"who": toolbox.scope.athlete_id, "run": newest},
    )
    found = toolbox.call("one_run", {})
    assert found.subjects[0].name == "Mine"
    assert figure(found, "distance") == 12345.0
    assert figure(found, "pace") == figure(found, "duration") / 12345.0


def test_bests_are_the_fastest_efforts_that_count(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("personal_bests", {"history": True})
    rows = reading.execute(
        text(
            "SELECT DISTINCT ON (distance_m) distance_m, elapsed_s, activity_id::text"
            " FROM best_effort WHERE athlete_id = :who AND counts"
            " ORDER BY distance_m, elapsed_s"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    standing = [row for row in found.rows if row["stands"]]
    assert [row["activity_id"] for row in standing] == [row.activity_id for row in rows]
    for row in rows:
        subject = f"{row.activity_id}:{row.distance_m:.0f}m"
        assert figure(found, "duration", subject) == row.elapsed_s
    assert len(found.rows) > len(standing)
    one = toolbox.call("personal_bests", {"distance": "10 km"})
    assert {row["distance"] for row in one.rows} == {"10 km"}


def test_totals_are_the_sums_of_the_rows(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("totals", {"days": 28, "by": "week"})
    count, distance_m, moving_s = reading.execute(
        text(
            "SELECT count(*), sum(distance_m), sum(moving_s) FROM activity"
            " WHERE athlete_id = :who AND sport = 'running' AND deleted_at IS NULL"
            " AND (started_at AT TIME ZONE 'Europe/Zurich')::date"
            "   BETWEEN DATE '2026-11-01' AND DATE '2026-11-28'"
        ),
        {"who": toolbox.scope.athlete_id},
    ).one()
    period = found.figures[0].subject.row_id
    assert figure(found, "runs", period) == count > 0
    assert figure(found, "distance", period) == pytest.approx(distance_m)
    assert figure(found, "duration", period) == pytest.approx(moving_s)
    weeks = [one for one in found.figures if one.subject.kind == "week"]
    assert sum(one.value for one in weeks if one.quantity == "runs") == count


def test_two_periods_are_compared_by_their_sums(toolbox: Toolbox) -> None:
    found = toolbox.call("compare_periods", {"days": 28})
    later = toolbox.call("totals", {"days": 28})
    earlier = toolbox.call("totals", {"first_day": "2026-10-04", "last_day": "2026-10-31"})
    assert [row["distance_m"] for row in found.rows] == [
        later.rows[0]["distance_m"],
        earlier.rows[0]["distance_m"],
    ]
    trend = next(one for one in found.trends if one.quantity == "distance")
    now, before = (row["distance_m"] for row in found.rows)
    assert trend.direction == ("up" if now > 1.01 * before else "down")


def test_a_week_that_goes_on_is_compared_by_the_same_day(toolbox: Toolbox) -> None:
    found = toolbox.call("compare_periods", {"which": "week"})
    spans = [row["what"] for row in found.rows]
    assert spans == [
        "2026-11-23..2026-11-28",
        "2026-11-16..2026-11-21",
        "2026-11-16..2026-11-22",
    ]
    for trend in found.trends:
        values = [one.value for one in found.figures if one.quantity == trend.quantity]
        same = (values[0] > values[1] * 1.01) == (values[0] > values[2] * 1.01)
        if not same:
            assert trend.subject.first_day is None
            assert "this week so far" in trend.subject.aliases
