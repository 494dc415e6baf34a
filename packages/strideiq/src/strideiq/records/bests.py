"""Personal bests, read from what was derived of every run, with their history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Result, Subquery, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from strideiq.activities import public as activities
from strideiq.records import reasons
from strideiq.records.distances import DISTANCES, DURATIONS, Distance, Duration
from strideiq.records.models import BestEffort, TimeEffort

SPORT = "running"


class RunStart(NamedTuple):
    """When the run began that an effort is of, and on which clock: one run has one day."""

    started_at: datetime
    zone: str | None
    """The time zone that it is told in; None for the athlete's own."""

    def day(self, own_zone: str) -> date:
        """The day of the run; the zone is the athlete's own."""
        return self.started_at.astimezone(ZoneInfo(self.zone or own_zone)).date()


@dataclass(frozen=True)
class RecordedEffort:
    """An effort within an activity, as stored."""

    distance: Distance
    activity_id: UUID
    activity_name: str
    achieved_at: datetime
    """When the stretch began."""
    start_s: float
    elapsed_s: float
    counts: bool
    reason: str | None
    formula_version: int
    run: RunStart
    measured: bool = False
    """The athlete said how long the measured distance took."""

    @property
    def why_not(self) -> str:
        """Why it does not count, in the language in use; empty where it does."""
        return reasons.said(self.reason)


@dataclass(frozen=True)
class PersonalBest:
    """The fastest effort over a distance, and the bests that it followed, newest first."""

    distance: Distance
    best: RecordedEffort
    former: list[RecordedEffort]
    discounted: list[RecordedEffort]
    """Efforts that would be faster than the best, and do not count."""


def efforts_of(session: Session, athlete_id: UUID, activity_id: UUID) -> list[RecordedEffort]:
    """An activity's own best efforts, shortest distance first; none of a deleted one."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(BestEffort, *run_columns(visible))
        .join(visible, visible.c.activity_id == BestEffort.activity_id)
        .where(BestEffort.athlete_id == athlete_id, BestEffort.activity_id == activity_id)
        .order_by(BestEffort.distance_m)
    )
    return recorded(rows)


def run_columns(shown: Subquery) -> tuple[ColumnElement[Any], ...]:
    """What efforts tell of their run: its name, its start and its clock."""
    return shown.c.name, shown.c.started_at, activities.known_zone(shown)


def recorded(rows: Iterable[Sequence[Any]]) -> list[RecordedEffort]:
    """Efforts as they are shown, from their rows with the ``run_columns`` of their runs."""
    distances = {distance.distance_m: distance for distance in DISTANCES}
    return [
        RecordedEffort(
            distance=distances[row.distance_m],
            activity_id=row.activity_id,
            activity_name=name,
            achieved_at=row.achieved_at,
            start_s=row.start_s,
            elapsed_s=row.elapsed_s,
            counts=row.counts,
            reason=row.reason,
            formula_version=row.formula_version,
            run=RunStart._make(run),
            measured=bool(row.measured),
        )
        for row, name, *run in rows
        if row.distance_m in distances
    ]


def times_over(
    session: Session, athlete_id: UUID, distance_m: float
) -> list[tuple[datetime, float]]:
    """When each effort over a distance began that counts, and its seconds; none of deleted ones."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(BestEffort.achieved_at, BestEffort.elapsed_s)
        .join(visible, visible.c.activity_id == BestEffort.activity_id)
        .where(
            BestEffort.athlete_id == athlete_id,
            BestEffort.counts,
            BestEffort.distance_m == distance_m,
        )
    )
    return [(began_at, elapsed_s) for began_at, elapsed_s in rows]


def personal_bests(session: Session, athlete_id: UUID) -> list[PersonalBest]:
    """The athlete's bests by distance, shortest first; deleted activities do not count."""
    rows = _telling(session, athlete_id, BestEffort, "distance_m", "elapsed_s", least=True)
    efforts = recorded(rows)
    bests = (
        _personal_best(distance, [each for each in efforts if each.distance == distance])
        for distance in DISTANCES
    )
    return [best for best in bests if best is not None]


def _personal_best(distance: Distance, efforts: Sequence[RecordedEffort]) -> PersonalBest | None:
    steps = [each for each in efforts if each.counts]
    if not steps:
        return None
    *former, best = steps
    return PersonalBest(distance, best, former[::-1], [each for each in efforts if not each.counts])


Kept = TypeVar("Kept", BestEffort, TimeEffort)


def _telling(
    session: Session, athlete_id: UUID, kept: type[Kept], over: str, measured: str, *, least: bool
) -> Result[Any]:
    """The efforts that beat all before them, and better ones that do not count; oldest first.

    ``over`` names the column that efforts are told apart by, and ``measured`` the one that is the
    better the less it is, or the more. The database finds them, so that what is fetched grows
    with the bests, not with the runs.
    """
    visible = activities.visible(athlete_id, sports=[SPORT])
    best = func.min if least else func.max
    leading = best(getattr(kept, measured)).filter(kept.counts)
    same = getattr(kept, over)
    ranked = (
        select(
            kept,
            visible.c.name,
            visible.c.started_at,
            activities.known_zone(visible).label("zone"),
            leading.over(
                partition_by=same,
                order_by=(kept.achieved_at, kept.activity_id),
                rows=(None, -1),
            ).label("before"),
            leading.over(partition_by=same).label("best"),
        )
        .join(visible, visible.c.activity_id == kept.activity_id)
        .where(kept.athlete_id == athlete_id)
        .subquery("ranked")
    )
    effort, found = aliased(kept, ranked), ranked.c
    value = found[measured]

    def beats(former: ColumnElement[float]) -> ColumnElement[bool]:
        return value < former if least else value > former

    beats_all_before = or_(found.before.is_(None), beats(found.before))
    return session.execute(
        select(effort, found.name, found.started_at, found.zone)
        .where(case((found.counts, beats_all_before), else_=beats(found.best)))
        .order_by(found.achieved_at, found.activity_id)
    )


@dataclass(frozen=True)
class RecordedTimedEffort:
    """The farthest within a time in one activity, as stored."""

    duration: Duration
    activity_id: UUID
    activity_name: str
    achieved_at: datetime
    start_s: float
    distance_m: float
    counts: bool
    reason: str | None
    run: RunStart

    @property
    def why_not(self) -> str:
        """Why it does not count, in the language in use; empty where it does."""
        return reasons.said(self.reason)


@dataclass(frozen=True)
class TimedBest:
    """The farthest in a time, and the bests that it followed, newest first."""

    duration: Duration
    best: RecordedTimedEffort
    former: list[RecordedTimedEffort]
    discounted: list[RecordedTimedEffort]
    """Efforts that would be farther than the best, and do not count."""


def timed_efforts_of(
    session: Session, athlete_id: UUID, activity_id: UUID
) -> list[RecordedTimedEffort]:
    """An activity's own farthest stretches, shortest time first; none of a deleted one."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(TimeEffort, *run_columns(visible))
        .join(visible, visible.c.activity_id == TimeEffort.activity_id)
        .where(TimeEffort.athlete_id == athlete_id, TimeEffort.activity_id == activity_id)
        .order_by(TimeEffort.duration_s)
    )
    return _timed(rows)


def timed_bests(session: Session, athlete_id: UUID) -> list[TimedBest]:
    """The athlete's farthest by time, shortest first; deleted activities do not count."""
    rows = _telling(session, athlete_id, TimeEffort, "duration_s", "distance_m", least=False)
    efforts = _timed(rows)
    bests = (
        _timed_best(duration, [one for one in efforts if one.duration == duration])
        for duration in DURATIONS
    )
    return [best for best in bests if best is not None]


def fastest_efforts(
    session: Session, athlete_id: UUID, distance_m: float, limit: int
) -> list[RecordedEffort]:
    """The fastest over a distance in any runs, those that do not count among them."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(BestEffort, *run_columns(visible))
        .join(visible, visible.c.activity_id == BestEffort.activity_id)
        .where(BestEffort.athlete_id == athlete_id, BestEffort.distance_m == distance_m)
        .order_by(BestEffort.elapsed_s, BestEffort.achieved_at)
        .limit(limit)
    )
    return recorded(rows)


def _timed_best(duration: Duration, efforts: Sequence[RecordedTimedEffort]) -> TimedBest | None:
    steps = [one for one in efforts if one.counts]
    if not steps:
        return None
    *former, best = steps
    return TimedBest(duration, best, former[::-1], [one for one in efforts if not one.counts])


def _timed(rows: Iterable[Sequence[Any]]) -> list[RecordedTimedEffort]:
    durations = {duration.duration_s: duration for duration in DURATIONS}
    return [
        RecordedTimedEffort(
            duration=durations[row.duration_s],
            activity_id=row.activity_id,
            activity_name=name,
            achieved_at=row.achieved_at,
            start_s=row.start_s,
            distance_m=row.distance_m,
            counts=row.counts,
            reason=row.reason,
            run=RunStart._make(run),
        )
        for row, name, *run in rows
        if row.duration_s in durations
    ]
