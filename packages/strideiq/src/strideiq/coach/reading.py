"""Conversations as they are read: their turns, what each answer said, whether it is being made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from strideiq.coach.engines.door import Exchange
from strideiq.coach.models import CoachPiece, CoachTurn

EXCHANGES_MAX = 8
"""How many earlier questions an engine is told of."""


@dataclass(frozen=True)
class PieceView:
    """One thing that happened in a turn; ``content`` as in ``pieces.py``."""

    position: int
    kind: str
    content: dict[str, Any]


@dataclass(frozen=True)
class TurnView:
    """A question with its answer as far as it has come."""

    turn_id: UUID
    conversation_id: UUID
    position: int
    question: str
    asked_at: datetime
    ended_at: datetime | None
    state: str
    """``answering``, ``whole``, ``stopped``, ``failed`` or ``interrupted``."""
    engine: str | None
    pieces: tuple[PieceView, ...]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The contents of the pieces of one kind."""
        return [piece.content for piece in self.pieces if piece.kind == kind]

    @property
    def answer(self) -> str:
        """What was shown, as text."""
        return " ".join(said["sentence"] for said in self.of_kind("said"))


def lock_key(turn_id: UUID) -> int:
    """The number of the lock that is held by whoever works on a turn."""
    return int.from_bytes(turn_id.bytes[:8], signed=True)


def is_worked_on(session: Session, turn_id: UUID) -> bool:
    """Whether somebody is answering a turn at this moment."""
    free = session.scalar(
        text("SELECT pg_try_advisory_xact_lock_shared(:key)"), {"key": lock_key(turn_id)}
    )
    return not free


def turns_of(
    session: Session, athlete_id: UUID, conversation_id: UUID, last: int | None = None
) -> list[TurnView]:
    """The turns of a conversation in their order; with ``last``, no more than so many."""
    query = select(CoachTurn).where(
        CoachTurn.athlete_id == athlete_id, CoachTurn.conversation_id == conversation_id
    )
    rows = session.scalars(query.order_by(CoachTurn.position.desc()).limit(last)).all()
    return _viewed(session, athlete_id, rows[::-1])


def turn_of(session: Session, athlete_id: UUID, turn_id: UUID) -> TurnView | None:
    """One turn, or None where the athlete has no such one."""
    row = session.get(CoachTurn, (athlete_id, turn_id), populate_existing=True)
    return _viewed(session, athlete_id, [row])[0] if row else None


def _viewed(session: Session, athlete_id: UUID, rows: Sequence[CoachTurn]) -> list[TurnView]:
    # Whether a turn has ended is asked before its pieces are read: it has no more than those.
    states = {row.turn_id: _state(session, row) for row in rows}
    pieces: dict[UUID, list[PieceView]] = {row.turn_id: [] for row in rows}
    for piece in session.scalars(
        select(CoachPiece)
        .where(CoachPiece.athlete_id == athlete_id, CoachPiece.turn_id.in_(pieces))
        .order_by(CoachPiece.position)
    ):
        pieces[piece.turn_id].append(PieceView(piece.position, piece.kind, piece.content))
    return [
        TurnView(
            row.turn_id,
            row.conversation_id,
            row.position,
            row.question,
            row.asked_at,
            row.ended_at,
            states[row.turn_id],
            row.engine,
            tuple(pieces[row.turn_id]),
        )
        for row in rows
    ]


def _state(session: Session, row: CoachTurn) -> str:
    if row.state == "answering" and not is_worked_on(session, row.turn_id):
        # It may have ended between the two looks.
        session.refresh(row, ["state", "engine", "ended_at"])
        return "interrupted" if row.state == "answering" else row.state
    return row.state


def exchanges(
    session: Session, athlete_id: UUID, conversation_id: UUID, before: UUID | None = None
) -> tuple[Exchange, ...]:
    """The newest questions of a conversation with what was shown as their answers."""
    turns = turns_of(session, athlete_id, conversation_id, EXCHANGES_MAX + 1)
    return tuple(Exchange(turn.question, turn.answer) for turn in turns if turn.turn_id != before)
