"""Tables behind the pages of activities: privacy, intensity, share links, places."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class PrivacyZone(Base):
    """A circle whose inside no page shows. ``removed_at`` takes it back, and the row stays."""

    __tablename__ = "privacy_zone"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        CheckConstraint("radius_m > 0", name="radius"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    zone_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    latitude_deg: Mapped[float]
    longitude_deg: Mapped[float]
    radius_m: Mapped[float]
    """Everything within this of the place is hidden; the circle that is cut is larger."""
    shift_north_m: Mapped[float]
    shift_east_m: Mapped[float]
    """By how much the middle of the cut circle lies beside the place, drawn once by lot."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    removed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PrivacySetting(Base):
    """What of every track is hidden, wherever it is."""

    __tablename__ = "privacy_setting"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        CheckConstraint("hide_start_m >= 0 AND hide_end_m >= 0", name="lengths"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    hide_start_m: Mapped[float] = mapped_column(server_default="0")
    hide_end_m: Mapped[float] = mapped_column(server_default="0")


class IntensitySetting(Base):
    """What the athlete says of their own limits; None where it follows from the runs."""

    __tablename__ = "intensity_setting"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    max_heart_rate_bpm: Mapped[float | None]
    threshold_heart_rate_bpm: Mapped[float | None]
    threshold_pace_s_per_km: Mapped[float | None]


class ShareLink(Base):
    """An address that shows one activity to whoever holds it; only the token's hash is kept."""

    __tablename__ = "share_link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    with_track: Mapped[bool]
    with_heart_rate: Mapped[bool]
    with_name: Mapped[bool]
    """Whether the athlete's name is shown; the address of the account never is."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    opened: Mapped[int] = mapped_column(server_default="0")


class ActivityPlace(Base):
    """Derived: the time zone of the place where an activity began."""

    __tablename__ = "activity_place"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    time_zone: Mapped[str] = mapped_column(Text)
    formula_version: Mapped[int] = mapped_column(SmallInteger)
