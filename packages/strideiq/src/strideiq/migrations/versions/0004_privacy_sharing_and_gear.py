"""Privacy zones, intensity, share links, places of activities, and gear.

Revision: 0004, after 0003.
"""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _privacy()
    _intensity()
    _share_links()
    _places()
    _gear()


def downgrade() -> NoReturn:
    raise NotImplementedError(
        "This would drop what athletes have said of their privacy and gear. "
        "To go back, restore a backup: strongroom restore"
    )


def _athlete_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id"],
        ["athlete.athlete_id"],
        name=op.f(f"{table}_athlete_id_fkey"),
        ondelete="CASCADE",
    )


def _activity_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["athlete_id", "activity_id"],
        ["activity.athlete_id", "activity.activity_id"],
        name=op.f(f"{table}_athlete_id_activity_id_fkey"),
        ondelete="CASCADE",
    )


def _moment(name: str, *, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def _privacy() -> None:
    op.create_table(
        "privacy_zone",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("latitude_deg", sa.Double(), nullable=False),
        sa.Column("longitude_deg", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=False),
        sa.Column("shift_north_m", sa.Double(), nullable=False),
        sa.Column("shift_east_m", sa.Double(), nullable=False),
        _moment("created_at", now=True),
        _moment("removed_at"),
        sa.CheckConstraint("radius_m > 0", name=op.f("privacy_zone_radius_check")),
        _athlete_key("privacy_zone"),
        sa.PrimaryKeyConstraint("athlete_id", "zone_id", name=op.f("privacy_zone_pkey")),
    )
    op.create_table(
        "privacy_setting",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("hide_start_m", sa.Double(), server_default="0", nullable=False),
        sa.Column("hide_end_m", sa.Double(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "hide_start_m >= 0 AND hide_end_m >= 0", name=op.f("privacy_setting_lengths_check")
        ),
        _athlete_key("privacy_setting"),
        sa.PrimaryKeyConstraint("athlete_id", name=op.f("privacy_setting_pkey")),
    )


def _intensity() -> None:
    op.create_table(
        "intensity_setting",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("max_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("threshold_heart_rate_bpm", sa.Double(), nullable=True),
        sa.Column("threshold_pace_s_per_km", sa.Double(), nullable=True),
        _athlete_key("intensity_setting"),
        sa.PrimaryKeyConstraint("athlete_id", name=op.f("intensity_setting_pkey")),
    )


def _share_links() -> None:
    op.create_table(
        "share_link",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("with_track", sa.Boolean(), nullable=False),
        sa.Column("with_heart_rate", sa.Boolean(), nullable=False),
        sa.Column("with_name", sa.Boolean(), nullable=False),
        _moment("created_at", now=True),
        _moment("expires_at"),
        _moment("revoked_at"),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        _activity_key("share_link"),
        sa.PrimaryKeyConstraint("athlete_id", "link_id", name=op.f("share_link_pkey")),
        sa.UniqueConstraint("token_hash", name=op.f("share_link_token_hash_key")),
    )


def _places() -> None:
    op.create_table(
        "activity_place",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("formula_version", sa.SmallInteger(), nullable=False),
        _activity_key("activity_place"),
        sa.PrimaryKeyConstraint("athlete_id", "activity_id", name=op.f("activity_place_pkey")),
    )


def _gear() -> None:
    op.create_table(
        "gear",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("gear_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("before_m", sa.Double(), server_default="0", nullable=False),
        sa.Column("limit_m", sa.Double(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        _moment("created_at", now=True),
        _moment("retired_at"),
        _athlete_key("gear"),
        sa.PrimaryKeyConstraint("athlete_id", "gear_id", name=op.f("gear_pkey")),
    )
    op.create_table(
        "gear_default",
        sa.Column("athlete_id", sa.Uuid(), nullable=False),
        sa.Column("sport", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gear_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["athlete_id", "gear_id"],
            ["gear.athlete_id", "gear.gear_id"],
            name=op.f("gear_default_athlete_id_gear_id_fkey"),
            ondelete="CASCADE",
        ),
        _athlete_key("gear_default"),
        sa.PrimaryKeyConstraint("athlete_id", "sport", "since", name=op.f("gear_default_pkey")),
    )
