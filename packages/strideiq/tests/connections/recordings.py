"""FIT files of a minute's run, made here, each as a watch writes it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from strideiq.imports.parsers.fit_checksum import checksum

FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
METRES_PER_DEGREE = 111_195.0
LASTS_S = 60
_SIZES = {0x00: 1, 0x02: 1, 0x84: 2, 0x85: 4, 0x86: 4, 0x8C: 4}
_FILE_ID = (0, ((0, 0x00), (1, 0x84), (2, 0x84), (3, 0x8C), (4, 0x86)))
_RECORD = (20, ((253, 0x86), (0, 0x85), (1, 0x85), (5, 0x86), (3, 0x02)))
_SESSION = (18, ((253, 0x86), (2, 0x86), (7, 0x86), (8, 0x86), (9, 0x86), (5, 0x00)))


def a_minute(start: datetime, serial: int = 4242) -> bytes:
    """A run of a minute due north at 3 m/s."""
    begun = int((start - FIT_EPOCH).total_seconds())
    parts = [
        _definition(0, _FILE_ID),
        struct.pack("<BBHHII", 0, 4, 1, 99, serial, begun),
        _definition(1, _RECORD),
        _definition(2, _SESSION),
    ]
    for second in range(LASTS_S + 1):
        latitude = round((47 + 3 * second / METRES_PER_DEGREE) * 2**31 / 180)
        place = (latitude, round(8.5 * 2**31 / 180))
        parts.append(struct.pack("<BIiiIB", 1, begun + second, *place, 300 * second, 150))
    lasted = (LASTS_S * 1000, LASTS_S * 1000, LASTS_S * 300)
    parts.append(struct.pack("<BIIIIIB", 2, begun + LASTS_S, begun, *lasted, 1))
    data = b"".join(parts)
    header = struct.pack("<BBHI4s", 14, 0x10, 2100, len(data), b".FIT")
    whole = header + struct.pack("<H", checksum(header)) + data
    return whole + struct.pack("<H", checksum(whole))


def _definition(local: int, message: tuple[int, tuple[tuple[int, int], ...]]) -> bytes:
    number, fields = message
    layout = b"".join(bytes((field, _SIZES[kind], kind)) for field, kind in fields)
    return struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(fields)) + layout
