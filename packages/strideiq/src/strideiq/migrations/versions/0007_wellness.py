"""Wellness: what was said of each day with its history, food, injuries.

Revision: 0007, after 0006.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_in_value",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("figure", sa.Double(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), server_default="athlete", nullable=False),
        _said_at(),
        _of_athlete("check_in_value"),
        sa.PrimaryKeyConstraint(
            "athlete_id", "day", "field", "version", name=op.f("check_in_value_pkey")
        ),
    )
    _nutrition()
    op.create_table(
        "injury",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("injury_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        _of_athlete("injury"),
        sa.PrimaryKeyConstraint("athlete_id", "injury_id", name=op.f("injury_pkey")),
    )
    op.create_table(
        "wellness_version",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", postgresql.JSONB(), nullable=False),
        _said_at(),
        _of_athlete("wellness_version"),
        sa.PrimaryKeyConstraint(
            "athlete_id", "record_id", "version", name=op.f("wellness_version_pkey")
        ),
    )


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "This would drop every check-in, meal and injury. "
        "To go back, restore a backup: strongroom restore"
    )


def _nutrition() -> None:
    op.create_table(
        "nutrition_entry",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("nutrition_entry_id", sa.Uuid(), nullable=False),
        sa.Column("eaten_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("meal", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("energy_kcal", sa.Double(), nullable=True),
        sa.Column("carbohydrate_g", sa.Double(), nullable=True),
        sa.Column("protein_g", sa.Double(), nullable=True),
        sa.Column("fat_g", sa.Double(), nullable=True),
        sa.Column("fluid_ml", sa.Double(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        _of_athlete("nutrition_entry"),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("nutrition_entry_athlete_id_activity_id_fkey"),
            ondelete="SET NULL (activity_id)",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "nutrition_entry_id", name=op.f("nutrition_entry_pkey")
        ),
    )
    op.create_index(
        op.f("nutrition_entry_athlete_id_eaten_at_idx"),
        "nutrition_entry",
        ["athlete_id", "eaten_at"],
        unique=False,
    )


def _said_at() -> sa.Column[object]:
    return sa.Column(
        "said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _of_athlete(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id"],
        ["athlete.athlete_id"],
        name=op.f(f"{table}_athlete_id_fkey"),
        ondelete="CASCADE",
    )
