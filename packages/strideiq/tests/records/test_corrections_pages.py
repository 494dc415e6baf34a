"""The pages of a best and of an activity's efforts: shown, corrected, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import update
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.records import public as records
from strideiq.records.models import BestEffort

NewBrowser = Callable[..., Any]


def run(day: int, speed_mps: float) -> activities.ObservedActivity:
    time_s = np.arange(0.0, 1300.0)
    return activities.ObservedActivity(
        sport="running",
        started_at=datetime(2025, 3, 1, 7, tzinfo=UTC) + timedelta(days=day),
        elapsed_s=1300,
        moving_s=1300,
        distance_m=1300 * speed_mps,
        streams={"time_s": time_s, "distance_m": time_s * speed_mps},
        name=f"Run <{day}>",
    )


def test_the_page_of_a_best_tells_how_it_came_down(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    days = [run(0, 4.0), run(100, 3.9), run(400, 4.2)]
    activities.record_many(session, browser.athlete_id, days)
    session.commit()
    page = browser.get("/bests/5000m").text
    assert "19:50" in page
    assert "20:50" in page
    assert "\N{MINUS SIGN}59.5" in page
    assert "400" in page  # the days that the first one stood
    assert page.count('class="peak"') == 2
    assert page.count('class="other"') == 3
    assert "Run &lt;400&gt;" in page
    assert "Run <400>" not in page
    assert browser.get("/bests/1609m").status_code == 200
    assert browser.get("/bests/42195m").status_code == 404
    assert browser.get("/bests/5km").status_code == 404


def test_the_farthest_in_a_time_is_on_the_page(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser("runner@example.com")
    activities.record(session, browser.athlete_id, run(0, 4.0))
    session.commit()
    page = browser.get("/bests").text
    assert "Farthest in a time" in page
    assert "2.880" in page  # kilometres in twelve minutes


def test_an_effort_is_discounted_and_counted_again_by_its_athlete(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    one = activities.record(session, browser.athlete_id, run(0, 4.0))
    session.commit()
    address = f"/activities/{one}/efforts"
    assert "Say it does not count" in browser.get(address).text
    answer = browser.post(address, {"effort": "5000 m", "verdict": "does_not_count"})
    assert answer.status_code == 303
    assert "You said that it does not count." in browser.get(address).text
    assert browser.get("/bests/5000m").status_code == 404
    browser.get(address)
    browser.post(address, {"effort": "5000 m", "verdict": "counts"})
    assert browser.get("/bests/5000m").status_code == 200
    assert "taken back" in browser.get(address).text


def test_the_official_time_of_a_measured_race_is_taken_and_a_wrong_one_is_not(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    one = activities.record(session, browser.athlete_id, run(0, 3.8))
    session.commit()
    address = f"/activities/{one}/efforts"
    browser.get(address)
    wrong = browser.post(address, {"effort": "5000 m", "verdict": "measured", "time": "soon"})
    assert wrong.status_code == 422
    assert "is not a time" in wrong.text
    fast = browser.post(address, {"effort": "5000 m", "verdict": "measured", "time": "9:00"})
    assert fast.status_code == 422
    assert "Nobody has run 5 km that fast" in fast.text
    browser.post(address, {"effort": "5000 m", "verdict": "measured", "time": "21:07.5"})
    shown = browser.get("/bests/5000m").text
    assert "21:08" in shown
    assert "measured, by your word" in shown


def test_nobody_sees_or_changes_anothers_efforts(new_browser: NewBrowser, session: Session) -> None:
    owner, other = new_browser("runner@example.com"), new_browser("other@example.com")
    one = activities.record(session, owner.athlete_id, run(0, 4.0))
    session.commit()
    address = f"/activities/{one}/efforts"
    assert other.get(address).status_code == 404
    said = {"effort": "5000 m", "verdict": "does_not_count"}
    assert other.post(address, said).status_code == 404
    assert other.get("/bests/5000m").status_code == 404
    assert new_browser().get(address).status_code == 303
    assert owner.get(f"/activities/{uuid4()}/efforts").status_code == 404
    assert records.correction_history(session, owner.athlete_id, one) == []


def test_what_an_older_formula_derived_is_derived_by_the_page(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    activities.record(session, browser.athlete_id, run(0, 4.0))
    session.execute(update(BestEffort).values(formula_version=1, elapsed_s=900))
    session.commit()
    browser.get("/bests")
    session.expire_all()
    assert {one.formula_version for one in session.query(BestEffort)} == {records.FORMULA_VERSION}
