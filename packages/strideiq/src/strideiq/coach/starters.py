"""What one could ask: from the athlete's state where there is one, else what suits everybody.

The questions are in English, which is what the engines are asked in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.coach.engines.builtin.engine import phrases_of
from strideiq.coach.suggestions import suggestions
from strideiq.coach.tools.catalogue import TOOLS
from strideiq.coach.tools.tool import Scope, Toolbox

ALWAYS = (
    "How was my last run?",
    "How much did I run this week?",
    "Am I getting fitter?",
    "What are my best times?",
    "What should I run tomorrow?",
    "How did I sleep lately?",
)
BRIEFING = "Brief me for today"
SHOWN_MAX = 6


def starters(session: Session, athlete: AthleteView) -> tuple[str, ...]:
    """Questions for an empty conversation, the most useful first."""
    today = datetime.now(UTC).astimezone(ZoneInfo(athlete.time_zone)).date()
    scope = Scope(session, athlete.athlete_id, today)
    found = suggestions(Toolbox(scope, TOOLS), phrases_of(scope))
    questions = (*(one.question for one in found), BRIEFING, *ALWAYS)
    return tuple(dict.fromkeys(questions))[:SHOWN_MAX]
