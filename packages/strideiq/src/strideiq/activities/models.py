"""Tables of activities: what sources observed, what of it counts, and what the athlete said."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
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


class Activity(Base):
    """One session of one sport, as the sources that count for it observed it.

    Its figures are those of ``ActivityObservation`` that were chosen, and follow from them at any
    time. What the athlete says of it (a name, notes) is in ``ActivityAnnotation`` and wins when
    the activity is shown. ``deleted_at`` is a tombstone: the row stays, and the deletion can be
    undone. So does an activity that was merged into another; it has a tombstone too.
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
    merged_into: Mapped[UUID | None]
    """The activity that stands for this one; None when it stands for itself."""
    also_observed: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    """What sources say of fields that have no column here, encoded as annotations are."""
    streams_source: Mapped[str | None] = mapped_column(Text)
    """The source whose streams and laps are stored for it; None for the first one."""
    lender: Mapped[str | None] = mapped_column(Text)
    """The service that only lends what is known of it (see ``loans.py``); None when it is ours.

    Nothing of what is lent stands in this row: its figures are placeholders.
    """
    formula_version: Mapped[int | None] = mapped_column(SmallInteger)
    """By which formulas its splits and means were derived; None before there were versions."""


class ActivityObservation(Base):
    """What one source said of an activity at one time. Rows are added, never changed or removed.

    The newest row of a source is what it says; ``withdrawn`` tells that it says nothing any more:
    ``upstream``, because it deleted the activity there, which changes nothing here, or ``apart``,
    because the athlete said that it is another activity.
    """

    __tablename__ = "activity_observation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["athlete_id", "source_file_id"],
            ["source_file.athlete_id", "source_file.source_file_id"],
        ),
        CheckConstraint("withdrawn IN ('upstream', 'apart')", name="withdrawn"),
        Index(None, "athlete_id", "started_at"),
        Index(None, "athlete_id", "upstream_id"),
        Index(None, "athlete_id", "source"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """1 for the first observation of this activity, counting up."""
    source: Mapped[str] = mapped_column(Text)
    """Who says it: ``file:<id>:<session>``, ``recorded``, or the name of a service."""
    kind: Mapped[str] = mapped_column(Text)
    """The format of a file, or what else the source is, for people."""
    source_file_id: Mapped[UUID | None]
    upstream_id: Mapped[str | None] = mapped_column(Text)
    """The activity's id at the service that it came from, for example ``strava:123``."""
    said: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Its values by field, encoded as annotations are (see ``fields.py``)."""
    computed: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """The fields among them that we computed, because the source does not say them itself."""
    laps: Mapped[list[list[float | None]] | None] = mapped_column(JSONB)
    """Laps as the source marked them: start, elapsed and moving seconds, metres."""
    device: Mapped[str | None] = mapped_column(Text)
    device_serial: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    elapsed_s: Mapped[float | None]
    sample_count: Mapped[int] = mapped_column(server_default="0")
    content_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of everything it says, streams included; None where it was not known."""
    parser_version: Mapped[int | None]
    withdrawn: Mapped[str | None] = mapped_column(Text)
    observed_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class ActivityLoan(Base):
    """What a service lends of an activity, until a time; see ``loans.py``.

    The table is unlogged: no backup, no archive of the log and no copy elsewhere ever holds it.
    After a crash it is empty, and the service is asked again.
    """

    __tablename__ = "activity_loan"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        Index(None, "athlete_id", "started_at"),
        Index(None, "until"),
        {"prefixes": ["UNLOGGED"]},
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    lender: Mapped[str] = mapped_column(Text)
    upstream_id: Mapped[str] = mapped_column(Text)
    said: Mapped[dict[str, str]] = mapped_column(JSONB)
    """Its values by field, encoded as annotations are."""
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    elapsed_s: Mapped[float]
    distance_m: Mapped[float | None]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of ``said``, so that a change at the service is known."""
    fetched_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    """When it has to be gone, unless the service says it again before."""


class ActivityLoanStream(Base):
    """One channel of what a service lends, encoded; unlogged as ``ActivityLoan`` is."""

    __tablename__ = "activity_loan_stream"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity_loan.athlete_id", "activity_loan.activity_id"],
            ondelete="CASCADE",
        ),
        Index(None, "until"),
        {"prefixes": ["UNLOGGED"]},
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ObservationStream(Base):
    """One channel of an observation whose streams do not count at present, encoded."""

    __tablename__ = "activity_observation_stream"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id", "number"],
            [
                "activity_observation.athlete_id",
                "activity_observation.activity_id",
                "activity_observation.number",
            ],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ActivitySourceChoice(Base):
    """Which source counts for a field of an activity, with its history.

    The newest row of a field counts; field ``*`` is all fields that have no choice of their own,
    ``streams`` the streams and laps. ``source`` None takes the choice back.
    """

    __tablename__ = "activity_source_choice"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("chosen_by IN ('athlete', 'rule')", name="chosen_by"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str | None] = mapped_column(Text)
    chosen_by: Mapped[str] = mapped_column(Text)
    chosen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ActivityDecision(Base):
    """What the athlete decided of two activities at the same time, with its history."""

    __tablename__ = "activity_decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "activity_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["athlete_id", "other_id"],
            ["activity.athlete_id", "activity.activity_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("decision IN ('apart', 'merged', 'unmerged')", name="decision"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(primary_key=True)
    """The one that is kept, where they were merged."""
    other_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    decision: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


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
    merged_from: Mapped[UUID | None]
    """The activity that this was said of, when a merge brought it here."""


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
