"""The first tables: accounts, original files, activities, best efforts.

Revision: 0001, the first.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _source_files()
    _activities()
    _parts_of_activities()
    _best_efforts()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Before the first tables there is nothing: this would drop every row. "
        "To go back, restore a backup: strongroom restore"
    )


def _accounts() -> None:
    op.create_table(
        "athlete",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("units", sa.Text(), server_default="metric", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("units IN ('metric', 'imperial')", name=op.f("athlete_units_check")),
        sa.PrimaryKeyConstraint("athlete_id", name=op.f("athlete_pkey")),
        sa.UniqueConstraint("email", name=op.f("athlete_email_key")),
    )
    op.create_table(
        "sign_in",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("sign_in_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "token_hash", name=op.f("sign_in_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("sign_in_token_hash_key")),
    )


def _source_files() -> None:
    op.create_table(
        "source_file",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("source_file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("duplicate_of", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("records", sa.Integer(), server_default="0", nullable=False),
        sa.Column("parser_version", sa.Integer(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "verdict IN ('imported', 'partial', 'duplicate', 'failed')",
            name=op.f("source_file_verdict_check"),
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("source_file_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "source_file_id", name=op.f("source_file_pkey")),
        sa.UniqueConstraint("athlete_id", "sha256", name=op.f("source_file_athlete_id_sha256_key")),
    )


def _activities() -> None:
    op.create_table(
        "activity",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("source_file_id", sa.Uuid(), nullable=True),
        sa.Column("session_number", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("sport", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("elapsed_s", sa.Double(), nullable=False),
        sa.Column("moving_s", sa.Double(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=True),
        sa.Column("ascent_m", sa.Double(), nullable=True),
        sa.Column("descent_m", sa.Double(), nullable=True),
        sa.Column("average_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("max_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("average_cadence_spm", sa.Double(), nullable=True),
        sa.Column("average_power_w", sa.Double(), nullable=True),
        sa.Column("energy_kcal", sa.Double(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("device_serial", sa.Text(), nullable=True),
        sa.Column("sample_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id", "source_file_id"],
            ["source_file.athlete_id", "source_file.source_file_id"],
            name=op.f("activity_athlete_id_source_file_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("activity_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "activity_id", name=op.f("activity_pkey")),
    )
    op.create_index(
        op.f("activity_athlete_id_started_at_idx"),
        "activity",
        ["athlete_id", "started_at"],
        unique=False,
    )
    op.create_table(
        "activity_annotation",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column(
            "said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("activity_annotation_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "field", "version", name=op.f("activity_annotation_pkey")
        ),
    )


def _parts_of_activities() -> None:
    op.create_table(
        "activity_split",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("elapsed_s", sa.Double(), nullable=False),
        sa.Column("moving_s", sa.Double(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("average_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("ascent_m", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("activity_split_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "kind", "number", name=op.f("activity_split_pkey")
        ),
    )
    op.create_table(
        "activity_stream",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("activity_stream_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "channel", "level", name=op.f("activity_stream_pkey")
        ),
    )


def _best_efforts() -> None:
    op.create_table(
        "best_effort",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("elapsed_s", sa.Double(), nullable=False),
        sa.Column("start_s", sa.Double(), nullable=False),
        sa.Column("achieved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("best_effort_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "distance_m", name=op.f("best_effort_pkey")
        ),
    )
    op.create_index(
        op.f("best_effort_athlete_id_distance_m_elapsed_s_idx"),
        "best_effort",
        ["athlete_id", "distance_m", "elapsed_s"],
        unique=False,
    )
