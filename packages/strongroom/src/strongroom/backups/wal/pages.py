"""What a part of the write-ahead log tells of itself: its last record, and its newest commit. Pure.

Each page says where the first record that begins on it lies, so the end of a segment is read
without its beginning. The layout is that of ``xlogrecord.h`` and ``xlog_internal.h``, the same in
PostgreSQL 14 to 18, on machines that are little-endian as all are that it is built for here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PAGE_BYTES = 8192
ALIGNED_BYTES = 8
PAGE_HEADER = struct.Struct("<HHIQI")
"""Magic number, flags, timeline, address, and what is left of a record of the page before."""
SHORT_HEADER_BYTES, LONG_HEADER_BYTES = 24, 40
CONTINUES, LONG_HEADER = 0x0001, 0x0002
RECORD = struct.Struct("<IIQBBxxI")
"""Length, transaction, address of the one before, what it is, whose it is, checksum."""
TRANSACTION_RMGR = 1
KIND_MASK, COMMIT, COMMIT_PREPARED = 0x70, 0x00, 0x30
DATA_SHORT, DATA_LONG, ORIGIN, TOPLEVEL = 255, 254, 253, 252
PARTS_BYTES = {ORIGIN: 2, TOPLEVEL: 4}
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Seen:
    """What the log told up to a position."""

    last_record: int | None = None
    """Where the last record begins that is there whole."""
    commit_at: datetime | None = None
    """When the newest transaction committed, by the server's clock."""


def look(data: bytes | bytearray, start: int, known: Seen) -> Seen:
    """Find the last record and the newest commit in the first part of a segment.

    Args:
        data: from the segment's beginning on.
        start: the position of that beginning.
        known: what was known before; it holds where ``data`` tells nothing newer.
    """
    oldest = max(0, (known.last_record or 0) - start) // PAGE_BYTES
    last_record, commit_at = None, None
    for page in range((len(data) - 1) // PAGE_BYTES, oldest - 1, -1):
        for offset in _records_on(data, start, page):
            if last_record is None or page == _page(last_record - start):
                last_record = start + offset
            commit_at = _committed_at(data, offset) or commit_at
        if commit_at is not None:
            break
    return Seen(last_record or known.last_record, commit_at or known.commit_at)


def _page(offset: int) -> int:
    return offset // PAGE_BYTES


def _records_on(data: bytes | bytearray, start: int, page: int) -> Iterator[int]:
    """Where each record begins that begins on this page and is there whole."""
    at, end = page * PAGE_BYTES, (page + 1) * PAGE_BYTES
    if len(data) < at + SHORT_HEADER_BYTES:
        return
    _, flags, _, address, rest_bytes = PAGE_HEADER.unpack_from(data, at)
    if address != start + at:
        return  # nothing was written here
    at += _header_bytes(flags)
    if flags & CONTINUES:
        at += _aligned(rest_bytes)
    while at + 4 <= min(end, len(data)):
        (size_bytes,) = struct.unpack_from("<I", data, at)
        after = _after(data, at, size_bytes)
        if size_bytes < RECORD.size or after is None:
            return
        yield at
        at = _aligned(after)


def _committed_at(data: bytes | bytearray, at: int) -> datetime | None:
    """When the transaction committed that this record tells of, if it tells of one."""
    head = _taken(data, at, RECORD.size)
    size_bytes, _, _, info, rmgr, _ = RECORD.unpack(head)
    if rmgr != TRANSACTION_RMGR or info & KIND_MASK not in (COMMIT, COMMIT_PREPARED):
        return None
    body = _taken(data, at, size_bytes)
    main_bytes = _main_bytes(body)
    if main_bytes < ALIGNED_BYTES or main_bytes > size_bytes:
        return None
    (microseconds,) = struct.unpack_from("<q", body, size_bytes - main_bytes)
    return POSTGRES_EPOCH + timedelta(microseconds=microseconds)


def _main_bytes(body: bytes) -> int:
    """The length of a record's own data, which stand at its end."""
    at = RECORD.size
    while at < len(body):
        kind = body[at]
        if kind == DATA_SHORT:
            return body[at + 1]
        if kind == DATA_LONG:
            return int(struct.unpack_from("<I", body, at + 1)[0])
        if kind not in PARTS_BYTES:
            break
        at += 1 + PARTS_BYTES[kind]
    return 0


def _after(data: bytes | bytearray, at: int, size_bytes: int) -> int | None:
    """Where the bytes of a record end; None if they are not all there."""
    while True:
        page_end = (_page(at) + 1) * PAGE_BYTES
        if at + size_bytes <= page_end:
            end = at + size_bytes
            return end if end <= len(data) else None
        size_bytes -= page_end - at
        if page_end + SHORT_HEADER_BYTES > len(data):
            return None
        at = page_end + _header_bytes(PAGE_HEADER.unpack_from(data, page_end)[1])


def _taken(data: bytes | bytearray, at: int, size_bytes: int) -> bytes:
    """The bytes of a record, without the headers of the pages that it crosses."""
    found = b""
    while size_bytes:
        page_end = (_page(at) + 1) * PAGE_BYTES
        step = min(size_bytes, page_end - at)
        found += data[at : at + step]
        size_bytes -= step
        if size_bytes:
            at = page_end + _header_bytes(PAGE_HEADER.unpack_from(data, page_end)[1])
    return found


def _header_bytes(flags: int) -> int:
    return LONG_HEADER_BYTES if flags & LONG_HEADER else SHORT_HEADER_BYTES


def _aligned(size: int) -> int:
    """Align a length or an offset; pages begin aligned, so both are the same."""
    return -(-size // ALIGNED_BYTES) * ALIGNED_BYTES
