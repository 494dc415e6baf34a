"""What no watch has recorded is typed in, and is an activity like any other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities

TYPED = {
    "sport": "running",
    "started_at": "2026-03-01T07:30",
    "distance_m": "10.5",
    "moving_s": "52:30",
    "name": "Treadmill <at> home",
    "average_heart_rate_bpm": "148",
    "notes": "too warm",
}


def test_an_activity_is_typed_in_corrected_and_found(
    new_browser: Callable[..., Any], sessions: sessionmaker[Session]
) -> None:
    browser = new_browser("runner@example.com")
    assert "Type one in" in browser.get("/activities").text
    browser.get("/activities/new")
    made = browser.post("/activities/new", TYPED)
    assert made.status_code == 303
    page = browser.get(made.headers["location"]).text
    for expected in ("Treadmill &lt;at&gt; home", "10.50", "52:30", "148", "too warm"):
        assert expected in page
    assert "Treadmill &lt;at&gt; home" in browser.get("/activities").text
    with sessions() as session:
        [one] = activities.list_activities(session, browser.athlete_id)
    assert one.started_at == datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    assert (one.distance_m, one.moving_s, one.sample_count) == (10_500, 3150, 0)
    assert "notes" in one.annotated
    assert "distance_m" not in one.annotated, "a source says it; a correction would be another"


def test_a_form_that_is_sent_twice_makes_one_activity_and_another_makes_another(
    new_browser: Callable[..., Any], sessions: sessionmaker[Session]
) -> None:
    browser = new_browser("runner@example.com", units="imperial")
    browser.get("/activities/new")
    first, again = (browser.post("/activities/new", TYPED) for _ in range(2))
    assert again.headers["location"] == first.headers["location"]
    browser.post("/activities/new", TYPED | {"started_at": "2026-03-01T18:30"})
    browser.post(first.headers["location"] + "/delete")
    browser.get("/activities/new")
    anew = browser.post("/activities/new", TYPED)
    assert anew.headers["location"] != first.headers["location"]
    with sessions() as session:
        assert activities.totals(session, browser.athlete_id).activities == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"moving_s": ""}, "The moving time is needed"),
        ({"moving_s": "soon"}, "is no length of time"),
        ({"started_at": ""}, "The start is needed"),
        ({"started_at": "2090-01-01T07:30"}, "The start"),
        ({"distance_m": "-3"}, "The distance is a number"),
        ({"average_heart_rate_bpm": "65535"}, "The heart rate is a number"),
        ({"name": "x" * 300}, "The name has between"),
    ],
)
def test_what_cannot_be_is_answered_and_kept_on_the_page(
    new_browser: Callable[..., Any], change: dict[str, str], said: str
) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/activities/new")
    answer = browser.post("/activities/new", TYPED | change)
    assert answer.status_code == 422
    assert said in answer.text
    assert "too warm" in answer.text
    assert "Your log begins with a file" in browser.get("/activities").text
