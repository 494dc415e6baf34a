"""Workouts of an athlete's own: planned by no plan, and so rows without one.

Revision: 0060, after 0040.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("planned_workout", "plan_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("planned_workout", sa.Column("made_index", sa.Double(), nullable=True))
    op.create_foreign_key(
        op.f("planned_workout_athlete_id_fkey"),
        "planned_workout",
        "athlete",
        ["athlete_id"],
        ["athlete_id"],
        ondelete="CASCADE",
        postgresql_not_valid=True,
    )
    op.execute("ALTER TABLE planned_workout VALIDATE CONSTRAINT planned_workout_athlete_id_fkey")


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would drop every workout that an athlete has added. "
        "To go back, restore a backup: strongroom restore"
    )
