"""The card of how the athlete stands: fitness, fatigue and form, with their last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.fitness import public as fitness
from strideiq.platform.card import Card
from strideiq.platform.language import marked

WEEKS = 12
WIDTH, HEIGHT = 96.0, 24.0
WORDS = {
    "fresh": marked("fresh: more form than usual"),
    "balanced": marked("in balance"),
    "training": marked("training: tired as one is in training"),
    "overreaching": marked("overreaching: much more tired than fit"),
    "beginning": marked("too little training yet to tell"),
}


@dataclass(frozen=True)
class Course:
    """The figure of today, beside the one a week ago, and the points of an SVG polyline."""

    title: str
    value: float
    week_ago: float
    line: str


def standing(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """Fitness, fatigue and form; None before the first activity."""
    known = fitness.history(session, athlete.athlete_id, day)
    if known is None:
        return None
    status = fitness.status_of(known, day)
    balance = known.fitness - known.fatigue
    courses = [
        course(marked("fitness"), known.fitness),
        course(marked("fatigue"), known.fatigue),
        course(marked("form"), balance),
    ]
    return Card("today/_standing.html", {"courses": courses, "word": WORDS[status.word]})


def course(title: str, values: NDArray[np.float64]) -> Course:
    """The course of the last twelve weeks, which ends today."""
    last = values[-7 * WEEKS :]
    low, high = float(last.min()), float(last.max())
    share = (last - low) / (high - low) if high > low else np.full(len(last), 0.5)
    x = np.linspace(1, WIDTH - 1, len(last))
    y = HEIGHT - 2 - share * (HEIGHT - 4)
    line = " ".join(
        f"{a:.1f},{b:.1f}" for a, b in zip(x[::2].tolist(), y[::2].tolist(), strict=True)
    )
    week_ago = float(values[-8]) if len(values) > 7 else 0.0  # noqa: PLR2004  a week and today
    return Course(title, float(values[-1]), week_ago, line)
