"""What an athlete lets a language model know.

Revision: 0081, after 0080.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coach_choice",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("built_in_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("kept_back", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("coach_choice_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", name=op.f("coach_choice_pkey")),
    )


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would tell a model what athletes keep from it. "
        "To go back, restore a backup: strongroom restore"
    )
