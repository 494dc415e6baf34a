"""What a service says of a file that it hands in, kept while the file waits.

Revision: 0040, after 0030.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import_item", sa.Column("listed", postgresql.JSONB(), nullable=True))


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "What services said of files that still wait would be lost. "
        "To go back, restore a backup: strongroom restore"
    )
