"""Tables of activities: what a source observed, and what the athlete said of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class Activity(Base):
    """One session of one sport, as its source observed it.

    What the athlete says of it (a name, notes) is in ``ActivityAnnotation`` and wins when the
    activity is shown. ``deleted_at`` is a tombstone: the row stays, and the deletion can be
    undone.
    """

    __tablename__ = "activity"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["athlete_id", "source_file_id"],
            ["source_file.athlete_id", "source_file.source_file_id"],
        ),
        Index(None, "athlete_id", "started_at"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_file_id: Mapped[UUID | None]
    session_number: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """Which session of a multi-sport file this is, from 0."""
    sport: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    elapsed_s: Mapped[float]
    moving_s: Mapped[float]
    distance_m: Mapped[float | None]
    ascent_m: Mapped[float | None]
    descent_m: Mapped[float | None]
    average_heart_rate_bpm: Mapped[float | None]
    max_heart_rate_bpm: Mapped[float | None]
    average_cadence_spm: Mapped[float | None]
    average_power_w: Mapped[float | None]
    energy_kcal: Mapped[float | None]
    device: Mapped[str | None] = mapped_column(Text)
    device_serial: Mapped[str | None] = mapped_column(Text)
    sample_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ActivityAnnotation(Base):
    """What the athlete said of one field of an activity, with its history.

    The newest row of a field is the one that counts; ``value`` None takes the annotation back.
    """

    __tablename__ = "activity_annotation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first thing said of this field, counting up."""
    value: Mapped[str | None] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ActivitySplit(Base):
    """A lap or an automatic split of an activity."""

    __tablename__ = "activity_split"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    """``lap`` (from the device), ``km`` or ``mile`` (computed from the streams)."""
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    start_s: Mapped[float]
    elapsed_s: Mapped[float]
    moving_s: Mapped[float]
    distance_m: Mapped[float]
    average_heart_rate_bpm: Mapped[float | None]
    ascent_m: Mapped[float | None]


class ActivityStream(Base):
    """One channel of an activity's samples, encoded (see ``streams.py``)."""

    __tablename__ = "activity_stream"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """0 for every sample; 1 and up for ever coarser pyramids that charts draw from."""
    sample_count: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
