from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.features import FEATURES
from strideiq.records.medals import medals, panel

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
FIVE_KM = 5000.0


def run(session: Session, athlete_id: UUID, day: int, speed_mps: float) -> UUID:
    time_s = np.arange(0.0, 5100 / speed_mps)
    observed = activities.ObservedActivity(
        sport="running",
        started_at=START + timedelta(days=day),
        elapsed_s=float(time_s[-1]),
        moving_s=float(time_s[-1]),
        distance_m=5100,
        streams={"time_s": time_s, "distance_m": time_s * speed_mps},
    )
    return activities.record(session, athlete_id, observed)


def ranks(session: Session, athlete_id: UUID, activity_id: UUID) -> dict[float, int]:
    return {
        medal.effort.distance.distance_m: medal.rank
        for medal in medals(session, athlete_id, activity_id)
    }


@pytest.fixture(autouse=True)
def _features() -> None:
    assert FEATURES  # imported: what an application registers is registered


def test_the_three_fastest_runs_over_a_distance_have_medals(
    session: Session, athlete_id: UUID
) -> None:
    runs = [run(session, athlete_id, day, speed) for day, speed in enumerate((4.0, 3.8, 3.6, 3.4))]
    assert [ranks(session, athlete_id, one).get(FIVE_KM) for one in runs] == [1, 2, 3, None]


def test_a_deleted_run_makes_room_for_the_next(session: Session, athlete_id: UUID) -> None:
    fast, slow = run(session, athlete_id, 0, 4.0), run(session, athlete_id, 1, 3.5)
    activities.delete(session, athlete_id, fast)
    session.flush()
    assert ranks(session, athlete_id, slow)[FIVE_KM] == 1
    assert panel(session, athlete_id, activities.activity(session, athlete_id, fast)) is None


def test_an_effort_that_does_not_count_is_told_with_its_reason(
    session: Session, athlete_id: UUID
) -> None:
    by_car = run(session, athlete_id, 0, 30.0)
    assert ranks(session, athlete_id, by_car) == {}
    shown = panel(session, athlete_id, activities.activity(session, athlete_id, by_car))
    assert shown is not None
    told = shown.context["discounted"]
    assert FIVE_KM in [one.distance.distance_m for each in told for one in each.efforts]
    assert all(each.reason for each in told)


def test_other_athletes_runs_take_no_medals(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    run(session, other_athlete_id, 0, 5.0)
    mine = run(session, athlete_id, 0, 3.0)
    assert set(ranks(session, athlete_id, mine).values()) == {1}
