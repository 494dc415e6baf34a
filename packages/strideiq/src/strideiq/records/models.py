"""The table of best efforts: derived, and recomputable from streams at any time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Index, SmallInteger, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class BestEffort(Base):
    """The fastest stretch of one distance within one run."""

    __tablename__ = "best_effort"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        Index(None, "athlete_id", "distance_m", "elapsed_s"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    distance_m: Mapped[float] = mapped_column(primary_key=True)
    elapsed_s: Mapped[float]
    start_s: Mapped[float]
    """Where in the activity the stretch begins, in seconds from its start."""
    achieved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(Text)
    """Why the effort does not count, in words; None when it does."""
    measured: Mapped[bool | None]
    """The athlete said how long the measured distance took; the samples were not asked."""
    performance_index: Mapped[float | None]
    """The running performance index that it shows; None in rows that were derived before."""
    formula_version: Mapped[int] = mapped_column(SmallInteger)


class TimeEffort(Base):
    """The farthest stretch of one length of time within one run."""

    __tablename__ = "time_effort"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        Index(None, "athlete_id", "duration_s", "distance_m"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    duration_s: Mapped[float] = mapped_column(primary_key=True)
    distance_m: Mapped[float]
    start_s: Mapped[float]
    """Where in the activity the stretch begins, in seconds from its start."""
    achieved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(Text)
    """Why the effort does not count, in words; None when it does."""
    formula_version: Mapped[int] = mapped_column(SmallInteger)


class EffortCorrection(Base):
    """What the athlete said of an effort, with its history; the newest version counts."""

    __tablename__ = "effort_correction"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    effort: Mapped[str] = mapped_column(Text, primary_key=True)
    """``5000 m``, ``720 s`` or ``all``."""
    version: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first thing said of this effort, counting up."""
    verdict: Mapped[str | None] = mapped_column(Text)
    """``does_not_count`` or ``measured``; None took back what was said before."""
    elapsed_s: Mapped[float | None]
    """How long the measured distance took."""
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
