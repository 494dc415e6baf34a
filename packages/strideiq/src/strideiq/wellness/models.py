"""Tables of wellness: what was said of each day with its history, food, injuries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, DateTime, ForeignKeyConstraint, Index, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class CheckInValue(Base):
    """What the athlete said of one field of a day, with its history.

    The newest row of a field is the one that counts; one with neither figure nor words takes the
    field back. Rows are added and never changed.
    """

    __tablename__ = "check_in_value"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first thing said of this field of the day, counting up."""
    figure: Mapped[float | None]
    words: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text, server_default="athlete")
    """``athlete`` (by hand), ``undo`` or ``file``."""
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class NutritionEntry(Base):
    """Something eaten or drunk, as the athlete noted it."""

    __tablename__ = "nutrition_entry"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="SET NULL (activity_id)",
        ),
        Index(None, "athlete_id", "eaten_at"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    nutrition_entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    eaten_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    meal: Mapped[str] = mapped_column(Text)
    """``breakfast``, ``lunch``, ``dinner``, ``snack`` or ``fuel`` (during an activity)."""
    description: Mapped[str] = mapped_column(Text)
    energy_kcal: Mapped[float | None]
    carbohydrate_g: Mapped[float | None]
    protein_g: Mapped[float | None]
    fat_g: Mapped[float | None]
    fluid_ml: Mapped[float | None]
    activity_id: Mapped[UUID | None]
    """The run that it was taken during."""
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Injury(Base):
    """Something that hurt: where, from when to when, how badly at its worst."""

    __tablename__ = "injury"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    injury_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    began_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    """The last day on which it hurt; None while it does."""
    severity: Mapped[int] = mapped_column(SmallInteger)
    """From 1 (noticed) to 5 (no running)."""
    notes: Mapped[str] = mapped_column(Text, server_default="")
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WellnessVersion(Base):
    """Every state that a nutrition entry or an injury has had, so that no edit is silent."""

    __tablename__ = "wellness_version"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    """The id of the entry or the injury."""
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSONB)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
