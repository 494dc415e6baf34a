"""The coach for programs: ask a question, read conversations. Days are ISO 8601, times are UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from strideiq.athletes.public import AthleteView, token_athlete
from strideiq.coach import conversations
from strideiq.coach.documents import turn_document
from strideiq.coach.errors import NoSuchConversationError
from strideiq.coach.reading import turn_of, turns_of
from strideiq.coach.routes_lists import PER_QUARTER_HOUR_MAX, QUARTER_HOUR_S
from strideiq.coach.service import Work, coach_of
from strideiq.coach.turns import AskedBeforeError
from strideiq.platform.api import UNCHANGED, ApiRequest, api_router, tagged
from strideiq.platform.database import DatabaseSession
from strideiq.platform.language import gettext as _
from strideiq.platform.security import rate_limit, sent_by_program

LISTED = 50

api = api_router()

Reader = Annotated[AthleteView, token_athlete("coach:read")]
Asker = Annotated[AthleteView, token_athlete("coach:ask")]


class Asked(ApiRequest):
    """A question, and the conversation that it goes on with."""

    question: str = Field(description="At most 4,000 characters.")
    conversation_id: UUID | None = None


class CitationDocument(BaseModel):
    """A row that a sentence rests on."""

    evidence_id: str
    said: str = Field(description="The value as people read it.")
    formula_version: int | None
    kind: str
    row_id: str
    name: str
    first_day: date | None
    last_day: date | None
    address: str = Field(description="The page that shows the row.")


class SentenceDocument(BaseModel):
    """A sentence of an answer, with what it rests on."""

    sentence: str
    citations: list[CitationDocument]


class WithheldDocument(BaseModel):
    """A sentence that is not shown, since the evidence does not say it."""

    sentence: str
    why: str


class TurnDocument(BaseModel):
    """A question with its answer."""

    conversation_id: UUID
    turn_id: UUID
    question: str
    asked_at: datetime
    state: str = Field(examples=["whole", "answering", "stopped", "interrupted", "failed"])
    engine: str | None
    answer: list[SentenceDocument]
    withheld: list[WithheldDocument]
    steps: list[dict[str, Any]] = Field(description="What was looked up, with the evidence.")
    fallen: list[dict[str, Any]] = Field(description="Engines that could not go on.")


class ConversationDocument(BaseModel):
    """A conversation as lists show it."""

    model_config = ConfigDict(from_attributes=True)

    conversation_id: UUID
    title: str
    created_at: datetime
    last_at: datetime
    questions: int
    pinned: bool
    archived: bool


class WholeConversation(ConversationDocument):
    """A conversation with its turns."""

    turns: list[TurnDocument]


@api.post("/coach/ask", summary="Ask the coach, and wait for the answer")
def ask(request: Request, athlete: Asker, asked: Asked) -> TurnDocument:
    """Keep the question, answer it, and give the answer with what each sentence rests on."""
    rate_limit(request, "coach", PER_QUARTER_HOUR_MAX, QUARTER_HOUR_S).attempt(
        str(athlete.athlete_id)
    )
    runtime = request.app.state.runtime
    coach = coach_of(runtime, athlete)
    sent = sent_by_program(request, asked.model_dump_json())
    try:
        work = Work(runtime, athlete, coach, asked.question, asked.conversation_id, sent)
        work.wait()
        turn_id = work.turn.turn_id
    except AskedBeforeError as error:
        turn_id = error.turn_id
    with runtime.sessions() as session:
        turn = turn_of(session, athlete.athlete_id, turn_id)
    if turn is None:
        raise NoSuchConversationError(
            _("There is no such conversation."), next_step=_("begin a new one")
        )
    return TurnDocument.model_validate(turn_document(turn))


@api.get("/coach/conversations", summary="Conversations, the newest question first")
def conversation_list(
    session: DatabaseSession,
    athlete: Reader,
    q: Annotated[str, Query(max_length=200, description="Looked for in what was said.")] = "",
    limit: Annotated[int, Query(ge=1, le=LISTED)] = LISTED,
) -> list[ConversationDocument]:
    """Give the conversations of the athlete; deleted ones are left out."""
    found = conversations.listed(session, athlete.athlete_id, q.replace("\x00", ""), limit=limit)
    return [ConversationDocument.model_validate(one) for one in found]


@api.get(
    "/coach/conversations/{conversation_id}",
    summary="One conversation",
    response_model=WholeConversation,
    responses=UNCHANGED,
)
def conversation(
    request: Request, session: DatabaseSession, athlete: Reader, conversation_id: UUID
) -> Response:
    """Give a conversation with its turns; another athlete's looks as if there were none."""
    found = conversations.one(session, athlete.athlete_id, conversation_id)
    turns = turns_of(session, athlete.athlete_id, conversation_id)
    document = WholeConversation(
        **ConversationDocument.model_validate(found).model_dump(),
        turns=[TurnDocument.model_validate(turn_document(turn)) for turn in turns],
    )
    return tagged(request, document)
