"""Find any of millions of values in any bytes, in one pass and little memory.

Of each value eight of its bytes are remembered as one number. A first pass over the data tells
which of the numbers occur at all, most often none. Only for those are the values themselves
fetched, and a second pass finds where they really are. Both look at the data in small letters, and
again where undoing escapes changes them: a value is found in whatever way it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from strongroom.refresh.windows import WINDOW_BYTES, windows_filter
from strongroom.refresh.writings import folded, forms_of, plain, rewritten

CHUNK_BYTES = 1 << 20
VALUE_MAX_BYTES = 4096
"""Of a longer value its first so many bytes are searched."""
WRITTEN_BYTES_MAX = 8
"""So many bytes one byte may take, as in ``\\\\u0041``."""
AROUND_BYTES = 128
"""So much before and after a value is looked at, to tell whether it stands alone."""
_NUMBER = Struct("<Q").unpack_from
_AT = 0x40  # @: the local part of an address tells more than its domain


@dataclass(frozen=True)
class Finding:
    """An original value that is left somewhere; the value itself is not told."""

    column: str
    where: str


def windows_of(value: bytes) -> list[int]:
    """Return the numbers by which a value is first looked for; most often one, none if short."""
    found: list[int] = []
    for form in forms_of(value):
        if (start := _window_start(form)) >= 0:
            found += _NUMBER(form, start)
    return found


def window_of(form: bytes) -> int | None:
    """Return the number by which a form of a value is first looked for; None if too short."""
    start = _window_start(form)
    return _NUMBER(form, start)[0] if start >= 0 else None


def _window_start(form: bytes) -> int:
    """Tell where a form's window begins; below 0 if it is too short."""
    if (at := form.find(_AT)) < 0:
        return len(form) - WINDOW_BYTES
    return min(max(WINDOW_BYTES, at + 2), len(form)) - WINDOW_BYTES


class WindowSearch:
    """Which of these numbers occur in the data that pass."""

    def __init__(self, windows: Iterable[int]) -> None:
        self._found_in = windows_filter(windows)
        self.found: set[int] = set()

    def look(self, pieces: Iterable[bytes]) -> bool:
        """Look through one object, also across its pieces; return whether any is in it."""
        found: set[int] = set()
        for chunk in chunks(pieces, 2 * WRITTEN_BYTES_MAX * WINDOW_BYTES):
            for data in (folded(chunk.data), rewritten(chunk.data, WINDOW_BYTES - 1)):
                found.update(window for window, _ in self._found_in(data))
        self.found |= found
        return bool(found)


class ValueSearch:
    """Which of these values occur in the data that pass, and in what.

    Args:
        values: each with the column that it is from.
        made: pseudonyms; a value within one of them is there by chance.
    """

    def __init__(self, values: Mapping[bytes, str], made: Iterable[bytes] = ()) -> None:
        self.columns = values
        self._by_window: dict[int, list[tuple[bytes, bytes]]] = {}
        forms = {form: value for value in values for form in forms_of(value)}
        for form, value in forms.items():
            if (window := window_of(form)) is not None:
                self._by_window.setdefault(window, []).append((form, value))
        self._found_in = windows_filter(self._by_window)
        self._longest = max(map(len, forms), default=1)
        self._made = _places_within(map(folded, made), forms)
        self.findings: dict[bytes, set[Finding]] = {}
        self.fields: set[bytes] = set()
        """What stands between tabulators around each finding: a pseudonym, perhaps."""
        self.by_chance: set[bytes] = set()
        """Values that were seen within pseudonyms."""

    def look(self, where: str, pieces: Iterable[bytes]) -> None:
        """Look through one object, given in pieces."""
        for chunk in chunks(pieces, WRITTEN_BYTES_MAX * (self._longest + 2 * AROUND_BYTES)):
            seen = self._compare_all(where, chunk._replace(data=folded(chunk.data)))
            if seen or any(self._found_in(rewritten(chunk.data, WINDOW_BYTES - 1))):
                self._compare_all(where, chunk._replace(data=plain(chunk.data)))

    def _compare_all(self, where: str, chunk: Chunk) -> bool:
        """Compare wherever a window is; return whether one is anywhere."""
        seen = False
        for window, at in self._found_in(chunk.data):
            seen = True
            self._compare(where, chunk, window, at)
        return seen

    def _compare(self, where: str, chunk: Chunk, window: int, at: int) -> None:
        for form, value in self._by_window[window]:
            begin = at - _window_start(form)
            if begin < 0 or not chunk.data.startswith(form, begin):
                continue
            if not chunk.judges(begin, begin + len(form)) or _within_number(
                chunk.data, begin, form
            ):
                continue
            if self._is_within_made(chunk.data, begin, form):
                self.by_chance.add(value)
                continue
            finding = Finding(self.columns[value], where)
            self.findings.setdefault(value, set()).add(finding)
            if (field := _field(chunk.data, begin, form)) is not None:
                self.fields.add(field)

    def _is_within_made(self, data: bytes, begin: int, form: bytes) -> bool:
        return any(
            begin >= offset and data.startswith(pseudonym, begin - offset)
            for pseudonym, offset in self._made.get(form, ())
        )


def _places_within(
    made: Iterable[bytes], values: Iterable[bytes]
) -> dict[bytes, list[tuple[bytes, int]]]:
    """Tell for each value in which longer pseudonyms it is, and where."""
    by_length: dict[int, set[bytes]] = {}
    for value in values:
        by_length.setdefault(len(value), set()).add(value)
    found: dict[bytes, list[tuple[bytes, int]]] = {}
    for pseudonym in made:
        for length, candidates in by_length.items():
            for offset in range(len(pseudonym) - length + 1 if length < len(pseudonym) else 0):
                if (part := pseudonym[offset : offset + length]) in candidates:
                    found.setdefault(part, []).append((pseudonym, offset))
    return found


def _field(data: bytes, begin: int, value: bytes) -> bytes | None:
    """Return what stands between tabulators or line ends around a value; None if it is long."""
    end = begin + len(value)
    before = re.split(rb"[\t\n]", data[max(0, begin - AROUND_BYTES) : begin])[-1]
    after = re.split(rb"[\t\n]", data[end : end + AROUND_BYTES], maxsplit=1)[0]
    field = before + value + after
    return field if len(field) < AROUND_BYTES else None


def _within_number(data: bytes, begin: int, value: bytes) -> bool:
    """Whether a value goes on in digits: a number within a longer one is another number."""
    end = begin + len(value)
    before, after = data[max(0, begin - 1) : begin], data[end : end + 1]
    return (value[:1].isdigit() and before.isdigit()) or (value[-1:].isdigit() and after.isdigit())


class Chunk(NamedTuple):
    """Some bytes of an object; it begins with the end of the chunk before."""

    data: bytes
    first: bool
    last: bool

    def judges(self, begin: int, end: int) -> bool:
        """Whether enough is seen around a place; each place is judged in one chunk or in two."""
        return (self.first or begin >= AROUND_BYTES) and (
            self.last or end + AROUND_BYTES <= len(self.data)
        )


def chunks(pieces: Iterable[bytes], overlap: int) -> Iterator[Chunk]:
    """Join pieces into chunks, each of which begins with the end of the one before."""
    tail, parts, size, first = b"", list[bytes](), 0, True
    for piece in pieces:  # a row of a table is one: joined at once, as adding them up is quadratic
        parts.append(piece)
        size += len(piece)
        if size >= CHUNK_BYTES:
            data = b"".join((tail, *parts))
            yield Chunk(data, first, last=False)
            tail, parts, size, first = data[-overlap:], [], 0, False
    if data := b"".join((tail, *parts)):
        yield Chunk(data, first, last=True)
