"""Efforts by time, and what an athlete says of an effort.

Revision: 0015, after 0008.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("best_effort", sa.Column("measured", sa.Boolean(), nullable=True))
    op.create_table(
        "time_effort",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("achieved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        _of_an_activity("time_effort"),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "duration_s", name=op.f("time_effort_pkey")
        ),
    )
    op.create_index(
        op.f("time_effort_athlete_id_duration_s_distance_m_idx"),
        "time_effort",
        ["athlete_id", "duration_s", "distance_m"],
        unique=False,
    )
    op.create_table(
        "effort_correction",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("effort", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("elapsed_s", sa.Double(), nullable=True),
        sa.Column(
            "said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        _of_an_activity("effort_correction"),
        sa.PrimaryKeyConstraint(
            "athlete_id",
            "activity_id",
            "effort",
            "version",
            name=op.f("effort_correction_pkey"),
        ),
    )


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "What athletes said of their efforts would be lost. "
        "To go back, restore a backup: strongroom restore"
    )


def _of_an_activity(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id", "activity_id"],
        ["activity.athlete_id", "activity.activity_id"],
        name=op.f(f"{table}_athlete_id_activity_id_fkey"),
        ondelete="CASCADE",
    )
