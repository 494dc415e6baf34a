"""Tools of what a run was inside, of load, efficiency and form, held to independent reckonings."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from strideiq.coach.tools.tool import Found, Toolbox
from strideiq.coach.tools.trending import direction_of_change, direction_of_values


def of(found: Found, quantity: str, alias: str) -> float:
    """The figure of a quantity of what is called so."""
    return next(
        one.value
        for one in found.figures
        if one.quantity == quantity and alias in one.subject.aliases
    )


def run_called(toolbox: Toolbox, name: str) -> str:
    return str(toolbox.call("recent_runs", {"name_contains": name}).rows[0]["activity_id"])


def test_splits_are_the_rows_of_the_run(toolbox: Toolbox, reading: Session) -> None:
    run = run_called(toolbox, "long run")
    found = toolbox.call("splits", {"activity_id": run})
    rows = reading.execute(
        text(
            "SELECT number, moving_s, distance_m FROM activity_split"
            " WHERE athlete_id = :who AND activity_id = :run AND kind = 'km' ORDER BY number"
        ),
        {"who": toolbox.scope.athlete_id, "run": run},
    ).all()
    assert len(rows) > 8
    for row in rows:
        assert of(found, "duration", f"km {row.number}") == row.moving_s
    whole = [row.moving_s / row.distance_m for row in rows if row.distance_m > 980]
    assert of(found, "pace", "fastest kilometre") == min(whole)
    assert of(found, "pace", "slowest kilometre") == max(whole)
    half = len(whole) // 2
    change = sum(whole[-half:]) / sum(whole[:half]) - 1
    (trend,) = found.trends
    assert trend.direction == ("flat" if abs(change) <= 0.015 else "up" if change > 0 else "down")


def test_intervals_are_those_that_were_run(toolbox: Toolbox) -> None:
    run = run_called(toolbox, "Intervals")
    name = toolbox.call("one_run", {"activity_id": run}).subjects[0].name
    count, metres = (int("".join(filter(str.isdigit, part))) for part in name.split("\u00d7"))
    found = toolbox.call("intervals", {"activity_id": run})
    assert of(found, "repetitions", "the repetitions") == count
    assert of(found, "distance", "rep 2") == pytest.approx(metres, rel=0.05)
    assert toolbox.call("intervals", {"activity_id": run_called(toolbox, "long run")}).missing


def test_the_zones_of_a_run_hold_all_of_its_time(toolbox: Toolbox) -> None:
    found = toolbox.call("time_in_zones", {})
    shares = [of(found, "share", f"heart rate zone {number}") for number in range(1, 6)]
    seconds = [of(found, "duration", f"z{number}") for number in range(1, 6)]
    assert sum(shares) == pytest.approx(100)
    run = toolbox.call("one_run", {}).rows[0]
    assert sum(seconds) == pytest.approx(run["elapsed_s"], rel=0.02)


def test_load_is_the_balance_of_the_days(toolbox: Toolbox) -> None:
    found = toolbox.call("load", {"weeks": 4})
    daily = {}
    every = toolbox.call("load", {"weeks": 52})
    for one in every.figures:
        if one.quantity == "load" and one.subject.kind == "week":
            daily[one.subject.first_day] = one.value
    weeks = sorted(daily)
    assert all(after - before == timedelta(days=7) for before, after in pairwise(weeks))
    assert of(found, "form", "today") == pytest.approx(
        of(found, "fitness", "today") - of(found, "fatigue", "today")
    )
    now, then = of(found, "fitness", "today"), of(found, "fitness", "4 weeks ago")
    trend = next(one for one in found.trends if one.quantity == "fitness")
    assert trend.direction == direction_of_change(then, now, 0.05, 1.0)


def test_efficiency_is_of_the_runs_that_are_long_enough(toolbox: Toolbox, reading: Session) -> None:
    found = toolbox.call("efficiency", {"days": 90})
    values = reading.scalars(
        text(
            "SELECT l.efficiency_m_per_beat FROM activity_load l JOIN activity a"
            " USING (athlete_id, activity_id) WHERE a.athlete_id = :who AND a.sport = 'running'"
            " AND l.running_s >= 1800 AND l.efficiency_m_per_beat IS NOT NULL"
            " AND (a.started_at AT TIME ZONE 'Europe/Zurich')::date > DATE '2026-11-28' - 90"
        ),
        {"who": toolbox.scope.athlete_id},
    ).all()
    assert of(found, "efficiency", "last 90 days") == pytest.approx(np.median(values))
    assert of(found, "runs", "last 90 days") == len(values)
    assert all(one.formula_version for one in found.figures)


def test_paces_and_equivalents_follow_from_the_index(toolbox: Toolbox) -> None:
    from strideiq.physiology.public import pace_s_per_km, race_time_s

    found = toolbox.call("training_paces")
    index = of(found, "rpi", "rpi")
    threshold = of(found, "pace", "threshold pace")
    assert threshold == pytest.approx(float(pace_s_per_km(index, 0.88)) / 1000)
    races = toolbox.call("race_equivalents", {"distance": "10k"})
    assert [row["race"] for row in races.rows] == ["10 km"]
    predicted = of(races, "predicted_time", "predicted 10 km")
    assert predicted == pytest.approx(float(race_time_s(index, 10_000)))
    assert "only" in toolbox.call("race_equivalents", {"distance": "11 km"}).missing


def test_a_trend_is_told_only_where_chance_does_not_give_it() -> None:
    days = list(range(30))
    rng = np.random.default_rng(7)
    noise = rng.normal(100, 5, size=(400, 30))
    told = [direction_of_values(days, list(values)) for values in noise]
    assert sum(one in {"up", "down"} for one in told) <= 0.08 * len(told)
    rising = [direction_of_values(days, list(values + np.arange(30))) for values in noise[:50]]
    assert set(rising) == {"up"}
    assert direction_of_values(days, [50.0] * 30) == "flat"
    many = [float(number) for number in range(2_000)]
    assert direction_of_values(many, [-one for one in many]) == "down"
    assert direction_of_values(days[:7], [1.0, 2, 3, 4, 5, 6, 7]) is None
