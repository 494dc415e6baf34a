"""The checksum of FIT files (CRC-16/ARC), where the fast reader gets it wrong.

A FIT header may leave its own checksum at zero. The file's checksum then starts from the header's
bytes, but the fast reader starts from zero behind every header, and takes a whole file for damaged.
"""

from __future__ import annotations

import struct

_HEADER = struct.Struct("<BBHI4sH")
_POLYNOMIAL = 0xA001


def _table() -> tuple[int, ...]:
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = (entry >> 1) ^ _POLYNOMIAL if entry & 1 else entry >> 1  # noqa: PLW2901
        entries.append(entry)
    return tuple(entries)


_TABLE = _table()


def checksum(content: bytes) -> int:
    """The checksum of some bytes; zero for bytes that end in their own."""
    crc = 0
    for byte in content:
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def as_the_fast_reader_expects(content: bytes) -> bytes:
    """The same file, with its checksum counted from behind the header.

    Only a file whose header leaves its checksum at zero is changed, and only when the file's own
    checksum is right: damage stays visible.
    """
    if len(content) < _HEADER.size:
        return content
    header_bytes, _, _, data_bytes, _, header_checksum = _HEADER.unpack_from(content)
    whole = header_bytes == _HEADER.size and len(content) == _HEADER.size + data_bytes + 2
    if not whole or header_checksum != 0 or checksum(content) != 0:
        return content
    return content[:-2] + struct.pack("<H", checksum(content[_HEADER.size : -2]))
