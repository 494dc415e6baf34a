"""Who answers: the model and its limits, what it is told, and what a question would send."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.coach import turns
from strideiq.coach.errors import QuestionError
from strideiq.coach.leaving import KINDS, Preview, leaving, preview
from strideiq.coach.routes_lists import PAGE, PER_QUARTER_HOUR_MAX, QUARTER_HOUR_S, conversation_in
from strideiq.platform.database import DatabaseSession
from strideiq.platform.pages import render
from strideiq.platform.security import rate_limit
from strideiq.platform.settings import Settings

MODEL_PAGE = f"{PAGE}/model"

router = APIRouter()


@dataclass(frozen=True)
class Meter:
    """What was used of a limit. Tokens are of today, dollars of this month, both in UTC."""

    tokens: int
    tokens_most: int
    held_tokens: int
    priced: bool
    cost_usd: Decimal
    """What is held for answers that are being made, or that broke off, included."""
    cost_most_usd: Decimal | None
    used_up: str


@router.get("/model")
def model_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show who answers, what that has used, and what of the record is told to it."""
    return _page(request, session, athlete)


@router.post("/model")
def choose(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    *,
    model_answers: Annotated[bool, Form()] = False,
    told: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Keep what a model may know; what is not ticked is kept back."""
    from strideiq.coach import choice  # noqa: PLC0415  a start does without

    kept_back = set(KINDS) - set(told or ())
    choice.choose(session, athlete.athlete_id, built_in_only=not model_answers, kept_back=kept_back)
    return RedirectResponse(f"{MODEL_PAGE}#leaves", status_code=303)


@router.post("/model/preview")
def preview_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    question: Annotated[str, Form()] = "",
    conversation_id: Annotated[str, Form()] = "",
) -> Response:
    """Show what would be sent for a question, and send nothing."""
    rate_limit(request, "coach", PER_QUARTER_HOUR_MAX, QUARTER_HOUR_S).attempt(
        str(athlete.athlete_id)
    )
    settings = request.app.state.runtime.settings
    conversation = conversation_in(conversation_id)
    try:
        shown = preview(session, settings, athlete, question, conversation)
    except QuestionError as error:
        return _page(request, session, athlete, wrong=error, typed=question)
    return _page(
        request, session, athlete, shown=shown, typed=question, conversation_id=conversation_id
    )


def _page(
    request: Request,
    session: Session,
    athlete: AthleteView,
    *,
    shown: Preview | None = None,
    wrong: QuestionError | None = None,
    typed: str = "",
    conversation_id: str = "",
) -> Response:
    settings = request.app.state.runtime.settings
    return render(
        request,
        "coach/model.html",
        status_code=wrong.http_status if wrong else 200,
        leaving=leaving(session, settings, athlete.athlete_id),
        kinds=KINDS,
        meter=_meter(session, settings, athlete),
        shown=shown,
        wrong=wrong,
        typed=typed,
        conversation_id=conversation_id,
        question_length_max=turns.QUESTION_LENGTH_MAX,
    )


def _meter(session: Session, settings: Settings, athlete: AthleteView) -> Meter | None:
    """What was used; None where the settings name no model."""
    from strideiq.coach.budget import spent  # noqa: PLC0415  a start does without
    from strideiq.coach.engines.language_model.configuration import (  # noqa: PLC0415  the same
        configuration_of,
    )
    from strideiq.coach.engines.language_model.spending import utc_today  # noqa: PLC0415  the same

    configuration = configuration_of(settings)
    if configuration is None:
        return None
    limits = configuration.limits
    found = spent(session, athlete.athlete_id, utc_today())
    return Meter(
        found.tokens + found.held_tokens,
        limits.tokens_per_day,
        found.held_tokens,
        bool(limits.input_price_usd or limits.output_price_usd),
        found.cost_usd + found.held_usd,
        limits.cost_per_month_usd,
        found.refusal(limits),
    )
