"""Forms that made something, so that the same form sent again makes nothing more.

Revision: 0090, after 0081.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_form",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("form_key", sa.LargeBinary(), nullable=False),
        sa.Column("said_hash", sa.LargeBinary(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("sent_form_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "form_key", name=op.f("sent_form_pkey")),
    )


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Nothing would be lost, but the newer program asks for this table. "
        "To go back, restore a backup: strongroom restore"
    )
