from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from strideiq.activities import field_forms
from strideiq.activities import public as activities
from strideiq.platform.formats import Formats
from strideiq.platform.runtime import Runtime

HTMX = {"HX-Request": "true"}
START = datetime(2026, 5, 3, 6, 30, tzinfo=UTC)


def a_run(name: str = "Morning run", seconds: int = 1500) -> activities.ObservedActivity:
    time_s = np.arange(float(seconds))
    return activities.ObservedActivity(
        sport="running",
        name=name,
        started_at=START,
        elapsed_s=seconds - 1.0,
        moving_s=seconds - 1.0,
        distance_m=4497.0,
        streams={"time_s": time_s, "distance_m": time_s * 3},
    )


@pytest.fixture
def browser(new_browser: Callable[..., Any]) -> Any:
    return new_browser("runner@example.org", time_zone="Europe/Zurich")


@pytest.fixture
def run(runtime: Runtime, browser: Any) -> UUID:
    with runtime.sessions.begin() as session:
        return activities.record(session, browser.athlete_id, a_run())


def view(runtime: Runtime, browser: Any, run: UUID) -> activities.ActivityView:
    with runtime.sessions() as session:
        return activities.activity(session, browser.athlete_id, run)


def test_a_field_is_changed_and_given_back_without_a_script(
    runtime: Runtime, browser: Any, run: UUID
) -> None:
    at = f"/activities/{run}/fields/distance_m"
    page = browser.get(f"/activities/{run}")
    assert f'href="{at}"' in page.text
    form = browser.get(at)
    assert 'value="4.497"' in form.text

    answer = browser.post(at, {"value": "5,25"})
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/activities/{run}#field-distance_m",
    )
    assert view(runtime, browser, run).distance_m == 5250.0
    changed = browser.get(f"/activities/{run}")
    assert "You changed this: Distance" in changed.text
    history = browser.get(at)
    assert "Say this again" not in history.text
    assert "Show original" in history.text

    browser.post(f"{at}/restore", {"version": "0"})
    assert view(runtime, browser, run).distance_m == 4497.0
    assert "Say this again" in browser.get(at).text


def untold(part: str) -> str:
    """A part of a page without the key of its forms, which is another one each time."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", part)


def test_a_field_is_changed_in_place(runtime: Runtime, browser: Any, run: UUID) -> None:
    at = f"/activities/{run}/fields/effort"
    browser.get(f"/activities/{run}")

    form = browser.get(at, headers=HTMX)
    assert "<html" not in form.text
    assert f'hx-post="{at}"' in form.text
    wrong = browser.post(at, {"value": "11"}, headers=HTMX)
    assert wrong.status_code == 422
    assert "from 1 to 10" in wrong.text
    assert 'value="11"' in wrong.text
    right = browser.post(at, {"value": "7"}, headers=HTMX)
    assert "7" in right.text
    assert "Take it back" in right.text
    shown = browser.get(f"{at}/shown", headers=HTMX)
    assert untold(shown.text) == untold(right.text)
    browser.post(f"{at}/restore", {"version": "0"}, headers=HTMX)
    assert view(runtime, browser, run).effort is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("moving_s", "20:30", 1230.0),
        ("moving_s", "24:59", 1499.0),  # as shown: no change
        ("started_at", "2026-05-03T08:00", datetime(2026, 5, 3, 6, 0, tzinfo=UTC)),
        ("started_at", "2026-05-03T08:30:00", START),
        ("race", "yes", True),
        ("feeling", "good", "good"),
        ("notes", "One\r\ntwo", "One\ntwo"),
        ("temperature_c", "\N{MINUS SIGN}3,5", -3.5),
        ("sport", "Trail running", "trail_running"),
    ],
)
def test_what_is_typed_is_meant_in_the_athletes_units_and_time(
    runtime: Runtime, browser: Any, run: UUID, name: str, text: str, value: object
) -> None:
    browser.get(f"/activities/{run}")

    browser.post(f"/activities/{run}/fields/{name}", {"value": text})

    assert view(runtime, browser, run).value(name) == value


def test_what_is_shown_already_says_nothing(runtime: Runtime, browser: Any, run: UUID) -> None:
    shown = view(runtime, browser, run)
    browser.get(f"/activities/{run}")
    for name in activities.FIELDS:
        text = field_forms.as_text(name, shown.value(name), Formats(time_zone="Europe/Zurich"))
        browser.post(f"/activities/{run}/fields/{name}", {"value": text})

    with runtime.sessions() as session:
        assert activities.annotation_history(session, browser.athlete_id, run) == []


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("distance_m", "far", "is a number"),
        ("distance_m", "-1", "from 0"),
        ("moving_s", "1:2:3:4", "no length of time"),
        ("moving_s", "1:00:00", "longer than the time with pauses"),
        ("started_at", "never", "no day with a time"),
        ("feeling", "<script>", "one of"),
        ("notes", "x" * 20_001, "20000 characters"),
    ],
)
def test_an_impossible_value_comes_back_with_what_is_wrong(
    browser: Any, run: UUID, name: str, text: str, says: str
) -> None:
    browser.get(f"/activities/{run}")

    answer = browser.post(f"/activities/{run}/fields/{name}", {"value": text})

    assert answer.status_code == 422
    assert says in answer.text
    assert "<script>" not in answer.text.partition("<main")[2]


def test_an_unknown_field_and_anothers_activity_are_not_found(
    browser: Any, run: UUID, new_browser: Callable[..., Any]
) -> None:
    stranger = new_browser("other@example.org")
    browser.get(f"/activities/{run}")
    for at in ("fields/sample_count", "fields/x/history"):
        assert browser.get(f"/activities/{run}/{at}").status_code == 404
    acts = {
        "fields/notes": {"value": "stolen"},
        "fields/notes/restore": {"version": "0"},
        "sources": {"field": "*", "source": "recorded"},
        "sources/apart": {"source": "recorded"},
        "merge": {"other_id": str(uuid4())},
        "unmerge": {},
        "apart": {"other_id": str(uuid4())},
    }
    for at, form in acts.items():
        theirs = stranger.post(f"/activities/{run}/{at}", form)
        nobodys = stranger.post(f"/activities/{uuid4()}/{at}", form)
        assert (theirs.status_code, nobodys.status_code) == (404, 404), at
    assert stranger.get(f"/activities/{run}/fields/notes").status_code == 404
    assert "stolen" not in browser.get(f"/activities/{run}").text


def test_sources_are_shown_side_by_side_and_chosen(
    runtime: Runtime, browser: Any, run: UUID
) -> None:
    phone = activities.Source("gpx", name="phone")
    with runtime.sessions.begin() as session:
        other = a_run("Phone run", 1400)
        activities.observe(session, browser.athlete_id, run, other, phone)

    page = browser.get(f"/activities/{run}")
    assert "2 sources say something of it" in page.text
    assert "Phone run" in page.text
    browser.post(f"/activities/{run}/sources", {"field": "*", "source": "phone"})
    assert view(runtime, browser, run).name == "Phone run"
    assert "Take it from here" in browser.get(f"/activities/{run}/fields/name").text
    answer = browser.post(f"/activities/{run}/sources/apart", {"source": "phone"})
    assert view(runtime, browser, run).name == "Morning run"
    assert "Phone run" in browser.get(answer.headers["location"]).text


def test_two_at_one_time_are_merged_and_taken_apart_again(
    runtime: Runtime, browser: Any, run: UUID
) -> None:
    with runtime.sessions.begin() as session:
        other = activities.record(session, browser.athlete_id, a_run("The other", 1400))
    assert "At the same time" in browser.get(f"/activities/{run}").text

    browser.post(f"/activities/{run}/merge", {"other_id": str(other)})
    assert "was merged into this one" in browser.get(f"/activities/{run}").text
    merged = browser.get(f"/activities/{other}").text
    assert "part of another one" in merged
    assert "This activity is deleted" not in merged
    browser.post(f"/activities/{other}/unmerge")
    assert "At the same time" in browser.get(f"/activities/{run}").text
    browser.post(f"/activities/{run}/apart", {"other_id": str(other)})
    assert "At the same time" not in browser.get(f"/activities/{run}").text


def test_every_field_has_a_page_of_its_own(browser: Any, run: UUID) -> None:
    for name in activities.FIELDS:
        assert browser.get(f"/activities/{run}/fields/{name}").status_code == 200, name
