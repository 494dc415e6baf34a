"""The coach's pages: a conversation, a question with its answer as it comes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

from strideiq.athletes.public import AthleteView, CurrentAthlete
from strideiq.coach import conversations, facts, streaming, turns
from strideiq.coach.errors import NoSuchConversationError
from strideiq.coach.leaving import leaving
from strideiq.coach.reading import TurnView, turn_of, turns_of
from strideiq.coach.routes_letters import router as letters_router
from strideiq.coach.routes_lists import PAGE, PER_QUARTER_HOUR_MAX, QUARTER_HOUR_S, conversation_in
from strideiq.coach.routes_lists import router as lists_router
from strideiq.coach.routes_model import router as model_router
from strideiq.coach.service import Work, coach_of
from strideiq.coach.shown import answer, look, part
from strideiq.coach.starters import starters
from strideiq.coach.turns import AskedBeforeError
from strideiq.platform.database import DatabaseSession
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import by_htmx, formats, render
from strideiq.platform.security import rate_limit

RECENT = 12
SHOWN_MAX = 60
"""Turns of a long conversation that its page shows; earlier ones are on a page of their own."""

router = APIRouter(prefix=PAGE, include_in_schema=False)
router.include_router(lists_router)
router.include_router(model_router)
router.include_router(letters_router)


@router.get("")
def new_page(request: Request, session: DatabaseSession, athlete: CurrentAthlete) -> Response:
    """Show the beginning of a conversation, with what one could ask."""
    return _page(request, session, athlete, None)


@router.get("/conversations/{conversation_id}")
def conversation_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    conversation_id: UUID,
    *,
    whole: Annotated[bool, Query(alias="all")] = False,
) -> Response:
    """Show a conversation; a deleted one with the way to bring it back."""
    return _page(request, session, athlete, conversation_id, whole=whole)


@router.post("/ask")
def ask(
    request: Request,
    athlete: CurrentAthlete,
    question: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
    conversation_id: Annotated[str, Form()] = "",
) -> Response:
    """Keep a question and answer it: a script hears of it as it comes, a form when it is whole.

    ``again`` is one that was offered to be asked, and goes before what was typed.
    """
    rate_limit(request, "coach", PER_QUARTER_HOUR_MAX, QUARTER_HOUR_S).attempt(
        str(athlete.athlete_id)
    )
    runtime = request.app.state.runtime
    coach, wanted = coach_of(runtime, athlete), again or question
    # A script's page stays open, and may ask the same thing a second time on purpose.
    sent = None if by_htmx(request) else getattr(request.state, "sent", None)
    try:
        work = Work(runtime, athlete, coach, wanted, conversation_in(conversation_id), sent)
    except AskedBeforeError as error:
        return RedirectResponse(f"{PAGE}/conversations/{error.turn}", status_code=303)
    address = f"{PAGE}/conversations/{work.turn.conversation_id}"
    if not by_htmx(request):
        work.wait()
        return RedirectResponse(f"{address}#turn-{work.turn.turn_id}", status_code=303)
    with runtime.sessions() as session:
        turn = _turn(session, athlete, work.turn.turn_id)
        response = _turn_part(request, turn, "coach/_turn.html")
    response.headers["HX-Push-Url"] = address
    return response


@router.get("/turns/{turn_id}/events")
async def events(
    request: Request,
    athlete: CurrentAthlete,
    session: DatabaseSession,
    turn_id: UUID,
    after: Annotated[int, Query(ge=0)] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
) -> Response:
    """Give what happens in a turn, from a piece on, until it ends."""
    _turn(session, athlete, turn_id)
    known = _known(session, athlete)
    session.commit()  # nothing is held while the answer is waited for
    shown = formats(request)
    pages = request.app.state.pages.environment

    def rendered(name: str, turn: TurnView) -> str:
        context = {"view": answer(turn, shown, known), "f": shown, "request": request}
        if name == "end":
            return str(pages.get_template("coach/_end.html").render(context))
        piece = next(one for one in turn.pieces if str(one.position) == name)
        if piece.kind == "looked":
            context["look"] = look(piece.content, shown)
            return str(pages.get_template("coach/_look.html").render(context))
        if piece.kind == "withheld":
            return ""
        context["part"] = part(piece)
        return str(pages.get_template("coach/_part.html").render(context))

    return StreamingResponse(
        streaming.followed(
            request.app.state.runtime,
            athlete.athlete_id,
            turn_id,
            max(after, last_event_id or 0),
            rendered,
        ),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.post("/turns/{turn_id}/stop")
def stop(
    request: Request, session: DatabaseSession, athlete: CurrentAthlete, turn_id: UUID
) -> Response:
    """Stop an answer; what was said until then stays."""
    turn = _turn(session, athlete, turn_id)
    turns.stop(session, athlete.athlete_id, turn_id)
    if by_htmx(request):
        return Response(status_code=204)
    return RedirectResponse(f"{PAGE}/conversations/{turn.conversation_id}", status_code=303)


def _page(
    request: Request,
    session: Session,
    athlete: AthleteView,
    conversation_id: UUID | None,
    *,
    whole: bool = False,
) -> Response:
    conversation = (
        conversations.one(session, athlete.athlete_id, conversation_id) if conversation_id else None
    )
    shown = (
        turns_of(session, athlete.athlete_id, conversation_id, None if whole else SHOWN_MAX)
        if conversation_id
        else []
    )
    known = _known(session, athlete)
    return render(
        request,
        "coach/coach.html",
        conversation=conversation,
        answers=[answer(turn, formats(request), known) for turn in shown],
        earlier=bool(shown) and shown[0].position > 1,
        recent=conversations.listed(session, athlete.athlete_id, limit=RECENT),
        starters=[] if shown else starters(session, athlete),
        leaving=leaving(session, request.app.state.runtime.settings, athlete.athlete_id),
        question_length_max=turns.QUESTION_LENGTH_MAX,
    )


def _turn_part(request: Request, turn: TurnView, template: str) -> Response:
    return render(request, template, view=answer(turn, formats(request)))


def _known(session: Session, athlete: AthleteView) -> frozenset[str]:
    return frozenset(one.words or "" for one in facts.facts(session, athlete.athlete_id))


def _turn(session: Session, athlete: AthleteView, turn_id: UUID) -> TurnView:
    turn = turn_of(session, athlete.athlete_id, turn_id)
    if turn is None:
        raise NoSuchConversationError(
            _("There is no such conversation."), next_step=_("begin a new one")
        )
    return turn
