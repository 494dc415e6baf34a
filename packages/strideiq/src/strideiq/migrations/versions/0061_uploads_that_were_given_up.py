"""When the last part of an upload came, and when an abandoned one gave its room back.

Revision: 0061, after 0060.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("last_part_at", "abandoned_at"):
        op.add_column("upload", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would forget which uploads were given up, and take their parts for whole. "
        "To go back, restore a backup: strongroom restore"
    )
