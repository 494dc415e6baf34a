"""The check-in on the home page."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.platform.card import Card
from strideiq.wellness import check_ins
from strideiq.wellness.fields import FIELDS

QUICK = ("sleep_h", "sleep_quality", "soreness", "mood")
"""What one is asked at home; the rest is on the day's own page."""


def today_card(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """What is asked of the day, each answered by one tap."""
    said = check_ins.day_of(session, athlete.athlete_id, day)
    context = {
        "day": day,
        "said": said,
        "fields": [FIELDS[name] for name in QUICK],
        "answered": all(name in said and said[name].value is not None for name in QUICK),
    }
    return Card("wellness/_card.html", context, style="wellness/check_in.css")
