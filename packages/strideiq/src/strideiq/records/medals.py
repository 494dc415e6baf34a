"""What an activity's page shows of best efforts: those among the athlete's three best."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from strideiq.activities import public as activities
from strideiq.platform.language import gettext as _
from strideiq.records import reasons
from strideiq.records.bests import SPORT, RecordedEffort, recorded, run_columns
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
    return _medals(_ranked(session, athlete_id, activity_id))


def _medals(ranked: list[Medal]) -> list[Medal]:
    return [one for one in ranked if one.effort.counts and one.rank <= RANK_MAX][::-1]


@dataclass(frozen=True)
class Discounted:
    """Efforts of one activity that do not count, all for the same reason."""

    reason: str
    efforts: list[RecordedEffort]

    @property
    def why_not(self) -> str:
        """The reason in the language in use."""
        return reasons.said(self.reason)


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
    ranked = _ranked(session, athlete_id, activity.activity_id)
    won = _medals(ranked)
    refused = _discounted([one.effort for one in ranked])
    if not won and not refused:
        return None
    return activities.Panel(
        "records/_medals.html",
        {"medals": won, "discounted": refused, "activity_id": activity.activity_id},
    )


def _ranked(session: Session, athlete_id: UUID, activity_id: UUID) -> list[Medal]:
    """Every effort of the activity, shortest first, and its place; none of a deleted one."""
    other = aliased(BestEffort)
    visible = activities.visible(athlete_id, sports=[SPORT])
    mine = (BestEffort.athlete_id == athlete_id, BestEffort.activity_id == activity_id)
    faster = (
        select(BestEffort.distance_m, func.count().label("others"))
        .join(
            other,
            (other.athlete_id == BestEffort.athlete_id)
            & (other.distance_m == BestEffort.distance_m)
            & (other.elapsed_s < BestEffort.elapsed_s),
        )
        .join(visible, visible.c.activity_id == other.activity_id)
        .where(*mine, other.counts)
        .group_by(BestEffort.distance_m)
        .subquery("faster")
    )
    here = activities.visible(athlete_id, sports=[SPORT])
    rows = session.execute(
        select(BestEffort, *run_columns(here), func.coalesce(faster.c.others, 0))
        .join(here, here.c.activity_id == BestEffort.activity_id)
        .outerjoin(faster, faster.c.distance_m == BestEffort.distance_m)
        .where(*mine)
        .order_by(BestEffort.distance_m)
    ).all()
    places = {effort.distance_m: 1 + others for effort, *_, others in rows}
    efforts = recorded(row[:-1] for row in rows)
    return [Medal(one, places[one.distance.distance_m]) for one in efforts]
