from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from strideiq.activities import log, search
from strideiq.activities import public as activities
from strideiq.activities.filters import Filters

START = datetime(2026, 5, 3, 6, 30, tzinfo=UTC)
GEAR = UUID("5b0f3c1e-0000-4000-8000-000000000001")

SAID: dict[str, Any] = {
    "name": "Sunday long run",
    "sport": "cycling",
    "started_at": datetime(2025, 1, 31, 22, 15, 0, 250_000, tzinfo=UTC),
    "distance_m": 10_012.5,
    "elapsed_s": 4000.25,
    "moving_s": 1200.1,
    "ascent_m": 0.0,
    "descent_m": 312.4,
    "average_heart_rate_bpm": 151.3,
    "max_heart_rate_bpm": 188.0,
    "average_cadence_spm": 172.0,
    "average_power_w": 281.0,
    "energy_kcal": 912.0,
    "notes": "First line\nsecond line, with “quotes”, ünïcode and 'a % sign",
    "effort": 7,
    "feeling": "great",
    "race": False,
    "surface": "treadmill",
    "gear_id": GEAR,
    "weather": "Rain, wind from the west",
    "temperature_c": -3.5,
    "humidity_percent": 81.0,
    "time_zone": "Asia/Tokyo",
}


def a_run(name: str = "Source's name", started_at: datetime = START) -> activities.ObservedActivity:
    time_s = np.arange(1500.0)
    return activities.ObservedActivity(
        sport="running",
        name=name,
        started_at=started_at,
        elapsed_s=1499.0,
        moving_s=1499.0,
        distance_m=4497.0,
        streams={"time_s": time_s, "distance_m": time_s * 3},
    )


def test_every_field_is_shown_as_the_athlete_says_and_given_back(
    session: Session, athlete_id: UUID
) -> None:
    assert set(SAID) == set(activities.FIELDS)
    recorded = activities.record(session, athlete_id, a_run())
    before = activities.activity(session, athlete_id, recorded)

    for field, value in SAID.items():
        activities.annotate(session, athlete_id, recorded, field, value)
    shown = activities.activity(session, athlete_id, recorded)
    [listed] = activities.list_activities(session, athlete_id)
    [row] = session.query(activities.visible(athlete_id))

    assert shown == listed
    assert {field: getattr(shown, field) for field in SAID} == SAID
    assert {field: getattr(row, field) for field in SAID} == SAID
    assert activities.annotations(session, athlete_id, recorded) == SAID
    assert {shown.origin(field) for field in SAID} == {"athlete"}
    assert all(shown.original(field) == before.value(field) for field in SAID)

    for field in SAID:
        activities.annotate(session, athlete_id, recorded, field, None)
    assert activities.activity(session, athlete_id, recorded) == before
    assert activities.annotations(session, athlete_id, recorded) == {}
    assert before.origin("distance_m") == "source"
    assert before.origin("notes") == "nobody"


def test_what_is_said_as_text_of_a_form_is_the_same_as_the_value(
    session: Session, athlete_id: UUID
) -> None:
    recorded = activities.record(session, athlete_id, a_run())
    texts = {
        "sport": "Trail Running",
        "started_at": "2026-05-03T08:30:00+02:00",
        "distance_m": " 1e4 ",
        "effort": "10",
        "race": "Yes",
        "gear_id": str(GEAR),
        "surface": "Trail",
    }

    for field, text in texts.items():
        activities.annotate(session, athlete_id, recorded, field, text)

    assert activities.annotations(session, athlete_id, recorded) == {
        "sport": "trail_running",
        "started_at": START,
        "distance_m": 10_000.0,
        "effort": 10,
        "race": True,
        "gear_id": GEAR,
        "surface": "trail",
    }


def test_the_history_tells_everything_that_was_said_and_leads_back_to_any_of_it(
    session: Session, athlete_id: UUID
) -> None:
    recorded = activities.record(session, athlete_id, a_run())
    for metres in (5000.0, 5000, 5100.0, None, 5200.0):
        activities.annotate(session, athlete_id, recorded, "distance_m", metres)
    activities.annotate(session, athlete_id, recorded, "effort", 3)

    history = activities.annotation_history(session, athlete_id, recorded, "distance_m")
    assert [(one.version, one.value) for one in history] == [
        (4, 5200.0),
        (3, None),
        (2, 5100.0),
        (1, 5000.0),
    ]
    assert all(one.said_at.tzinfo for one in history)

    activities.restore_version(session, athlete_id, recorded, "distance_m", 1)
    assert activities.activity(session, athlete_id, recorded).distance_m == 5000.0
    activities.restore_version(session, athlete_id, recorded, "distance_m", 0)
    assert activities.activity(session, athlete_id, recorded).distance_m == 4497.0
    everything = activities.annotation_history(session, athlete_id, recorded)
    assert len(everything) == 7
    with pytest.raises(activities.NoSuchVersionError):
        activities.restore_version(session, athlete_id, recorded, "distance_m", 7)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "two\nlines"),
        ("name", "x" * 201),
        ("notes", "nul \x00"),
        ("sport", "!"),
        ("started_at", "yesterday"),
        ("started_at", datetime(1979, 12, 31, tzinfo=UTC)),
        ("started_at", datetime.now(UTC) + timedelta(days=3)),
        ("started_at", "0001-01-01T00:00:00+14:00"),
        ("distance_m", -1),
        ("distance_m", "nan"),
        ("distance_m", "inf"),
        ("distance_m", True),
        ("distance_m", "ten"),
        ("moving_s", 1500.0),
        ("elapsed_s", 1400.0),
        ("elapsed_s", 0),
        ("average_heart_rate_bpm", 65535),
        ("effort", 0),
        ("effort", 5.5),
        ("effort", 11),
        ("feeling", "meh"),
        ("race", "maybe"),
        ("gear_id", "the red ones"),
        ("temperature_c", 900),
        ("time_zone", "Middle-earth/Shire"),
    ],
)
def test_an_impossible_value_is_refused_in_words_and_nothing_is_said(
    session: Session, athlete_id: UUID, field: str, value: object
) -> None:
    recorded = activities.record(session, athlete_id, a_run())

    with pytest.raises(activities.FieldValueError) as refused:
        activities.annotate(session, athlete_id, recorded, field, value)

    assert refused.value.message.endswith((".", "!"))
    assert refused.value.next_step
    assert activities.annotation_history(session, athlete_id, recorded) == []


def test_an_unknown_field_and_anothers_activity_are_not_there(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    recorded = activities.record(session, athlete_id, a_run())
    activities.annotate(session, athlete_id, recorded, "notes", "mine")

    for field in ("sample_count", "athlete_id", "x; DROP TABLE activity"):
        with pytest.raises(activities.NoSuchFieldError):
            activities.annotate(session, athlete_id, recorded, field, "1")
    with pytest.raises(activities.NoSuchActivityError) as theirs:
        activities.annotate(session, other_athlete_id, recorded, "notes", "stolen")
    with pytest.raises(activities.NoSuchActivityError) as nobodys:
        activities.annotate(session, other_athlete_id, other := uuid4(), "notes", "stolen")
    assert theirs.value.message.replace(str(recorded), "") == nobodys.value.message.replace(
        str(other), ""
    )
    for read in (activities.annotations, activities.annotation_history):
        with pytest.raises(activities.NoSuchActivityError):
            read(session, other_athlete_id, recorded)
    with pytest.raises(activities.NoSuchActivityError):
        activities.restore_version(session, other_athlete_id, recorded, "notes", 1)
    assert activities.activity(session, athlete_id, recorded).notes == "mine"


def test_lists_totals_months_search_and_neighbours_go_by_what_is_shown(
    session: Session, athlete_id: UUID
) -> None:
    early, late = activities.record_many(
        session, athlete_id, [a_run(), a_run(started_at=START + timedelta(days=1))]
    )
    moved = START + timedelta(days=40)
    activities.annotate(session, athlete_id, early, "started_at", moved)
    activities.annotate(session, athlete_id, early, "distance_m", 8000)
    activities.annotate(session, athlete_id, early, "sport", "hiking")
    activities.annotate(session, athlete_id, early, "name", "Up the hill")

    listed = activities.list_activities(session, athlete_id)
    assert [one.activity_id for one in listed] == [early, late]
    [after] = activities.list_activities(session, athlete_id, before=early)
    assert after.activity_id == late
    totals = activities.totals(session, athlete_id)
    assert (totals.distance_m, totals.last_started_at) == (12_497.0, moved)
    months = search.months(session, athlete_id, "UTC", Filters())
    assert {day.month: month.distance_m for day, month in months.items()} == {5: 4497.0, 6: 8000.0}
    assert log.sports(session, athlete_id) == {"hiking": 1, "running": 1}
    assert activities.list_activities(session, athlete_id, sport="running") == [listed[1]]
    assert activities.list_activities(session, athlete_id, query="HILL") == [listed[0]]
    near = activities.overlapping(session, athlete_id, moved, 60)
    assert [one.activity_id for one in near] == [early]


def test_who_derives_something_hears_of_each_change_and_of_no_repetition(
    session: Session, athlete_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from strideiq.activities import annotations

    monkeypatch.setattr(annotations, "_on_changed", [])
    heard: list[tuple[UUID, str]] = []
    activities.on_changed(lambda _, __, changed, field: heard.append((changed, field)))
    recorded = activities.record(session, athlete_id, a_run())

    for value in (5, "5", None, None):
        activities.annotate(session, athlete_id, recorded, "effort", value)

    assert heard == [(recorded, "effort")] * 2


@given(st.data())
def test_a_stored_value_is_the_value(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(list(activities.FIELDS.values())))
    given_value = data.draw(
        st.one_of(
            st.floats(allow_nan=False),
            st.integers(0, 300),
            st.text(max_size=60),
            st.booleans(),
            st.datetimes(timezones=st.just(UTC)),
            st.uuids(),
            st.sampled_from(["trail", "great", "yes", "running"]),
        )
    )
    try:
        value = field.read(given_value)
    except activities.FieldValueError:
        return
    assert field.decode(field.encode(value)) == value
    assert field.read(value) == value
