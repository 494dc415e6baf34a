"""What an activity's page says of the workout that the activity was."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.training import views, words
from strideiq.training.pages import score_words


def planned_panel(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> activities.Panel | None:
    """Which workout it was, and how well the two agree; nothing for a run that nobody planned."""
    found = views.workouts_of_activity(session, athlete_id, activity.activity_id)
    if not found:
        return None
    context = {"workout": found[0], "score_words": score_words(found[0]), "words": words}
    return activities.Panel("training/_planned.html", context)
