from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from strideiq.activities import public as activities
from strideiq.activities.simultaneous import overlapping_pairs
from strideiq.platform.runtime import Runtime

START = datetime(2026, 5, 3, 6, 30, tzinfo=UTC)


def a_run(name: str, late_s: float = 0.0) -> activities.ObservedActivity:
    time_s = np.arange(600.0)
    return activities.ObservedActivity(
        sport="running",
        name=name,
        started_at=START + timedelta(seconds=late_s),
        elapsed_s=599.0,
        moving_s=599.0,
        distance_m=1797.0,
        streams={"time_s": time_s, "distance_m": time_s * 3},
    )


def test_pairs_are_those_of_which_each_covers_half_of_the_shorter_one() -> None:
    one, two, three, four = (uuid4() for _ in range(4))
    spans = [
        (one, START, 3600.0),
        (two, START + timedelta(minutes=10), 600.0),
        (three, START + timedelta(minutes=58), 600.0),
        (four, START + timedelta(hours=3), 0.0),
    ]

    assert list(overlapping_pairs(spans)) == [(one, two)]


def test_a_pair_is_decided_side_by_side_and_not_asked_for_again(
    runtime: Runtime, new_browser: Callable[..., Any]
) -> None:
    browser = new_browser("runner@example.org")
    stranger = new_browser("other@example.org")
    recorded: list[UUID] = []
    with runtime.sessions.begin() as session:
        for name, late_s in (("Watch", 0), ("Phone", 9), ("Bracelet", 12)):
            recorded.append(activities.record(session, browser.athlete_id, a_run(name, late_s)))
    watch, phone, bracelet = (str(each) for each in recorded)

    page = browser.get("/imports/pairs")
    assert page.text.count('<section class="pair"') == 3
    assert "Nothing to decide" in stranger.get("/imports/pairs").text
    theirs = stranger.post(
        "/imports/pairs", {"kept_id": watch, "other_id": phone, "decision": "one"}
    )
    assert theirs.status_code == 404
    wrong = browser.post("/imports/pairs", {"kept_id": watch, "other_id": phone, "decision": "?"})
    assert wrong.status_code == 422

    browser.post("/imports/pairs", {"kept_id": watch, "other_id": phone, "decision": "one"})
    browser.post("/imports/pairs", {"kept_id": watch, "other_id": bracelet, "decision": "two"})

    assert "Nothing to decide" in browser.get("/imports/pairs").text
    with runtime.sessions() as session:
        listed = activities.list_activities(session, browser.athlete_id)
    assert {each.name for each in listed} == {"Watch", "Bracelet"}
