from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.activities.observed import ObservedActivity, ObservedLap

NewBrowser = Callable[..., Any]
HTMX = {"HX-Request": "true"}
START = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def observed(number: int = 0, sport: str = "running", name: str = "Morning run") -> Any:
    """Half an hour at 3 m/s (5:33 per km), one sample a second, with every channel."""
    time_s = np.arange(1800.0)
    return ObservedActivity(
        sport=sport,
        name=name,
        started_at=START + timedelta(days=number),
        elapsed_s=1800,
        moving_s=1800,
        distance_m=5400,
        ascent_m=30.48,
        device="Watch One",
        laps=(ObservedLap(0, 900, 2700), ObservedLap(900, 900, 2700)),
        streams={
            "time_s": time_s,
            "distance_m": time_s * 3,
            "latitude_deg": 48 + time_s * 1e-5,
            "longitude_deg": 16 + time_s * 1e-5,
            "altitude_m": 200 + 10 * np.sin(time_s / 100),
            "heart_rate_bpm": np.full(1800, 150.0),
            "cadence_spm": np.full(1800, 172.0),
        },
    )


@pytest.fixture
def record(session: Session) -> Callable[..., list[UUID]]:
    def record_many(browser: Any, *each: ObservedActivity) -> list[UUID]:
        ids = activities.record_many(session, browser.athlete_id, list(each) or [observed()])
        session.commit()
        return ids

    return record_many


@pytest.fixture
def browser(new_browser: NewBrowser) -> Any:
    return new_browser("robin@example.com")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    yield statements
    event.remove(engine, "before_cursor_execute", count)


def course(page: str) -> Any:
    found = re.search(r'id="course-data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_an_empty_log_leads_to_the_import(browser: Any) -> None:
    page = browser.get("/activities").text
    assert "Your log begins with a file" in page
    assert 'href="/import' in page


def test_the_log_shows_figures_in_the_athletes_units_and_days_in_their_zone(
    new_browser: NewBrowser, record: Callable[..., list[UUID]]
) -> None:
    metric = new_browser("metric@example.com", time_zone="Europe/Vienna")
    record(metric)
    page = metric.get("/activities").text
    assert '5.40<span class="unit"> km' in page
    assert '5:33<span class="unit"> /km' in page
    assert "Mon 2 Mar" in page
    assert "00:30" in page
    imperial = new_browser("miles@example.com", units="imperial")
    run = observed()
    here = {name: values for name, values in run.streams.items() if not name.endswith("_deg")}
    record(imperial, replace(run, streams=here))
    page = imperial.get("/activities").text
    assert '3.36<span class="unit"> mi' in page
    assert '8:56<span class="unit"> /mi' in page
    assert '100<span class="unit"> ft' in page
    assert "Sun 1 Mar" in page


def test_the_log_is_filtered_by_name_and_sport(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    record(browser, observed(0, name="River 10%"), observed(1, sport="cycling", name="To work"))
    assert "To work" not in browser.get("/activities?q=river").text
    assert "River" not in browser.get("/activities?sport=cycling").text
    assert "River 10%" in browser.get("/activities?q=0%25").text
    assert "No activity fits" in browser.get("/activities?q=moon").text


def test_older_activities_follow_without_a_gap_or_a_repeated_heading(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    record(browser, *(observed(number, name=f"Run {number:03}") for number in range(55)))
    page = browser.get("/activities").text
    older = re.search(r'hx-get="([^"]+before=[^"]+)"', page)
    assert older
    rest = browser.get(older.group(1).replace("&amp;", "&"), headers=HTMX).text
    names = re.findall(r"data-open>(Run \d+)<", page + rest)
    assert names == [f"Run {number:03}" for number in reversed(range(55))]
    assert (page + rest).count("March 2026") == 1


def test_the_activity_page_holds_what_its_charts_draw(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    (activity_id,) = record(browser)
    page = browser.get(f"/activities/{activity_id}").text
    data = course(page)
    assert [series["key"] for series in data["series"]] == ["pace", "heart", "height", "cadence"]
    assert data["series"][0]["inverted"] is True
    assert data["series"][0]["values"][100] == pytest.approx(333.3, abs=0.2)
    assert len(data["time"]) == len(data["track"]["latitude"]) <= 1000
    assert data["laps"] == [900]
    assert "Splits" in page
    assert "Laps" in page
    assert "Watch One" in page


def test_an_activity_without_streams_has_a_page_too(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    bare = ObservedActivity(
        sport="swimming",
        started_at=START,
        elapsed_s=1800,
        moving_s=1800,
        distance_m=1500,
        streams={"time_s": np.array([])},
    )
    (activity_id,) = record(browser, bare)
    page = browser.get(f"/activities/{activity_id}").text
    assert '2:00<span class="unit"> /100 m' in page
    assert "course-data" not in page


def test_a_name_is_changed_in_place_marked_and_taken_back(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    (activity_id,) = record(browser)
    address = f"/activities/{activity_id}/name"
    assert "<form" in browser.get(address, headers=HTMX).text
    changed = browser.post(address, {"name": "<i>Lake</i> & wind"}, headers=HTMX).text
    assert "&lt;i&gt;Lake&lt;/i&gt; &amp; wind" in changed
    assert "You changed this name" in changed
    assert "Morning run" in changed
    original = browser.post(address, {"name": ""}, headers=HTMX).text
    assert "You changed this name" not in original
    assert "Morning run" in original


def test_a_name_that_is_too_long_changes_nothing_and_says_so(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    (activity_id,) = record(browser)
    answer = browser.post(f"/activities/{activity_id}/name", {"name": "x" * 201}, headers=HTMX)
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#notice"
    assert "between 1 and 200 characters" in answer.text


def test_names_change_without_javascript_too(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    (activity_id,) = record(browser)
    answer = browser.post(f"/activities/{activity_id}/name", {"name": "Lake"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/activities/{activity_id}")
    assert "<h1>Lake</h1>" in browser.get(f"/activities/{activity_id}").text


def test_a_deletion_is_taken_back_in_place(browser: Any, record: Callable[..., list[UUID]]) -> None:
    (activity_id,) = record(browser)
    deleted = browser.post(f"/activities/{activity_id}/delete", headers=HTMX).text
    assert "Undo" in deleted
    assert "data-open" not in browser.get("/activities").text
    assert "Morning run" in browser.get("/activities?deleted=true").text
    back = browser.post(f"/activities/{activity_id}/undelete", headers=HTMX).text
    assert "data-row" in back
    assert "data-open" in browser.get("/activities").text


def test_a_deletion_without_javascript_offers_undo_on_the_next_page(
    browser: Any, record: Callable[..., list[UUID]]
) -> None:
    (activity_id,) = record(browser)
    answer = browser.post(f"/activities/{activity_id}/delete")
    page = browser.get(answer.headers["location"]).text
    assert f'action="/activities/{activity_id}/undelete"' in page
    assert "This activity is deleted" in browser.get(f"/activities/{activity_id}").text


ROUTES = [
    ("GET", "/activities/{id}"),
    ("GET", "/activities/{id}/name"),
    ("GET", "/activities/{id}/name/shown"),
    ("POST", "/activities/{id}/name"),
    ("POST", "/activities/{id}/delete"),
    ("POST", "/activities/{id}/undelete"),
]


@pytest.mark.parametrize(("method", "address"), ROUTES)
def test_another_athletes_activity_is_as_if_it_did_not_exist(
    browser: Any,
    new_browser: NewBrowser,
    record: Callable[..., list[UUID]],
    method: str,
    address: str,
) -> None:
    (activity_id,) = record(browser)
    other = new_browser("other@example.com")
    send = other.get if method == "GET" else other.post
    foreign = send(address.format(id=activity_id))
    unknown = send(address.format(id=uuid4()))
    assert foreign.status_code == unknown.status_code == 404
    assert "Morning run" not in foreign.text
    assert "<h1>Morning run</h1>" in browser.get(f"/activities/{activity_id}").text


def test_every_route_of_an_activity_is_tried_as_another_athlete() -> None:
    from strideiq.activities.routes import router

    tried = {
        (method, address.split("?")[0].replace("{id}", "{activity_id}"))
        for method, address in ROUTES
    }
    assert {(next(iter(route.methods)), route.path) for route in router.routes} == tried


@pytest.mark.parametrize("address", ["/activities/not-an-id", "/nowhere"])
def test_an_address_that_leads_nowhere_gets_a_page(browser: Any, address: str) -> None:
    answer = browser.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_pages_ask_a_bounded_number_of_queries(
    browser: Any, record: Callable[..., list[UUID]], engine: Engine
) -> None:
    few = record(browser, observed(0))
    counts = {}
    for amount in (1, 40):
        with counted(engine) as for_list:
            browser.get("/activities")
        with counted(engine) as for_one:
            browser.get(f"/activities/{few[0]}")
        counts[amount] = (len(for_list), len(for_one))
        record(browser, *(observed(number) for number in range(1, 40)))
    assert counts[1] == counts[40]
    assert counts[40][0] <= 9
    assert counts[40][1] <= 12


def test_pages_run_no_script_but_our_own(browser: Any, record: Callable[..., list[UUID]]) -> None:
    (activity_id,) = record(browser, observed(name="</script><script>alert(1)</script>"))
    answer = browser.get(f"/activities/{activity_id}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>alert" not in answer.text
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", answer.text)
