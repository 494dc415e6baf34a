"""Find any of millions of values in any bytes, in one pass and little memory.

Of each value eight of its bytes are remembered as one number. Data are looked at as numbers of
eight bytes, at each of the eight alignments, by set operations: a first pass tells which of
the numbers occur at all, most often none. Only for those are the values themselves fetched,
and a second pass finds where they really are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WINDOW_BYTES = 8
CHUNK_BYTES = 1 << 20
VALUE_MAX_BYTES = 4096
"""Of a longer value its first so many bytes are searched."""
_AT = 0x40  # @: the local part of an address tells more than its domain


@dataclass(frozen=True)
class Finding:
    """An original value that is left somewhere; the value itself is not told."""

    column: str
    where: str


def window_of(value: bytes) -> int | None:
    """Return the number by which a value is first looked for; None if it is too short."""
    if len(value) < WINDOW_BYTES:
        return None
    at = value.find(_AT)
    end = max(WINDOW_BYTES, min(at + 2, len(value))) if at >= 0 else len(value)
    return int.from_bytes(value[end - WINDOW_BYTES : end], "little")


class WindowSearch:
    """Which of these numbers occur in the data that pass."""

    def __init__(self, windows: Iterable[int]) -> None:
        self._windows = frozenset(windows)
        self.found: set[int] = set()

    def look(self, pieces: Iterable[bytes]) -> None:
        """Look through one object, given in pieces; values across two pieces are seen too."""
        for data in overlapping(pieces, WINDOW_BYTES - 1):
            if data.count(0) == len(data):
                continue
            view = memoryview(data)
            for offset in range(WINDOW_BYTES):
                length = (len(data) - offset) // WINDOW_BYTES * WINDOW_BYTES
                if length:
                    numbers = view[offset : offset + length].cast("Q")
                    self.found |= self._windows.intersection(numbers)


class ValueSearch:
    """Which of these values occur in the data that pass, and in what."""

    def __init__(self, values: dict[bytes, str]) -> None:
        self._values = {value[:VALUE_MAX_BYTES]: column for value, column in values.items()}
        self._longest = max(map(len, self._values), default=1)
        self.findings: set[Finding] = set()
        self.seen: set[bytes] = set()

    def look(self, where: str, pieces: Iterable[bytes]) -> None:
        """Look through one object, given in pieces."""
        for data in overlapping(pieces, self._longest - 1):
            for value, column in self._values.items():
                if value in data:
                    self.seen.add(value)
                    self.findings.add(Finding(column, where))


def overlapping(pieces: Iterable[bytes], overlap: int) -> Iterator[bytes]:
    """Join pieces into chunks, each of which begins with the end of the one before."""
    chunk = b""
    for piece in pieces:
        chunk += piece
        if len(chunk) >= CHUNK_BYTES:
            yield chunk
            chunk = chunk[-overlap:] if overlap else b""
    if chunk:
        yield chunk
