"""The table of original files: the first of the four layers of truth."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from strideiq.platform.database import Base


class SourceFile(Base):
    """A file as it arrived, with the verdict on it. Its bytes are never changed."""

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
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    """The whole file, at most 64 MB; None when it was too large to be kept as a row."""
    format: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    records: Mapped[int] = mapped_column(server_default="0")
    """How many samples were read from it."""
    parser_version: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
