"""The original file of an activity, at the foot of its page."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.imports.models import SourceFile


def panel(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> activities.Panel | None:
    """Where an activity came from; None when it did not come from a file."""
    if activity.source_file_id is None:
        return None
    file = session.scalar(
        select(SourceFile).where(
            SourceFile.athlete_id == athlete_id,
            SourceFile.source_file_id == activity.source_file_id,
        )
    )
    return activities.Panel("imports/_original.html", {"file": file}) if file else None
