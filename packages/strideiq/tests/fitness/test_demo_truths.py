"""What fitness finds in the demo athlete is what was put into her."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.demo.calendar import AWAY, RACES
from strideiq.demo.recording import HEART_MAX_BPM
from strideiq.fitness import public as fitness
from strideiq.fitness.loads import Session as Outing
from strideiq.physiology import public as physiology

TODAY = date(2026, 11, 22)


@pytest.fixture
def known(demo_session: Session, runner: UUID) -> fitness.History:
    found = fitness.history(demo_session, runner, TODAY)
    assert found is not None
    return found


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_the_index_after_each_race_is_the_one_it_was_raced_at(known: fitness.History) -> None:
    for race in RACES:
        found = known.index.value[known.at(days_ago(race.days_ago))]
        better = [
            other.index
            for other in RACES
            if 0 <= other.days_ago - race.days_ago < fitness.WINDOW_DAYS
        ]
        assert found == pytest.approx(max(better), abs=0.6), race.name


def test_the_current_index_is_that_of_the_best_race_of_the_last_months(
    demo_session: Session, runner: UUID
) -> None:
    found = fitness.current_rpi(demo_session, runner, TODAY)
    assert found is not None
    assert found.index.value == pytest.approx(50.9, abs=0.1)
    assert found.index.low < 50.9 < found.index.high
    assert found.effort.distance_m == 3000
    assert found.age_days == 21
    assert found.race.time_s == pytest.approx(found.effort.time_s)
    assert physiology.training_paces(found.index.value, found.race)[2].name == "threshold"


def test_a_day_long_ago_knows_nothing_of_what_came_later(
    demo_session: Session, runner: UUID
) -> None:
    then = fitness.current_rpi(demo_session, runner, days_ago(500))
    now = fitness.current_rpi(demo_session, runner, TODAY)
    assert then is not None
    assert now is not None
    assert then.index.value == pytest.approx(46.0, abs=0.5)
    assert fitness.current_rpi(demo_session, runner, days_ago(2000)) is None


def test_a_race_is_a_hundred_an_hour_and_an_easy_run_about_half(
    known: fitness.History, demo_session: Session, runner: UUID
) -> None:
    per_hour: dict[str, list[float]] = {}
    names = {
        one.activity_id: one.name
        for one in activities.list_activities(demo_session, runner, limit=2000)
    }
    by_id = {one.activity_id: one for one in known.sessions}
    for load in known.loads:
        session = by_id[load.activity_id]
        assert load.basis == ("pace" if session.sport == "running" else "heart rate")
        hours = (session.running_s or 0) / 3600
        per_hour.setdefault(names[load.activity_id], []).append(load.load / hours)
    # The half marathon is run a little below threshold, the 10 km a little above.
    assert np.mean(per_hour["Castle half marathon"]) == pytest.approx(92, abs=8)
    assert np.mean(per_hour["River 10 km"]) == pytest.approx(104, abs=8)
    assert 45 < np.mean(per_hour["Easy run"]) < 65
    assert np.mean(per_hour["Recovery jog"]) < np.mean(per_hour["Easy run"])


def test_weeks_away_show_as_falling_fitness_and_rising_form(known: fitness.History) -> None:
    begin, end, _ = max(AWAY, key=lambda away: away[0] - away[1])
    before, after = known.at(days_ago(begin + 1)), known.at(days_ago(end))
    assert known.fitness[after] < 0.8 * known.fitness[before]
    assert known.form[after] > known.form[before]


def test_the_heart_decouples_by_the_drift_that_was_put_in(known: fitness.History) -> None:
    steady = [
        one for one in known.sessions if one.sport == "running" and (one.running_s or 0) > 4500
    ]
    assert len(steady) > 20

    def expected(one: Outing) -> float:
        # The reserve that is used grows by 3.5 % in an hour; rest makes the heart grow by less.
        half_h = (one.running_s or 0) / 7200
        return 0.035 * half_h * 0.65

    found = np.array([one.decoupling for one in steady], dtype=np.float64)
    wanted = np.array([expected(one) for one in steady])
    assert np.median(found - wanted) == pytest.approx(0, abs=0.01)


def test_the_highest_heart_rate_is_seen(known: fitness.History) -> None:
    assert HEART_MAX_BPM - 6 <= known.heart.max_bpm <= HEART_MAX_BPM


def test_form_is_fitness_less_fatigue_of_the_day_before(known: fitness.History) -> None:
    assert known.form[1:] == pytest.approx(known.fitness[:-1] - known.fatigue[:-1])
    today = fitness.status_of(known, TODAY)
    assert today.form == pytest.approx(today.fitness - today.fatigue)
    assert today.load_week == pytest.approx(known.load[-7:].sum())
    assert today.word in {"fresh", "balanced", "training"}
    assert today.index is not None
