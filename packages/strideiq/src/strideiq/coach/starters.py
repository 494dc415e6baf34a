"""What one could ask: from the athlete's state where there is one, else what suits everybody.

The questions are in English, which is what the engines are asked in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView
from strideiq.coach.tools.tool import Scope, Toolbox

SHOWN_MAX = 6
ALWAYS = (
    "Brief me for today",
    "How was my last run?",
    "How much did I run this week?",
    "Am I getting fitter?",
    "What are my best times?",
    "What should I run tomorrow?",
    "How did I sleep lately?",
)


@dataclass(frozen=True)
class Starter:
    """A question to tap; ``because`` is what of today makes it worth asking."""

    question: str
    because: str = ""


def starters(session: Session, athlete: AthleteView) -> list[Starter]:
    """Questions for an empty conversation, the most pressing first."""
    from strideiq.coach.engines.builtin.engine import phrases_of  # noqa: PLC0415  a start does without
    from strideiq.coach.suggestions import suggestions  # noqa: PLC0415  the same
    from strideiq.coach.tools.catalogue import TOOLS  # noqa: PLC0415  the same

    today = datetime.now(ZoneInfo(athlete.time_zone)).date()
    scope = Scope(session, athlete.athlete_id, today)
    found = suggestions(Toolbox(scope, TOOLS), phrases_of(scope))
    pressing = [Starter(one.question, one.because.sentence) for one in found]
    asked = {one.question for one in pressing}
    return [*pressing, *(Starter(one) for one in ALWAYS if one not in asked)][:SHOWN_MAX]
