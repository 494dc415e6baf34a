"""What is derived follows what is recorded, deleted, corrected and told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.models import Activity
from strideiq.features import FEATURES
from strideiq.fitness import history as fitness_history
from strideiq.fitness import public as fitness
from strideiq.fitness.models import ActivityLoad

START = datetime(2026, 3, 1, 7, tzinfo=UTC)
DAY = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _features() -> None:
    assert FEATURES  # imported: what an application registers is registered


def run(
    day: int = 0, speed_mps: float = 4.0, sport: str = "running", *, heart: bool = True
) -> activities.ObservedActivity:
    time_s = np.arange(0.0, 3601.0)
    streams = {"time_s": time_s, "distance_m": time_s * speed_mps}
    if heart:
        streams["heart_rate_bpm"] = np.full(len(time_s), 150.0)
    return activities.ObservedActivity(
        sport=sport,
        started_at=START + timedelta(days=day),
        elapsed_s=3600,
        moving_s=3600,
        distance_m=3600 * speed_mps,
        streams=streams,
    )


def status(session: Session, athlete_id: UUID, day: int = 0) -> fitness.FitnessStatus:
    found = fitness.status(session, athlete_id, DAY + timedelta(days=day))
    assert found is not None
    return found


def test_an_all_out_hour_is_about_a_hundred(session: Session, athlete_id: UUID) -> None:
    activities.record(session, athlete_id, run())
    assert status(session, athlete_id).load_today == pytest.approx(100, abs=7)
    index = status(session, athlete_id).index
    assert index is not None
    assert index.index.value == pytest.approx(49.5, abs=2)


def test_nobody_has_a_status_before_the_first_activity(session: Session, athlete_id: UUID) -> None:
    assert fitness.status(session, athlete_id, DAY) is None
    assert fitness.current_rpi(session, athlete_id, DAY) is None
    activities.record(session, athlete_id, run(day=3))
    assert fitness.status(session, athlete_id, DAY) is None


def test_a_deleted_run_counts_no_more_and_an_undeleted_one_again(
    session: Session, athlete_id: UUID
) -> None:
    activities.record(session, athlete_id, run(speed_mps=3.0))
    deleted = activities.record(session, athlete_id, run(day=1))
    before = status(session, athlete_id, 1)
    activities.delete(session, athlete_id, deleted)
    session.flush()
    without = status(session, athlete_id, 1)
    assert without.load_today == 0
    assert without.index is not None
    assert before.index is not None
    assert without.index.index.value < before.index.index.value
    activities.undelete(session, athlete_id, deleted)
    session.flush()
    assert status(session, athlete_id, 1) == before


def test_a_corrected_distance_changes_the_load(session: Session, athlete_id: UUID) -> None:
    activities.record(session, athlete_id, run(day=-1))
    corrected = activities.record(session, athlete_id, run(speed_mps=3.0))
    before = status(session, athlete_id).load_today
    session.execute(
        update(Activity).where(Activity.activity_id == corrected).values(distance_m=3600 * 3.3)
    )
    assert status(session, athlete_id).load_today == pytest.approx(before * 1.1**2, rel=1e-3)


def test_without_a_pace_the_heart_counts_and_without_both_the_time(
    session: Session, athlete_id: UUID
) -> None:
    ride, swim = run(sport="cycling"), run(day=1, sport="swimming", heart=False)
    activities.record_many(session, athlete_id, [ride, swim])
    found = fitness.history(session, athlete_id, DAY + timedelta(days=1))
    assert found is not None
    assert [one.basis for one in found.loads] == ["heart rate", "duration"]
    assert found.loads[1].load == pytest.approx(36)


def test_a_resting_heart_rate_that_was_told_is_used(
    session: Session, athlete_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    activities.record(session, athlete_id, run(sport="cycling"))
    assumed = status(session, athlete_id).load_today
    monkeypatch.setattr(fitness_history, "_resting", [])
    fitness.resting_heart_rate_from(lambda _session, _athlete: 45.0)
    assert status(session, athlete_id).load_today > assumed


def test_others_runs_are_nothing_to_an_athlete(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    activities.record(session, other_athlete_id, run())
    assert fitness.status(session, athlete_id, DAY) is None
    theirs = activities.record(session, other_athlete_id, run(day=1))
    fitness.recompute_recorded(session, athlete_id, [theirs])
    assert session.get(ActivityLoad, (other_athlete_id, theirs)) is not None


def test_what_another_formula_derived_is_derived_anew(session: Session, athlete_id: UUID) -> None:
    first, second = activities.record_many(session, athlete_id, [run(), run(day=1)])
    session.execute(
        update(ActivityLoad)
        .where(ActivityLoad.activity_id == first)
        .values(formula_version=0, running_s=1)
    )
    session.expire_all()
    assert fitness.bring_up_to_date(session, athlete_id) == 1
    assert fitness.bring_up_to_date(session, athlete_id) == 0
    found = session.get(ActivityLoad, (athlete_id, first))
    assert found is not None
    assert found.running_s == 3600
    assert fitness.recompute_all(session, athlete_id) == 2
    assert session.get(ActivityLoad, (athlete_id, second)) is not None


def test_a_changed_sport_is_derived_anew_and_a_changed_name_is_not(
    session: Session, athlete_id: UUID
) -> None:
    one = activities.record(session, athlete_id, run())
    session.execute(update(ActivityLoad).values(running_s=1))
    session.expire_all()
    fitness.recompute_changed(session, athlete_id, one, "name")
    assert session.get(ActivityLoad, (athlete_id, one)).running_s == 1  # type: ignore[union-attr]
    session.expire_all()
    fitness.recompute_changed(session, athlete_id, one, "sport")
    session.expire_all()
    assert session.get(ActivityLoad, (athlete_id, one)).running_s == 3600  # type: ignore[union-attr]


def test_an_activity_without_samples_counts_by_its_length(
    session: Session, athlete_id: UUID
) -> None:
    empty = np.empty(0)
    activities.record(
        session,
        athlete_id,
        activities.ObservedActivity("running", START, 3600, 3600, 10_000, {"time_s": empty}),
    )
    found = fitness.history(session, athlete_id, DAY)
    assert found is not None
    assert (found.loads[0].basis, found.loads[0].load) == ("duration", pytest.approx(36))
