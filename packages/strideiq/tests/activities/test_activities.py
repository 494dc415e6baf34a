from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities import service
from strideiq.activities.models import ActivityAnnotation

START = datetime(2026, 5, 3, 6, 30, tzinfo=UTC)


def a_run(
    name: str | None = None,
    started_at: datetime = START,
    seconds: int = 1500,
    sport: str = "running",
) -> activities.ObservedActivity:
    time_s = np.arange(float(seconds))
    return activities.ObservedActivity(
        sport=sport,
        name=name,
        started_at=started_at,
        elapsed_s=seconds - 1.0,
        moving_s=seconds - 1.0,
        distance_m=3.0 * (seconds - 1),
        streams={
            "time_s": time_s,
            "distance_m": time_s * 3,
            "heart_rate_bpm": np.where(time_s < 100, np.nan, 150.0),
            "altitude_m": 100 + time_s / 100,
        },
        laps=(activities.ObservedLap(start_s=0.0, elapsed_s=600.0, distance_m=1800.0),),
    )


def test_a_recorded_activity_is_shown_with_its_figures(session: Session, athlete_id: UUID) -> None:
    recorded = activities.record(session, athlete_id, a_run("Hills"))
    session.commit()

    shown = activities.activity(session, athlete_id, recorded)
    assert (shown.name, shown.name_changed, shown.sport) == ("Hills", False, "running")
    assert shown.started_at == START
    assert shown.average_heart_rate_bpm == pytest.approx(150.0)
    assert shown.max_heart_rate_bpm == 150.0
    assert shown.average_power_w is None
    assert shown.sample_count == 1500


def test_streams_come_back_at_every_level(session: Session, athlete_id: UUID) -> None:
    recorded = activities.record(session, athlete_id, a_run())

    whole = activities.streams(session, athlete_id, recorded)
    coarse = activities.streams(session, athlete_id, recorded, level=1)
    beyond = activities.streams(session, athlete_id, recorded, level=9)

    assert set(whole) == {"time_s", "distance_m", "heart_rate_bpm", "altitude_m"}
    assert len(whole["time_s"]) == 1500
    assert len(coarse["time_s"]) == len(beyond["time_s"]) == 375


def test_splits_are_kept_by_lap_kilometre_and_mile(session: Session, athlete_id: UUID) -> None:
    recorded = activities.record(session, athlete_id, a_run())

    laps = activities.splits(session, athlete_id, recorded, "lap")
    kilometres = activities.splits(session, athlete_id, recorded, "km")
    miles = activities.splits(session, athlete_id, recorded, "mile")

    assert [lap.distance_m for lap in laps] == [1800.0]
    assert [split.number for split in kilometres] == [1, 2, 3, 4, 5]
    assert kilometres[0].elapsed_s == pytest.approx(1000 / 3)
    assert kilometres[1].average_heart_rate_bpm == pytest.approx(150.0)
    assert miles[0].distance_m == pytest.approx(1609.344)


def test_a_new_name_is_the_athletes_word_and_can_be_taken_back(
    session: Session, athlete_id: UUID
) -> None:
    recorded = activities.record(session, athlete_id, a_run("Source's name"))

    activities.rename(session, athlete_id, recorded, "  First try ")
    activities.rename(session, athlete_id, recorded, "Sunday long run")
    renamed = activities.activity(session, athlete_id, recorded)
    activities.rename(session, athlete_id, recorded, None)
    restored = activities.activity(session, athlete_id, recorded)

    assert (renamed.name, renamed.name_changed) == ("Sunday long run", True)
    assert renamed.original_name == "Source's name"
    assert (restored.name, restored.name_changed) == ("Source's name", False)
    history = session.query(ActivityAnnotation).order_by(ActivityAnnotation.version).all()
    assert [said.value for said in history] == ["First try", "Sunday long run", None]


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_must_have_a_reasonable_length(
    session: Session, athlete_id: UUID, name: str
) -> None:
    recorded = activities.record(session, athlete_id, a_run())

    with pytest.raises(activities.FieldValueError):
        activities.rename(session, athlete_id, recorded, name)


def test_deleting_can_be_undone_and_loses_nothing(session: Session, athlete_id: UUID) -> None:
    recorded = activities.record(session, athlete_id, a_run())

    activities.delete(session, athlete_id, recorded)
    assert activities.list_activities(session, athlete_id) == []
    [tombstone] = activities.list_activities(session, athlete_id, deleted=True)
    assert activities.totals(session, athlete_id).activities == 0

    activities.undelete(session, athlete_id, recorded)
    [shown] = activities.list_activities(session, athlete_id)
    assert tombstone.activity_id == shown.activity_id == recorded
    assert shown.deleted_at is None
    assert activities.totals(session, athlete_id).samples == 1500


def test_nobody_reaches_another_athletes_activity(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    recorded = activities.record(session, athlete_id, a_run())

    assert activities.list_activities(session, other_athlete_id) == []
    assert activities.streams(session, other_athlete_id, recorded) == {}
    assert activities.splits(session, other_athlete_id, recorded, "km") == []
    for act in (activities.activity, activities.delete, activities.undelete):
        with pytest.raises(activities.NoSuchActivityError):
            act(session, other_athlete_id, recorded)
    with pytest.raises(activities.NoSuchActivityError):
        activities.rename(session, other_athlete_id, recorded, "Mine")


def test_the_list_is_newest_first_and_pages_without_gaps(
    session: Session, athlete_id: UUID
) -> None:
    starts = [START + timedelta(days=day // 2) for day in range(7)]  # pairs start together
    activities.record_many(session, athlete_id, [a_run(started_at=start) for start in starts])

    pages, before = [], None
    while page := activities.list_activities(session, athlete_id, limit=3, before=before):
        pages.append(page)
        before = page[-1].activity_id

    listed = [shown.started_at for page in pages for shown in page]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert listed == sorted(starts, reverse=True)


def test_the_list_is_searched_by_shown_name_and_sport(session: Session, athlete_id: UUID) -> None:
    first, _, ride = activities.record_many(
        session,
        athlete_id,
        [a_run("100% Hills"), a_run("1000 hills"), a_run("Commute", sport="cycling")],
    )
    activities.rename(session, athlete_id, ride, "Hill ride")

    def found(**filters: str) -> set[UUID]:
        listed = activities.list_activities(session, athlete_id, **filters)
        return {shown.activity_id for shown in listed}

    assert found(query="100% h") == {first}
    assert len(found(query="HILL")) == 3
    assert found(query="commute") == set()
    assert found(sport="cycling") == {ride}


def test_visible_activities_can_be_joined_with(session: Session, athlete_id: UUID) -> None:
    run, ride = activities.record_many(
        session, athlete_id, [a_run("Early"), a_run(sport="cycling")]
    )
    activities.rename(session, athlete_id, run, "Late")

    seen = activities.visible(athlete_id, sports=["running"])
    assert [(row.activity_id, row.name) for row in session.query(seen)] == [(run, "Late")]
    activities.delete(session, athlete_id, run)
    assert [row.activity_id for row in session.query(activities.visible(athlete_id))] == [ride]


def test_observers_hear_of_new_activities_in_the_same_transaction(
    session: Session, athlete_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_on_recorded", [])
    heard: list[tuple[UUID, list[str]]] = []

    def observer(seen: Session, athlete: UUID, recorded: list[UUID]) -> None:
        names = [activities.activity(seen, athlete, each).name for each in recorded]
        heard.append((athlete, names))

    activities.on_recorded(observer)
    activities.on_recorded(observer)
    activities.record_many(session, athlete_id, [a_run("One"), a_run("Two")])

    assert heard == [(athlete_id, ["One", "Two"])]


def test_an_activity_without_any_sample_can_be_recorded(session: Session, athlete_id: UUID) -> None:
    by_hand = activities.ObservedActivity(
        sport="strength_training",
        started_at=START,
        elapsed_s=1800.0,
        moving_s=1800.0,
        distance_m=None,
        streams={"time_s": np.empty(0)},
    )
    recorded = activities.record(session, athlete_id, by_hand)

    assert activities.activity(session, athlete_id, recorded).name == "Strength training"
    assert list(activities.streams(session, athlete_id, recorded)) == ["time_s"]


def test_an_unknown_activity_is_an_error_with_a_next_step(
    session: Session, athlete_id: UUID
) -> None:
    with pytest.raises(activities.NoSuchActivityError) as error:
        activities.activity(session, athlete_id, uuid4())
    assert error.value.next_step
