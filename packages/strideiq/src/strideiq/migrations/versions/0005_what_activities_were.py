"""What each activity was for the body, derived from its samples.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity_load",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("running_s", sa.Double(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("flat_distance_m", sa.Double(), nullable=True),
        sa.Column("normalised_speed_mps", sa.Double(), nullable=True),
        sa.Column("mean_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("top_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("efficiency_m_per_beat", sa.Double(), nullable=True),
        sa.Column("decoupling", sa.Double(), nullable=True),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("activity_load_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "activity_id", name=op.f("activity_load_pkey")),
    )


def downgrade() -> None:
    # Derived rows: what is dropped here is computed anew from the samples.
    op.drop_table("activity_load")
