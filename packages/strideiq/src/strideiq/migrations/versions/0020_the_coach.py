"""The coach: conversations, turns, their pieces, what the athlete stated.

Revision: 0020, after 0018.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _conversations()
    _turns()
    _pieces()
    _facts()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would drop every conversation. To go back, restore a backup: strongroom restore"
    )


def _conversations() -> None:
    op.create_table(
        "coach_conversation",
        _uuid("athlete_id"),
        _uuid("conversation_id"),
        sa.Column("title", sa.Text(), nullable=False),
        _moment("created_at"),
        _later("pinned_at"),
        _later("archived_at"),
        _later("deleted_at"),
        _of_athlete("coach_conversation"),
        sa.PrimaryKeyConstraint(
            "athlete_id", "conversation_id", name=op.f("coach_conversation_pkey")
        ),
    )


def _turns() -> None:
    op.create_table(
        "coach_turn",
        _uuid("athlete_id"),
        _uuid("turn_id"),
        _uuid("conversation_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        _moment("asked_at"),
        sa.Column("state", sa.Text(), server_default="answering", nullable=False),
        sa.Column("engine", sa.Text(), nullable=True),
        _later("stop_asked_at"),
        _later("ended_at"),
        sa.ForeignKeyConstraint(
            ["athlete_id", "conversation_id"],
            ["coach_conversation.athlete_id", "coach_conversation.conversation_id"],
            name=op.f("coach_turn_athlete_id_conversation_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "turn_id", name=op.f("coach_turn_pkey")),
        sa.UniqueConstraint(
            "athlete_id",
            "conversation_id",
            "position",
            name=op.f("coach_turn_athlete_id_conversation_id_position_key"),
        ),
    )


def _pieces() -> None:
    op.create_table(
        "coach_piece",
        _uuid("athlete_id"),
        _uuid("turn_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        _moment("happened_at"),
        sa.ForeignKeyConstraint(
            ["athlete_id", "turn_id"],
            ["coach_turn.athlete_id", "coach_turn.turn_id"],
            name=op.f("coach_piece_athlete_id_turn_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "turn_id", "position", name=op.f("coach_piece_pkey")),
    )


def _facts() -> None:
    op.create_table(
        "coach_fact",
        _uuid("athlete_id"),
        _uuid("fact_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        _moment("said_at"),
        _of_athlete("coach_fact"),
        sa.PrimaryKeyConstraint("athlete_id", "fact_id", "version", name=op.f("coach_fact_pkey")),
    )


def _uuid(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _later(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _of_athlete(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id"],
        ["athlete.athlete_id"],
        name=op.f(f"{table}_athlete_id_fkey"),
        ondelete="CASCADE",
    )
