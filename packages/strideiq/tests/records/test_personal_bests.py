"""Personal bests follow from what is recorded, and from nothing that was deleted or not run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities import service as activities_service
from strideiq.records import public as records
from strideiq.records import service as records_service
from strideiq.records.models import BestEffort

START = datetime(2026, 3, 1, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def observed_by_records(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(activities_service, "_on_recorded", [])
    activities.on_recorded(records.recompute_recorded)
    return


def run(
    day: int, pace_s_per_km: float, length_m: float = 1000, sport: str = "running"
) -> activities.ObservedActivity:
    count = 101
    elapsed_s = pace_s_per_km * length_m / 1000
    return activities.ObservedActivity(
        sport=sport,
        started_at=START + timedelta(days=day),
        elapsed_s=elapsed_s,
        moving_s=elapsed_s,
        distance_m=length_m,
        streams={
            "time_s": np.linspace(0, elapsed_s, count),
            "distance_m": np.linspace(0, length_m, count),
        },
        name=f"Run of day {day}",
    )


def test_recording_a_run_gives_its_best_efforts(session: Session, athlete_id: UUID) -> None:
    activity_id = activities.record(session, athlete_id, run(0, 240))
    efforts = records.efforts_of(session, athlete_id, activity_id)
    assert [effort.distance.name for effort in efforts] == ["400 m", "800 m", "1 km"]
    assert efforts[-1].elapsed_s == pytest.approx(240)
    assert efforts[-1].achieved_at == START
    assert efforts[-1].formula_version == records.FORMULA_VERSION


def test_a_best_remembers_the_bests_before_it(session: Session, athlete_id: UUID) -> None:
    days = [run(0, 250), run(1, 240), run(2, 245), run(3, 235)]
    activities.record_many(session, athlete_id, days)
    kilometre = records.personal_bests(session, athlete_id)[2]
    assert kilometre.distance.name == "1 km"
    assert kilometre.best.elapsed_s == pytest.approx(235)
    assert kilometre.best.activity_name == "Run of day 3"
    assert [round(each.elapsed_s) for each in kilometre.former] == [240, 250]


def test_history_follows_the_days_of_the_runs_not_of_their_import(
    session: Session, athlete_id: UUID
) -> None:
    activities.record(session, athlete_id, run(9, 240))
    activities.record(session, athlete_id, run(1, 250))
    kilometre = records.personal_bests(session, athlete_id)[2]
    assert [round(each.elapsed_s) for each in kilometre.former] == [250]


def test_deleting_the_best_run_brings_back_the_one_before(
    session: Session, athlete_id: UUID
) -> None:
    _, best = activities.record_many(session, athlete_id, [run(0, 250), run(1, 240)])
    activities.delete(session, athlete_id, best)
    assert records.personal_bests(session, athlete_id)[2].best.elapsed_s == pytest.approx(250)
    activities.undelete(session, athlete_id, best)
    assert records.personal_bests(session, athlete_id)[2].best.elapsed_s == pytest.approx(240)


def test_only_running_counts(session: Session, athlete_id: UUID) -> None:
    activities.record(session, athlete_id, run(0, 200, sport="cycling"))
    assert records.personal_bests(session, athlete_id) == []


def test_an_impossible_effort_is_kept_with_its_reason_and_is_no_best(
    session: Session, athlete_id: UUID
) -> None:
    activities.record_many(session, athlete_id, [run(0, 240), run(1, 100)])
    kilometre = records.personal_bests(session, athlete_id)[2]
    assert kilometre.best.elapsed_s == pytest.approx(240)
    assert [each.activity_name for each in kilometre.discounted] == ["Run of day 1"]
    assert "faster than anybody has run" in (kilometre.discounted[0].reason or "")


def test_recomputing_changes_nothing_and_doubles_nothing(
    session: Session, athlete_id: UUID
) -> None:
    activity_id = activities.record(session, athlete_id, run(0, 240))
    before = records.personal_bests(session, athlete_id)
    efforts = records.recompute(session, athlete_id, activity_id)
    assert [effort.counts for effort in efforts] == [True, True, True]
    assert records.personal_bests(session, athlete_id) == before


def test_another_athletes_run_cannot_be_recomputed_or_seen(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    activity_id = activities.record(session, athlete_id, run(0, 240))
    with pytest.raises(activities.NoSuchActivityError):
        records.recompute(session, other_athlete_id, activity_id)
    assert records.personal_bests(session, other_athlete_id) == []
    assert records.efforts_of(session, other_athlete_id, activity_id) == []


def test_many_activities_are_derived_in_batches_whether_deleted_or_not(
    session: Session, athlete_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = activities.record_many(session, athlete_id, [run(day, 250) for day in range(5)])
    activities.delete(session, athlete_id, recorded[0])
    session.execute(delete(BestEffort))
    monkeypatch.setattr(records_service, "BATCH", 2)
    records.recompute_recorded(session, athlete_id, recorded)
    activities.undelete(session, athlete_id, recorded[0])
    assert all(len(records.efforts_of(session, athlete_id, each)) == 3 for each in recorded)
