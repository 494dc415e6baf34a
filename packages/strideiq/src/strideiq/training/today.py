"""What today holds: the card of the home page, the week, and how far the plans have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.platform.card import Card
from strideiq.training import views, words
from strideiq.training.pages import Presenter, Shown
from strideiq.training.planning.request import WEEK_DAYS, monday_of
from strideiq.training.targets import Line, lines

LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class PlanStatus:
    """How far a plan has come."""

    plan_id: UUID
    name: str
    race_day: date
    days_to_go: int
    phase: str | None
    """The phase of the week; None before the plan and after it."""
    workouts: int
    behind: int
    """Workouts whose day is over."""
    done: int


def today_card(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """The day's workout, or the next one; None without a plan that goes on."""
    presenter = Presenter(session, athlete, day)
    ahead = views.workouts_between(
        session, athlete.athlete_id, day, day + timedelta(days=LOOK_AHEAD_DAYS)
    )
    if not ahead:
        return None
    shown = [presenter.show(each) for each in ahead if each.day == day]
    following = next((presenter.show(each) for each in ahead if each.day > day), None)
    context = {
        "today": [(each, _fast_lines(presenter, each)) for each in shown],
        "next": following,
        "words": words,
        "day": day,
    }
    return Card("training/_today.html", context, style="training/training.css")


def workouts_of_day(session: Session, athlete: AthleteView, day: date) -> list[Shown]:
    """The workouts of a day at that day's form."""
    presenter = Presenter(session, athlete, day)
    found = views.workouts_between(session, athlete.athlete_id, day, day)
    return [presenter.show(each) for each in found]


def week(session: Session, athlete: AthleteView, day: date) -> list[Shown]:
    """The workouts of a day's week, Monday first."""
    presenter = Presenter(session, athlete, day)
    monday = monday_of(day)
    found = views.workouts_between(
        session, athlete.athlete_id, monday, monday + timedelta(days=WEEK_DAYS - 1)
    )
    return [presenter.show(each) for each in found]


def plan_status(session: Session, athlete_id: UUID, day: date) -> list[PlanStatus]:
    """Every plan in use whose race is still to come, the next race first."""
    return [
        _status(plan, views.workouts_of_plan(session, athlete_id, plan.plan_id), day)
        for plan in views.plans(session, athlete_id)
        if plan.archived_at is None and plan.race_day >= day
    ]


def _status(plan: views.PlanView, workouts: list[views.WorkoutView], day: date) -> PlanStatus:
    phase = next((week.phase for week in plan.weeks if week.monday == monday_of(day)), None)
    behind = [each for each in workouts if each.day < day]
    return PlanStatus(
        plan_id=plan.plan_id,
        name=plan.name,
        race_day=plan.race_day,
        days_to_go=(plan.race_day - day).days,
        phase=phase,
        workouts=len(workouts),
        behind=len(behind),
        done=sum(each.done for each in workouts),
    )


def _fast_lines(presenter: Presenter, shown: Shown) -> list[Line]:
    """The steps that make the workout what it is, with their paces."""
    targets = presenter.targets(shown.workout)
    return [
        line for line in lines(shown.workout.structure, targets) if line.step.role in words.TELLING
    ]
