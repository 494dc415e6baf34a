"""The briefing of a morning and the review of a week, as pages to read and to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.coach.events import Said
from strideiq.coach.pieces import piece_of
from strideiq.coach.reading import PieceView
from strideiq.coach.shown import Part, part
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render

WEEK = timedelta(days=7)
ONE = timedelta(days=1)
FIRST = date(1990, 1, 1)
"""No letter is written of days before."""

router = APIRouter()


@dataclass(frozen=True)
class Letter:
    """What was composed for a day, each sentence with its sources."""

    day: date
    """The day on which it is read: of a week, the Monday after it."""
    parts: tuple[Part, ...]
    left_out: int
    """So many sentences did not hold."""


@router.get("/briefing")
def briefing_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, day: date | None = None
) -> Response:
    """Show the briefing of a morning; of today where no day is named, or one to come."""
    today = _today(athlete)
    shown = min(max(day or today, FIRST), today)
    return render(
        request,
        "coach/letter.html",
        kind="briefing",
        letter=_letter(session, athlete, shown, week=False),
        before=shown - ONE if shown > FIRST else None,
        after=shown + ONE if shown < today else None,
        first=shown,
        last=shown,
    )


@router.get("/week")
def week_page(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, day: date | None = None
) -> Response:
    """Show the review of the week of a day; of last week where none is named, or one that lasts."""
    today = _today(athlete)
    newest = _monday(today) - WEEK
    first = min(_monday(max(day or newest, FIRST + WEEK)), newest)
    return render(
        request,
        "coach/letter.html",
        kind="week",
        letter=_letter(session, athlete, first + WEEK, week=True),
        before=first - WEEK if first > FIRST + WEEK else None,
        after=first + WEEK if first < newest else None,
        first=first,
        last=first + WEEK - ONE,
    )


def _letter(session: Session, athlete: AthleteView, day: date, *, week: bool) -> Letter:
    from strideiq.coach.briefing import briefing, review  # noqa: PLC0415  a start does without
    from strideiq.coach.citations import citations  # noqa: PLC0415  the same
    from strideiq.coach.engines.builtin.engine import phrases_of  # noqa: PLC0415  the same
    from strideiq.coach.tools.catalogue import TOOLS  # noqa: PLC0415  the same
    from strideiq.coach.tools.stated import toolbox  # noqa: PLC0415  the same
    from strideiq.coach.tools.tool import Scope  # noqa: PLC0415  the same

    scope = Scope(session, athlete.athlete_id, day)
    tools = toolbox(scope, TOOLS)
    written = (review if week else briefing)(tools, phrases_of(scope))
    evidence = tools.evidence
    metric = athlete.units == "metric"
    parts = []
    for position, one in enumerate(written.sentences, start=1):
        cited = tuple(citations(evidence, one.citations, metric=metric))
        kept = piece_of(Said(one.sentence, cited))
        if kept is not None:
            parts.append(part(PieceView(position, *kept)))
    # Noughts and sentences without a row are all that there is of somebody who recorded nothing.
    noughts = {figure.figure_id for figure in evidence.figures if not figure.value}
    tells = any(set(one.citations) - noughts for one in written.sentences)
    return Letter(day, tuple(parts) if tells else (), written.left_out if tells else 0)


def _today(athlete: AthleteView) -> date:
    return datetime.now(ZoneInfo(athlete.time_zone)).date()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
