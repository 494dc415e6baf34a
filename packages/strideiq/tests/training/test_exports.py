"""What leaves the application can be read by others: watches, calendars, printers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import fitdecode
import pytest
from icalendar import Calendar
from made import plan
from random_athletes import random_request
from sqlalchemy.orm import Session

from strideiq.training import standing, views, workouts
from strideiq.training.exports.fit_file import workout_file
from strideiq.training.planning.engine import make_plan
from strideiq.training.planning.reasons import PlanningError
from strideiq.training.planning.structure import Step, flat
from strideiq.training.targets import Targets

NewBrowser = Callable[..., Any]


@pytest.fixture
def browser(new_browser: NewBrowser) -> Any:
    return new_browser("runner@example.com")


def planned(browser: Any, session: Session) -> list[views.WorkoutView]:
    plan_id = plan(session, browser.athlete_id)
    session.commit()
    return views.workouts_of_plan(session, browser.athlete_id, plan_id)


def messages(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The messages of a FIT file by name, its checksum proven."""
    found: dict[str, list[dict[str, Any]]] = {}
    with fitdecode.FitReader(io.BytesIO(content), check_crc=fitdecode.CrcCheck.RAISE) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                values = {field.name: field.value for field in frame.fields}
                found.setdefault(frame.name, []).append(values)
    return found


def run_through(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Run a workout as a watch does: step by step, back where a repeat says so."""
    at, left = 0, dict[int, int]()
    while at < len(steps):
        step = steps[at]
        if step["duration_type"] == "repeat_until_steps_cmplt":
            left.setdefault(at, step["repeat_steps"] - 1)
            if left[at] > 0:
                left[at] -= 1
                at = step["duration_step"]
                continue
        else:
            yield step
        at += 1


def assert_same(step: Step, written: dict[str, Any], targets: Targets) -> None:
    if step.distance_m is not None:
        assert written["duration_distance"] == pytest.approx(step.distance_m, abs=0.02)
    else:
        assert written["duration_time"] == pytest.approx(step.duration_s, abs=0.002)
    paces = targets.ranges[step.target]
    low, high = written["custom_target_speed_low"], written["custom_target_speed_high"]
    assert low == pytest.approx(1000 / paces.slowest_s_per_km, abs=0.001)
    assert high == pytest.approx(1000 / paces.fastest_s_per_km, abs=0.001)
    kinds = {"warm_up": "warmup", "cool_down": "cooldown", "recovery": ("recovery", 4)}
    expected = kinds.get(step.role, "active")
    assert written["intensity"] in (expected if isinstance(expected, tuple) else (expected,))


def test_a_watch_that_runs_the_file_runs_the_plan() -> None:
    seen: set[str] = set()
    now = datetime(2026, 11, 27, 8, tzinfo=UTC)
    for number in range(12):
        try:
            made = make_plan(random_request(number))
        except PlanningError:
            continue
        targets = Targets.of(made.request.index, made.request.goal_distance_m)
        for each in {each.structure: each for each in made.workouts}.values():
            if each.session in seen and number > 1:
                continue
            seen.add(each.session)
            content = workout_file("A workout", each.structure, targets, UUID(int=7), now)
            found = messages(content)
            assert found["file_id"][0]["type"] == "workout"
            assert found["file_id"][0]["serial_number"] == 8
            head = found["workout"][0]
            assert (head["sport"], head["wkt_name"]) == ("running", "A workout")
            assert head["num_valid_steps"] == len(found["workout_step"])
            written = list(run_through(found["workout_step"]))
            steps = list(flat(each.structure))
            assert len(written) == len(steps)
            for step, one in zip(steps, written, strict=True):
                assert_same(step, one, targets)
    assert {"threshold", "interval", "repetition", "race_pace", "strides", "race"} <= seen


def test_a_workout_is_downloaded_by_its_owner_only(
    browser: Any, new_browser: NewBrowser, session: Session
) -> None:
    workout = planned(browser, session)[0]
    at = f"/workouts/{workout.workout_id}/workout.fit"
    answer = browser.get(at)
    assert answer.status_code == 200
    assert f"{workout.day}-" in answer.headers["content-disposition"]
    assert messages(answer.content)["workout_step"]
    assert new_browser("other@example.com").get(at).status_code == 404
    assert new_browser().get(at).status_code == 303


def test_the_calendar_feed_needs_its_secret_and_stops_when_that_is_revoked(
    browser: Any, new_browser: NewBrowser, session: Session
) -> None:
    workout = planned(browser, session)[0]
    workouts.annotate(session, browser.athlete_id, workout.workout_id, {"notes": "Bring; water, ü"})
    session.commit()
    assert "Nobody can read your plans" in browser.get("/calendar/feed").text
    page = browser.post("/calendar/feed", {"act": "open"}).text
    address = re.search(r'value="http://[^/]+(/calendar/feed/[^"]+\.ics)"', page)
    assert address
    stranger = new_browser()
    answer = stranger.get(address.group(1))
    assert answer.headers["content-type"].startswith("text/calendar")
    events = {
        str(event["uid"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")
    }
    today = standing.today_of("UTC")
    expected = views.workouts_between(session, browser.athlete_id, today, date(2100, 1, 1))
    assert len(events) == len(expected) > 0
    event = events[f"{workout.workout_id}@strideiq"]
    assert event["dtstart"].dt == workout.day
    assert "Bring; water, ü" in str(event["description"])
    assert "A calendar has read it" in browser.get("/calendar/feed").text
    browser.post(
        "/preferences", {"name": "R", "units": "metric", "time_zone": "UTC", "language": "de"}
    )
    assert "Lauf" in stranger.get(address.group(1)).text
    browser.post(
        "/preferences", {"name": "R", "units": "metric", "time_zone": "UTC", "language": "en"}
    )
    secret = address.group(1)
    for wrong in (secret[:-5] + ".ics", "/calendar/feed/.ics", secret.replace(".ics", "x.ics")):
        assert stranger.get(wrong).status_code == 404
    browser.get("/calendar/feed")
    browser.post("/calendar/feed", {"act": "open"})
    assert stranger.get(secret).status_code == 404
    browser.post("/calendar/feed", {"act": "revoke"})
    assert "There is no address" in browser.get("/calendar/feed").text


def test_a_plan_is_printed_whatever_is_written_in_it(
    browser: Any, new_browser: NewBrowser, session: Session
) -> None:
    plan_id = plan(session, browser.athlete_id, name="<b>Spring & Co")
    first = views.workouts_of_plan(session, browser.athlete_id, plan_id)[0]
    workouts.annotate(session, browser.athlete_id, first.workout_id, {"notes": "</font> & <"})
    session.commit()
    answer = browser.get(f"/plans/{plan_id}/plan.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", answer.content)) >= 3
    assert new_browser("other@example.com").get(f"/plans/{plan_id}/plan.pdf").status_code == 404
