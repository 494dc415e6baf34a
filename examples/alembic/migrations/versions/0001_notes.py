"""The first table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "note", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text)
    )


def downgrade() -> None:
    """Every note would be lost; the guard has something to say about that."""
    op.drop_table("note")
