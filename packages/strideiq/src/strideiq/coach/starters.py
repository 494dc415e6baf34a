"""What one could ask: from the athlete's state where there is one, else what suits everybody.

The questions are in English, which is what the engines are asked in.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView

ALWAYS = (
    "How was my last run?",
    "How much did I run this week?",
    "Am I getting fitter?",
    "What are my best times?",
    "What should I run tomorrow?",
    "How did I sleep lately?",
)


def starters(session: Session, athlete: AthleteView) -> tuple[str, ...]:
    """Questions for an empty conversation, the most useful first."""
    del session, athlete
    return ALWAYS
