"""What an athlete's questions have used of a language model, day by day.

Revision: 0080, after 0070.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "coach_spending",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("input_tokens", "output_tokens", "held_tokens")
        ),
        *(
            sa.Column(name, sa.Numeric(18, 9), server_default="0", nullable=False)
            for name in ("cost_usd", "held_usd")
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("coach_spending_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "day", name=op.f("coach_spending_pkey")),
    )


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would begin every limit of a day and a month anew. "
        "To go back, restore a backup: strongroom restore"
    )
