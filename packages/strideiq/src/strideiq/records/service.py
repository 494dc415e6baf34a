"""Best efforts stored per activity, and the personal bests that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, case, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from strideiq.activities import public as activities
from strideiq.platform.bulk import copy_rows
from strideiq.records.best_efforts import FORMULA_VERSION, Effort, best_efforts
from strideiq.records.distances import DISTANCES, Distance
from strideiq.records.models import BestEffort

SPORT = "running"
CHANNELS = ("time_s", "distance_m")
DEPENDS_ON = frozenset({"sport", "started_at", "streams"})
"""The fields of an activity whose change changes its efforts."""
BATCH = 100
"""Activities whose samples are held in memory at a time."""


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


@dataclass(frozen=True)
class PersonalBest:
    """The fastest effort over a distance, and the bests that it followed, newest first."""

    distance: Distance
    best: RecordedEffort
    former: list[RecordedEffort]
    discounted: list[RecordedEffort]
    """Efforts that would be faster than the best, and do not count."""


def recompute(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Effort]:
    """Derive one activity's best efforts anew from its streams; the caller commits.

    Raises:
        NoSuchActivityError: the athlete has no such activity.
    """
    activities.activity(session, athlete_id, activity_id)
    return _recompute(session, athlete_id, [activity_id])[activity_id]


def recompute_recorded(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Derive the best efforts of many activities in the transaction that recorded them."""
    for begin in range(0, len(activity_ids), BATCH):
        _recompute(session, athlete_id, activity_ids[begin : begin + BATCH])


def recompute_changed(session: Session, athlete_id: UUID, activity_id: UUID, field: str) -> None:
    """Derive one activity's best efforts anew when what they depend on is shown differently."""
    if field in DEPENDS_ON:
        _recompute(session, athlete_id, [activity_id])


def stale(session: Session, athlete_id: UUID) -> Sequence[UUID]:
    """Activities whose best efforts are of an older formula."""
    return session.scalars(
        select(BestEffort.activity_id)
        .distinct()
        .where(BestEffort.athlete_id == athlete_id, BestEffort.formula_version != FORMULA_VERSION)
        .order_by(BestEffort.activity_id)
    ).all()


def efforts_of(session: Session, athlete_id: UUID, activity_id: UUID) -> list[RecordedEffort]:
    """An activity's own best efforts, shortest distance first; none of a deleted one."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(BestEffort, visible.c.name)
        .join(visible, visible.c.activity_id == BestEffort.activity_id)
        .where(BestEffort.athlete_id == athlete_id, BestEffort.activity_id == activity_id)
        .order_by(BestEffort.distance_m)
    )
    return _recorded(rows)


def _recorded(rows: Iterable[Row[BestEffort, str]]) -> list[RecordedEffort]:
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
        )
        for row, name in rows
        if row.distance_m in distances
    ]


def counting_efforts(
    session: Session, athlete_id: UUID, distance_min_m: float = 0.0
) -> list[tuple[UUID, datetime, float, float]]:
    """Every effort that counts, as activity, moment, metres and seconds; none of deleted ones."""
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(
            BestEffort.activity_id,
            BestEffort.achieved_at,
            BestEffort.distance_m,
            BestEffort.elapsed_s,
        )
        .join(visible, visible.c.activity_id == BestEffort.activity_id)
        .where(
            BestEffort.athlete_id == athlete_id,
            BestEffort.counts,
            BestEffort.distance_m >= distance_min_m,
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def personal_bests(session: Session, athlete_id: UUID) -> list[PersonalBest]:
    """The athlete's bests by distance, shortest first; deleted activities do not count."""
    efforts = _telling_efforts(session, athlete_id)
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


def _telling_efforts(session: Session, athlete_id: UUID) -> list[RecordedEffort]:
    """The efforts that beat all before them, and faster ones that do not count; oldest first.

    The database finds them, so that what is fetched grows with the bests, not with the runs.
    """
    visible = activities.visible(athlete_id, sports=[SPORT])
    fastest = func.min(BestEffort.elapsed_s).filter(BestEffort.counts)
    ranked = (
        select(
            BestEffort,
            visible.c.name,
            fastest.over(
                partition_by=BestEffort.distance_m,
                order_by=(BestEffort.achieved_at, BestEffort.activity_id),
                rows=(None, -1),
            ).label("before"),
            fastest.over(partition_by=BestEffort.distance_m).label("best"),
        )
        .join(visible, visible.c.activity_id == BestEffort.activity_id)
        .where(BestEffort.athlete_id == athlete_id)
        .subquery("ranked")
    )
    effort, found = aliased(BestEffort, ranked), ranked.c
    beats_all_before = or_(found.before.is_(None), found.elapsed_s < found.before)
    rows = session.execute(
        select(effort, found.name)
        .where(case((found.counts, beats_all_before), else_=found.elapsed_s < found.best))
        .order_by(found.achieved_at, found.activity_id)
    )
    return _recorded(rows)


def _recompute(
    session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]
) -> dict[UUID, list[Effort]]:
    rows: list[dict[str, object]] = []
    derived: dict[UUID, list[Effort]] = {}
    for recorded in activities.recorded_channels(session, athlete_id, activity_ids, CHANNELS):
        efforts = _derive(recorded)
        derived[recorded.activity_id] = efforts
        rows += (_row(athlete_id, recorded, effort) for effort in efforts)
    session.execute(
        delete(BestEffort).where(
            BestEffort.athlete_id == athlete_id, BestEffort.activity_id.in_(activity_ids)
        )
    )
    copy_rows(session, BestEffort, rows)
    return derived


def _derive(recorded: activities.RecordedChannels) -> list[Effort]:
    if recorded.sport != SPORT or "distance_m" not in recorded.streams:
        return []
    return best_efforts(recorded.streams["time_s"], recorded.streams["distance_m"])


def _row(
    athlete_id: UUID, recorded: activities.RecordedChannels, effort: Effort
) -> dict[str, object]:
    return {
        "athlete_id": athlete_id,
        "activity_id": recorded.activity_id,
        "distance_m": effort.distance.distance_m,
        "elapsed_s": effort.elapsed_s,
        "start_s": effort.start_s,
        "achieved_at": recorded.started_at + timedelta(seconds=effort.start_s),
        "counts": effort.counts,
        "reason": effort.reason,
        "formula_version": FORMULA_VERSION,
    }


DERIVATION = activities.Derivation("best efforts", FORMULA_VERSION, stale, recompute_recorded)
"""How best efforts are derived anew when their formula has changed."""
