"""How an athlete stands, as a card of the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.fitness.history import Floats, history
from strideiq.fitness.status import status_of
from strideiq.platform.card import Card

DAYS = 42
WIDTH, HEIGHT, MARGIN = 240.0, 56.0, 4.0


@dataclass(frozen=True)
class Lines:
    """Fitness and fatigue of the last weeks as points of two lines, on one scale."""

    fitness: str
    fatigue: str


def card(session: Session, athlete: AthleteView, day: date) -> Card | None:
    """Fitness, fatigue and form with their last weeks; None before the first activity."""
    known = history(session, athlete.athlete_id, day)
    if known is None:
        return None
    lines = drawn(known.fitness[-DAYS:], known.fatigue[-DAYS:])
    return Card(
        "fitness/_standing.html",
        {"status": status_of(known, day), "lines": lines, "days": min(DAYS, len(known.fitness))},
        style="fitness/standing.css",
    )


def drawn(fitness: Floats, fatigue: Floats) -> Lines | None:
    """The two lines; None when there is but one day."""
    if len(fitness) < 2:  # noqa: PLR2004  a line has two ends
        return None
    high = max(float(fitness.max()), float(fatigue.max()), 1.0)
    x = np.linspace(MARGIN, WIDTH - MARGIN, len(fitness))

    def line(values: Floats) -> str:
        y = HEIGHT - MARGIN - values / high * (HEIGHT - 2 * MARGIN)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))

    return Lines(line(fitness), line(fatigue))
