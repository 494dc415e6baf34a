"""The conversations of an athlete: listed, searched, named, put away, deleted with undo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from strideiq.coach.errors import NoSuchConversationError, QuestionError
from strideiq.coach.models import CoachConversation, CoachPiece, CoachTurn
from strideiq.platform.language import gettext as _

Act = Literal["pin", "unpin", "archive", "unarchive", "delete", "restore"]

TITLE_LENGTH_MAX = 120
LISTED_MAX = 100
COLUMN_AND_VALUE = {
    "pin": ("pinned_at", True),
    "unpin": ("pinned_at", False),
    "archive": ("archived_at", True),
    "unarchive": ("archived_at", False),
    "delete": ("deleted_at", True),
    "restore": ("deleted_at", False),
}


@dataclass(frozen=True)
class ConversationView:
    """A conversation as lists show it."""

    conversation_id: UUID
    title: str
    created_at: datetime
    last_at: datetime
    """When its last question was asked."""
    questions: int
    pinned: bool
    archived: bool
    deleted: bool


def listed(
    session: Session,
    athlete_id: UUID,
    query: str = "",
    *,
    archived: bool = False,
    limit: int = LISTED_MAX,
) -> list[ConversationView]:
    """Conversations with the newest question first, pinned ones before all.

    ``query`` is looked for in titles, questions and answers, as a web search is written.
    """
    conditions: list[ColumnElement[bool]] = [CoachConversation.deleted_at.is_(None)]
    if query.strip():
        conditions.append(_says(athlete_id, query.strip()))
    else:
        put_away = CoachConversation.archived_at
        conditions.append(put_away.is_not(None) if archived else put_away.is_(None))
    last_at = func.coalesce(func.max(CoachTurn.asked_at), CoachConversation.created_at)
    pinned_first = CoachConversation.pinned_at.is_(None)
    rows = session.execute(
        _with_turns(athlete_id)
        .where(*conditions)
        .order_by(pinned_first, last_at.desc(), CoachConversation.conversation_id)
        .limit(limit)
    )
    return [_viewed(*row) for row in rows]


def one(session: Session, athlete_id: UUID, conversation_id: UUID) -> ConversationView:
    """One conversation, also a deleted one, so that it can be brought back.

    Raises:
        NoSuchConversationError: the athlete has none with this id.
    """
    row = session.execute(
        _with_turns(athlete_id).where(CoachConversation.conversation_id == conversation_id)
    ).one_or_none()
    if row is None:
        raise _missing()
    return _viewed(*row)


def rename(session: Session, athlete_id: UUID, conversation_id: UUID, title: str) -> None:
    """Give a conversation another title.

    Raises:
        NoSuchConversationError: the athlete has none with this id.
        QuestionError: the title is empty or too long.
    """
    line = " ".join(title.replace("\x00", "").split())
    if not line or len(line) > TITLE_LENGTH_MAX:
        raise QuestionError(
            _("A title has between one and %(most)d characters.") % {"most": TITLE_LENGTH_MAX},
            next_step=_("choose a shorter one") if line else _("write one"),
        )
    _row(session, athlete_id, conversation_id).title = line


def act(session: Session, athlete_id: UUID, conversation_id: UUID, what: Act) -> None:
    """Pin, put away or delete a conversation, or take that back.

    Raises:
        NoSuchConversationError: the athlete has none with this id.
    """
    column, holds = COLUMN_AND_VALUE[what]
    row = _row(session, athlete_id, conversation_id)
    setattr(row, column, datetime.now(UTC) if holds else None)


def _row(session: Session, athlete_id: UUID, conversation_id: UUID) -> CoachConversation:
    row = session.get(CoachConversation, (athlete_id, conversation_id))
    if row is None:
        raise _missing()
    return row


def _missing() -> NoSuchConversationError:
    return NoSuchConversationError(
        _("There is no such conversation."), next_step=_("begin a new one")
    )


def _with_turns(athlete_id: UUID):  # type: ignore[no-untyped-def]  # noqa: ANN202  a select of many columns
    return (
        select(CoachConversation, func.max(CoachTurn.asked_at), func.count(CoachTurn.turn_id))
        .outerjoin(
            CoachTurn,
            (CoachTurn.athlete_id == CoachConversation.athlete_id)
            & (CoachTurn.conversation_id == CoachConversation.conversation_id),
        )
        .where(CoachConversation.athlete_id == athlete_id)
        .group_by(CoachConversation.athlete_id, CoachConversation.conversation_id)
    )


def _says(athlete_id: UUID, query: str) -> ColumnElement[bool]:
    """Whether what stands in a conversation, taken together, says what is looked for."""
    sentence = CoachPiece.content["sentence"].astext
    answers = (
        select(func.string_agg(sentence, " "))
        .where(
            CoachPiece.athlete_id == athlete_id,
            CoachPiece.turn_id == CoachTurn.turn_id,
            CoachPiece.kind == "said",
        )
        .correlate(CoachTurn)
        .scalar_subquery()
    )
    turn_text = func.concat_ws(" ", CoachTurn.question, answers)
    turns_text = (
        select(func.string_agg(turn_text, " "))
        .where(
            CoachTurn.athlete_id == athlete_id,
            CoachTurn.conversation_id == CoachConversation.conversation_id,
        )
        .correlate(CoachConversation)
        .scalar_subquery()
    )
    everything = func.concat_ws(" ", CoachConversation.title, turns_text)
    return or_(
        *(
            func.to_tsvector(language, everything).op("@@")(
                func.websearch_to_tsquery(language, query)
            )
            for language in ("english", "simple")
        )
    )


def _viewed(row: CoachConversation, last_at: datetime | None, questions: int) -> ConversationView:
    return ConversationView(
        row.conversation_id,
        row.title,
        row.created_at,
        last_at or row.created_at,
        questions,
        row.pinned_at is not None,
        row.archived_at is not None,
        row.deleted_at is not None,
    )
