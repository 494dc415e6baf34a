"""Original files, the first of the four layers of truth, and the files on their way there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
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
    listed: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    """What the list of an export said of it: an observation, kept as it came."""
    received_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class ImportBatch(Base):
    """Files that came in together: dropped on the page, from a watched folder, by a program."""

    __tablename__ = "import_batch"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
        Index(None, "athlete_id", "created_at"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    came_by: Mapped[str] = mapped_column(Text)
    """``page``, ``folder``, ``api``, or the name of a service."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class ImportItem(Base):
    """One file on its way in, and its verdict once there is one: a queue that is its own record.

    The verdict is written in the transaction that records the activity, so that a worker which
    dies leaves either both or neither. ``content`` is emptied then; the original is kept with
    its verdict. An archive gets a row for each recording in it, of which it is the parent.
    """

    __tablename__ = "import_item"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "batch_id"],
            ["import_batch.athlete_id", "import_batch.batch_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("state IN ('waiting', 'done')", name="state"),
        Index(None, "athlete_id", "batch_id", "number"),
        Index("import_item_waiting_idx", "number", postgresql_where=text("state = 'waiting'")),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger, Identity())
    """The order in which files came, over all athletes."""
    parent_id: Mapped[UUID | None]
    """The archive that it was in."""
    name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    is_archive: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    upload_id: Mapped[UUID | None]
    """Where its content is, when it came in parts."""
    listed: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    """What whoever handed it in says of it; kept with the original once there is one."""
    source_file_id: Mapped[UUID | None]
    """The original as it is kept; what is read when a file is tried again."""
    verdict: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    records: Mapped[int] = mapped_column(server_default="0")
    activity_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Upload(Base):
    """A large file that comes in parts, so that it can be paused and go on after a restart."""

    __tablename__ = "upload"
    __table_args__ = (
        ForeignKeyConstraint(["athlete_id"], ["athlete.athlete_id"], ondelete="CASCADE"),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    changed_ms: Mapped[int] = mapped_column(BigInteger)
    """When the file was last changed where it came from: with name and size, which file it is."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    done_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When all of it was here and a worker was asked to read it."""
    last_part_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    abandoned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When its parts were emptied because nobody went on with it."""


class UploadPart(Base):
    """A piece of a large file, emptied once the file was read or its upload given up."""

    __tablename__ = "upload_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["athlete_id", "upload_id"],
            ["upload.athlete_id", "upload.upload_id"],
            ondelete="CASCADE",
        ),
    )

    athlete_id: Mapped[UUID] = mapped_column(primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """From 0; all but the last have the same length."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
