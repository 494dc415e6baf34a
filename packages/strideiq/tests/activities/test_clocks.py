from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from activity_samples import NewBrowser, observed
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from strideiq.activities import places
from strideiq.activities import public as activities
from strideiq.activities.page_models import ActivityPlace

Record = Callable[..., UUID]


@pytest.fixture
def browser(new_browser: NewBrowser) -> Any:
    return new_browser("robin@example.com", time_zone="Europe/Vienna")


@pytest.fixture
def run_at(session: Session, browser: Any) -> Record:
    """Records a run at a place and a moment, by UTC."""

    def record(moment: str, place: tuple[float, float] | None, name: str = "Away") -> UUID:
        run = observed(name=name)
        streams = {key: kept for key, kept in run.streams.items() if not key.endswith("_deg")}
        if place is not None:
            along = np.arange(len(streams["time_s"])) * 1e-5
            streams |= {"latitude_deg": place[0] + along, "longitude_deg": place[1] + along}
        started_at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        away = replace(run, streams=streams, started_at=started_at)
        (activity_id,) = activities.record_many(session, browser.athlete_id, [away])
        session.commit()
        return activity_id

    return record


def shown(browser: Any, activity_id: UUID) -> str:
    page = browser.get(f"/activities/{activity_id}").text
    found = re.search(r'<p class="under"><time[^>]*>([^<]+)</time>', page)
    assert found
    return found.group(1)


@pytest.mark.parametrize(
    ("moment", "place", "clock"),
    [
        ("2026-03-29T00:30", (48.2, 16.37), "Sunday 29 March 2026, 01:30"),
        ("2026-03-29T01:30", (48.2, 16.37), "Sunday 29 March 2026, 03:30"),
        ("2026-10-25T00:30", (48.2, 16.37), "Sunday 25 October 2026, 02:30"),
        ("2026-10-25T01:30", (48.2, 16.37), "Sunday 25 October 2026, 02:30"),
        ("2026-06-01T01:00", (40.78, -73.97), "Sunday 31 May 2026, 21:00"),
        ("2026-12-31T20:00", (35.68, 139.69), "Friday 1 January 2027, 05:00"),
        ("2026-06-01T06:00", (27.7, 85.3), "Monday 1 June 2026, 11:45"),
        ("2026-06-01T06:00", None, "Monday 1 June 2026, 08:00"),
    ],
    ids=["before", "after", "first", "second", "New York", "Tokyo", "Kathmandu", "no place"],
)
def test_a_run_is_shown_by_the_clock_of_its_place_through_travel_and_summer_time(
    browser: Any, run_at: Record, moment: str, place: tuple[float, float] | None, clock: str
) -> None:
    assert shown(browser, run_at(moment, place)) == clock


def test_what_the_athlete_says_of_a_time_zone_wins_and_can_be_taken_back(
    browser: Any, run_at: Record, session: Session
) -> None:
    run = run_at("2026-06-01T06:00", (48.2, 16.37))
    activities.annotate(session, browser.athlete_id, run, "time_zone", "asia/tokyo")
    session.commit()
    assert shown(browser, run) == "Monday 1 June 2026, 15:00"
    activities.annotate(session, browser.athlete_id, run, "time_zone", None)
    session.commit()
    assert shown(browser, run) == "Monday 1 June 2026, 08:00"


def test_months_days_and_filters_go_by_the_clock_of_the_place(browser: Any, run_at: Record) -> None:
    run_at("2027-01-01T02:00", (40.78, -73.97), "New Year's Eve")
    run_at("2027-01-01T02:00", None, "New Year's Day")
    page = browser.get("/activities").text
    assert "December 2026" in page
    assert "January 2027" in page
    old = browser.get("/activities?to=2026-12-31").text
    new = browser.get("/activities?from=2027-01-01").text
    assert ("Eve" in old, "Day" in old) == (True, False)
    assert ("Eve" in new, "Day" in new) == (False, True)
    calendar = browser.get("/activities/calendar?month=2026-12").text
    (day,) = re.findall(
        r'<td class="day[^"]*">\s*<time datetime="2026-12-31">.*?</td>', calendar, re.DOTALL
    )
    assert "Eve" in day


def test_places_are_looked_up_again_where_they_are_missing_or_of_an_older_formula(
    browser: Any, run_at: Record, session: Session
) -> None:
    one, two = (run_at("2026-06-01T06:00", (48.2, 16.37)) for _ in range(2))
    run_at("2026-06-01T06:00", None)
    assert places.stale(session, browser.athlete_id) == []
    session.execute(delete(ActivityPlace).where(ActivityPlace.activity_id == one))
    session.execute(update(ActivityPlace).values(formula_version=0, time_zone="UTC"))
    stale = places.stale(session, browser.athlete_id)
    assert stale == sorted([one, two])
    places.locate(session, browser.athlete_id, stale)
    session.commit()
    assert places.stale(session, browser.athlete_id) == []
    assert shown(browser, two) == "Monday 1 June 2026, 08:00"


def test_the_database_knows_the_zones_that_places_can_have(session: Session) -> None:
    from tzfpy import timezonenames

    names = set(timezonenames())
    known = set(session.scalars(text("SELECT name FROM pg_timezone_names")))
    assert len(names & known) > 0.95 * len(names)
    assert places._usable(session, ["Europe/Vienna", "Mars/Olympus"]) == {"Europe/Vienna"}


def test_a_shared_run_shows_its_own_day_to_whoever_looks(
    browser: Any, run_at: Record, new_browser: NewBrowser
) -> None:
    run = run_at("2026-12-31T20:00", (35.68, 139.69))
    browser.get("/preferences")
    page = browser.post(f"/activities/{run}/share").text
    found = re.search(r'value="http://testserver(/shared/[^"]+)"', page)
    assert found
    assert "Friday 1 January 2027" in new_browser().get(found.group(1)).text
