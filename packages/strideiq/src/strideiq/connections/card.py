"""The card on the home page: only where a connection needs its athlete."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.connections import service
from strideiq.connections.registry import services, utc_now
from strideiq.platform.card import Card


def today_card(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """Tell that a service ended a connection, and what to do; nothing is said while all is well."""
    del day
    found = service.views(session, athlete.athlete_id, utc_now())
    ended = [(one, found[one.name]) for one in services() if one.name in found]
    asking = [(one, view) for one, view in ended if view.needs_athlete]
    if not asking:
        return None
    return Card("connections/_card.html", {"asking": asking}, style="connections/connections.css")
