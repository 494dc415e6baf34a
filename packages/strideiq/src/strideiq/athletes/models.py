"""Tables of accounts: who one is, how one signs in, what happened to the account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
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
    language: Mapped[str | None] = mapped_column(Text)
    """The code of the language that pages are shown in; None leaves it to the browser."""
    administrator_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when the athlete looks after the accounts of this server; None for everybody else."""
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when nobody may sign in to the account; its data stays."""


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
    address: Mapped[str | None] = mapped_column(Text)
    """Where the sign-in came from."""
    user_agent: Mapped[str | None] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the athlete last proved to be the athlete, for what asks for that anew."""


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


class SecondFactor(Base):
    """The secret that an authenticator app makes codes from, encrypted with the key ring."""

    __tablename__ = "second_factor"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When the first code fitted; before that, signing in asks for none."""
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """The half minute of the newest code that was accepted: no code counts twice."""


class RecoveryCode(Base):
    """A code that stands in once for a lost authenticator; only a hash of it is kept."""

    __tablename__ = "recovery_code"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class SentForm(Base):
    """A form that made something, so that the same form sent again makes nothing more.

    See ``once.py``.
    """

    __tablename__ = "sent_form"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    form_key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    said_hash: Mapped[bytes] = mapped_column(LargeBinary)
    location: Mapped[str | None] = mapped_column(Text)
    """Where what it made is shown."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The page that it was answered with, encrypted, where that shows a secret this once."""
    sent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class Passkey(Base):
    """The public half of a key that a device signs in with."""

    __tablename__ = "passkey"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class AccountEvent(Base):
    """Something that happened to an account: a sign-in or an attempt, a change of how to sign in.

    The newest of each athlete are kept (see ``events.py``).
    """

    __tablename__ = "account_event"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    happened_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    kind: Mapped[str] = mapped_column(Text)
    how: Mapped[str | None] = mapped_column(Text)
    """By which means: ``password``, ``code``, ``recovery code``, ``passkey``, ``administrator``."""
    succeeded: Mapped[bool]
    address: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)


class Invitation(Base):
    """A link by which one person may make an account, also where sign-up is closed."""

    __tablename__ = "invitation"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    """The administrator who invites."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AdministratorChoice(Base):
    """What an administrator decided for everybody; the newest of a name counts."""

    __tablename__ = "administrator_choice"

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
