"""The page of personal bests shows each best, the ones before it, and what does not count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.records import public as records
from strideiq.records.steps import staircase

NewBrowser = Callable[..., Any]


def run(day: int, pace_s_per_km: float) -> activities.ObservedActivity:
    return activities.ObservedActivity(
        sport="running",
        started_at=datetime(2026, 3, 1, 7, tzinfo=UTC) + timedelta(days=day),
        elapsed_s=pace_s_per_km,
        moving_s=pace_s_per_km,
        distance_m=1000,
        streams={
            "time_s": np.linspace(0, pace_s_per_km, 101),
            "distance_m": np.linspace(0, 1000, 101),
        },
        name=f"Run <{day}>",
    )


def test_bests_are_shown_with_their_history_and_reasons(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    days = [run(0, 250), run(1, 240), run(2, 100)]
    activities.record_many(session, browser.athlete_id, days)
    session.commit()
    page = browser.get("/bests").text
    assert "4:00" in page
    assert "4:10" in page
    assert "faster than anybody has run" in page
    assert "Run &lt;1&gt;" in page
    assert "Run <1>" not in page


def test_nobody_else_sees_them(new_browser: NewBrowser, session: Session) -> None:
    owner, other = new_browser("runner@example.com"), new_browser("other@example.com")
    activities.record(session, owner.athlete_id, run(0, 240))
    session.commit()
    assert "4:00" not in other.get("/bests").text
    assert new_browser().get("/bests").status_code == 303


def test_without_runs_the_page_says_how_to_begin(new_browser: NewBrowser) -> None:
    assert "Import your runs" in new_browser("runner@example.com").get("/bests").text


def test_the_line_steps_down_from_the_first_best_to_the_newest(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    activities.record_many(session, browser.athlete_id, [run(0, 250), run(5, 245), run(10, 240)])
    kilometre = records.personal_bests(session, browser.athlete_id)[2]
    steps = staircase(kilometre, "UTC")
    assert steps is not None
    assert steps.path == "M4.0 4.0H80.0V18.0H156.0V32.0"
    assert "10 s faster than March 2026" in steps.words
