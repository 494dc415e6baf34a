"""What was taken during an activity, on its page."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.wellness import food


def fuel_panel(
    session: Session, athlete_id: UUID, activity: activities.ActivityView
) -> activities.Panel | None:
    """Food and drink of the run, with carbohydrate and fluid by the hour; None without any."""
    entries = food.of_activity(session, athlete_id, activity.activity_id)
    if not entries:
        return None
    hours = activity.elapsed_s / 3600
    totals = food.totals(entries)
    context = {
        "entries": entries,
        "carbohydrate_g_per_h": _per_hour(totals.carbohydrate_g, hours),
        "fluid_ml_per_h": _per_hour(totals.fluid_ml, hours),
    }
    return activities.Panel("wellness/_fuel.html", context)


def _per_hour(amount: float | None, hours: float) -> float | None:
    return None if amount is None or hours <= 0 else amount / hours
