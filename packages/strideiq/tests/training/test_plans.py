"""Plans lose nothing: not what was done, not what the athlete changed, not what was replaced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from made import RACE, START, WISH, plan, run
from sqlalchemy.orm import Session

from strideiq.training import plans, views, workouts
from strideiq.training.errors import (
    GoalError,
    NoSuchPlanError,
    NoSuchWorkoutError,
    WorkoutFieldError,
)

LATER = START + timedelta(weeks=4)


def test_a_plan_is_stored_as_it_was_made(session: Session, athlete_id: UUID) -> None:
    plan_id = plan(session, athlete_id)
    made = plans.planned(WISH)
    stored = views.workouts_of_plan(session, athlete_id, plan_id)
    assert [(each.day, each.session, each.structure, each.reasons) for each in stored] == [
        (each.day, each.session, each.structure, each.reasons) for each in made.workouts
    ]
    shown = views.plan(session, athlete_id, plan_id)
    assert shown.request == WISH
    assert [week.monday for week in shown.weeks] == [week.monday for week in made.weeks]
    assert shown.notes == made.notes


def test_a_goal_without_a_plan_stores_nothing_and_says_what_would_do(
    session: Session, athlete_id: UUID
) -> None:
    with pytest.raises(GoalError) as refused:
        plan(session, athlete_id, replace(WISH, race_day=START + timedelta(days=20)))
    assert "too few" in refused.value.message
    assert "or later" in refused.value.next_step
    assert views.plans(session, athlete_id) == []


def test_what_the_athlete_says_wins_and_has_a_history(session: Session, athlete_id: UUID) -> None:
    plan_id = plan(session, athlete_id)
    first = views.workouts_of_plan(session, athlete_id, plan_id)[0]
    moved = first.day + timedelta(days=3)
    workouts.annotate(session, athlete_id, first.workout_id, {"day": moved, "notes": " hilly "})
    workouts.annotate(session, athlete_id, first.workout_id, {"notes": "flat"})
    shown = views.workout(session, athlete_id, first.workout_id)
    assert (shown.day, shown.planned_day, shown.notes) == (moved, first.day, "flat")
    assert shown.changed == {"day", "notes"}
    found = views.workouts_between(session, athlete_id, moved, moved)
    assert first.workout_id in {each.workout_id for each in found}
    assert not views.workouts_between(session, athlete_id, first.day, first.day)
    workouts.take_back(session, athlete_id, first.workout_id, "notes")
    assert views.workout(session, athlete_id, first.workout_id).notes == "hilly"
    workouts.annotate(session, athlete_id, first.workout_id, {"notes": None, "day": None})
    shown = views.workout(session, athlete_id, first.workout_id)
    assert (shown.day, shown.notes, shown.changed) == (first.day, None, frozenset())
    assert len(workouts.history(session, athlete_id, first.workout_id)) == 6


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("day", "31 April"),
        ("day", "9999-01-01"),
        ("notes", "x" * 5_001),
        ("structure", []),
        ("structure", [{"role": "work", "target": "warp", "distance_m": 100}]),
        ("structure", [{"times": 10_000, "steps": [{"role": "work"}]}]),
        ("structure", [{"role": "work", "target": "easy", "distance_m": -5}]),
        ("outcome", "perhaps"),
        ("distance", 5),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    session: Session, athlete_id: UUID, field: str, value: object
) -> None:
    plan_id = plan(session, athlete_id)
    first = views.workouts_of_plan(session, athlete_id, plan_id)[0]
    with pytest.raises(WorkoutFieldError):
        workouts.annotate(session, athlete_id, first.workout_id, {field: value})
    assert workouts.history(session, athlete_id, first.workout_id) == []


def test_making_a_plan_anew_keeps_what_was_done_edited_or_past(
    session: Session, athlete_id: UUID
) -> None:
    plan_id = plan(session, athlete_id)
    before = views.workouts_of_plan(session, athlete_id, plan_id)
    past = [each for each in before if each.day < LATER]
    future = [each for each in before if each.day >= LATER]
    edited, moved, removed = future[0], future[3], future[6]
    workouts.annotate(session, athlete_id, edited.workout_id, {"notes": "with Kim"})
    workouts.annotate(session, athlete_id, moved.workout_id, {"day": moved.day + timedelta(days=1)})
    workouts.annotate(session, athlete_id, removed.workout_id, {"removed": True})
    anew = replace(WISH, start_day=LATER, weekly_distance_m=30_000, weekdays=frozenset({1, 3, 6}))
    generation = plans.regenerate(session, athlete_id, plan_id, anew)
    after = views.workouts_of_plan(session, athlete_id, plan_id)
    ids = {each.workout_id for each in after}
    assert {each.workout_id for each in past} <= ids
    assert {edited.workout_id, moved.workout_id} <= ids
    days = [each.day for each in after]
    assert len(days) == len(set(days))
    assert removed.day not in days
    fresh = [each for each in after if each.generation == generation]
    assert fresh
    assert {each.day.weekday() for each in fresh} <= {1, 3, 6}
    mondays = [week.monday for week in views.plan(session, athlete_id, plan_id).weeks]
    assert mondays == sorted(set(mondays))
    assert mondays[0] == START

    plans.undo_regenerate(session, athlete_id, plan_id, generation)
    again = views.workouts_of_plan(session, athlete_id, plan_id, removed=True)
    assert {each.workout_id for each in again} == {each.workout_id for each in before}
    assert views.plan(session, athlete_id, plan_id).request == WISH
    with pytest.raises(NoSuchPlanError):
        plans.undo_regenerate(session, athlete_id, plan_id, generation)


def test_a_plan_that_cannot_be_made_anew_stays_as_it_is(session: Session, athlete_id: UUID) -> None:
    plan_id = plan(session, athlete_id)
    before = views.workouts_of_plan(session, athlete_id, plan_id)
    with pytest.raises(GoalError):
        plans.regenerate(
            session, athlete_id, plan_id, replace(WISH, start_day=RACE - timedelta(days=9))
        )
    assert views.workouts_of_plan(session, athlete_id, plan_id) == before


def test_two_plans_live_side_by_side_and_one_can_be_put_away_and_brought_back(
    session: Session, athlete_id: UUID
) -> None:
    spring = plan(session, athlete_id)
    autumn = plan(session, athlete_id, replace(WISH, weekdays=frozenset({0, 6})), "Autumn")
    days = (START, RACE)
    of_both = views.workouts_between(session, athlete_id, *days)
    assert {each.plan_id for each in of_both} == {spring, autumn}
    for how in ("archived", "deleted"):
        plans.put_away(session, athlete_id, spring, how, away=True)
        shown = views.workouts_between(session, athlete_id, *days)
        assert {each.plan_id for each in shown} == {autumn}
        plans.put_away(session, athlete_id, spring, how, away=False)
        assert views.workouts_between(session, athlete_id, *days) == of_both


def test_another_athlete_finds_nothing(
    session: Session, athlete_id: UUID, other_athlete_id: UUID
) -> None:
    plan_id = plan(session, athlete_id)
    workout_id = views.workouts_of_plan(session, athlete_id, plan_id)[0].workout_id
    assert views.plans(session, other_athlete_id) == []
    assert views.workouts_between(session, other_athlete_id, date.min, date.max) == []
    with pytest.raises(NoSuchPlanError):
        views.plan(session, other_athlete_id, plan_id)
    with pytest.raises(NoSuchPlanError):
        plans.put_away(session, other_athlete_id, plan_id, "deleted", away=True)
    for wrong in (workout_id, uuid4()):
        with pytest.raises(NoSuchWorkoutError):
            views.workout(session, other_athlete_id, wrong)
        with pytest.raises(NoSuchWorkoutError):
            workouts.annotate(session, other_athlete_id, wrong, {"notes": "mine"})


def test_a_run_survives_whatever_happens_to_its_plan(session: Session, athlete_id: UUID) -> None:
    plan_id = plan(session, athlete_id)
    first = views.workouts_of_plan(session, athlete_id, plan_id)[0]
    run(session, athlete_id, first.day, [(first.planned_distance_m, 320)])
    anew = replace(WISH, start_day=START, weekdays=frozenset({0, 6}))
    plans.regenerate(session, athlete_id, plan_id, anew)
    kept = views.workout(session, athlete_id, first.workout_id)
    assert kept.match is not None
    assert not kept.superseded
