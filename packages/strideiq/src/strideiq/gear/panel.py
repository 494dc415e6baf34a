"""The shoes of an activity, on its page: which, how far they have come, and another choice."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.gear import views


def panel(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> activities.Panel | None:
    """Let the athlete choose the gear of this activity; None while there is no gear."""
    choices, chosen = views.choices_for(session, athlete_id, activity)
    if not choices:
        return None
    context = {
        "choices": choices,
        "chosen": chosen,
        "said": activity.changed("gear_id"),
        "by_source": activity.original("gear_id"),
        "activity_id": activity.activity_id,
        "sport": activity.sport,
    }
    return activities.Panel("gear/_choice.html", context)
