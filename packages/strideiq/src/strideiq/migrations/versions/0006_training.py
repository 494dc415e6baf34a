"""Training: plans, planned workouts, annotations of them, matches, proposals, calendar feeds.

Revision: 0006, after 0005.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _plans()
    _annotations()
    _matches()
    _proposals()
    _calendar_feeds()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "This would drop every plan. To go back, restore a backup: strongroom restore"
    )


def _plans() -> None:
    op.create_table(
        "training_plan",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("goal_distance_m", sa.Double(), nullable=False),
        sa.Column("race_day", sa.Date(), nullable=False),
        sa.Column("start_day", sa.Date(), nullable=False),
        sa.Column("request", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("notes", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("weeks", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("former", JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("generation", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("training_plan_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "plan_id", name=op.f("training_plan_pkey")),
    )
    op.create_table(
        "planned_workout",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("workout_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("structure", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("reasons", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("superseded_by", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id", "plan_id"],
            ["training_plan.athlete_id", "training_plan.plan_id"],
            name=op.f("planned_workout_athlete_id_plan_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "workout_id", name=op.f("planned_workout_pkey")),
    )
    op.create_index(
        op.f("planned_workout_athlete_id_day_idx"),
        "planned_workout",
        ["athlete_id", "day"],
        unique=False,
    )
    op.create_index(
        op.f("planned_workout_athlete_id_plan_id_idx"),
        "planned_workout",
        ["athlete_id", "plan_id"],
        unique=False,
    )


def _annotations() -> None:
    op.create_table(
        "planned_workout_annotation",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("workout_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column(
            "said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id", "workout_id"],
            ["planned_workout.athlete_id", "planned_workout.workout_id"],
            name=op.f("planned_workout_annotation_athlete_id_workout_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id",
            "workout_id",
            "field",
            "version",
            name=op.f("planned_workout_annotation_pkey"),
        ),
    )


def _matches() -> None:
    op.create_table(
        "workout_match",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("workout_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reasons", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            name=op.f("workout_match_athlete_id_activity_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["athlete_id", "workout_id"],
            ["planned_workout.athlete_id", "planned_workout.workout_id"],
            name=op.f("workout_match_athlete_id_workout_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "workout_id", name=op.f("workout_match_pkey")),
    )
    op.create_index(
        op.f("workout_match_athlete_id_activity_id_idx"),
        "workout_match",
        ["athlete_id", "activity_id"],
        unique=False,
    )


def _proposals() -> None:
    op.create_table(
        "plan_proposal",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reasons", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id", "plan_id"],
            ["training_plan.athlete_id", "training_plan.plan_id"],
            name=op.f("plan_proposal_athlete_id_plan_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "proposal_id", name=op.f("plan_proposal_pkey")),
    )


def _calendar_feeds() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id"],
            ["athlete.athlete_id"],
            name=op.f("calendar_feed_athlete_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("athlete_id", "token_hash", name=op.f("calendar_feed_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("calendar_feed_token_hash_key")),
    )
