"""The page of fitness shows where its athlete stands, to nobody else, at every range."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.fitness.models import ActivityLoad

NewBrowser = Callable[..., Any]
TODAY = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
"""A moment of this day, whatever the hour: a run that has not begun counts for nothing."""


def run(days_ago: int, speed_mps: float = 4.0) -> activities.ObservedActivity:
    time_s = np.arange(0.0, 3901.0, 3.0)
    return activities.ObservedActivity(
        sport="running",
        started_at=TODAY - timedelta(days=days_ago),
        elapsed_s=3900,
        moving_s=3900,
        distance_m=3900 * speed_mps,
        streams={
            "time_s": time_s,
            "distance_m": time_s * speed_mps,
            "heart_rate_bpm": 140 + time_s / 400,
        },
        name=f"Run <{days_ago}>",
    )


def drawn(page: str) -> dict[str, Any]:
    found = re.search(r'id="fitness-data">(.*?)</script>', page)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_without_runs_the_page_says_how_to_begin(new_browser: NewBrowser) -> None:
    page = new_browser("runner@example.com").get("/fitness")
    assert page.status_code == 200
    assert "Import your runs" in page.text


def test_it_shows_the_figures_the_effort_behind_the_index_and_the_months(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    runs = [run(days, 4.0 if days == 40 else 3.0) for days in range(0, 120, 4)]
    activities.record_many(session, browser.athlete_id, runs)
    session.commit()
    page = browser.get("/fitness?range=all").text
    assert "Run &lt;40&gt;" in page
    assert "Run <40>" not in page
    data = drawn(page)
    assert len(data["days"]) == 117
    assert sum(data["load"]) == pytest.approx(sum(data["load"][::4]), abs=0.1)
    assert len(data["efficiency"]["days"]) == len(data["decoupling"]["days"]) == 30
    assert data["decoupling"]["values"][0] > 0
    assert page.count('<th scope="row">') >= 4
    assert "An hour at threshold is 100" in page


def test_a_range_is_a_part_of_the_same_days(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser("runner@example.com")
    activities.record_many(session, browser.athlete_id, [run(days) for days in range(0, 1200, 9)])
    session.commit()
    quarter, year, everything = (
        drawn(browser.get(f"/fitness?range={which}").text) for which in ("3m", "1y", "all")
    )
    assert (len(quarter["days"]), len(year["days"])) == (92, 365)
    assert everything["step"] == 7
    assert quarter["fitness"] == year["fitness"][-92:]
    assert everything["fitness"][-1] == year["fitness"][-1]
    assert sum(everything["load"]) > sum(year["load"])
    assert browser.get("/fitness?range=century").status_code == 422


def test_nobody_else_sees_it(new_browser: NewBrowser, session: Session) -> None:
    owner, other = new_browser("runner@example.com"), new_browser("other@example.com")
    activities.record(session, owner.athlete_id, run(0))
    session.commit()
    assert "Import your runs" in other.get("/fitness").text
    assert new_browser().get("/fitness").status_code == 303


def test_what_an_older_version_has_not_derived_is_derived_by_the_page(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    activities.record(session, browser.athlete_id, run(0))
    session.execute(delete(ActivityLoad))
    session.commit()
    assert drawn(browser.get("/fitness").text)["load"][-1] > 90
    assert session.query(ActivityLoad).count() == 1


def test_the_home_page_says_how_its_athlete_stands(
    new_browser: NewBrowser, session: Session
) -> None:
    browser, other = new_browser("runner@example.com"), new_browser("other@example.com")
    activities.record_many(session, browser.athlete_id, [run(days) for days in range(0, 60, 3)])
    session.commit()
    page = browser.get("/").text
    assert "How you stand" in page
    assert 'href="/fitness"' in page
    assert "How you stand" not in other.get("/").text
