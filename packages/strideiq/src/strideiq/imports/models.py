"""The table of original files: the first of the four layers of truth."""

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
    Uuid,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from strideiq.platform.database import Base


class SourceFile(Base):
    """A file as it arrived, with the verdict on it. Its bytes are never changed.

    Only what could be a sports file is kept: a file that failed is tried again when it is
    imported again, so that a better parser can read it later.
    """

    __tablename__ = "source_file"
    __table_args__ = (
        UniqueConstraint("athlete_id", "sha256"),
        CheckConstraint(
            "verdict IN ('imported', 'partial', 'duplicate', 'failed')", name="verdict"
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(
        ForeignKey("athlete.athlete_id", ondelete="CASCADE"), primary_key=True
    )
    source_file_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The whole file, at most 64 MB."""
    format: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    records: Mapped[int] = mapped_column(server_default="0")
    """How many samples were read from it."""
    duplicate_of: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    """The activities that it repeats, when the verdict is ``duplicate``."""
    parser_version: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
