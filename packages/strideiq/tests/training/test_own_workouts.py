"""Workouts of one's own: how they are written, and that nothing but their athlete changes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import START, WISH, plan, run
from sqlalchemy.orm import Session

from strideiq.training import matches, notation, own, plans, standing, views, words
from strideiq.training.exports import fit_file
from strideiq.training.notation import NotationError
from strideiq.training.planning.structure import TARGETS, Repeat, Step, Structure, flat
from strideiq.training.targets import Targets

NewBrowser = Callable[..., Any]
TIMES = own.TIMES
WORDS = words.target_words()
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = START + timedelta(days=2)
SESSION = f"2 km easy; 4 {TIMES} 1 km threshold, 2:00 easy; 2 km easy"

lengths = st.one_of(
    st.builds(lambda m: {"distance_m": float(m)}, st.integers(100, 50_000)),
    st.builds(lambda s: {"duration_s": float(s)}, st.integers(10, 20_000)),
)
steps = st.builds(lambda length, target: Step("run", target, **length), lengths,
                  st.sampled_from(TARGETS))  # fmt: skip
parts = st.one_of(
    steps, st.builds(Repeat, st.integers(1, 50), st.lists(steps, min_size=1, max_size=3).map(tuple))
)


@given(st.lists(parts, min_size=1, max_size=5))
def test_what_is_written_is_read_again(structure: Structure) -> None:
    for unit, unit_m in (("km", 1000.0), ("mi", 1609.344)):
        read = notation.read(notation.write(structure, WORDS, unit, unit_m), WORDS)
        assert [(step.target, step.duration_s) for step in flat(read)] == [
            (step.target, step.duration_s) for step in flat(structure)
        ]
        for mine, theirs in zip(flat(read), flat(structure), strict=True):
            assert mine.distance_m == pytest.approx(theirs.distance_m, abs=0.2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10 km", [("run", "easy", 10_000.0, None)]),
        ("45 min easy", [("run", "easy", None, 2700.0)]),
        ("1:30:00 Marathon", [("work", "marathon", None, 5400.0)]),
        ("2,5 km; 2x(800 m interval, 400 m jog)\n1 mi", [
            ("warm_up", "easy", 2500.0, None),
            *[("work", "interval", 800.0, None), ("recovery", "easy", 400.0, None)] * 2,
            ("cool_down", "easy", 1609.3, None),
        ]),
        ("3 km locker; 20 min Schwelle", [
            ("warm_up", "easy", 3000.0, None), ("work", "threshold", None, 1200.0),
        ]),
    ],
)  # fmt: skip
def test_people_write_in_many_ways(text: str, said: list[object]) -> None:
    german = WORDS | {"easy": "locker", "threshold": "Schwelle"}
    read = [
        (step.role, step.target, step.distance_m, step.duration_s)
        for step in flat(notation.read(text, german))
    ]
    assert read == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "far",
        "5 km fast",
        f"0 {TIMES} 1 km",
        "99 x 1 km",
        "900 km",
        f"5 {TIMES} ",
        "1 km; ; sprint",
    ],
)
def test_what_no_runner_could_follow_is_refused(text: str) -> None:
    with pytest.raises(NotationError):
        notation.read(text, WORDS)


def asked(day: date = DAY, what: str = SESSION, title: str | None = None) -> own.Wanted:
    return own.Wanted(day, "threshold", own.structure_of(what), title, None)


def test_it_is_matched_with_its_run_also_without_any_plan(
    session: Session, athlete_id: UUID
) -> None:
    workout_id = own.add(session, athlete_id, asked(), 48.0)
    fast = Targets.of(48.0, 10_000).ranges["threshold"].middle_s_per_km
    parts = [(2000.0, 360.0), *[(1000.0, fast), (300.0, 400.0)] * 4, (2000.0, 360.0)]
    activity_id = run(session, athlete_id, DAY, parts)
    matches.rematch_recorded(session, athlete_id, [activity_id])
    match = views.workout(session, athlete_id, workout_id).match
    assert match is not None
    assert match.activity_id == activity_id
    assert match.score > 0.9


def test_a_plan_that_is_made_anew_leaves_it_where_it_is(session: Session, athlete_id: UUID) -> None:
    plan_id = plan(session, athlete_id)
    workout_id = own.add(session, athlete_id, asked(title="With Ana"), 48.0)
    generation = plans.regenerate(session, athlete_id, plan_id, WISH)
    plans.undo_regenerate(session, athlete_id, plan_id, generation)
    plans.put_away(session, athlete_id, plan_id, "deleted", away=True)
    [left] = views.workouts_between(session, athlete_id, START, START + timedelta(weeks=20))
    assert (left.workout_id, left.day, left.title, left.own) == (workout_id, DAY, "With Ana", True)
    assert not left.superseded


def test_a_watch_takes_it(session: Session, athlete_id: UUID) -> None:
    from fitdecode import FitReader

    workout = views.workout(session, athlete_id, own.add(session, athlete_id, asked(), None))
    targets = Targets.of(workout.made_index, workout.goal_distance_m)
    content = fit_file.workout_file("x", workout.structure, targets, workout.workout_id, NOON)
    with FitReader(content) as reader:
        names = [frame.name for frame in reader if hasattr(frame, "fields")]
    assert names.count("workout_step") == 5, "warm-up, two steps, the way back, cool-down"


def test_it_is_added_changed_moved_and_deleted_and_all_is_taken_back(
    new_browser: NewBrowser, session: Session
) -> None:
    browser = new_browser("runner@example.com")
    day = standing.today_of("UTC") + timedelta(days=3)
    page = browser.get(f"/workouts/new?day={day}&kind=interval").text
    assert f'value="{day}"' in page
    assert f"5 {TIMES} 1 km interval" in page
    made = browser.post("/workouts/new", wanted(day))
    assert made.status_code == 303
    at = made.headers["location"]
    page = browser.get(at).text
    for expected in ("With &lt;Ana&gt;", "threshold", "You have planned it yourself", "FIT"):
        assert expected in page
    assert "With &lt;Ana&gt;" in browser.get(f"/calendar?day={day}").text
    assert "Nothing is planned" not in browser.get(f"/calendar?day={day}").text
    assert browser.get(f"{at}/workout.fit").status_code == 200

    assert SESSION in browser.get(f"{at}/edit").text
    browser.post(f"{at}/edit", wanted(day, what="6 km easy", kind="easy", title=""))
    page = browser.get(at).text
    assert "Easy run" in page
    assert "With &lt;Ana&gt;" in page, "in what was said before"
    browser.post(f"{at}/say", {"field": "removed", "value": "yes"})
    assert "This workout is deleted. It is kept." in browser.get(at).text
    assert f'data-workout="{at.rpartition("/")[2]}"' not in browser.get(f"/calendar?day={day}").text
    browser.post(f"{at}/say", {"field": "removed"})
    assert f'data-workout="{at.rpartition("/")[2]}"' in browser.get(f"/calendar?day={day}").text
    assert session.get(views.PlannedWorkout, (browser.athlete_id, UUID(at[-36:])))


def test_other_calendars_show_it(new_browser: NewBrowser) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/workouts/new")
    browser.post("/workouts/new", wanted(standing.today_of("UTC") + timedelta(days=1)))
    address = re.search(r"/calendar/feed/[^\"<]+\.ics", browser.post("/calendar/feed").text)
    assert address
    assert "SUMMARY:With <Ana>\\, 9" in browser.get(address.group()).text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"what": "5 km <fast>"}, "“5 km &lt;fast&gt;” cannot be read"),
        ({"what": " "}, "cannot be read"),
        ({"day": "soon"}, "A day is a date"),
        ({"day": "3000-01-01"}, "too far away"),
        ({"kind": "sprint"}, "no such kind"),
        ({"title": "x" * 81}, "Name: that cannot be"),
    ],
)
def test_what_cannot_be_is_answered_and_kept_on_the_page(
    new_browser: NewBrowser, change: dict[str, str], said: str
) -> None:
    browser = new_browser("runner@example.com")
    browser.get("/workouts/new")
    answer = browser.post("/workouts/new", {**wanted(DAY, notes="by the <river>"), **change})
    assert answer.status_code == 422
    assert said in answer.text
    assert "by the &lt;river&gt;" in answer.text


def test_what_is_typed_is_shown_at_todays_paces(new_browser: NewBrowser) -> None:
    browser = new_browser("runner@example.com")
    read = browser.get("/workouts/reading", params={"what": SESSION}).text
    assert f"4 {TIMES}" in read
    assert "no effort is known yet" in read
    assert "cannot be read" in browser.get("/workouts/reading", params={"what": "2 k"}).text


def wanted(day: date, **other: str) -> dict[str, str]:
    form = {"day": str(day), "kind": "threshold", "title": "With <Ana>", "what": SESSION}
    return form | {"notes": ""} | other
