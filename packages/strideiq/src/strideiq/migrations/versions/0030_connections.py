"""Connections to services, what is to be fetched from them, and what they only lend.

Revision: 0030, after 0020. The two tables of loans are unlogged on purpose: what a service's
terms let nobody keep must be in no backup, and the service is asked again after a crash.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("activity", sa.Column("lender", sa.Text(), nullable=True))
    _connection()
    _job()
    _loan()
    _loan_stream()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "Going back would drop every connection. To go back, restore a backup: strongroom restore"
    )


def _connection() -> None:
    op.create_table(
        "connection",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        _moment("secrets_expire_at"),
        sa.Column("cursor", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("subscription", sa.Text(), nullable=True),
        sa.Column("jobs_done", sa.Integer(), server_default="0", nullable=False),
        _moment("limited_until"),
        _moment("paused_at"),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("next_step", sa.Text(), nullable=True),
        sa.Column(
            "connected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        _moment("synced_at"),
        _moment("ended_at"),
        sa.CheckConstraint(
            "state IN ('connected', 'failing', 'revoked', 'disconnected')",
            name=op.f("connection_state_check"),
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("connection_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "service", name=op.f("connection_pkey")),
    )
    op.create_index(op.f("connection_service_account_idx"), "connection", ["service", "account"])


def _job() -> None:
    op.create_table(
        "connection_job",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("wanted", sa.Integer(), server_default="1", nullable=False),
        sa.Column("given", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id", "service"],
            ["connection.athlete_id", "connection.service"],
            name=op.f("connection_job_athlete_id_service_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "service", "kind", "subject", name=op.f("connection_job_pkey")
        ),
    )
    op.create_index(op.f("connection_job_due_at_idx"), "connection_job", ["due_at"])


def _loan() -> None:
    op.create_table(
        "activity_loan",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("lender", sa.Text(), nullable=False),
        sa.Column("upstream_id", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("elapsed_s", sa.Float(), nullable=False),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("activity_loan_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "activity_id", name=op.f("activity_loan_pkey")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        op.f("activity_loan_athlete_id_started_at_idx"),
        "activity_loan",
        ["athlete_id", "started_at"],
    )
    op.create_index(op.f("activity_loan_until_idx"), "activity_loan", ["until"])


def _loan_stream() -> None:
    op.create_table(
        "activity_loan_stream",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity_loan.athlete_id", "activity_loan.activity_id"],
            name=op.f("activity_loan_stream_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "channel", name=op.f("activity_loan_stream_pkey")
        ),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("activity_loan_stream_until_idx"), "activity_loan_stream", ["until"])


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)
