"""Tables of the coach: conversations, their turns piece by piece, facts, models."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    ForeignKeyConstraint,
    Numeric,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class CoachConversation(Base):
    """A conversation with the coach. ``deleted_at`` is a tombstone with undo."""

    __tablename__ = "coach_conversation"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    """The first question, shortened, until the athlete names it otherwise."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    pinned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CoachTurn(Base):
    """A question of a conversation, kept before anything is done with it, and how its answer ended.

    The answer itself is in ``coach_piece``. A turn that nobody has ended, and that nobody works
    on any more, was interrupted.
    """

    __tablename__ = "coach_turn"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "conversation_id"],
            ["coach_conversation.athlete_id", "coach_conversation.conversation_id"],
            ondelete="CASCADE",
        ),
        UniqueConstraint("athlete_id", "conversation_id", "position"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID]
    position: Mapped[int]
    """1 for the first question of the conversation, counting up."""
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    state: Mapped[str] = mapped_column(Text, server_default="answering")
    """``answering``, then ``whole``, ``stopped``, ``failed`` or ``interrupted``."""
    engine: Mapped[str | None] = mapped_column(Text)
    """The engine that answered at the end."""
    stop_asked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the athlete stopped it."""
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class CoachPiece(Base):
    """One thing that happened in a turn, kept as soon as it did, with the evidence of its day.

    Rows are added and never changed: an old answer still shows what it rested on then.
    """

    __tablename__ = "coach_piece"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "turn_id"],
            ["coach_turn.athlete_id", "coach_turn.turn_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first thing, counting up."""
    kind: Mapped[str] = mapped_column(Text)
    """``looked``, ``said``, ``withheld`` or ``fallen``."""
    content: Mapped[Any] = mapped_column(JSONB)
    """See ``pieces.py``."""
    happened_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class CoachFact(Base):
    """What the athlete stated, in their words, with its history.

    The newest version counts; one without words takes the fact back.
    """

    __tablename__ = "coach_fact"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first words, counting up."""
    words: Mapped[str | None] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class CoachSpending(Base):
    """What an athlete's questions have used of a language model on one day, counted in UTC.

    What an answer may use is held before it is asked for. An answer that breaks off with the
    program leaves that held, so that nothing is ever counted too low.
    """

    __tablename__ = "coach_spending"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    input_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    output_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    held_tokens: Mapped[int] = mapped_column(BigInteger, server_default="0")
    cost_usd: Mapped[Decimal] = mapped_column(Numeric(18, 9), server_default="0")
    """At the prices that were set when it was used."""
    held_usd: Mapped[Decimal] = mapped_column(Numeric(18, 9), server_default="0")


class CoachChoice(Base):
    """What an athlete lets a language model know, within the settings; no row chooses nothing."""

    __tablename__ = "coach_choice"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    built_in_only: Mapped[bool] = mapped_column(server_default="false")
    kept_back: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Words of ``leaving.KINDS`` that no model is told."""
