"""The list of conversations, what is done with one, and what the athlete stated."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from strideiq.athletes.public import CurrentAthlete, made_once
from strideiq.coach import conversations, documents, facts
from strideiq.coach.errors import NoSuchConversationError, QuestionError
from strideiq.coach.leaving import leaving
from strideiq.coach.reading import turns_of
from strideiq.platform.database import DatabaseSession
from strideiq.platform.language import gettext as _
from strideiq.platform.pages import render

PAGE = "/coach"
PER_QUARTER_HOUR_MAX = 120
"""Questions of one athlete."""
QUARTER_HOUR_S = 15 * 60.0

router = APIRouter()


@router.get("/conversations")
def list_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    q: Annotated[str, Query(max_length=200)] = "",
    deleted: UUID | None = None,
    *,
    archived: bool = False,
) -> Response:
    """Show all conversations, or those in which something was said."""
    gone = conversations.one(session, athlete.athlete_id, deleted) if deleted else None
    return render(
        request,
        "coach/conversations.html",
        found=conversations.listed(session, athlete.athlete_id, q, archived=archived),
        q=q,
        archived=archived,
        gone=gone if gone and gone.deleted else None,
    )


@router.post("/conversations/{conversation_id}/rename")
def rename(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    conversation_id: UUID,
    title: Annotated[str, Form()] = "",
) -> Response:
    """Give a conversation another title."""
    conversations.rename(session, athlete.athlete_id, conversation_id, title)
    return RedirectResponse(f"{PAGE}/conversations/{conversation_id}", status_code=303)


@router.get("/conversations/{conversation_id}/export.{format}")
def export(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    conversation_id: UUID,
    format: Literal["md", "json"],  # noqa: A002  the name of the address's parameter
) -> Response:
    """Give a conversation as a document."""
    found = conversations.one(session, athlete.athlete_id, conversation_id)
    turns = turns_of(session, athlete.athlete_id, conversation_id)
    if format == "md":
        text = documents.markdown(found, turns, str(request.base_url).rstrip("/"))
        media_type = "text/markdown; charset=utf-8"
    else:
        text = json.dumps(documents.document(found, turns), indent=2, ensure_ascii=False)
        media_type = "application/json"
    name = re.sub(r"[^a-z0-9]+", "-", found.title.lower()).strip("-")[:60] or "conversation"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return Response(text, media_type=media_type, headers=headers)


@router.post("/conversations/{conversation_id}/{act}")
def act(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    conversation_id: UUID,
    act: conversations.Act,
) -> Response:
    """Pin, put away or delete a conversation, or take that back."""
    conversations.act(session, athlete.athlete_id, conversation_id, act)
    if act == "delete":
        address = f"{PAGE}/conversations?deleted={conversation_id}"
    elif act == "archive":
        address = f"{PAGE}/conversations"
    else:
        address = f"{PAGE}/conversations/{conversation_id}"
    return RedirectResponse(address, status_code=303)


@router.get("/facts")
def facts_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    gone: UUID | None = None,
) -> Response:
    """Show what the athlete stated, with the ways to correct it."""
    return _facts_page(request, session, athlete, gone=gone)


@router.post("/facts")
@made_once
def state(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    words: Annotated[str, Form()] = "",
) -> Response:
    """Keep something that the athlete states."""
    try:
        facts.state(session, athlete.athlete_id, words)
    except QuestionError as error:
        return _facts_page(request, session, athlete, wrong=error, typed=words)
    return RedirectResponse(f"{PAGE}/facts", status_code=303)


@router.post("/facts/{fact_id}")
def correct(
    session: DatabaseSession,
    athlete: CurrentAthlete,
    fact_id: UUID,
    words: Annotated[str, Form()] = "",
) -> Response:
    """Say a fact in other words."""
    facts.correct(session, athlete.athlete_id, fact_id, words)
    return RedirectResponse(f"{PAGE}/facts#fact-{fact_id}", status_code=303)


@router.post("/facts/{fact_id}/delete")
def take_back(session: DatabaseSession, athlete: CurrentAthlete, fact_id: UUID) -> Response:
    """State a fact no longer."""
    facts.take_back(session, athlete.athlete_id, fact_id)
    return RedirectResponse(f"{PAGE}/facts?gone={fact_id}", status_code=303)


@router.post("/facts/{fact_id}/restore")
def restore(session: DatabaseSession, athlete: CurrentAthlete, fact_id: UUID) -> Response:
    """State a fact again."""
    facts.restore(session, athlete.athlete_id, fact_id)
    return RedirectResponse(f"{PAGE}/facts#fact-{fact_id}", status_code=303)


def _facts_page(
    request: Request,
    session: DatabaseSession,
    athlete: CurrentAthlete,
    *,
    gone: UUID | None = None,
    wrong: QuestionError | None = None,
    typed: str = "",
) -> Response:
    taken_back = facts.fact(session, athlete.athlete_id, gone) if gone else None
    settings = request.app.state.runtime.settings
    return render(
        request,
        "coach/facts.html",
        status_code=wrong.http_status if wrong else 200,
        known=facts.facts(session, athlete.athlete_id),
        figures_in=facts.figures_in,
        gone=taken_back if taken_back and taken_back.words is None else None,
        leaving=leaving(session, settings, athlete.athlete_id),
        wrong=wrong,
        typed=typed,
    )


def conversation_in(text: str) -> UUID | None:
    """The conversation that a form names; None where it names none.

    Raises:
        NoSuchConversationError: what it names is no id.
    """
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NoSuchConversationError(
            _("There is no such conversation."), next_step=_("begin a new one")
        ) from error
