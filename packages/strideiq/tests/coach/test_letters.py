"""The briefing and the review as pages: of any day until now, each sentence with its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.activities import public as activities


@pytest.fixture
def browser(new_browser: Callable[..., Any], sessions: sessionmaker[Session]) -> Any:
    """Somebody who ran 12 km ten days ago, and 10 km yesterday."""
    found = new_browser("runner@example.com", time_zone="UTC")
    with sessions.begin() as session:
        for days, distance_m in ((1, 10_000.0), (10, 12_000.0)):
            activities.record(
                session,
                found.athlete_id,
                activities.ObservedActivity(
                    sport="running",
                    name="Lake & loop",
                    started_at=datetime.now(UTC) - timedelta(days=days),
                    elapsed_s=3600.0,
                    moving_s=3600.0,
                    distance_m=distance_m,
                    streams={
                        "time_s": np.arange(3600.0),
                        "distance_m": np.linspace(0, distance_m, 3600),
                    },
                ),
                None,
            )
    return found


def test_a_morning_tells_of_yesterday_with_a_link_to_the_run(browser: Any) -> None:
    page = browser.get("/coach/briefing").text
    letter = page.partition('class="parts"')[2]
    assert "Yesterday you ran" in letter
    assert "10.00 km" in letter
    assert "/activities/" in letter
    assert "Lake &amp; loop" in letter
    assert 'rel="prev"' in page
    assert 'rel="next"' not in page


def test_a_week_is_turned_back_and_forth_and_never_past_the_last_whole_one(browser: Any) -> None:
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    ran = today - timedelta(days=10)
    ran_in = ran - timedelta(days=ran.weekday())
    page = browser.get(f"/coach/week?day={ran}").text
    assert "12.0 km" in page
    assert f"?day={ran_in - timedelta(days=7)}" in page
    assert ('rel="next"' in page) == (ran_in < monday - timedelta(days=7))
    newest = browser.get("/coach/week").text
    assert 'rel="next"' not in newest
    token = browser.token
    beyond = browser.get(f"/coach/week?day={today + timedelta(days=400)}").text
    assert newest == beyond.replace(browser.token, token)
    empty = browser.get(f"/coach/week?day={today - timedelta(days=700)}").text
    assert "12.0 km" not in empty


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("page", ["week", "briefing"])
def test_days_without_end_are_days_all_the_same(browser: Any, page: str, day: str) -> None:
    assert browser.get(f"/coach/{page}?day={day}").status_code == 200


def test_who_has_nothing_is_told_how_to_begin(new_browser: Callable[..., Any]) -> None:
    browser = new_browser("runner@example.com")
    for page in ("briefing", "week"):
        shown = browser.get(f"/coach/{page}").text
        assert "Nothing to tell yet" in shown
        assert 'href="/imports"' in shown
    assert browser.get("/coach/week?day=nonsense").status_code == 422


def test_home_leads_to_both(browser: Any) -> None:
    page = browser.get("/").text
    assert 'href="/coach/briefing"' in page
    assert 'href="/coach/week"' in page
