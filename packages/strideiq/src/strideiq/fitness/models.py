"""The table of what each activity was for the body: derived, and recomputable at any time."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class ActivityLoad(Base):
    """What an activity was, by its own samples alone.

    Nothing here depends on the runner's form of the day or on what the athlete says of the
    activity: load follows from both when it is read, and so never goes stale.
    """

    __tablename__ = "activity_load"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    running_s: Mapped[float]
    """Time in motion, pauses and standing left out."""
    distance_m: Mapped[float | None]
    """What the samples say, to set the shown distance against."""
    flat_distance_m: Mapped[float | None]
    """How far on the flat would have cost as much."""
    normalised_speed_mps: Mapped[float | None]
    mean_heart_rate_bpm: Mapped[float | None]
    top_heart_rate_bpm: Mapped[float | None]
    """The rate that was reached or exceeded for half a minute altogether."""
    efficiency_m_per_beat: Mapped[float | None]
    decoupling: Mapped[float | None]
    """By what share the efficiency fell from the first half to the second."""
    formula_version: Mapped[int] = mapped_column(SmallInteger)
