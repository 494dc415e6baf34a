"""What is planned, as evidence: workouts with their targets, weeks, and the race they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from strideiq.athletes import public as athletes
from strideiq.coach.checking.evidence import Figure, Subject
from strideiq.coach.checking.missed import MISSED
from strideiq.coach.tools.making import FORMULA_VERSION, figures_of
from strideiq.coach.tools.tool import Scope
from strideiq.training import public as training

NO_PLAN = "You have no training plan that goes on. One can be made on the page of plans."
OUTINGS = ("workout", "run", "session", "training")


def presenter(scope: Scope) -> training.Presenter:
    """What shows workouts at today's form."""
    athlete = athletes.athlete_of(scope.session, scope.athlete_id)
    return training.Presenter(scope.session, athlete, scope.today)


def shown_between(
    scope: Scope, show: training.Presenter, first: date, last: date
) -> list[training.Shown]:
    """The workouts of some days in plans that go on."""
    found = training.workouts_between(scope.session, scope.athlete_id, first, last)
    return [show.show(one) for one in found]


def current_plan(scope: Scope) -> training.PlanView | None:
    """The plan with the next race; None without one that goes on."""
    return next(
        (
            plan
            for plan in training.plans(scope.session, scope.athlete_id)
            if plan.archived_at is None and plan.race_day >= scope.today
        ),
        None,
    )


def workout_subject(shown: training.Shown, today: date, *more: str) -> Subject:
    """A planned workout as what figures are about."""
    day = shown.workout.day
    near = {today: "today's", today + timedelta(days=1): "tomorrow's",
            today - timedelta(days=1): "yesterday's"}  # fmt: skip
    aliases = [f"{near[day]} {word}" for word in OUTINGS] if day in near else []
    aliases += [MISSED] if shown.state == "missed" else []
    return Subject(
        "workout",
        str(shown.workout.workout_id),
        shown.title,
        day,
        None,
        (*aliases, *more),
        f"/workouts/{shown.workout.workout_id}",
    )


def workout_figures(
    show: training.Presenter, subject: Subject, shown: training.Shown
) -> list[Figure]:
    """How far, how long and how fast a workout is meant to be, and how far it became."""
    version = training.FORMULA_VERSION
    figures = figures_of(
        subject,
        {"planned_distance": shown.distance_m, "planned_time": shown.duration_s},
        version,
    )
    if shown.workout.match is not None:
        figures += figures_of(subject, {"distance": shown.workout.match.distance_m})
    workout = shown.workout
    for number, line in enumerate(training.lines(workout.structure, show.targets(workout))):
        part = f"step {number + 1}"
        values = {
            "planned_distance": line.step.distance_m,
            "planned_time": line.step.duration_s,
            "repetitions": float(line.times) if line.times > 1 else None,
            "target_pace": line.paces.fastest_s_per_km / 1000,
        }
        figures += figures_of(subject, values, version, part)
        slow = {"target_pace": line.paces.slowest_s_per_km / 1000}
        figures += figures_of(subject, slow, version, f"{part} slowest")
    return figures


def notes_of(
    subjects: Sequence[Subject], found: Sequence[training.Shown]
) -> tuple[tuple[Subject, str], ...]:
    """What the athlete wrote at workouts."""
    pairs = zip(subjects, found, strict=True)
    return tuple((subject, one.workout.notes) for subject, one in pairs if one.workout.notes)


def workout_row(show: training.Presenter, shown: training.Shown) -> dict[str, object]:
    """A workout as a row of a table."""
    workout = shown.workout
    match = workout.match
    return {
        "workout_id": str(workout.workout_id),
        "day": workout.day.isoformat(),
        "session": shown.title,
        "what": shown.summary,
        "planned_distance_m": round(shown.distance_m),
        "planned_time_s": round(shown.duration_s),
        "state": shown.state,
        "activity_id": str(match.activity_id) if match else None,
        "done_distance_m": round(match.distance_m) if match and match.distance_m else None,
        "agreement": shown.score_words,
        "why": " ".join(training.say_reason(reason, show.f) for reason in workout.reasons),
        "note": workout.notes,
    }


@dataclass(frozen=True)
class Balance:
    """What some days had planned, and what became of it."""

    planned: int
    done: int
    planned_m: float
    done_m: float


def balance(workouts: Sequence[training.Shown], today: date) -> Balance:
    """Count workouts until today; one of today counts once it is done."""
    due = [one for one in workouts if one.workout.day < today or one.state == "done"]
    return Balance(
        planned=len(due),
        done=sum(one.state == "done" for one in due),
        planned_m=sum(one.distance_m for one in due),
        done_m=sum(one.done_m for one in due),
    )


def balance_figures(subject: Subject, found: Balance) -> list[Figure]:
    """The figures of a balance; of nothing planned there is no share."""
    figures = figures_of(
        subject,
        {
            "workouts": found.done,
            "distance": found.done_m,
            "completion": 100 * found.done / found.planned if found.planned else None,
        },
        FORMULA_VERSION,
        "done",
    )
    return figures + figures_of(
        subject,
        {"workouts": found.planned, "planned_distance": found.planned_m},
        FORMULA_VERSION,
        "planned",
    )


def week_subject(monday: date, today: date, *more: str) -> Subject:
    """A week of a plan."""
    this = training.monday_of(today)
    near = {this: "this week", this + timedelta(days=7): "next week",
            this - timedelta(days=7): "last week"}  # fmt: skip
    aliases = (near[monday],) if monday in near else ()
    return Subject(
        "plan_week",
        monday.isoformat(),
        "",
        monday,
        monday + timedelta(days=6),
        (*aliases, *more),
        f"/calendar?day={monday}",
    )


def race_figures(plan: training.PlanView, today: date) -> list[Figure]:
    """The race that a plan leads to, and how far away it is."""
    subject = Subject(
        "plan",
        str(plan.plan_id),
        plan.name,
        plan.race_day,
        None,
        ("the race", "your race", "race day", "the plan", "your plan"),
        f"/plans/{plan.plan_id}",
    )
    days = (plan.race_day - today).days
    values = {"distance": plan.goal_distance_m, "days": days, "weeks": days / 7}
    return figures_of(subject, values, FORMULA_VERSION)
