from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.models import ActivityObservation
from strideiq.activities.public import FIELDS

START = datetime(2026, 5, 3, 6, 30, tzinfo=UTC)
WATCH = activities.Source("fit", name="watch")
PHONE = activities.Source("gpx", name="phone")


def a_run(distance_m: float = 4497.0, seconds: int = 1500, **said: Any) -> Any:
    time_s = np.arange(float(seconds))
    run = activities.ObservedActivity(
        sport="running",
        name="Watch run",
        started_at=START,
        elapsed_s=seconds - 1.0,
        moving_s=seconds - 1.0,
        distance_m=distance_m,
        streams={
            "time_s": time_s,
            "distance_m": time_s * distance_m / (seconds - 1),
            "heart_rate_bpm": np.full(seconds, 150.0),
        },
        laps=(activities.ObservedLap(0.0, 600.0, 1800.0, 590.5),),
    )
    return replace(run, **said)


def everything(session: Session, athlete_id: UUID, activity_id: UUID) -> tuple[Any, ...]:
    """All that is shown of an activity, to the last sample."""
    streams = activities.streams(session, athlete_id, activity_id)
    return (
        activities.activity(session, athlete_id, activity_id),
        {name: values.tobytes() for name, values in streams.items()},
        [activities.splits(session, athlete_id, activity_id, kind) for kind in ("lap", "km")],
        activities.annotations(session, athlete_id, activity_id),
    )


@pytest.fixture
def recorded(session: Session, athlete_id: UUID) -> UUID:
    return activities.record(session, athlete_id, a_run())


def test_another_source_adds_to_what_is_known_and_replaces_nothing(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    before = everything(session, athlete_id, recorded)
    phone = a_run(4600.0, name="Phone run", ascent_m=33.0, more={"notes": "From the phone"})

    assert activities.observe(session, athlete_id, recorded, phone, PHONE)
    assert not activities.observe(session, athlete_id, recorded, phone, PHONE)

    shown = activities.activity(session, athlete_id, recorded)
    assert (shown.name, shown.distance_m) == ("Watch run", 4497.0)
    assert (shown.ascent_m, shown.notes) == (33.0, "From the phone")  # gaps that it fills
    assert shown.origin("notes") == "source"
    assert everything(session, athlete_id, recorded)[1:] == before[1:]
    assert session.query(ActivityObservation).count() == 2


def test_a_changed_source_is_shown_and_what_the_athlete_said_stays(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    activities.annotate(session, athlete_id, recorded, "distance_m", 5000.0)
    changed = a_run(4800.0, 1600, name="Renamed upstream")

    activities.observe(session, athlete_id, recorded, changed, PHONE, takes_over=True)

    shown = activities.activity(session, athlete_id, recorded)
    assert (shown.name, shown.distance_m, shown.elapsed_s) == ("Renamed upstream", 5000.0, 1599.0)
    assert shown.original("distance_m") == 4800.0
    assert len(activities.streams(session, athlete_id, recorded)["time_s"]) == 1600
    assert shown.sample_count == 1600


def test_the_athletes_choice_of_a_source_outlasts_whatever_arrives(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    before = everything(session, athlete_id, recorded)
    activities.observe(session, athlete_id, recorded, a_run(4800.0, 1600), PHONE, takes_over=True)
    activities.choose_source(session, athlete_id, recorded, "distance_m", "phone")
    activities.choose_source(session, athlete_id, recorded, "*", "recorded")
    assert activities.activity(session, athlete_id, recorded).distance_m == 4800.0
    assert everything(session, athlete_id, recorded)[1:] == before[1:]

    activities.observe(session, athlete_id, recorded, a_run(4900.0, 1700), WATCH, takes_over=True)
    shown = activities.activity(session, athlete_id, recorded)
    assert (shown.distance_m, shown.elapsed_s) == (4800.0, 1499.0)

    activities.choose_source(session, athlete_id, recorded, "distance_m", None)
    assert everything(session, athlete_id, recorded) == before
    activities.choose_source(session, athlete_id, recorded, "streams", "watch")
    assert len(activities.streams(session, athlete_id, recorded)["time_s"]) == 1700
    activities.choose_source(session, athlete_id, recorded, "streams", "recorded")
    assert everything(session, athlete_id, recorded) == before


def test_a_deletion_upstream_changes_nothing_here(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    recorded = activities.record(session, athlete_id, a_run(upstream_id="strava:7"))
    before = everything(session, athlete_id, recorded)

    assert activities.deleted_upstream(session, other_athlete_id, "strava:7") == []
    assert activities.deleted_upstream(session, athlete_id, "strava:7") == [recorded]
    activities.deleted_upstream(session, athlete_id, "strava:7")

    assert everything(session, athlete_id, recorded) == before
    told = session.query(ActivityObservation).order_by(ActivityObservation.number)
    assert [each.withdrawn for each in told] == [None, "upstream"]
    [found] = activities.observed_upstream(session, athlete_id, "strava:7")
    assert found.activity_id == recorded


def test_a_table_of_an_archive_can_say_fields_without_samples(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    strava = activities.Source("archive", name="strava")
    said = {"name": "Lunch", "notes": "With Kim", "effort": "99", "no such field": 1}

    assert activities.observe_fields(session, athlete_id, recorded, strava, said, "strava:1")
    assert not activities.observe_fields(session, athlete_id, recorded, strava, said, "strava:1")

    shown = activities.activity(session, athlete_id, recorded)
    assert (shown.name, shown.notes, shown.effort) == ("Watch run", "With Kim", None)
    activities.choose_source(session, athlete_id, recorded, "name", "strava")
    assert activities.activity(session, athlete_id, recorded).name == "Lunch"


def test_merged_activities_are_one_and_come_apart_exactly(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    later = a_run(
        5200.0, 1600, started_at=START + timedelta(seconds=20), name="Other", ascent_m=9.0
    )
    other = activities.record(session, athlete_id, later)
    activities.annotate(session, athlete_id, recorded, "name", "Mine")
    activities.annotate(session, athlete_id, other, "name", "Other's")
    activities.annotate(session, athlete_id, other, "notes", "Other's notes")
    before = [everything(session, athlete_id, each) for each in (recorded, other)]

    activities.merge(session, athlete_id, recorded, other)
    [listed] = activities.list_activities(session, athlete_id)
    assert (listed.activity_id, listed.name, listed.notes) == (recorded, "Mine", "Other's notes")
    assert listed.ascent_m == 9.0
    assert activities.list_activities(session, athlete_id, deleted=True) == []
    assert activities.merged_here(session, athlete_id, recorded) == [other]
    with pytest.raises(activities.MergedActivityError):
        activities.undelete(session, athlete_id, other)

    assert activities.unmerge(session, athlete_id, other) == recorded
    assert [everything(session, athlete_id, each) for each in (recorded, other)] == before


def test_what_is_said_and_chosen_while_merged_stays_where_it_can(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    later = a_run(5200.0, 1600, name="Other", ascent_m=9.0)
    other = activities.record_many(session, athlete_id, [later], kind="gpx")[0]
    session.query(ActivityObservation).filter_by(activity_id=other).update({"source": "phone"})
    before = [everything(session, athlete_id, each) for each in (recorded, other)]

    activities.merge(session, athlete_id, recorded, other)
    activities.choose_source(session, athlete_id, recorded, "*", "phone")
    assert everything(session, athlete_id, recorded)[1] == before[1][1]
    activities.annotate(session, athlete_id, recorded, "effort", 4)
    activities.observe(session, athlete_id, recorded, a_run(5300.0, 1650), PHONE)
    assert activities.activity(session, athlete_id, recorded).distance_m == 5300.0
    assert len(activities.streams(session, athlete_id, recorded)["time_s"]) == 1650

    activities.unmerge(session, athlete_id, other)
    mine, theirs = (everything(session, athlete_id, each) for each in (recorded, other))
    assert mine[0].effort == 4
    assert mine[1:3] == before[0][1:3]
    assert theirs[0].distance_m == 5300.0


def test_what_was_taken_for_one_run_can_be_set_apart_and_merged_again(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    before = everything(session, athlete_id, recorded)
    phone = a_run(4600.0, 1400, name="Phone run")
    activities.observe(session, athlete_id, recorded, phone, PHONE, takes_over=True)

    new = activities.set_apart(session, athlete_id, recorded, "phone")

    assert everything(session, athlete_id, recorded) == before
    shown = activities.activity(session, athlete_id, new)
    assert (shown.name, shown.distance_m, shown.sample_count) == ("Phone run", 4600.0, 1400)
    assert len(activities.streams(session, athlete_id, new)["time_s"]) == 1400
    assert activities.decisions(session, athlete_id) == {frozenset((recorded, new)): "apart"}
    with pytest.raises(activities.NotMergeableError):
        activities.set_apart(session, athlete_id, recorded, "recorded")
    activities.merge(session, athlete_id, recorded, new)
    assert len(activities.list_activities(session, athlete_id)) == 1


def test_nobody_merges_or_reads_anothers_activities(
    session: Session, athlete_id: UUID, other_athlete_id: UUID, recorded: UUID
) -> None:
    theirs = activities.record(session, other_athlete_id, a_run())
    for kept, other in ((recorded, theirs), (theirs, recorded), (recorded, uuid4())):
        with pytest.raises(activities.NoSuchActivityError):
            activities.merge(session, athlete_id, kept, other)
    for impossible in ((recorded, recorded),):
        with pytest.raises(activities.NotMergeableError):
            activities.merge(session, athlete_id, *impossible)
    with pytest.raises(activities.NotMergeableError):
        activities.unmerge(session, athlete_id, recorded)
    with pytest.raises(activities.NoSuchActivityError):
        activities.choose_source(session, athlete_id, theirs, "name", "recorded")
    with pytest.raises(activities.NoSuchSourceError):
        activities.choose_source(session, athlete_id, recorded, "name", "phone")
    near = activities.observed_near(session, athlete_id, START, 60)
    assert [each.activity_id for each in near] == [recorded]


def test_the_migration_carries_every_activity_over_as_its_first_observation(
    session: Session, athlete_id: UUID
) -> None:
    """What the backfill writes is what recording the same activity writes."""
    from importlib import util
    from pathlib import Path

    import strideiq.migrations

    [there] = Path(strideiq.migrations.__path__[0]).glob("versions/0002_*.py")
    spec = util.spec_from_file_location("revision_0002", there)
    assert spec is not None
    assert spec.loader is not None
    revision = util.module_from_spec(spec)
    spec.loader.exec_module(revision)
    activities.record(session, athlete_id, a_run(1 / 3, ascent_m=12.5))
    session.flush()
    columns = "activity_id, number, source, kind, said, laps, started_at, elapsed_s, sample_count"
    recorded = session.execute(text(f"SELECT {columns} FROM activity_observation")).all()
    session.execute(text("DELETE FROM activity_observation"))
    statements: list[str] = []
    revision.op = type("Op", (), {"execute": staticmethod(statements.append)})
    revision._first_observations()
    session.execute(text(statements[0]))

    carried = session.execute(text(f"SELECT {columns} FROM activity_observation")).all()

    def read(rows: Any) -> list[Any]:
        def decoded(said: dict[str, str]) -> dict[str, Any]:
            return {name: FIELDS[name].decode(value) for name, value in said.items()}

        return [row._asdict() | {"said": decoded(row.said)} for row in rows]

    assert read(carried) == read(recorded)


def test_what_was_set_apart_keeps_its_samples_when_it_is_merged_the_other_way_round(
    session: Session, athlete_id: UUID, recorded: UUID
) -> None:
    activities.observe(session, athlete_id, recorded, a_run(4600.0, 1400), PHONE, takes_over=True)
    new = activities.set_apart(session, athlete_id, recorded, "phone")
    before = [everything(session, athlete_id, each) for each in (recorded, new)]

    activities.merge(session, athlete_id, new, recorded)
    assert activities.sources_of(session, athlete_id, new).main == "phone"
    activities.unmerge(session, athlete_id, recorded)

    assert [everything(session, athlete_id, each) for each in (recorded, new)] == before
