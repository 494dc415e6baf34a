"""The running performance index that a best effort shows, kept beside it.

Efforts that were derived before have none, and are asked as they were: it is reckoned while they
are read, until they are derived anew.

Revision: 0070, after 0061.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("best_effort", sa.Column("performance_index", sa.Double(), nullable=True))


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Nothing would be lost, but the newer program asks for this column. "
        "To go back, restore a backup: strongroom restore"
    )
