"""Tables of connections: who is connected to what, and what is still to be fetched."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class Connection(Base):
    """An athlete's account at a service. The row stays when it is disconnected; its keys do not."""

    __tablename__ = "connection"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        CheckConstraint(
            "state IN ('connected', 'failing', 'revoked', 'disconnected')", name="state"
        ),
        Index(None, "service", "account"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(Text, primary_key=True)
    """The service's name in the registry, for example ``strava``."""
    state: Mapped[str] = mapped_column(Text)
    """``failing``: it goes on trying; ``revoked``: the service ended it; both need no hurry."""
    account: Mapped[str | None] = mapped_column(Text)
    """The service's own id of the athlete."""
    account_name: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    secrets: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Keys and tokens, encrypted by the key ring; None when there are none (any more)."""
    secrets_expire_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cursor: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    """How far the service has been read; only its own code knows what stands here."""
    subscription: Mapped[str | None] = mapped_column(Text)
    """The id under which the service tells us of what is new."""
    jobs_done: Mapped[int] = mapped_column(server_default="0")
    """How many jobs of the sync that is going on, or of the last one, are done."""
    limited_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Until when the service wants to be left alone, by everybody on this server."""
    paused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    error: Mapped[str | None] = mapped_column(Text)
    """What is wrong, as an untranslated sentence, and the next step."""
    next_step: Mapped[str | None] = mapped_column(Text)
    connected_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    synced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When there was last nothing left to fetch."""
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ConnectionJob(Base):
    """Something to ask a service for. The row is removed when it is done, and asked for once."""

    __tablename__ = "connection_job"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "service"],
            ["connection.athlete_id", "connection.service"],
            ondelete="CASCADE",
        ),
        Index(None, "due_at"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    """What it is about, for example an activity's id; empty where there is only one of the kind."""
    number: Mapped[int] = mapped_column(BigInteger, Identity())
    """The order in which jobs came."""
    priority: Mapped[int] = mapped_column(SmallInteger)
    """The smallest goes first."""
    wanted: Mapped[int] = mapped_column(server_default="1")
    """How often it was asked for, so that a job asked for again while it runs runs again."""
    given: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    error: Mapped[str | None] = mapped_column(Text)
