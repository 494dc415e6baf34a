"""Tools of the plan: a week of it, what became of what was planned, and what is proposed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from strideiq.coach.checking.evidence import Fact, Figure, RowSet, Subject
from strideiq.coach.tools import planned, reading
from strideiq.coach.tools.making import (
    FORMULA_VERSION,
    activity_figures,
    activity_subject,
    figures_of,
)
from strideiq.coach.tools.periods import last_days
from strideiq.coach.tools.tool import ROWS_MAX, Arguments, Found, Scope, Tool
from strideiq.training import public as training

AHEAD_DAYS = 21
"""So far ahead the next workout is looked for."""
CHANGES_MAX = 20


class PlanWeek(Arguments):
    """Which days of the plan."""

    which: Literal["today", "tomorrow", "this_week", "next_week", "last_week", "next"] = Field(
        "this_week", description="next: the next workout, and the next long run."
    )
    day: date | None = Field(None, description="Instead: the week that this day is in.")


def plan_week(scope: Scope, asked: PlanWeek) -> Found:
    """What is planned, with targets at today's form."""
    first, last = _days(asked, scope.today)
    show = planned.presenter(scope)
    found = planned.shown_between(scope, show, first, last)
    plan = planned.current_plan(scope)
    figures = planned.race_figures(plan, scope.today) if plan else []
    if not found:
        nothing = f"Nothing is planned between {first} and {last}."
        return Found(tuple(figures), missing=nothing if plan else planned.NO_PLAN)
    subjects = _subjects(found, asked, scope.today)
    for subject, one in zip(subjects, found, strict=True):
        figures += planned.workout_figures(show, subject, one)
    figures += _matched(scope, found)
    rows = [planned.workout_row(show, one) for one in found]
    facts: tuple[Fact, ...] = ()
    if (last - first).days == 6:  # noqa: PLR2004  a whole week, from Monday to Sunday
        figures += _week(first, found, plan, scope.today)
        rows = [{"phase": _phase(plan, first), "recovery_week": _lighter(plan, first)}, *rows]
        facts = _facts(plan, planned.week_subject(first, scope.today))
    notes = planned.notes_of(subjects, found)
    shown = tuple(rows[:ROWS_MAX])
    return Found(tuple(figures), subjects=tuple(subjects), rows=shown, notes=notes, facts=facts)


def _days(asked: PlanWeek, today: date) -> tuple[date, date]:
    if asked.day is not None:
        monday = training.monday_of(asked.day)
        return monday, monday + timedelta(days=6)
    if asked.which in {"today", "tomorrow"}:
        day = today + timedelta(days=asked.which == "tomorrow")
        return day, day
    if asked.which == "next":
        return today, today + timedelta(days=AHEAD_DAYS)
    monday = training.monday_of(today)
    monday += timedelta(days={"last_week": -7, "next_week": 7}.get(asked.which, 0))
    return monday, monday + timedelta(days=6)


def _subjects(found: list[training.Shown], asked: PlanWeek, today: date) -> list[Subject]:
    """The workouts; where days ahead were asked for, the first of each kind is the next one."""
    seen: set[str] = set()
    subjects = []
    for one in found:
        aliases: list[str] = []
        if asked.which == "next" and one.state == "planned":
            kinds = {"workout", "run", "session", one.title.lower(), *_long(one)}
            aliases = [f"next {kind}" for kind in sorted(kinds - seen)]
            seen |= kinds
        subjects.append(planned.workout_subject(one, today, *aliases))
    return subjects


def _long(one: training.Shown) -> set[str]:
    return {"long run"} if one.workout.session.startswith("long") else set()


def _matched(scope: Scope, found: list[training.Shown]) -> list[Figure]:
    """The runs that workouts became, with their own figures."""
    ids = [one.workout.match.activity_id for one in found if one.workout.match]
    figures: list[Figure] = []
    for run in reading.several(scope, ids):
        figures += activity_figures(activity_subject(run), run.activity)
    return figures


def _week(
    monday: date, found: list[training.Shown], plan: training.PlanView | None, today: date
) -> list[Figure]:
    """The week as a whole: all that it holds, and what of it is done."""
    mondays = sorted(week.monday for week in plan.weeks) if plan else []
    number = [f"week {mondays.index(monday) + 1}"] if monday in mondays else []
    subject = planned.week_subject(monday, today, *number)
    kept = [one for one in found if one.state != "skipped"]
    whole = {
        "workouts": len(kept),
        "planned_distance": sum(one.distance_m for one in kept),
        "planned_time": sum(one.duration_s for one in kept),
    }
    done = planned.balance(found, today)
    return [
        *figures_of(subject, whole, FORMULA_VERSION, "whole"),
        *figures_of(subject, {"workouts": done.done, "distance": done.done_m},
                    FORMULA_VERSION, "done"),
    ]  # fmt: skip


def _phase(plan: training.PlanView | None, monday: date) -> str | None:
    known = {week.monday: week.phase for week in plan.weeks} if plan else {}
    return known.get(monday)


def _lighter(plan: training.PlanView | None, monday: date) -> bool | None:
    known = {week.monday: week.recovery for week in plan.weeks} if plan else {}
    return known.get(monday)


def _facts(plan: training.PlanView | None, week: Subject) -> tuple[Fact, ...]:
    """What kind of week it is."""
    monday = week.first_day
    known = next((one for one in plan.weeks if one.monday == monday), None) if plan else None
    if known is None:
        return ()
    kinds = {f"{known.phase} phase": True, "recovery week": known.recovery}
    return tuple(Fact(word, holds, week) for word, holds in kinds.items())


class PlannedAndDone(Arguments):
    """Over how many weeks it is looked back, this one included."""

    weeks: int = Field(4, ge=1, le=26)


def planned_and_done(scope: Scope, asked: PlannedAndDone) -> Found:
    """What was planned until now, and what was run of it, week by week."""
    this = training.monday_of(scope.today)
    first = this - timedelta(weeks=asked.weeks - 1)
    show = planned.presenter(scope)
    found = planned.shown_between(scope, show, first, scope.today)
    if not found:
        return Found(missing=f"Nothing was planned in the last {asked.weeks} weeks.")
    spans = [first + timedelta(weeks=number) for number in range(asked.weeks)][::-1]
    figures: list[Figure] = []
    rows: list[dict[str, object]] = []
    weeks: list[frozenset[Subject]] = []
    for monday in spans:
        within = [one for one in found if training.monday_of(one.workout.day) == monday]
        done = planned.balance(within, scope.today)
        if within:
            week = planned.week_subject(monday, scope.today)
            weeks.append(frozenset({week}))
            figures += planned.balance_figures(week, done)
            rows.append({"week_from": monday.isoformat(), **_balance_row(done)})
    together = planned.balance(found, scope.today)
    words = (*last_days(7 * asked.weeks, scope.today).aliases, "so far", "altogether")
    whole = Subject("period", f"{first}..{scope.today}", "", first, scope.today, words, "/calendar")
    figures += planned.balance_figures(whole, together)
    missed = [one for one in found if one.state == "missed"][-ROWS_MAX // 3 :]
    subjects = [planned.workout_subject(one, scope.today) for one in missed]
    for subject, one in zip(subjects, missed, strict=True):
        figures += planned.workout_figures(show, subject, one)
    rows += [{"missed": one.title, "day": one.workout.day.isoformat()} for one in missed]
    return Found(
        tuple(figures),
        subjects=tuple(subjects),
        rows=tuple(rows[:ROWS_MAX]),
        sets=(RowSet(("week",), tuple(weeks), since=first, until=scope.today),),
    )


def _balance_row(done: planned.Balance) -> dict[str, object]:
    return {
        "workouts_planned": done.planned,
        "workouts_done": done.done,
        "planned_distance_m": round(done.planned_m),
        "done_distance_m": round(done.done_m),
    }


class Proposals(Arguments):
    """Nothing is asked: all that is proposed today."""


def proposals(scope: Scope, asked: Proposals) -> Found:
    """What should change in the plan, and why. Only the athlete can accept it, on its page."""
    del asked  # there is nothing to choose
    plan = planned.current_plan(scope)
    if plan is None:
        return Found(missing=planned.NO_PLAN)
    show = planned.presenter(scope)
    found = training.open_proposals(
        scope.session, scope.athlete_id, plan.plan_id, today=scope.today
    )
    figures = planned.race_figures(plan, scope.today)
    if not found:
        return Found(tuple(figures), missing="Nothing is proposed: the plan fits as it is.")
    subjects, rows = [], []
    for each in found:
        address = f"/plans/{plan.plan_id}/proposals"
        changes = each.adaptation.changes
        subject = Subject(
            "proposal", str(each.proposal_id), "", None, None, ("the proposal",), address
        )
        subjects.append(subject)
        figures += figures_of(subject, {"workouts": len(changes)}, FORMULA_VERSION)
        rows.append({"why": training.say_reason(each.adaptation.reason, show.f)})
        for change in changes[:CHANGES_MAX]:
            before, after = show.show(change.workout), show.show(change.after)
            workout = planned.workout_subject(before, scope.today)
            figures += planned.workout_figures(show, workout, before)
            new = {"planned_distance": after.distance_m, "planned_time": after.duration_s}
            removed = change.after.removed
            figures += [] if removed else figures_of(workout, new, FORMULA_VERSION, "proposed")
            rows.append(
                {
                    "day": change.workout.day.isoformat(),
                    "now": f"{before.title}, {before.distance_m / 1000:.1f} km",
                    "proposed": "no run"
                    if removed
                    else f"{after.title}, {after.distance_m / 1000:.1f} km",
                }
            )
    return Found(tuple(figures), subjects=tuple(subjects), rows=tuple(rows[:ROWS_MAX]))


PLAN_WEEK = Tool(
    "plan_week",
    "What the training plan holds today, tomorrow, in a week or next, with target paces.",
    PlanWeek,
    plan_week,
)
PLANNED_AND_DONE = Tool(
    "planned_and_done",
    "What was planned and what was run of it, week by week, with missed workouts.",
    PlannedAndDone,
    planned_and_done,
)
PROPOSALS = Tool(
    "proposals",
    "Changes of the plan that are proposed today with their reasons; accepted only on the page.",
    Proposals,
    proposals,
)
