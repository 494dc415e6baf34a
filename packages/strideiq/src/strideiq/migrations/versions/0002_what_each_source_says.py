"""What each source says of an activity, which of them counts, and merges.

Every activity that is there becomes the first observation of its source. Old tables get empty
columns only; what is filled is new.

Revision: 0002, after 0001.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBERS = (
    "elapsed_s",
    "moving_s",
    "distance_m",
    "ascent_m",
    "descent_m",
    "energy_kcal",
)
"""What a source says; means of the streams are derived, and no source's word."""


def upgrade() -> None:
    _new_columns()
    _observations()
    _choices()
    _decisions()
    _first_observations()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "This would drop what sources said and what athletes decided. "
        "To go back, restore a backup: strongroom restore"
    )


def _new_columns() -> None:
    op.add_column("activity", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("activity", sa.Column("also_observed", postgresql.JSONB(), nullable=True))
    op.add_column("activity", sa.Column("streams_source", sa.Text(), nullable=True))
    op.add_column("activity", sa.Column("formula_version", sa.SmallInteger(), nullable=True))
    op.add_column("activity_annotation", sa.Column("merged_from", sa.Uuid(), nullable=True))


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _of_activity(table: str, column: str = "activity_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id", column],
        ["activity.athlete_id", "activity.activity_id"],
        name=op.f(f"{table}_athlete_id_{column}_fkey"),
        ondelete="CASCADE",
    )


def _observations() -> None:
    op.create_table(
        "activity_observation",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_file_id", sa.Uuid(), nullable=True),
        sa.Column("upstream_id", sa.Text(), nullable=True),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("computed", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("laps", postgresql.JSONB(), nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("device_serial", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("elapsed_s", sa.Double(), nullable=True),
        sa.Column("sample_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("parser_version", sa.Integer(), nullable=True),
        sa.Column("withdrawn", sa.Text(), nullable=True),
        _now("observed_at"),
        sa.CheckConstraint(
            "withdrawn IN ('upstream', 'apart')", name=op.f("activity_observation_withdrawn_check")
        ),
        _of_activity("activity_observation"),
        sa.ForeignKeyConstraint(
            ["athlete_id", "source_file_id"],
            ["source_file.athlete_id", "source_file.source_file_id"],
            name=op.f("activity_observation_athlete_id_source_file_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id", "activity_id", "number", name=op.f("activity_observation_pkey")
        ),
    )
    for column in ("started_at", "upstream_id", "source"):
        op.create_index(
            op.f(f"activity_observation_athlete_id_{column}_idx"),
            "activity_observation",
            ["athlete_id", column],
            unique=False,
        )
    op.create_table(
        "activity_observation_stream",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["athlete_id", "activity_id", "number"],
            [
                "activity_observation.athlete_id",
                "activity_observation.activity_id",
                "activity_observation.number",
            ],
            name=op.f("activity_observation_stream_athlete_id_activity_id_number_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "athlete_id",
            "activity_id",
            "number",
            "channel",
            name=op.f("activity_observation_stream_pkey"),
        ),
    )


def _choices() -> None:
    op.create_table(
        "activity_source_choice",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        _now("chosen_at"),
        sa.CheckConstraint(
            "chosen_by IN ('athlete', 'rule')", name=op.f("activity_source_choice_chosen_by_check")
        ),
        _of_activity("activity_source_choice"),
        sa.PrimaryKeyConstraint(
            "athlete_id",
            "activity_id",
            "field",
            "version",
            name=op.f("activity_source_choice_pkey"),
        ),
    )


def _decisions() -> None:
    op.create_table(
        "activity_decision",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        _now("decided_at"),
        sa.CheckConstraint(
            "decision IN ('apart', 'merged', 'unmerged')",
            name=op.f("activity_decision_decision_check"),
        ),
        _of_activity("activity_decision"),
        _of_activity("activity_decision", "other_id"),
        sa.PrimaryKeyConstraint(
            "athlete_id",
            "activity_id",
            "other_id",
            "version",
            name=op.f("activity_decision_pkey"),
        ),
    )


def _first_observations() -> None:
    """Carry every activity over as what its source said; the activities stay as they are."""
    numbers = ", ".join(f"'{name}', a.{name}::text" for name in NUMBERS)
    op.execute(
        f"""
        INSERT INTO activity_observation (
            athlete_id, activity_id, number, source, kind, source_file_id, said, laps,
            device, device_serial, started_at, elapsed_s, sample_count, parser_version, observed_at
        )
        SELECT
            a.athlete_id, a.activity_id, 1,
            coalesce('file:' || a.source_file_id || ':' || a.session_number, 'recorded'),
            coalesce(f.format, 'recorded'),
            a.source_file_id,
            jsonb_strip_nulls(jsonb_build_object(
                'name', a.name, 'sport', a.sport,
                'started_at', to_char(
                    a.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
                {numbers}
            )),
            (SELECT jsonb_agg(
                jsonb_build_array(s.start_s, s.elapsed_s, s.moving_s, s.distance_m)
                ORDER BY s.number)
             FROM activity_split s
             WHERE s.athlete_id = a.athlete_id AND s.activity_id = a.activity_id
               AND s.kind = 'lap'),
            a.device, a.device_serial, a.started_at, a.elapsed_s, a.sample_count,
            f.parser_version, a.created_at
        FROM activity a
        LEFT JOIN source_file f
          ON f.athlete_id = a.athlete_id AND f.source_file_id = a.source_file_id
        """  # noqa: S608  the names of our own columns
    )
