"""The demo has two plans with 224 workouts, whatever the day on which it is made."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from strideiq.demo.plans import WORKOUTS, add_plans
from strideiq.training import public as training


@pytest.mark.parametrize("after", [1, 3, 6])
def test_two_plans_have_as_many_workouts_as_the_incident_lost(
    session: Session, athlete_id: UUID, after: int
) -> None:
    today = date(2026, 11, 22) + timedelta(days=after)
    assert len(add_plans(session, athlete_id, today)) == 2
    found = training.workouts_between(session, athlete_id, date.min, date.max)
    assert len(found) == WORKOUTS
    assert len({(each.plan_id, each.planned_day) for each in found}) == WORKOUTS
