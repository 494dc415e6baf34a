"""The cards that come from the log itself: the last activity, and this week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView
from strideiq.platform.card import Card

WEEK = timedelta(days=7)
WEEKS_BEFORE = 4
"""With how many weeks before this one it is compared."""

BAR_HEIGHT, BAR_HEIGHT_MIN = 56.0, 3.0
SPORTS = ("running",)


@dataclass(frozen=True)
class Bar:
    """One day of the week, with the height of its bar and whether it is still to come."""

    day: date
    distance_m: float
    height: float
    is_today: bool
    is_ahead: bool


@dataclass(frozen=True)
class Week:
    """This week from Monday on, and how far the weeks before came."""

    bars: tuple[Bar, ...]
    distance_m: float
    usual_m: float | None
    """The mean of the whole weeks before this one; None when nothing was run in them."""
    usual_by_now_m: float | None
    """The mean of those weeks up to the same day."""


def last_activity(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """The newest activity with the course of its pace."""
    del day  # whenever it was
    newest = activities.list_activities(session, athlete.athlete_id, limit=1)
    if not newest:
        return None
    lines = activities.sparklines(session, athlete.athlete_id, [newest[0].activity_id])
    context = {"activity": newest[0], "line": lines.get(newest[0].activity_id)}
    return Card("today/_last_activity.html", context)


def this_week(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """A bar for each day of this week; None when nothing was run in it or the weeks before."""
    monday = day - timedelta(days=day.weekday())
    distances = distances_by_day(
        session, athlete.athlete_id, athlete.time_zone, monday - WEEKS_BEFORE * WEEK
    )
    if not distances:
        return None
    return Card("today/_week.html", {"week": week_of(day, distances)})


def distances_by_day(
    session: Session, athlete_id: UUID, time_zone: str, since: date
) -> dict[date, float]:
    """How far was run on each day from ``since`` on, in metres; days without a run are absent."""
    shown = activities.visible(athlete_id, SPORTS)
    day = activities.local_day(time_zone, shown)
    rows = session.execute(
        select(day, func.sum(shown.c.distance_m))
        .where(
            *activities.between_days(time_zone, shown, since, None),
            shown.c.distance_m.is_not(None),
        )
        .group_by(day)
    )
    return dict(rows.all())


def week_of(day: date, distances_m: Mapping[date, float]) -> Week:
    """The week that ``day`` is in, beside the weeks before it."""
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(7)]
    longest_m = max((distances_m.get(each, 0.0) for each in days), default=0.0)
    bars = tuple(_bar(each, day, distances_m.get(each, 0.0), longest_m) for each in days)
    usual_m = _usual_m(distances_m, monday, range(7))
    return Week(
        bars=bars,
        distance_m=sum(bar.distance_m for bar in bars),
        usual_m=usual_m,
        usual_by_now_m=(
            None if usual_m is None else _usual_m(distances_m, monday, range(day.weekday() + 1))
        ),
    )


def _bar(day: date, today: date, distance_m: float, longest_m: float) -> Bar:
    share = distance_m / longest_m if longest_m else 0.0
    height = max(BAR_HEIGHT_MIN, share * BAR_HEIGHT) if distance_m else 0.0
    return Bar(day, distance_m, height, is_today=day == today, is_ahead=day > today)


def _usual_m(
    distances_m: Mapping[date, float], monday: date, weekdays: Sequence[int]
) -> float | None:
    """The mean over the weeks before, of those weekdays; None when nothing was run in them."""
    before = [
        distances_m.get(monday - week * WEEK + timedelta(days=weekday), 0.0)
        for week in range(1, WEEKS_BEFORE + 1)
        for weekday in weekdays
    ]
    total_m = sum(before)
    nothing = not any(day < monday for day in distances_m)
    return None if nothing else total_m / WEEKS_BEFORE
