"""The coach on the home page: three questions to tap, and a field for another one."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from strideiq.activities import public as activities
from strideiq.athletes.public import AthleteView
from strideiq.coach.starters import ALWAYS
from strideiq.platform.card import Card

SHOWN = 3


def today_card(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """Questions that suit any day; None for somebody who has recorded nothing yet."""
    del day
    if not activities.list_activities(session, athlete.athlete_id, 1):
        return None
    return Card("coach/_card.html", {"starters": ALWAYS[:SHOWN]}, style="coach/card.css")
