"""Make a plan: the weeks one after the other, each from what the ones before it came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from strideiq.training.planning.calendar import frames
from strideiq.training.planning.goals import Demands, demands_of
from strideiq.training.planning.paces import pace_ranges, speeds_mps
from strideiq.training.planning.plan import Plan, Week
from strideiq.training.planning.reasons import PlanningError, Reason
from strideiq.training.planning.request import WEEKS_MAX, Request, check, monday_of
from strideiq.training.planning.volume import (
    GROWTH,
    Load,
    days_away,
    longest_allowed_m,
)
from strideiq.training.planning.week import Course, make_week

NEARLY = 0.9
"""Of the long run that a distance needs or that its time allows: enough to start."""


def make_plan(request: Request) -> Plan:
    """Plan the weeks to a race.

    The same request gives the same plan. At most one run a day, only on the days that the
    request allows, and the race on its own.

    Raises:
        PlanningError: there is no sensible plan for this goal; says why and what would do.
        OutsideModelError: the index is outside the equations.
    """
    check(request)
    demands = demands_of(request.goal_distance_m)
    weeks = _weeks(request, demands)
    _refuse_unready(request, demands, weeks)
    return Plan(request, tuple(weeks), _notes(request, weeks))


def is_enough(request: Request, demands: Demands, weeks: list[Week]) -> bool:
    """Whether the weeks lead to a run long enough for the race, in time enough."""
    if len(weeks) < demands.weeks_min:
        return False
    easy = pace_ranges(request.index, request.goal_distance_m)["easy"].speed_mps
    needed = min(demands.long_run_needed_m, NEARLY * longest_allowed_m(demands, easy))
    reached = max(
        (each.distance_m for week in weeks for each in week.workouts if each.session != "race"),
        default=0.0,
    )
    return max(reached, min(request.longest_run_m, needed)) >= needed


def _weeks(request: Request, demands: Demands) -> list[Week]:
    speeds = speeds_mps(pace_ranges(request.index, request.goal_distance_m))
    course = Course(request, demands, speeds)
    load, hard_before, weeks = Load.of(request, demands), list[date](), list[Week]()
    for frame in frames(request, demands):
        load = load.rested(days_away(frame, request.breaks))
        week = make_week(course, frame, load, hard_before)
        long_m = max(
            (each.distance_m for each in week.workouts if each.session.startswith("long")),
            default=0.0,
        )
        load = load.after(week.training_m, long_m)
        hard_before = [each.day for each in week.workouts if each.hard]
        weeks.append(week)
    return weeks


def _refuse_unready(request: Request, demands: Demands, weeks: list[Week]) -> None:
    if is_enough(request, demands, weeks):
        return
    values = {
        "weeks": len(weeks),
        "weeks_min": demands.weeks_min,
        "distance_m": request.goal_distance_m,
    }
    soonest = _soonest(request, demands)
    short = len(weeks) < demands.weeks_min
    reason = Reason("too_short" if short else "not_ready", values)
    if soonest is None:
        raise PlanningError(reason, Reason("choose_shorter_race"))
    raise PlanningError(reason, Reason("choose_day_from", {"race_day": soonest.isoformat()}))


def _soonest(request: Request, demands: Demands) -> date | None:
    """The first day, week by week, on which the same race could be run."""
    day, last = request.race_day, request.start_day + timedelta(weeks=WEEKS_MAX)
    longest = last - timedelta(days=(last - day).days % 7)
    if not _would_do(request, demands, longest):
        return None
    while not _would_do(request, demands, day):
        day += timedelta(weeks=1)
    return day


def _would_do(request: Request, demands: Demands, race_day: date) -> bool:
    later = replace(request, race_day=race_day)
    return is_enough(later, demands, _weeks(later, demands))


def _notes(request: Request, weeks: list[Week]) -> tuple[Reason, ...]:
    greatest = max(weeks, key=lambda week: week.training_m)
    longest = max(
        (each for week in weeks for each in week.workouts if each.session != "race"),
        key=lambda each: each.distance_m,
    )
    notes = [
        Reason(
            "note_arc",
            {
                "weeks": len(weeks),
                "workouts": sum(len(week.workouts) for week in weeks),
                "now_m": request.weekly_distance_m,
                "greatest_m": greatest.training_m,
                "longest_m": longest.distance_m,
            },
        ),
        Reason("note_growth", {"percent": round(100 * GROWTH[request.experience])}),
    ]
    if any(week.recovery for week in weeks):
        notes.append(Reason("note_recovery"))
    if request.race_day.weekday() not in request.weekdays:
        notes.append(Reason("note_race_day"))
    if monday_of(request.start_day) != request.start_day:
        notes.append(Reason("note_first_week"))
    return tuple(notes)
