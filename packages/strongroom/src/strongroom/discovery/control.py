"""Read ``pg_control``, the file by which a cluster knows itself, without PostgreSQL.

The layouts are those of PostgreSQL 13 to 18 (``src/include/catalog/pg_control.h``): 13 to 17 have
one, and 18 has one byte more before the checksum. The first 24 bytes are the same in every version,
so that a newer one still tells its system identifier and state.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

READ_BYTES = 512
"""More than any layout has; PostgreSQL keeps it within one sector of a disk."""

STATES = (
    "starting up",
    "shut down",
    "shut down in recovery",
    "shutting down",
    "in crash recovery",
    "in archive recovery",
    "in production",
)
_HEAD = struct.Struct("<QIII")
"""System identifier, format, catalogue version, state."""
_CHECKPOINT = struct.Struct("<24xq Q Q I")
"""When the file was written, where the checkpoint lies, where its redo begins, its timeline."""
_CHECKPOINT_AT = struct.Struct("<104xq")
_CRC_AT = {1201: 288, 1300: 288, 1800: 292}
"""Where the checksum lies, by format: PostgreSQL 12 wrote 1201, 13 to 17 write 1300."""
_CRC = struct.Struct("<I")
_REFLECTED_CASTAGNOLI = 0x82F63B78
_ALL_ONES = 0xFFFFFFFF
_FORMAT_MAX = 65_536
"""A larger number was written in the other order of bytes."""
_LAST_MOMENT_S = 253_402_300_799
"""The end of the year 9999; beyond it no date can be told."""


@dataclass(frozen=True)
class ControlFile:
    """What ``pg_control`` says; ``None`` where it cannot be told, and then a problem says why."""

    system_identifier: int | None = None
    format: int | None = None
    catalog_version: int | None = None
    state: str | None = None
    written_at: datetime | None = None
    checkpoint_at: datetime | None = None
    checkpoint_lsn: int | None = None
    redo_lsn: int | None = None
    timeline: int | None = None
    intact: bool = False
    """Whether the checksum agrees; what is told by a file that is not intact may be wrong."""
    problems: tuple[str, ...] = ()


def parse_control(data: bytes) -> ControlFile:
    """Read the beginning of a ``pg_control``, whatever it is; nothing is raised."""
    if not data:
        return ControlFile(problems=("pg_control is empty",))
    if len(data) < _HEAD.size:
        return ControlFile(problems=(f"pg_control is cut off after {len(data)} bytes",))
    identifier, written_format, catalog_version, state = _HEAD.unpack_from(data)
    if written_format >= _FORMAT_MAX and written_format % _FORMAT_MAX == 0:
        return ControlFile(problems=("pg_control is of a machine with another order of bytes",))
    if identifier == 0:
        return ControlFile(problems=("pg_control is not one: it has no system identifier",))
    intact, problems = _checked(data, written_format)
    if state >= len(STATES):
        problems += (f"pg_control names a state that there is not ({state})",)
    head = ControlFile(
        system_identifier=identifier,
        format=written_format,
        catalog_version=catalog_version,
        state=STATES[state] if state < len(STATES) else None,
        intact=intact,
        problems=problems,
    )
    return _with_checkpoint(head, data) if written_format in _CRC_AT else head


def lsn_text(position: int | None) -> str | None:
    """A position in the log as PostgreSQL writes it: ``0/1A2B3C4D``."""
    return None if position is None else f"{position >> 32:X}/{position & _ALL_ONES:X}"


def crc32c(data: bytes) -> int:
    """The checksum that PostgreSQL keeps of the file (CRC-32C)."""
    table, value = _table(), _ALL_ONES
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ _ALL_ONES


def _checked(data: bytes, written_format: int) -> tuple[bool, tuple[str, ...]]:
    """Whether the checksum agrees, and what is wrong where it cannot be said to."""
    at = _CRC_AT.get(written_format)
    if at is None:
        return False, (f"pg_control has format {written_format}, which is not known here",)
    if len(data) < at + _CRC.size:
        return False, (f"pg_control is cut off after {len(data)} bytes",)
    (written,) = _CRC.unpack_from(data, at)
    if written != crc32c(data[:at]):
        return False, ("pg_control is damaged: its checksum does not agree",)
    return True, ()


def _with_checkpoint(head: ControlFile, data: bytes) -> ControlFile:
    if len(data) < _CHECKPOINT_AT.size:
        return head
    written_at, checkpoint, redo, timeline = _CHECKPOINT.unpack_from(data)
    (checkpoint_at,) = _CHECKPOINT_AT.unpack_from(data)
    return replace(
        head,
        written_at=_moment(written_at),
        checkpoint_at=_moment(checkpoint_at),
        checkpoint_lsn=checkpoint,
        redo_lsn=redo,
        timeline=timeline,
    )


def _moment(seconds: int) -> datetime | None:
    """A moment; None where a damaged file names none."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= _LAST_MOMENT_S else None


@cache
def _table() -> tuple[int, ...]:
    def entry(value: int) -> int:
        for _ in range(8):
            value = (value >> 1) ^ (_REFLECTED_CASTAGNOLI if value & 1 else 0)
        return value

    return tuple(entry(byte) for byte in range(256))
