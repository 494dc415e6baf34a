"""Plans of random runners keep every promise that a plan makes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from random_athletes import TODAY, random_request

from strideiq.physiology.public import race_time_s, training_paces
from strideiq.training.planning.engine import make_plan
from strideiq.training.planning.goals import demands_of
from strideiq.training.planning.paces import BAND, pace_ranges, speeds_mps
from strideiq.training.planning.plan import Plan, Week
from strideiq.training.planning.reasons import PlanningError
from strideiq.training.planning.request import Request
from strideiq.training.planning.structure import (
    as_document,
    distance_by_target,
    flat,
    from_document,
    measure,
)
from strideiq.training.planning.volume import (
    AFTER_BREAK,
    GROWTH,
    LONG_GROWTH_M,
    LONG_GROWTH_SHARE,
    START_MIN_M,
    long_share,
    longest_allowed_m,
)

ATHLETES = 3000 if os.environ.get("STRONGROOM_SOAK") else 320
PLANS_MIN = 200
ROUNDING_M = 100.0


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    made = []
    for number in range(ATHLETES):
        try:
            made.append(make_plan(random_request(number)))
        except PlanningError as error:
            if error.reason.code not in {"not_ready", "too_short"}:
                raise
    return made


def test_most_runners_get_a_plan(plans: list[Plan]) -> None:
    assert len(plans) >= PLANS_MIN
    assert {demands_of(plan.request.goal_distance_m).name for plan in plans} == {
        "short", "ten", "half", "marathon", "ultra",
    }  # fmt: skip


def test_weeks_grow_by_no_more_than_the_runner_can_bear(plans: list[Plan]) -> None:
    for plan in plans:
        growth = 1 + GROWTH[plan.request.experience]
        greatest_m = max(plan.request.weekly_distance_m, START_MIN_M)
        for week in plan.weeks:
            allowed_m = greatest_m * (growth if week.number > 1 else 1)
            assert week.training_m <= allowed_m + ROUNDING_M, (plan.request, week.number)
            greatest_m = max(greatest_m, week.training_m)


def test_the_given_limit_is_never_passed(plans: list[Plan]) -> None:
    for plan in plans:
        limit_m = plan.request.weekly_distance_max_m
        if limit_m is not None:
            assert all(week.training_m <= limit_m + ROUNDING_M for week in plan.weeks)


def test_a_break_lowers_what_follows(plans: list[Plan]) -> None:
    seen = 0
    for plan in plans:
        for span in plan.request.breaks:
            left = next((share for least, share in AFTER_BREAK if span.days >= least), None)
            after = [week for week in plan.weeks if _first_after(week, span.last_day)]
            if left is None or not after:
                continue
            before_m = max(
                [plan.request.weekly_distance_m, START_MIN_M]
                + [week.training_m for week in plan.weeks if week.number < after[0].number]
            )
            growth = 1 + GROWTH[plan.request.experience]
            assert after[0].training_m <= before_m * left * growth + ROUNDING_M
            assert not any(
                step.target in {"threshold", "interval"}
                for each in after[0].workouts
                if each.session != "race"
                for step in flat(each.structure)
            )
            seen += 1
    assert seen > 10


def _first_after(week: Week, last_day: date) -> bool:
    return week.monday <= last_day + timedelta(days=1) < week.monday + timedelta(days=7)


def test_lighter_weeks_come_often_enough(plans: list[Plan]) -> None:
    for plan in plans:
        every = 3 if plan.request.experience == "new" else 4
        since = 0
        for week in plan.weeks:
            since = 0 if week.recovery or week.phase == "taper" else since + 1
            assert since <= every
            if week.recovery:
                before_m = max(each.training_m for each in plan.weeks[: week.number - 1])
                greatest_m = max(before_m, plan.request.weekly_distance_m, START_MIN_M)
                assert week.training_m <= 0.76 * greatest_m + ROUNDING_M


def test_the_taper_falls_to_less_than_half_before_the_race(plans: list[Plan]) -> None:
    for plan in plans:
        taper = [week for week in plan.weeks if week.phase == "taper"]
        greatest_m = max(
            [each.training_m for each in plan.weeks] + [plan.request.weekly_distance_m, START_MIN_M]
        )
        assert taper[-1] is plan.weeks[-1]
        assert taper[-1].training_m <= 0.46 * greatest_m + ROUNDING_M
        whole = [week for week in taper[:-1] if not plan.request.breaks]
        assert all(
            later.training_m <= earlier.training_m + ROUNDING_M
            for earlier, later in pairwise(whole)
        )


def test_the_long_run_is_bounded_by_the_week_by_time_and_by_the_last_ones(
    plans: list[Plan],
) -> None:
    for plan in plans:
        demands = demands_of(plan.request.goal_distance_m)
        easy_mps = pace_ranges(plan.request.index, plan.request.goal_distance_m)["easy"].speed_mps
        start_m = max(plan.request.weekly_distance_m, START_MIN_M)
        longest_m = max(plan.request.longest_run_m, start_m * long_share(1, demands))
        for week in plan.weeks:
            runs = [each for each in week.workouts if each.session != "race"]
            for run in runs:
                if not run.session.startswith("long"):
                    continue
                share = long_share(len(runs), demands)
                assert run.distance_m <= share * week.target_m + ROUNDING_M
                assert run.distance_m <= longest_allowed_m(demands, easy_mps) + ROUNDING_M
                growth_m = max(longest_m * LONG_GROWTH_SHARE, LONG_GROWTH_M)
                assert run.distance_m <= longest_m + growth_m + ROUNDING_M
                assert all(other.distance_m <= run.distance_m + ROUNDING_M for other in runs), (
                    plan.request
                )
                longest_m = max(longest_m, run.distance_m)


def test_hard_days_have_rest_between_them(plans: list[Plan]) -> None:
    for plan in plans:
        hard = [each for each in plan.workouts if each.hard]
        for earlier, later in pairwise(hard):
            apart = (later.day - earlier.day).days
            assert apart >= (4 if later.session == "race" else 2), (plan.request, earlier, later)


def test_days_are_respected_and_no_day_has_two_runs(plans: list[Plan]) -> None:
    for plan in plans:
        request = plan.request
        days = [each.day for each in plan.workouts]
        assert len(days) == len(set(days))
        assert days == sorted(days)
        assert days[-1] == request.race_day
        for each in plan.workouts[:-1]:
            assert request.is_open(each.day)
            assert each.session != "race"
        for week in plan.weeks:
            assert all(
                week.monday <= each.day < week.monday + timedelta(days=7) for each in week.workouts
            )


def test_nothing_is_fast_while_it_must_not_be(plans: list[Plan]) -> None:
    for plan in plans:
        until = plan.request.easy_until
        for each in plan.workouts:
            if until is not None and each.day <= until and each.session != "race":
                assert {step.target for step in flat(each.structure)} <= {"easy", "repetition"}
                assert each.session in {"easy", "long", "shakeout", "strides"}


def test_fast_running_keeps_its_share_of_the_week(plans: list[Plan]) -> None:
    for plan in plans:
        speeds = speeds_mps(pace_ranges(plan.request.index, plan.request.goal_distance_m))
        for week in plan.weeks:
            for each in week.workouts:
                metres = distance_by_target(each.structure, speeds)
                if each.session == "threshold":
                    assert metres["threshold"] / speeds["threshold"] <= 40 * 60 + 1
                if each.session == "interval":
                    assert metres["interval"] <= 10_000
                    assert all(
                        (step.distance_m or 0) / speeds["interval"] <= 301
                        for step in flat(each.structure)
                        if step.target == "interval"
                    )
                if each.session == "repetition":
                    assert metres["repetition"] <= 8_000


def test_paces_are_those_of_the_equations(plans: list[Plan]) -> None:
    for plan in plans:
        index, goal_m = plan.request.index, plan.request.goal_distance_m
        ranges = pace_ranges(index, goal_m)
        for pace in training_paces(index):
            if pace.name == "easy":
                assert ranges["easy"].fastest_s_per_km == pytest.approx(pace.fastest.value)
                assert ranges["easy"].slowest_s_per_km == pytest.approx(pace.slowest.value)
            else:
                middle = ranges[pace.name].middle_s_per_km
                assert middle == pytest.approx(pace.fastest.value)
                assert ranges[pace.name].fastest_s_per_km == pytest.approx(middle * (1 - BAND))
        race = plan.workouts[-1]
        assert race.duration_s == pytest.approx(float(race_time_s(index, goal_m)))
        for each in plan.workouts:
            assert (each.distance_m, each.duration_s) == measure(each.structure, speeds_mps(ranges))
            assert from_document(as_document(each.structure)) == each.structure


def test_every_workout_and_week_has_its_reason(plans: list[Plan]) -> None:
    for plan in plans:
        assert plan.notes
        assert all(week.reason.code for week in plan.weeks)
        assert all(each.reasons for each in plan.workouts)


def test_the_same_wish_gives_the_same_plan() -> None:
    assert make_plan(_marathon()) == make_plan(_marathon())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"race_day": TODAY}, "goal_is_past"),
        ({"race_day": TODAY - timedelta(days=400)}, "goal_is_past"),
        ({"race_day": TODAY + timedelta(weeks=4)}, "too_short"),
        ({"race_day": TODAY + timedelta(weeks=70)}, "goal_is_far"),
        ({"goal_distance_m": 160_000.0}, "goal_distance"),
        ({"goal_distance_m": 100.0}, "goal_distance"),
        ({"index": 3.0}, "index_unknown"),
        ({"weekdays": frozenset()}, "no_days"),
        ({"long_run_weekday": 0}, "long_run_day"),
        ({"weekly_distance_m": -1.0}, "negative_distance"),
        ({"weekly_distance_m": 0.0, "longest_run_m": 0.0, "experience": "new"}, "not_ready"),
    ],
)
def test_a_goal_without_a_plan_is_answered_with_what_would_do(
    change: dict[str, object], reason: str
) -> None:
    with pytest.raises(PlanningError) as refused:
        make_plan(replace(_marathon(), **change))
    assert refused.value.reason.code == reason
    assert refused.value.remedy.code


def test_the_day_that_a_refusal_names_has_a_plan() -> None:
    with pytest.raises(PlanningError) as refused:
        make_plan(replace(_marathon(), race_day=TODAY + timedelta(weeks=4)))
    assert refused.value.remedy.code == "choose_day_from"
    day = date.fromisoformat(str(refused.value.remedy.values["race_day"]))
    assert make_plan(replace(_marathon(), race_day=day)).workouts[-1].day == day
    with pytest.raises(PlanningError):
        make_plan(replace(_marathon(), race_day=day - timedelta(weeks=1)))


def _marathon() -> Request:
    return Request(
        goal_distance_m=42_195.0,
        race_day=date(2027, 4, 11),
        start_day=TODAY,
        index=50.0,
        weekdays=frozenset({1, 2, 3, 5, 6}),
        long_run_weekday=6,
        weekly_distance_m=48_000,
        longest_run_m=18_000,
    )
