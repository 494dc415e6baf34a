"""The queue of imports: batches, their files with verdicts, and large files in parts.

Revision: 0003, after 0002. Only adds: three tables, and a column that may be empty.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("source_file", sa.Column("listed", postgresql.JSONB(), nullable=True))
    _batches()
    _items()
    _uploads()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "This would drop the verdicts of imports. To go back, restore a backup: strongroom restore"
    )


def _batches() -> None:
    op.create_table(
        "import_batch",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("came_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("import_batch_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "batch_id", name=op.f("import_batch_pkey")),
    )
    op.create_index(
        op.f("import_batch_athlete_id_created_at_idx"), "import_batch", ["athlete_id", "created_at"]
    )


def _items() -> None:
    op.create_table(
        "import_item",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_archive", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("upload_id", sa.Uuid(), nullable=True),
        sa.Column("source_file_id", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("records", sa.Integer(), server_default="0", nullable=False),
        sa.Column("activity_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done')", name=op.f("import_item_state_check")),
        sa.ForeignKeyConstraint(
            ["athlete_id", "batch_id"],
            ["import_batch.athlete_id", "import_batch.batch_id"],
            name=op.f("import_item_athlete_id_batch_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "item_id", name=op.f("import_item_pkey")),
    )
    op.create_index(
        op.f("import_item_athlete_id_batch_id_number_idx"),
        "import_item",
        ["athlete_id", "batch_id", "number"],
    )
    op.create_index(
        "import_item_waiting_idx",
        "import_item",
        ["number"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("upload_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "upload_id", name=op.f("upload_pkey")),
    )
    op.create_table(
        "upload_part",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "upload_id"],
            ["upload.athlete_id", "upload.upload_id"],
            name=op.f("upload_part_athlete_id_upload_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "upload_id", "number", name=op.f("upload_part_pkey")),
    )
