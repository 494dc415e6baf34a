"""The calendar: days with what is planned and what was done, weeks with their totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView
from strideiq.training import views
from strideiq.training.pages import Presenter, Shown
from strideiq.training.planning.request import WEEK_DAYS, monday_of

View = Literal["month", "week"]


@dataclass(frozen=True)
class Done:
    """An activity as the calendar shows it."""

    activity_id: UUID
    name: str
    sport: str
    day: date
    distance_m: float | None
    moving_s: float


@dataclass(frozen=True)
class Item:
    """A cell's entry: a workout, the run that it became, or a run that nobody planned."""

    shown: Shown | None
    done: Done | None


@dataclass(frozen=True)
class Day:
    """One day."""

    day: date
    items: tuple[Item, ...]
    today: bool
    within: bool
    """It belongs to the month that is shown."""


@dataclass(frozen=True)
class Week:
    """Seven days, with how far is planned and was run in them."""

    days: tuple[Day, ...]
    planned_m: float
    done_m: float


@dataclass(frozen=True)
class Calendar:
    """What the page shows, and where it leads."""

    view: View
    day: date
    today: date
    weeks: tuple[Week, ...]
    before: date
    after: date

    @property
    def anything_planned(self) -> bool:
        """Whether a workout stands on any of its days."""
        return any(item.shown for week in self.weeks for day in week.days for item in day.items)


def calendar(session: Session, athlete: AthleteView, view: View, day: date) -> Calendar:
    """The month or the week of a day."""
    first, last = _span(view, day)
    presenter = Presenter(session, athlete)
    workouts = views.workouts_between(session, athlete.athlete_id, first, last)
    shown = [presenter.show(each) for each in workouts]
    done = _done(session, athlete, first, last)
    by_day = _items(shown, done, first, last)
    days = [
        Day(
            each,
            tuple(by_day.get(each, ())),
            today=each == presenter.today,
            within=view == "week" or each.month == day.month,
        )
        for each in _days(first, last)
    ]
    weeks = [_week(days[begin : begin + WEEK_DAYS]) for begin in range(0, len(days), WEEK_DAYS)]
    before, after = _neighbours(view, day)
    return Calendar(view, day, presenter.today, tuple(weeks), before, after)


def _span(view: View, day: date) -> tuple[date, date]:
    if view == "week":
        monday = monday_of(day)
        return monday, monday + timedelta(days=WEEK_DAYS - 1)
    first = day.replace(day=1)
    last = _next_month(first) - timedelta(days=1)
    return monday_of(first), monday_of(last) + timedelta(days=WEEK_DAYS - 1)


def _neighbours(view: View, day: date) -> tuple[date, date]:
    if view == "week":
        return day - timedelta(weeks=1), day + timedelta(weeks=1)
    first = day.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), _next_month(first)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _days(first: date, last: date) -> Iterable[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _week(days: Sequence[Day]) -> Week:
    items = [item for day in days for item in day.items]
    return Week(
        tuple(days),
        planned_m=sum(
            item.shown.distance_m for item in items if item.shown and item.shown.state != "skipped"
        ),
        done_m=sum(
            item.done.distance_m or 0.0
            for item in items
            if item.done and item.done.sport == "running"
        ),
    )


def _items(
    shown: Sequence[Shown], done: Sequence[Done], first: date, last: date
) -> dict[date, list[Item]]:
    """Workouts on their days, each with its run; runs without a workout on their own."""
    by_id = {each.activity_id: each for each in done}
    found: dict[date, list[Item]] = {}
    taken: set[UUID] = set()
    for each in shown:
        match = each.workout.match
        run = by_id.get(match.activity_id) if match else None
        if run is not None:
            taken.add(run.activity_id)
        found.setdefault(each.workout.day, []).append(Item(each, run))
    for run in done:
        if run.activity_id not in taken and first <= run.day <= last:
            found.setdefault(run.day, []).append(Item(None, run))
    return found


def _done(session: Session, athlete: AthleteView, first: date, last: date) -> list[Done]:
    zone = athlete.time_zone
    visible = activities.visible(athlete.athlete_id)
    day = timedelta(days=1)
    rows = session.execute(
        select(visible, activities.local_day(zone, visible).label("day"))
        .where(*activities.between_days(zone, visible, first - day, last + day))
        .order_by(visible.c.started_at)
    )
    return [
        Done(
            row.activity_id,
            row.name,
            row.sport,
            row.day,
            row.distance_m,
            row.moving_s,
        )
        for row in rows
    ]


def runs_around(session: Session, athlete: AthleteView, day: date) -> list[Done]:
    """What was done in the days around a day, the nearest first: what a workout may have been."""
    week = timedelta(days=WEEK_DAYS)
    found = _done(session, athlete, day - week, day + week)
    return sorted(found, key=lambda each: abs((each.day - day).days))
