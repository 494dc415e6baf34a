from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from activity_samples import NewBrowser, counted, observed
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.gear import public as gear

HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(new_browser: NewBrowser) -> Any:
    return new_browser("robin@example.com")


@pytest.fixture
def record(session: Session, browser: Any) -> Callable[..., list[UUID]]:
    def record_many(*each: activities.ObservedActivity) -> list[UUID]:
        ids = activities.record_many(session, browser.athlete_id, list(each))
        session.commit()
        return ids

    return record_many


def names(page: str) -> list[str]:
    return re.findall(r"data-open>([^<]+)<", page)


def test_each_filter_leaves_what_it_says(
    browser: Any, record: Callable[..., list[UUID]], session: Session
) -> None:
    long, short, ride = record(
        observed(0, name="Long", distance_m=21_000.0),
        observed(1, name="Short", distance_m=4_000.0, streams=without_heart()),
        observed(40, "cycling", name="Ride", distance_m=50_000.0),
    )
    shoes = gear.add(session, browser.athlete_id, "Red ones")
    gear.choose(session, browser.athlete_id, long, shoes)
    activities.annotate(session, browser.athlete_id, short, "race", "yes")
    activities.annotate(session, browser.athlete_id, short, "notes", "Rain and wind")
    session.commit()
    expected = {
        "sport=cycling": ["Ride"],
        "min=20": ["Ride", "Long"],
        "max=20": ["Short"],
        "min=4&max=21": ["Short", "Long"],
        "from=2026-03-02": ["Ride", "Short"],
        "to=2026-03-01": ["Long"],
        "from=2026-03-02&to=2026-03-02": ["Short"],
        f"gear={shoes}": ["Long"],
        "race=true": ["Short"],
        "heart=true": ["Ride", "Long"],
        "track=true": ["Ride", "Long"],
        "changed=true": ["Short", "Long"],
        "q=WIND": ["Short"],
        "q=o&sport=running": ["Short", "Long"],
        "sort=distance": ["Ride", "Long", "Short"],
        "sort=distance&up=true": ["Short", "Long", "Ride"],
        "up=true": ["Long", "Short", "Ride"],
        "sort=heart": ["Long", "Ride", "Short"],
    }
    for query, left in expected.items():
        found = names(browser.get(f"/activities?{query}").text)
        same = sorted(found) == sorted(left) if query == "sort=heart" else found == left
        assert same, query
    assert str(ride) in browser.get("/activities?q=ride").text


def without_heart() -> dict[str, Any]:
    keep = ("time_s", "distance_m")
    return {name: values for name, values in observed().streams.items() if name in keep}


def test_gear_is_filtered_by_what_is_used_as_usual_too(
    browser: Any, record: Callable[..., list[UUID]], session: Session
) -> None:
    record(observed(0, name="Before"), observed(2, name="After"))
    shoes = gear.add(session, browser.athlete_id, "Red ones")
    since = datetime(2026, 3, 3, tzinfo=UTC)
    gear.set_default(session, browser.athlete_id, "running", shoes, since)
    session.commit()
    assert names(browser.get(f"/activities?gear={shoes}").text) == ["After"]


def test_the_address_holds_the_whole_state_and_each_chip_takes_one_filter_away(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    record(observed(0))
    said = "q=run&sport=running&from=2026-01-01&min=2&race=true&sort=pace"
    page = browser.get(f"/activities?{said}").text
    assert 'value="2026-01-01"' in page
    assert '<option value="pace" selected>' in page
    removed = [set(re.findall(r"(\w+)=", href)) for href in chip_links(page)]
    whole = {"q", "sport", "from", "min", "race", "sort"}
    for name in ("q", "from", "min", "race"):
        assert whole - {name} in removed, name
    assert "No activity fits" in page


def chip_links(page: str) -> list[str]:
    return re.findall(r'class="chip active" href="([^"]+)"', page)


@pytest.mark.parametrize("sort", ["date", "distance", "time", "pace", "heart", "ascent"])
@pytest.mark.parametrize("up", ["", "&up=true"])
def test_pages_follow_without_a_gap_in_any_order_also_where_values_are_equal_or_unknown(
    browser: Any, record: Callable[..., list[UUID]], sort: str, up: str
) -> None:
    def run(number: int) -> activities.ObservedActivity:
        known = number % 5
        return observed(
            number,
            name=f"Run {number:03}",
            distance_m=float(1000 * known) if known else None,
            ascent_m=None if number % 3 else 10.0,
            streams=without_heart() if number % 2 else observed().streams,
        )

    record(*(run(number) for number in range(120)))
    address = f"/activities?sort={sort}{up}"
    seen: list[str] = []
    for _ in range(3):
        page = browser.get(address, headers=HTMX if seen else {}).text
        seen += names(page)
        older = re.search(r'hx-get="([^"]+)"[^>]*hx-trigger="click, intersect', page)
        address = older.group(1).replace("&amp;", "&") if older else ""
    assert not address
    assert sorted(seen) == [f"Run {number:03}" for number in range(120)]


@pytest.mark.parametrize(
    "query",
    ["from=soon", "to=0000-01-01", "min=-1", "max=nan", "min=inf", "gear=red", "sort=colour"],
)
def test_an_impossible_filter_is_answered_in_words(browser: Any, query: str) -> None:
    for path in ("/activities", "/activities/calendar"):
        answer = browser.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "Next:" in answer.text


def test_a_month_is_a_grid_of_weeks_with_their_totals(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    record(*(observed(number, name=f"Run {number}") for number in range(3)))
    page = browser.get("/activities/calendar?month=2026-03").text
    assert page.count("<tr>") == 1 + 6
    assert re.findall(r'entry-name">([^<]+)<', page) == [
        "Run 0",
        "Run 1",
        "Run 2",
    ]
    assert '5<span class="unit"> km' in page
    assert '11<span class="unit"> km' in page
    assert "month=2026-02" in page
    assert "month=2026-04" in page
    assert browser.get("/activities/calendar?month=2026-13").status_code == 422
    filtered = browser.get("/activities/calendar?month=2026-03&q=Run+1").text
    assert re.findall(r'entry-name">([^<]+)<', filtered) == ["Run 1"]


def change(browser: Any, ids: list[UUID], act: str, **values: str) -> Any:
    browser.get("/activities")
    form = {"act": act, "back": "sort=date&q=", "ids": [str(one) for one in ids], **values}
    return browser.post("/activities/bulk", form)


def undo(browser: Any, location: str) -> Any:
    page = browser.get(location).text
    act, at = (
        re.search(rf'name="{name}" value="([^"]+)"', page).group(1)  # type: ignore[union-attr]
        for name in ("act", "at")
    )
    return browser.post("/activities/bulk/undo", {"act": act, "at": at.replace("&#43;", "+")})


def test_many_are_changed_at_once_and_taken_back_at_once(
    browser: Any, record: Callable[..., list[UUID]], session: Session
) -> None:
    ids = record(*(observed(number) for number in range(4)))
    shoes = gear.add(session, browser.athlete_id, "Red ones")
    activities.annotate(session, browser.athlete_id, ids[0], "sport", "hiking")
    session.commit()

    def sports() -> list[str]:
        session.rollback()
        return [activities.activity(session, browser.athlete_id, one).sport for one in ids]

    answer = change(browser, ids[:3], "sport", sport="Trail running")
    assert answer.status_code == 303
    assert sports() == ["trail_running"] * 3 + ["running"]
    assert "3 activities are changed" in browser.get(answer.headers["location"]).text
    assert undo(browser, answer.headers["location"]).status_code == 303
    assert sports() == ["hiking", "running", "running", "running"]
    answer = change(browser, ids, "gear_id", gear_id=str(shoes))
    assert len(names(browser.get(f"/activities?gear={shoes}").text)) == 4
    undo(browser, answer.headers["location"])
    assert names(browser.get(f"/activities?gear={shoes}").text) == []
    answer = change(browser, ids[1:], "delete")
    assert len(names(browser.get("/activities").text)) == 1
    undo(browser, answer.headers["location"])
    assert len(names(browser.get("/activities").text)) == 4


def test_taking_back_leaves_what_was_said_since(
    browser: Any, record: Callable[..., list[UUID]], session: Session
) -> None:
    one, two = record(observed(0), observed(1))
    answer = change(browser, [one, two], "race", race="true")
    activities.annotate(session, browser.athlete_id, one, "race", "no")
    session.commit()
    assert undo(browser, answer.headers["location"]).status_code == 303
    session.rollback()
    races = [activities.activity(session, browser.athlete_id, each).race for each in (one, two)]
    assert races == [False, None]


def test_one_wrong_id_or_value_changes_none(
    browser: Any, record: Callable[..., list[UUID]], new_browser: NewBrowser, session: Session
) -> None:
    (mine,) = record(observed(0))
    other = new_browser("other@example.com")
    (theirs,) = activities.record_many(session, other.athlete_id, [observed(1)])
    session.commit()
    for ids, act, values, status in (
        ([mine, theirs], "delete", {}, 404),
        ([mine, uuid4()], "sport", {"sport": "hiking"}, 404),
        ([mine], "sport", {"sport": "!"}, 422),
        ([mine], "sport", {"sport": ""}, 422),
        ([mine], "paint", {}, 422),
        ([], "delete", {}, 422),
    ):
        assert change(browser, ids, act, **values).status_code == status
    assert len(names(browser.get("/activities").text)) == 1
    assert len(names(other.get("/activities").text)) == 1
    assert undo_at(browser, "delete", "2026-01-01T00:00:00+00:00").status_code == 404


def undo_at(browser: Any, act: str, at: str) -> Any:
    return browser.post("/activities/bulk/undo", {"act": act, "at": at})


def test_the_list_of_another_is_reached_by_no_parameter(
    record: Callable[..., list[UUID]], new_browser: NewBrowser
) -> None:
    (mine,) = record(observed(0))
    other = new_browser("other@example.com")
    for parameter in ("undo", "before"):
        assert other.get(f"/activities?{parameter}={mine}").status_code == 404
    assert "Morning run" not in other.get("/activities/calendar?month=2026-03").text


def test_a_long_log_costs_as_many_queries_as_a_short_one(
    browser: Any, record: Callable[..., list[UUID]], engine: Engine
) -> None:
    bare = without_heart()
    record(observed(0))
    counts: list[tuple[int, ...]] = []
    addresses = (
        "/activities",
        "/activities?q=run&min=2&heart=true&sort=pace",
        "/activities/calendar?month=2026-03",
    )
    for _ in range(2):
        asked = []
        for address in addresses:
            with counted(engine) as statements:
                browser.get(address)
            asked.append(len(statements))
        counts.append(tuple(asked))
        record(*(observed(number % 60, streams=bare, laps=()) for number in range(150)))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 10
