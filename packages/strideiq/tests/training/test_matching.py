"""What was done finds what was planned, says how well the two agree, and can be corrected."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from made import plan, run
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.platform.formats import Formats
from strideiq.training import matches, views, words, workouts
from strideiq.training.targets import Targets, lines
from strideiq.training.views import WorkoutView


@pytest.fixture
def planned(session: Session, athlete_id: UUID) -> list[WorkoutView]:
    plan_id = plan(session, athlete_id)
    return views.workouts_of_plan(session, athlete_id, plan_id)


def shown(session: Session, athlete_id: UUID, workout: WorkoutView) -> WorkoutView:
    return views.workout(session, athlete_id, workout.workout_id)


def as_planned(workout: WorkoutView, slower: float = 1.0) -> list[tuple[float, float]]:
    """The laps of somebody who did exactly what was planned."""
    targets = Targets.of(workout.made_index, workout.goal_distance_m)
    laps: list[tuple[float, float]] = []
    for part in workout.structure:
        for line in list(lines((part,), targets)) * getattr(part, "times", 1):
            pace = line.paces.middle_s_per_km
            pace *= slower if line.step.role == "work" else 1
            metres, _ = targets.measure((line.step,))
            laps.append((metres, pace))
    return laps


def test_a_session_run_as_planned_is_matched_with_its_repeats(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    workout = next(each for each in planned if each.session == "threshold")
    run(session, athlete_id, workout.day, as_planned(workout))
    match = shown(session, athlete_id, workout).match
    assert match is not None
    assert match.score > 0.97
    said = words.say_all(match.reasons, Formats())
    assert "Done on the day" in said
    assert "fast parts at their pace" in said


def test_repeats_run_too_slowly_lower_the_score(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    workout = next(each for each in planned if each.session == "threshold")
    run(session, athlete_id, workout.day, as_planned(workout, slower=1.2))
    match = shown(session, athlete_id, workout).match
    assert match is not None
    assert match.score < 0.75


def test_a_ride_a_far_shorter_run_and_another_week_are_something_else(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    workout = planned[0]
    run(session, athlete_id, workout.day, [(workout.planned_distance_m, 320)], sport="cycling")
    run(session, athlete_id, workout.day, [(workout.planned_distance_m / 8, 320)])
    assert shown(session, athlete_id, workout).match is None


def test_a_run_belongs_to_one_workout_only_and_the_better_run_wins(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    workout = planned[0]
    worse = run(session, athlete_id, workout.day, [(workout.planned_distance_m * 0.7, 330)])
    better = run(session, athlete_id, workout.day, [(workout.planned_distance_m, 330)])
    matched = [
        each.match.activity_id
        for each in views.workouts_of_plan(session, athlete_id, workout.plan_id)
        if each.match
    ]
    assert matched.count(better) == 1
    assert matched.count(worse) <= 1
    match = shown(session, athlete_id, workout).match
    assert match is not None
    assert match.activity_id == better


def test_a_run_a_day_late_still_counts_and_says_so(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    long = next(each for each in planned if each.session == "long")
    run(session, athlete_id, long.day + timedelta(days=1), [(long.planned_distance_m, 350)])
    match = shown(session, athlete_id, long).match
    assert match is not None
    assert "a day late" in words.say_all(match.reasons, Formats())


def test_what_the_athlete_says_about_a_match_outlives_every_new_recording(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    first, second = planned[0], planned[1]
    activity = run(session, athlete_id, first.day, [(first.planned_distance_m, 330)])
    matches.say_match(session, athlete_id, second.workout_id, activity)
    assert shown(session, athlete_id, first).match is None
    by_hand = shown(session, athlete_id, second).match
    assert by_hand is not None
    assert (by_hand.activity_id, by_hand.by_hand) == (activity, True)
    matches.say_match(session, athlete_id, first.workout_id, None)
    run(session, athlete_id, first.day, [(first.planned_distance_m, 330)])
    assert shown(session, athlete_id, first).match is None
    matches.forget_said(session, athlete_id, first.workout_id)
    assert shown(session, athlete_id, first).match is not None


def test_another_athletes_run_cannot_be_named(
    session: Session, athlete_id: UUID, other_athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    theirs = run(session, other_athlete_id, planned[0].day, [(10_000, 330)])
    with pytest.raises(activities.NoSuchActivityError):
        matches.say_match(session, athlete_id, planned[0].workout_id, theirs)


def test_a_moved_workout_is_matched_where_it_is(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    long = next(each for each in planned if each.session == "long")
    moved = long.day + timedelta(days=9)
    activity = run(session, athlete_id, moved, [(long.planned_distance_m, 350)])
    workouts.annotate(session, athlete_id, long.workout_id, {"day": moved})
    matches.rematch_days(session, athlete_id, [long.day, moved])
    match = shown(session, athlete_id, long).match
    assert match is not None
    assert match.activity_id == activity


def test_a_deleted_run_frees_its_workout_for_another_and_takes_it_back(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    workout = planned[0]
    other = run(session, athlete_id, workout.day, [(workout.planned_distance_m * 0.8, 330)])
    better = run(session, athlete_id, workout.day, [(workout.planned_distance_m, 330)])
    for deleted, matched in ((True, other), (False, better)):
        (activities.delete if deleted else activities.undelete)(session, athlete_id, better)
        match = shown(session, athlete_id, workout).match
        assert match is not None
        assert match.activity_id == matched


def test_a_corrected_distance_is_matched_anew(
    session: Session, athlete_id: UUID, planned: list[WorkoutView]
) -> None:
    workout = planned[0]
    wrong = run(session, athlete_id, workout.day, [(workout.planned_distance_m / 8, 330)])
    assert shown(session, athlete_id, workout).match is None
    activities.annotate(session, athlete_id, wrong, "distance_m", workout.planned_distance_m)
    match = shown(session, athlete_id, workout).match
    assert match is not None
    assert match.activity_id == wrong
