from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from activity_samples import START, NewBrowser, observed
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.gear import public as gear
from strideiq.gear import service, views


@pytest.fixture
def runs(session: Session, athlete_id: UUID) -> list[UUID]:
    """Three runs of 5.4 km, a day apart."""
    return activities.record_many(session, athlete_id, [observed(number) for number in range(3)])


def come_m(session: Session, athlete_id: UUID, gear_id: UUID) -> float:
    return views.one_gear(session, athlete_id, gear_id).distance_m


def test_mileage_is_the_sum_of_the_distances_that_are_shown(
    session: Session, athlete_id: UUID, runs: list[UUID]
) -> None:
    shoes = gear.add(session, athlete_id, "Red ones", before_m=100_000)
    for run in runs[:2]:
        gear.choose(session, athlete_id, run, shoes)
    assert come_m(session, athlete_id, shoes) == 100_000 + 2 * 5400
    activities.annotate(session, athlete_id, runs[0], "distance_m", 6000)
    assert come_m(session, athlete_id, shoes) == 100_000 + 6000 + 5400
    activities.delete(session, athlete_id, runs[1])
    assert come_m(session, athlete_id, shoes) == 100_000 + 6000
    gear.choose(session, athlete_id, runs[0], None)
    assert come_m(session, athlete_id, shoes) == 100_000


def test_a_default_counts_from_its_day_and_a_choice_wins_over_it(
    session: Session, athlete_id: UUID, runs: list[UUID]
) -> None:
    old, new = (gear.add(session, athlete_id, name) for name in ("Old", "New"))
    gear.set_default(session, athlete_id, "running", old, service.ALWAYS)
    gear.set_default(session, athlete_id, "running", new, START + timedelta(days=1.5))
    assert come_m(session, athlete_id, old) == 2 * 5400
    assert come_m(session, athlete_id, new) == 5400
    gear.choose(session, athlete_id, runs[2], old)
    assert come_m(session, athlete_id, new) == 0
    activities.annotate(session, athlete_id, runs[0], "sport", "cycling")
    assert come_m(session, athlete_id, old) == 2 * 5400


def test_retired_gear_keeps_its_distance_and_is_no_default_any_more(
    session: Session, athlete_id: UUID, runs: list[UUID]
) -> None:
    shoes = gear.add(session, athlete_id, "Red ones")
    gear.set_default(session, athlete_id, "running", shoes, service.ALWAYS)
    gear.set_retired(session, athlete_id, shoes, retired=True)
    assert gear.current_defaults(session, athlete_id) == {"running": None}
    assert come_m(session, athlete_id, shoes) == len(runs) * 5400
    assert gear.choices(session, athlete_id) == []


@pytest.mark.parametrize(
    ("come_km", "worn"), [(600, None), (640, "nearly"), (700, "over"), (9000, "over")]
)
def test_a_limit_is_told_before_it_is_reached(
    session: Session, athlete_id: UUID, come_km: float, worn: str | None
) -> None:
    gear.add(session, athlete_id, "Red ones", before_m=come_km * 1000, limit_m=700_000)
    (shown,) = gear.all_gear(session, athlete_id)
    assert shown.worn == worn
    gear.set_retired(session, athlete_id, shown.gear_id, retired=True)
    assert gear.all_gear(session, athlete_id)[0].worn is None


def test_imports_find_gear_by_its_name_and_kind(session: Session, athlete_id: UUID) -> None:
    first = gear.add(session, athlete_id, "Road  Shoes")
    assert gear.find(session, athlete_id, "road shoes", "shoes") == first
    assert gear.find(session, athlete_id, "road shoes", "bicycle") is None
    with pytest.raises(gear.GearError):
        gear.find(session, athlete_id, "  ", "shoes")


def test_shoes_are_added_used_and_seen_on_the_page_of_a_run(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com", units="imperial")
    (run,) = activities.record_many(session, browser.athlete_id, [observed()])
    session.commit()
    assert "No shoes yet" in browser.get("/gear").text
    typed = {"name": "<b>Red</b>", "before": "100", "limit": "500", "sport": "running"}
    assert browser.post("/gear", typed).status_code == 303
    page = browser.get("/gear").text
    assert "&lt;b&gt;Red&lt;/b&gt;" in page
    assert '100<span class="unit"> mi' in page
    found = re.search(r'href="/gear/([0-9a-f-]{36})"', page)
    assert found
    answer = browser.post(f"/gear/of/{run}", {"gear_id": found.group(1)})
    assert answer.status_code == 303
    assert f'<option value="{found.group(1)}" selected>' in browser.get(f"/activities/{run}").text
    one = browser.get(f"/gear/{found.group(1)}").text
    assert '103<span class="unit"> mi' in one
    assert 'value="500"' in one


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "a", "kind": "car"},
        {"name": "a", "limit": "-1"},
        {"name": "a", "limit": "nan"},
        {"name": "a", "before": "far"},
    ],
)
def test_impossible_gear_is_refused_in_words(
    new_browser: NewBrowser, wrong: dict[str, str]
) -> None:
    browser = new_browser("robin@example.com")
    answer = browser.post("/gear", wrong)
    assert answer.status_code == 422
    assert "Next:" in answer.text
    assert "No shoes yet" in browser.get("/gear").text


ACTS: list[tuple[str, Callable[[Any, UUID, UUID], Any]]] = [
    ("see", lambda other, mine, _: other.get(f"/gear/{mine}")),
    ("change", lambda other, mine, _: other.post(f"/gear/{mine}", {"name": "Mine"})),
    ("retire", lambda other, mine, _: other.post(f"/gear/{mine}/retire")),
    ("bring back", lambda other, mine, _: other.post(f"/gear/{mine}/return")),
    ("use", lambda other, mine, _: other.post(f"/gear/{mine}/default")),
    ("choose", lambda other, mine, run: other.post(f"/gear/of/{run}", {"gear_id": str(mine)})),
    ("leave", lambda other, _, run: other.post(f"/gear/of/{run}")),
]


@pytest.mark.parametrize(("name", "act"), ACTS, ids=[name for name, _ in ACTS])
def test_the_gear_of_another_is_as_if_it_did_not_exist(
    new_browser: NewBrowser, session: Session, name: str, act: Callable[[Any, UUID, UUID], Any]
) -> None:
    owner, other = (new_browser(f"{one}@example.com") for one in ("robin", "other"))
    (run,) = activities.record_many(session, owner.athlete_id, [observed()])
    shoes = gear.add(session, owner.athlete_id, "Red ones")
    session.commit()
    other.get("/gear")
    assert act(other, shoes, run).status_code == act(other, uuid4(), uuid4()).status_code == 404
    assert "Red ones" in owner.get("/gear").text
    assert name


def test_the_page_asks_the_same_few_queries_for_much_gear(
    new_browser: NewBrowser, session: Session, engine: Engine
) -> None:
    from activity_samples import counted

    browser = new_browser("robin@example.com")
    counts = []
    for _ in range(2):
        with counted(engine) as statements:
            browser.get("/gear")
        counts.append(len(statements))
        for number in range(12):
            gear.add(session, browser.athlete_id, f"Shoes {number}")
        session.commit()
    assert counts[0] == counts[1] <= 5


def test_an_impossible_change_leaves_gear_as_it_was(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("robin@example.com")
    shoes = gear.add(session, browser.athlete_id, "Red ones")
    session.commit()
    browser.get(f"/gear/{shoes}")
    answer = browser.post(f"/gear/{shoes}", {"name": "", "limit": "700"})
    assert answer.status_code == 422
    assert "Red ones" in answer.text
    assert browser.post(f"/gear/{shoes}", {"name": "Blue ones"}).status_code == 303
    assert "Blue ones" in browser.get("/gear").text
