"""What an activity's page shows of best efforts: those among the athlete's three best."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from strideiq.activities import public as activities
from strideiq.platform.language import gettext as _
from strideiq.records.bests import SPORT, RecordedEffort, efforts_of
from strideiq.records.models import BestEffort

RANK_MAX = 3


@dataclass(frozen=True)
class Medal:
    """An effort with its place among all of the athlete's over its distance, 1 for the best."""

    effort: RecordedEffort
    rank: int

    @property
    def words(self) -> str:
        """The place in words."""
        return {1: _("personal best"), 2: _("second best"), 3: _("third best")}[self.rank]


def medals(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Medal]:
    """The activity's efforts among the three best over their distance, longest distance first."""
    return _medals(session, athlete_id, activity_id, efforts_of(session, athlete_id, activity_id))


def _medals(
    session: Session, athlete_id: UUID, activity_id: UUID, efforts: list[RecordedEffort]
) -> list[Medal]:
    efforts = [one for one in efforts if one.counts]
    if not efforts:
        return []
    faster = _how_many_are_faster(session, athlete_id, activity_id)
    ranked = (Medal(one, 1 + faster.get(one.distance.distance_m, 0)) for one in efforts)
    return [medal for medal in ranked if medal.rank <= RANK_MAX][::-1]


@dataclass(frozen=True)
class Discounted:
    """Efforts of one activity that do not count, all for the same reason."""

    reason: str
    efforts: list[RecordedEffort]


def discounted(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Discounted]:
    """The activity's efforts that do not count, by their reason; shortest distance first."""
    return _discounted(efforts_of(session, athlete_id, activity_id))


def _discounted(efforts: list[RecordedEffort]) -> list[Discounted]:
    by_reason: dict[str, list[RecordedEffort]] = {}
    for effort in efforts:
        if not effort.counts:
            by_reason.setdefault(effort.reason or "", []).append(effort)
    return [Discounted(reason, efforts) for reason, efforts in by_reason.items()]


def panel(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> activities.Panel | None:
    """The medals on an activity's page, and what wins none and why; None without either."""
    if activity.sport != SPORT or activity.deleted_at is not None:
        return None
    efforts = efforts_of(session, athlete_id, activity.activity_id)
    won = _medals(session, athlete_id, activity.activity_id, efforts)
    refused = _discounted(efforts)
    if not won and not refused:
        return None
    return activities.Panel(
        "records/_medals.html",
        {"medals": won, "discounted": refused, "activity_id": activity.activity_id},
    )


def _how_many_are_faster(session: Session, athlete_id: UUID, activity_id: UUID) -> dict[float, int]:
    """For each distance of the activity, how many counting efforts were faster."""
    other = aliased(BestEffort)
    visible = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(BestEffort.distance_m, func.count())
        .join(
            other,
            (other.athlete_id == BestEffort.athlete_id)
            & (other.distance_m == BestEffort.distance_m)
            & (other.elapsed_s < BestEffort.elapsed_s),
        )
        .join(visible, visible.c.activity_id == other.activity_id)
        .where(
            BestEffort.athlete_id == athlete_id,
            BestEffort.activity_id == activity_id,
            other.counts,
        )
        .group_by(BestEffort.distance_m)
    )
    return dict(rows.all())
