"""API tokens: a hash of each, with its scopes.

Revision: 0008, after 0007.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("api_token_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "token_id", name=op.f("api_token_pkey")),
        sa.UniqueConstraint("athlete_id", "name", name=op.f("api_token_athlete_id_name_key")),
        sa.UniqueConstraint("token_hash", name=op.f("api_token_token_hash_key")),
    )


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would drop every API token. To go back, restore a backup: strongroom restore"
    )
