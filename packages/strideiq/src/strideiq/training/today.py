"""What today holds, as a card of the home page."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.platform.card import Card
from strideiq.training import views, words
from strideiq.training.pages import Presenter, Shown
from strideiq.training.targets import Line, lines

LOOK_AHEAD_DAYS = 14


def today_card(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """The day's workout, or the next one; None without a plan that goes on."""
    presenter = Presenter(session, athlete, day)
    ahead = views.workouts_between(
        session, athlete.athlete_id, day, day + timedelta(days=LOOK_AHEAD_DAYS)
    )
    if not ahead:
        return None
    shown = [presenter.show(each) for each in ahead if each.day == day]
    following = next((presenter.show(each) for each in ahead if each.day > day), None)
    context = {
        "today": [(each, _fast_lines(presenter, each)) for each in shown],
        "next": following,
        "words": words,
        "day": day,
    }
    return Card("training/_today.html", context, style="training/training.css")


def _fast_lines(presenter: Presenter, shown: Shown) -> list[Line]:
    """The steps that make the workout what it is, with their paces."""
    targets = presenter.targets(shown.workout)
    return [
        line for line in lines(shown.workout.structure, targets) if line.step.role in words.TELLING
    ]
