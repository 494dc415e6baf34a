from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.wellness import food, injuries, versions
from strideiq.wellness.models import Injury, NutritionEntry
from strideiq.wellness.record_routes import router

GEL = {
    "meal": "fuel",
    "description": "Gel",
    "day": "2026-03-01",
    "time": "08:10",
    "carbohydrate_g": "25,5",
    "fluid_ml": "",
}
CALF = {"place": "Left calf", "severity": "4", "began_on": "2026-02-01", "ended_on": ""}


def a_run(session: Session, athlete_id: UUID) -> UUID:
    time_s = np.arange(3600.0)
    observed = activities.ObservedActivity(
        sport="running",
        name="River loop",
        started_at=datetime(2026, 3, 1, 7, tzinfo=UTC),
        elapsed_s=3600,
        moving_s=3600,
        distance_m=10_800,
        streams={"time_s": time_s, "distance_m": time_s * 3},
    )
    return activities.record(session, athlete_id, observed)


def test_a_meal_is_noted_changed_deleted_and_brought_back(
    session: Session, athlete_id: UUID
) -> None:
    entry = food.add(session, athlete_id, GEL)
    assert (entry.carbohydrate_g, entry.fluid_ml) == (25.5, None)
    food.change(session, athlete_id, entry.nutrition_entry_id, {**GEL, "carbohydrate_g": "30"})
    day = date(2026, 3, 1)
    assert food.totals(food.of_day(session, athlete_id, day)).carbohydrate_g == 30
    versions.delete(session, NutritionEntry, athlete_id, entry.nutrition_entry_id)
    assert food.of_day(session, athlete_id, day) == []
    versions.undelete(session, NutritionEntry, athlete_id, entry.nutrition_entry_id)
    assert len(food.of_day(session, athlete_id, day)) == 1
    told = versions.versions(session, athlete_id, entry.nutrition_entry_id)
    assert [one.state["carbohydrate_g"] for one in told] == [30, 30, 30, 25.5]


@pytest.mark.parametrize(
    "wrong",
    [
        {"meal": "feast"},
        {"description": "  "},
        {"description": "x\x00"},
        {"energy_kcal": "-1"},
        {"energy_kcal": "65535"},
        {"fat_g": "nan"},
        {"day": "2026-02-30"},
        {"day": "1949-01-01"},
        {"day": "9999-12-31"},
        {"time": "25:00"},
        {"activity_id": "one"},
    ],
)
def test_a_meal_that_cannot_be_is_not_kept(
    session: Session, athlete_id: UUID, wrong: dict[str, str]
) -> None:
    with pytest.raises(food.FoodError):
        food.add(session, athlete_id, GEL | wrong)


def test_fuel_belongs_to_a_run_of_ones_own(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    run = a_run(session, athlete_id)
    food.add(session, athlete_id, GEL | {"activity_id": str(run)})
    assert len(food.of_activity(session, athlete_id, run)) == 1
    with pytest.raises(activities.NoSuchActivityError):
        food.add(session, other_athlete_id, GEL | {"activity_id": str(run)})


def test_fuel_is_shown_on_the_page_of_its_run(browser: Any, session: Session) -> None:
    run = a_run(session, browser.athlete_id)
    session.commit()
    page = browser.get(f"/wellness/food/new?activity={run}").text
    assert "River loop" in page
    browser.post("/wellness/food/new", GEL | {"activity_id": str(run)})
    page = browser.get(f"/activities/{run}").text
    assert "Gel" in page
    assert "carbohydrate an hour" in page


def test_an_injury_lasts_until_it_ends(session: Session, athlete_id: UUID) -> None:
    injury = injuries.add(session, athlete_id, CALF)
    assert injuries.on(session, athlete_id, date(2026, 1, 31)) == []
    assert injuries.on(session, athlete_id, date(2026, 11, 1)) == [injury]
    injuries.change(session, athlete_id, injury.injury_id, CALF | {"ended_on": "2026-02-10"})
    assert injuries.on(session, athlete_id, date(2026, 2, 10)) == [injury]
    assert injuries.on(session, athlete_id, date(2026, 2, 11)) == []
    versions.delete(session, Injury, athlete_id, injury.injury_id)
    assert injuries.every(session, athlete_id) == []
    told = versions.versions(session, athlete_id, injury.injury_id)
    assert [one.state["ended_on"] for one in told] == ["2026-02-10", "2026-02-10", None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": ""},
        {"severity": "6"},
        {"severity": "bad"},
        {"began_on": "yesterday"},
        {"began_on": "3026-01-01"},
        {"ended_on": "2026-01-31"},
        {"ended_on": "3026-01-01"},
        {"notes": "x" * 2001},
    ],
)
def test_an_injury_that_cannot_be_is_not_kept(
    session: Session, athlete_id: UUID, wrong: dict[str, str]
) -> None:
    with pytest.raises(injuries.InjuryError):
        injuries.add(session, athlete_id, CALF | wrong)
    assert injuries.every(session, athlete_id) == []


def test_a_form_that_does_not_fit_says_why_and_keeps_what_was_typed(browser: Any) -> None:
    browser.get("/wellness/food/new")
    answer = browser.post("/wellness/food/new", GEL | {"energy_kcal": "a lot"})
    assert answer.status_code == 422
    assert "no figure for energy" in answer.text
    assert 'value="a lot"' in answer.text
    answer = browser.post("/wellness/injuries/new", CALF | {"severity": "9"})
    assert answer.status_code == 422
    assert 'value="Left calf"' in answer.text


def test_records_are_changed_and_brought_back_on_their_pages(browser: Any) -> None:
    browser.get("/wellness/injuries/new")
    browser.post("/wellness/injuries/new", CALF)
    page = browser.get("/wellness/injuries").text
    found = re.search(r"/wellness/injuries/([0-9a-f-]{36})", page)
    assert found
    address = found.group(0)
    browser.post(address, CALF | {"place": "Right calf"})
    page = browser.get(address).text
    assert 'value="Right calf"' in page
    assert "Left calf" in page, "what it was before"
    deleted = browser.post(f"{address}/delete")
    assert "Undo" in browser.get(deleted.headers["location"]).text
    assert "Right calf" not in browser.get("/wellness/injuries").text
    browser.post(f"{address}/undelete")
    assert "Right calf" in browser.get("/wellness/injuries").text


RECORDS = {"food": GEL, "injuries": CALF}
OF_ONE = [
    (method, kind, act)
    for kind in RECORDS
    for method, act in (("get", ""), ("post", ""), ("post", "/delete"), ("post", "/undelete"))
]


@pytest.mark.parametrize(("method", "kind", "act"), OF_ONE)
def test_another_athletes_record_is_as_if_it_did_not_exist(
    new_browser: Any, session: Session, method: str, kind: str, act: str
) -> None:
    robin, other = new_browser("robin@example.com"), new_browser("other@example.com")
    add = food.add if kind == "food" else injuries.add
    record: Any = add(session, robin.athlete_id, RECORDS[kind])
    session.commit()
    record_id = record.nutrition_entry_id if kind == "food" else record.injury_id
    other.get("/wellness")
    answers = []
    for one in (record_id, uuid4()):
        address = f"/wellness/{kind}/{one}{act}"
        answer = other.get(address) if method == "get" else other.post(address, RECORDS[kind])
        answers.append((answer.status_code, str(one) in answer.text))
    assert answers == [(404, False), (404, False)]
    assert len(versions.versions(session, robin.athlete_id, record_id)) == 1


def test_another_athletes_run_is_not_found_by_the_form_of_a_meal(
    new_browser: Any, session: Session
) -> None:
    robin, other = new_browser("robin@example.com"), new_browser("other@example.com")
    run = a_run(session, robin.athlete_id)
    session.commit()
    assert other.get(f"/wellness/food/new?activity={run}").status_code == 404
    assert other.post("/wellness/food/new", GEL | {"activity_id": str(run)}).status_code == 404


def test_every_route_with_an_id_is_tried_as_another_athlete() -> None:
    with_id = {
        (next(iter(route.methods)).lower(), route.path)
        for route in router.routes
        if re.search(r"{\w+_id}", route.path)
    }
    tried = {
        (method, f"/{kind}/{{{'entry_id' if kind == 'food' else 'injury_id'}}}{act}")
        for method, kind, act in OF_ONE
    }
    assert with_id == tried
