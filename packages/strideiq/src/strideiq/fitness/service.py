"""Deriving what activities were, one by one or all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.fitness.derivation import CHANNELS, FORMULA_VERSION, derive
from strideiq.fitness.models import ActivityLoad
from strideiq.platform.bulk import copy_rows

DEPENDS_ON = frozenset({"sport", "streams"})
"""The fields of an activity whose change changes what is derived."""

BATCH = 100
"""Activities whose samples are held in memory at a time."""


def recompute_recorded(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    """Derive many activities anew, in the transaction that recorded or changed them."""
    for begin in range(0, len(activity_ids), BATCH):
        _recompute(session, athlete_id, activity_ids[begin : begin + BATCH])


def recompute_changed(session: Session, athlete_id: UUID, activity_id: UUID, field: str) -> None:
    """Derive one activity anew when its samples or its sport are shown differently.

    A distance or a deletion needs nothing here: both count whenever the figures are read.
    """
    if field in DEPENDS_ON:
        _recompute(session, athlete_id, [activity_id])


def recompute_all(session: Session, athlete_id: UUID) -> int:
    """Derive every activity of an athlete anew; returns how many there are. The caller commits."""
    every = activities.visible(athlete_id)
    found = list(session.scalars(select(every.c.activity_id).order_by(every.c.activity_id)))
    recompute_recorded(session, athlete_id, found)
    return len(found)


def stale(session: Session, athlete_id: UUID) -> Sequence[UUID]:
    """Activities that are missing here, or were derived by another formula; the newest first."""
    every = activities.visible(athlete_id)
    return session.scalars(
        select(every.c.activity_id)
        .outerjoin(
            ActivityLoad,
            (ActivityLoad.athlete_id == athlete_id)
            & (ActivityLoad.activity_id == every.c.activity_id),
        )
        .where(ActivityLoad.formula_version.is_distinct_from(FORMULA_VERSION))
        .order_by(every.c.started_at.desc())
    ).all()


def bring_up_to_date(session: Session, athlete_id: UUID, limit: int | None = None) -> int:
    """Derive what is stale, no more than the limit; returns how many. The caller commits."""
    old = stale(session, athlete_id)[:limit]
    recompute_recorded(session, athlete_id, old)
    return len(old)


def _recompute(session: Session, athlete_id: UUID, activity_ids: Sequence[UUID]) -> None:
    rows: list[dict[str, object]] = []
    for recorded in activities.recorded_channels(session, athlete_id, activity_ids, CHANNELS):
        derived = derive(recorded)
        if derived is not None:
            rows.append(
                {
                    "athlete_id": athlete_id,
                    "activity_id": recorded.activity_id,
                    **asdict(derived),
                    "formula_version": FORMULA_VERSION,
                }
            )
    session.execute(
        delete(ActivityLoad).where(
            ActivityLoad.athlete_id == athlete_id, ActivityLoad.activity_id.in_(activity_ids)
        )
    )
    copy_rows(session, ActivityLoad, rows)


DERIVATION = activities.Derivation("load", FORMULA_VERSION, stale, recompute_recorded)
"""How loads are derived anew when their formula has changed."""
