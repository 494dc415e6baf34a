"""Find any of millions of values in any bytes, in one pass and little memory.

Of each value eight of its bytes are remembered as one number. A first pass over the data tells
which of the numbers occur at all, most often none. Only for those are the values themselves
fetched, and a second pass finds where they really are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from strongroom.refresh.windows import WINDOW_BYTES, windows_filter

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
    start = _window_start(value)
    return int.from_bytes(value[start : start + WINDOW_BYTES], "little")


def _window_start(value: bytes) -> int:
    at = value.find(_AT)
    end = max(WINDOW_BYTES, min(at + 2, len(value))) if at >= 0 else len(value)
    return end - WINDOW_BYTES


class WindowSearch:
    """Which of these numbers occur in the data that pass."""

    def __init__(self, windows: Iterable[int]) -> None:
        self._found_in = windows_filter(windows)
        self.found: set[int] = set()

    def look(self, pieces: Iterable[bytes]) -> None:
        """Look through one object, given in pieces; values across two pieces are seen too."""
        for data in overlapping(pieces, WINDOW_BYTES - 1):
            self.found |= self._found_in(data)


class ValueSearch:
    """Which of these values occur in the data that pass, and in what."""

    def __init__(self, values: Mapping[bytes, str]) -> None:
        self._columns = values
        self._by_window: dict[int, list[bytes]] = {}
        for value in values:
            if (window := window_of(value)) is not None:
                self._by_window.setdefault(window, []).append(value)
        self._found_in = windows_filter(self._by_window)
        self._longest = max(map(len, values), default=1)
        self.findings: dict[bytes, set[Finding]] = {}

    def look(self, where: str, pieces: Iterable[bytes]) -> None:
        """Look through one object, given in pieces."""
        for data in overlapping(pieces, self._longest + 1):
            for window in self._found_in(data):
                for at in _places(data, window.to_bytes(WINDOW_BYTES, "little")):
                    self._compare(where, data, window, at)

    def _compare(self, where: str, data: bytes, window: int, at: int) -> None:
        for value in self._by_window[window]:
            begin = at - _window_start(value)
            if begin >= 0 and data.startswith(value, begin) and _stands_alone(data, begin, value):
                finding = Finding(self._columns[value], where)
                self.findings.setdefault(value, set()).add(finding)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _stands_alone(data: bytes, begin: int, value: bytes) -> bool:
    """Digits within a longer number, or within a pseudonym, are there by chance."""
    end = begin + len(value)
    before, after = data[max(0, begin - 1) : begin], data[end : end + 1]
    if value.isdigit():
        return not (before.isalnum() or after.isalnum())
    return not (
        (value[:1].isdigit() and before.isdigit()) or (value[-1:].isdigit() and after.isdigit())
    )


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
