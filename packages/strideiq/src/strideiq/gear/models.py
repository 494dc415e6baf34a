"""Tables of gear, and of what is used when nothing else is said."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKeyConstraint, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class Gear(Base):
    """A pair of shoes, a bicycle, anything whose distance counts."""

    __tablename__ = "gear"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    gear_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    """``shoes``, ``bicycle`` or ``other``."""
    name: Mapped[str] = mapped_column(Text)
    before_m: Mapped[float] = mapped_column(server_default="0")
    """How far it had come before the first activity here."""
    limit_m: Mapped[float | None]
    """How far it may come before the athlete wants to be told."""
    notes: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class GearDefault(Base):
    """From when on an activity of a sport, of which nothing is said, was done with this gear."""

    __tablename__ = "gear_default"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "gear_id"], ["gear.athlete_id", "gear.gear_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    sport: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    gear_id: Mapped[UUID | None]
    """None from when on there is no default."""
