"""The checksum of FIT files (CRC-16/ARC), where the fast reader gets it wrong.

A FIT header may leave its own checksum at zero. The file's checksum then starts from the header's
bytes, but the fast reader starts from zero behind every header, and takes a whole file for damaged.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint16]

_HEADER = struct.Struct("<BBHI4sH")
_POLYNOMIAL = 0xA001
_IN_A_ROW = 5
"""Each row of the table that a content is put in has 2**5 words."""


def checksum(content: bytes) -> int:
    """The checksum of some bytes; zero for bytes that end in their own.

    Zeros before a content do not change its checksum, so it is filled up to a table of words
    whose rows are run through beside each other; then rows become one, pair by pair.
    """
    words = max(1, -(-len(content) // 2))
    size = 1 << max(_IN_A_ROW, (words - 1).bit_length())
    filled = np.zeros(2 * size, dtype=np.uint8)
    if content:
        filled[-len(content) :] = np.frombuffer(content, dtype=np.uint8)
    rows = filled.view("<u2").reshape(-1, 1 << _IN_A_ROW)
    states = np.zeros(len(rows), dtype=np.uint16)
    for column in np.ascontiguousarray(rows.T):
        states = _behind_zeros(0)[states ^ column]
    power = _IN_A_ROW
    while len(states) > 1:
        states = _behind_zeros(power)[states[0::2]] ^ states[1::2]
        power += 1
    return int(states[0])


@cache
def _behind_zeros(power: int) -> Words:
    """What becomes of every state of the checksum behind 2**power words of zeros."""
    if power:
        before = _behind_zeros(power - 1)
        return before[before]
    states = np.arange(1 << 16, dtype=np.uint16)
    for _ in range(16):
        states = np.where(states & 1, (states >> 1) ^ _POLYNOMIAL, states >> 1).astype(np.uint16)
    return states


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
