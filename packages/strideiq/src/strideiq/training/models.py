"""Tables of training: plans, their workouts, what the athlete said of them, matches, proposals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class TrainingPlan(Base):
    """A plan towards one race. ``deleted_at`` is a tombstone, ``archived_at`` puts it away."""

    __tablename__ = "training_plan"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    goal_distance_m: Mapped[float]
    race_day: Mapped[date]
    start_day: Mapped[date]
    request: Mapped[Any] = mapped_column(JSONB)
    """What the athlete wished for when the plan was last made; see ``documents.py``."""
    notes: Mapped[Any] = mapped_column(JSONB)
    """The reasons of the whole."""
    weeks: Mapped[Any] = mapped_column(JSONB)
    """Of each week: Monday, phase, whether it is lighter, its distance, its reason."""
    former: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    """The same of the generation before, for as long as it can be brought back."""
    generation: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    """How often the plan has been made; 1 after the first time."""
    formula_version: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PlannedWorkout(Base):
    """One workout as it was planned; what the athlete changed is an annotation.

    Nothing here is updated but its end: a newer generation supersedes a row and keeps it. A
    workout of the athlete's own belongs to no plan, and no plan replaces it.
    """

    __tablename__ = "planned_workout"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "plan_id"],
            ["training_plan.athlete_id", "training_plan.plan_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        Index(None, "athlete_id", "day"),
        Index(None, "athlete_id", "plan_id"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    workout_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID | None]
    """None for one of the athlete's own."""
    generation: Mapped[int] = mapped_column(SmallInteger)
    day: Mapped[date]
    session: Mapped[str] = mapped_column(Text)
    """What kind of session it is, for example ``threshold``."""
    structure: Mapped[Any] = mapped_column(JSONB)
    """Steps and repeats whose targets are kinds of pace; see ``planning/structure.py``."""
    distance_m: Mapped[float]
    duration_s: Mapped[float]
    """At the index that the plan was made with."""
    made_index: Mapped[float | None]
    """Of one of the athlete's own: the index on the day on which it was added, if any was known."""
    reasons: Mapped[Any] = mapped_column(JSONB)
    formula_version: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    superseded_by: Mapped[int | None] = mapped_column(SmallInteger)
    """The generation that has replaced it; None while it stands."""


class PlannedWorkoutAnnotation(Base):
    """What the athlete said of one field of a planned workout, with its history.

    The newest row of a field counts; ``value`` None takes the annotation back, so that what the
    engine planned shows again.
    """

    __tablename__ = "planned_workout_annotation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "workout_id"],
            ["planned_workout.athlete_id", "planned_workout.workout_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    workout_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first thing said of this field, counting up."""
    value: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    proposal_id: Mapped[UUID | None]
    """The accepted proposal that it comes from, if any."""
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class WorkoutMatch(Base):
    """Which activity was this workout: derived, and computed anew whenever either changes.

    What the athlete says about it is an annotation of the workout and wins.
    """

    __tablename__ = "workout_match"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "workout_id"],
            ["planned_workout.athlete_id", "planned_workout.workout_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        Index(None, "athlete_id", "activity_id"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    workout_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID]
    score: Mapped[float]
    """From 0 to 1: how much the run was what was planned."""
    reasons: Mapped[Any] = mapped_column(JSONB)
    by_hand: Mapped[bool]
    formula_version: Mapped[int] = mapped_column(SmallInteger)


class PlanProposal(Base):
    """A change of a plan that is offered with its reason; nothing happens until it is accepted."""

    __tablename__ = "plan_proposal"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "plan_id"],
            ["training_plan.athlete_id", "training_plan.plan_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_id: Mapped[UUID]
    cause: Mapped[str] = mapped_column(Text)
    """``missed``, ``fatigue``, ``illness`` or ``index``."""
    reasons: Mapped[Any] = mapped_column(JSONB)
    changes: Mapped[Any] = mapped_column(JSONB)
    """Of each workout that would change: its id, the field, its value now and then."""
    proposed_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision: Mapped[str | None] = mapped_column(Text)
    """``accepted``, ``rejected`` or ``undone``; None while it is open."""


class CalendarFeed(Base):
    """An address under which calendars read the plans; only a hash of its secret is kept."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
