"""Tables of accounts, sign-ins and API tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    DateTime,
    ForeignKey,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class Athlete(Base):
    """A person with an account."""

    __tablename__ = "athlete"
    __table_args__ = (CheckConstraint("units IN ('metric', 'imperial')", name="units"),)

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text, unique=True)
    """In lower case; how an athlete is named on the command line."""
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    units: Mapped[str] = mapped_column(Text, server_default="metric")
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class SignIn(Base):
    """A server-side session; the browser holds its token, and we only a hash of it."""

    __tablename__ = "sign_in"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ApiToken(Base):
    """What a program signs in with; it holds the token, and we only a hash of it."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("athlete_id", "name"),)

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    token_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
