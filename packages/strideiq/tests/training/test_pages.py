"""The pages of plans, workouts and the calendar, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from made import plan, run
from sqlalchemy.orm import Session

from strideiq.training import proposals, standing, views
from strideiq.wellness import public as wellness

NewBrowser = Callable[..., Any]


def form(**changes: object) -> dict[str, object]:
    start = standing.today_of("UTC") + timedelta(days=3)
    return {
        "goal": "10k",
        "race_day": str(start + timedelta(weeks=9)),
        "start_day": str(start),
        "weekdays": ["1", "3", "6"],
        "long_run_weekday": "6",
        "weekly_distance": "30",
        "longest_run": "10",
        "experience": "regular",
        "index": "45",
        **changes,
    }


def planned(browser: Any, session: Session) -> list[views.WorkoutView]:
    plan_id = plan(session, browser.athlete_id)
    session.commit()
    return views.workouts_of_plan(session, browser.athlete_id, plan_id)


def test_a_plan_is_made_from_the_form_and_shown(new_browser: NewBrowser) -> None:
    browser = new_browser("runner@example.com")
    assert "A plan starts with a race" in browser.get("/plans").text
    page = browser.get("/plans/new").text
    assert 'name="race_day"' in page
    made = browser.post("/plans/new", form())
    assert made.status_code == 303
    shown = browser.get(made.headers["location"]).text
    for expected in ("10 km", "Week 1", "Long run", "Base", "Why it is so", "workouts in"):
        assert expected in shown
    workout = re.search(r'href="(/workouts/[^"]+)"', shown)
    assert workout
    page = browser.get(workout.group(1)).text
    for expected in ("What to run", "Why it is there", "/km", "FIT"):
        assert expected in page
    assert "days to go" in browser.get("/plans").text


def test_the_form_knows_the_athletes_own_weeks(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser("runner@example.com")
    today = standing.today_of("UTC")
    for weeks in range(1, 9):
        for weekday, metres in ((1, 8_000), (3, 8_000), (5, 14_000)):
            day = today - timedelta(days=today.weekday()) - timedelta(weeks=weeks)
            run(session, browser.athlete_id, day + timedelta(days=weekday), [(metres, 330)])
    session.commit()
    page = browser.get("/plans/new").text
    assert re.findall(r'name="weekdays" value="(\d)" checked', page) == ["1", "3", "5"]
    assert re.search(r'id="weekly_distance"[^>]*value="(2[0-9]|30)', page)
    assert re.search(r'<option value="5" selected>Saturday', page)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"race_day": "2020-01-01"}, "is over"),
        ({"race_day": "soon"}, "cannot be read"),
        ({"race_day": str(date(2100, 1, 1))}, "weeks away"),
        ({"goal": "other", "other_distance": "300"}, "No plan is made"),
        ({"goal": "other", "other_distance": "far"}, "cannot be read"),
        ({"weekdays": []}, "needs days"),
        ({"long_run_weekday": "2"}, "not among your days"),
        ({"index": ""}, "recent race"),
        ({"weekly_distance": "-4"}, "cannot be read"),
        ({"goal": "marathon"}, "too few"),
        ({"goal": "half", "weekly_distance": "5", "experience": "new"}, "asks for"),
        ({"recent": "10k", "recent_time": "12:00"}, "cannot be read"),
    ],
)
def test_a_wish_that_does_not_fit_is_answered_and_kept_on_the_page(
    new_browser: NewBrowser, change: dict[str, object], said: str
) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/plans/new")
    answer = browser.post("/plans/new", form(name="<My> race", **change))
    assert answer.status_code == 422
    assert said in answer.text
    assert "Next:" in answer.text
    assert 'value="&lt;My&gt; race"' in answer.text
    assert "A plan starts with a race" in browser.get("/plans").text


def test_a_workout_is_moved_noted_ticked_and_all_is_taken_back(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    workout = planned(browser, session)[0]
    at = f"/workouts/{workout.workout_id}"
    browser.get(at)
    day = workout.day + timedelta(days=2)
    moved = browser.post(f"{at}/move", {"day": str(day)})
    page = browser.get(moved.headers["location"]).text
    assert "is on" in page
    assert f'data-day="{day}"' in page
    assert "moved from" in browser.get(at).text
    browser.post(f"{at}/move/undo")
    assert "moved from" not in browser.get(at).text
    browser.post(f"{at}/say", {"field": "notes", "value": "by the <river>"})
    browser.post(f"{at}/say", {"field": "outcome", "value": "done"})
    page = browser.get(at).text
    assert "by the &lt;river&gt;" in page
    assert "You said that it was done" in page
    browser.post(f"{at}/say", {"field": "outcome", "value": ""})
    browser.post(f"{at}/say", {"field": "removed", "value": "yes"})
    assert "taken out of the plan" in browser.get(at).text
    assert str(workout.workout_id) not in browser.get(f"/plans/{workout.plan_id}").text
    browser.post(f"{at}/say", {"field": "removed", "value": ""})
    assert str(workout.workout_id) in browser.get(f"/plans/{workout.plan_id}").text
    assert browser.post(f"{at}/move", {"day": "31 April"}).status_code == 422


def test_a_workout_is_made_longer_by_its_easy_parts_and_as_planned_again(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    workout = next(each for each in planned(browser, session) if each.session == "threshold")
    at = f"/workouts/{workout.workout_id}"
    browser.get(at)
    browser.post(f"{at}/distance", {"distance": "12,5"})
    longer = views.workout(session, browser.athlete_id, workout.workout_id)
    assert 'value="12.5"' in browser.get(at).text
    assert longer.structure[1] == workout.structure[1]
    for wrong in ("2", "999", "1e9", "far", "nan", "-3"):
        assert browser.post(f"{at}/distance", {"distance": wrong}).status_code == 422
    browser.post(f"{at}/distance", {"distance": ""})
    session.expire_all()
    again = views.workout(session, browser.athlete_id, workout.workout_id)
    assert (again.structure, again.changed) == (workout.structure, frozenset())


def test_the_calendar_shows_planned_and_done_in_one_place_with_totals(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    workouts = planned(browser, session)
    run(session, browser.athlete_id, workouts[0].day, [(workouts[0].planned_distance_m, 320)])
    run(session, browser.athlete_id, workouts[0].day, [(3_000, 400)])
    session.commit()
    for view in ("month", "week"):
        page = browser.get(f"/calendar?view={view}&day={workouts[0].day}").text
        entry = f'data-workout="{workouts[0].workout_id}" data-day="{workouts[0].day}"'
        assert f'{entry} data-state="done"' in page
        assert page.count("entry unplanned") == 1
        assert "<progress" in page
    assert browser.get("/calendar?day=0001-01-01").status_code == 200
    assert browser.get("/calendar?day=9999-12-31").status_code == 200
    assert browser.get("/calendar?day=nonsense").status_code == 422


def test_a_move_by_script_answers_with_the_calendar_alone(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    workout = planned(browser, session)[0]
    browser.get("/calendar")
    answer = browser.post(
        f"/workouts/{workout.workout_id}/move",
        {"day": str(workout.day + timedelta(days=1)), "shown_day": str(workout.day)},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "data-undo" in answer.text


def test_the_match_is_corrected_by_hand(new_browser: NewBrowser, session: Session) -> None:
    browser = new_browser("runner@example.com")
    workout = planned(browser, session)[0]
    run_id = run(session, browser.athlete_id, workout.day, [(workout.planned_distance_m, 320)])
    session.commit()
    at = f"/workouts/{workout.workout_id}"
    page = browser.get(at).text
    assert f'href="/activities/{run_id}"' in page
    assert "Agreement" in page
    assert "Planned as" in browser.get(f"/activities/{run_id}").text
    browser.get(at)
    browser.post(f"{at}/match", {"activity": "none"})
    assert "No run was found" in browser.get(at).text
    browser.post(f"{at}/match", {"activity": str(run_id)})
    assert "You said that this run was it" in browser.get(at).text
    browser.post(f"{at}/match", {"activity": ""})
    assert "Done on the day" in browser.get(at).text
    assert browser.post(f"{at}/match", {"activity": "x"}).status_code == 404


def test_a_plan_is_made_anew_archived_deleted_and_each_is_taken_back(
    new_browser: NewBrowser,
) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/plans/new")
    at = browser.post("/plans/new", form()).headers["location"]
    assert "Plan the rest again" in browser.get(f"{at}/anew").text
    anew = browser.post(f"{at}/anew", form(weekdays=["2", "6"]))
    page = browser.get(anew.headers["location"]).text
    assert "planned again" in page
    assert browser.post(f"{at}/anew", form(race_day="2001-01-01")).status_code == 422
    browser.post(f"{at}/anew/undo", {"generation": "2"})
    assert browser.post(f"{at}/anew/undo", {"generation": "2"}).status_code == 404
    browser.post(f"{at}/archive")
    assert "archived" in browser.get(at).text
    browser.post(f"{at}/unarchive")
    gone = browser.post(f"{at}/delete")
    assert "is deleted" in browser.get(gone.headers["location"]).text
    browser.post(f"{at}/undelete")
    assert "Week 1" in browser.get(at).text
    assert browser.post(f"{at}/explode").status_code in {404, 422}


def test_every_address_of_another_athlete_or_a_stranger_is_closed(
    new_browser: NewBrowser, session: Session
) -> None:
    owner, other, stranger = (
        new_browser("runner@example.com"),
        new_browser("other@example.com"),
        new_browser(),
    )
    workout = planned(owner, session)[0]
    of_plan, of_workout = f"/plans/{workout.plan_id}", f"/workouts/{workout.workout_id}"
    reads = [of_plan, f"{of_plan}/anew", f"{of_plan}/proposals", of_workout]
    writes = {
        f"{of_plan}/anew": form(),
        f"{of_plan}/anew/undo": {"generation": "1"},
        f"{of_plan}/delete": {},
        f"{of_plan}/proposals/{workout.workout_id}": {"decision": "accept"},
        f"{of_workout}/move": {"day": "2027-01-01"},
        f"{of_workout}/move/undo": {},
        f"{of_workout}/say": {"field": "notes", "value": "x"},
        f"{of_workout}/match": {"activity": "none"},
        f"{of_workout}/distance": {"distance": "5"},
    }
    other.get("/plans")
    for address in reads:
        assert other.get(address).status_code == 404, address
        assert stranger.get(address).status_code == 303, address
    other.get("/plans")
    for address, sent in writes.items():
        assert other.post(address, sent).status_code == 404, address
    assert str(workout.workout_id) not in other.get(f"/calendar?day={workout.day}").text
    assert owner.post(f"{of_workout}/say", {"csrf_token": "", "field": "notes"}).status_code == 403
    assert views.workout(session, owner.athlete_id, workout.workout_id).changed == frozenset()


def test_an_illness_is_proposed_accepted_and_taken_back(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/plans/new")
    at = browser.post("/plans/new", form(weekdays=list("0123456"))).headers["location"]
    plan_id = at.rpartition("/")[2]
    until = standing.today_of("UTC") + timedelta(days=8)
    page = browser.get(f"{at}/proposals?ill_until={until}").text
    assert "You are ill until" in page
    assert "no running" in page
    found = re.search(rf'action="{at}/proposals/([^"]+)"', page)
    assert found
    before = views.workouts_of_plan(session, browser.athlete_id, plan_id)
    address = f"{at}/proposals/{found.group(1)}"
    answer = browser.post(address, {"decision": "accept", "ill_until": str(until)})
    assert answer.status_code == 303
    session.expire_all()
    after = views.workouts_of_plan(session, browser.athlete_id, plan_id)
    assert not [each for each in after if each.day <= until]
    assert "accepted" in browser.get(f"{at}/proposals").text
    browser.post(address, {"decision": "undo"})
    session.expire_all()
    again = views.workouts_of_plan(session, browser.athlete_id, plan_id)
    assert [(each.day, each.structure) for each in again] == [
        (each.day, each.structure) for each in before
    ]
    assert proposals.decided_of_plan(session, browser.athlete_id, plan_id)[0].decision == "undone"


def test_an_illness_that_was_checked_in_is_proposed_for_by_itself(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/plans/new")
    start = str(standing.today_of("UTC"))
    at = browser.post("/plans/new", form(start_day=start, weekdays=list("0123456")))
    at = at.headers["location"]
    today = standing.today_of("UTC")
    for said, ill in (("2", True), ("1", False)):
        wellness.say(session, browser.athlete_id, today, "illness", said)
        session.commit()
        assert ("You are ill until" in browser.get(at).text) is ill
