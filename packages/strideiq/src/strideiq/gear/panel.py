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
    choices = views.choices(session, athlete_id)
    chosen = views.gear_of(session, athlete_id, activity.activity_id)
    if not choices and chosen is None:
        return None
    if chosen is not None and chosen not in dict(choices):
        choices = [*choices, (chosen, views.names(session, athlete_id).get(chosen, ""))]
    context = {
        "choices": choices,
        "chosen": chosen,
        "said": activity.changed("gear_id"),
        "by_source": activity.original("gear_id"),
        "activity_id": activity.activity_id,
        "sport": activity.sport,
    }
    return activities.Panel("gear/_choice.html", context)
