"""What sources have said so far, looked up by who said it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities.models import ActivityObservation
from strideiq.activities.observation_rows import Source


def said_by_file(session: Session, athlete_id: UUID, source_file_id: UUID, field: str) -> list[str]:
    """What a file has said of a field of its first activity, encoded, what it said last first."""
    rows = session.scalars(
        select(ActivityObservation.said[field].astext)
        .where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.source == Source("file", source_file_id).key(0),
            ActivityObservation.said.has_key(field),
        )
        .order_by(ActivityObservation.observed_at.desc(), ActivityObservation.number.desc())
    )
    return list(rows)


def upstream_between(
    session: Session, athlete_id: UUID, prefix: str, begin: datetime, end: datetime
) -> set[str]:
    """The ids by which a service calls activities that it says began in this span."""
    rows = session.scalars(
        select(ActivityObservation.upstream_id).where(
            ActivityObservation.athlete_id == athlete_id,
            ActivityObservation.started_at >= begin,
            ActivityObservation.started_at < end,
            ActivityObservation.upstream_id.startswith(prefix, autoescape=True),
        )
    )
    return {each for each in rows if each is not None}
