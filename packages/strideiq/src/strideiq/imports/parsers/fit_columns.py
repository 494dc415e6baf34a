"""The records of an ordinary FIT file as columns, read without an object for each of them.

A recording is thousands of messages of one layout, one behind the other: they are found by their
common distance, and each field is one stride through the file. The few other messages are left
to the general reader, as a file of their own. Whatever is out of the ordinary is left to it
altogether: damage, files in a row, compressed times, developers' fields in records, a field of
another type than the profile's, or layouts that change all the time.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strideiq.imports.parsers.fit_checksum import checksum

Floats = NDArray[np.float64]

_HEADER = struct.Struct("<BBHI4sH")
_RECORD = 20
"""The profile's number of a record."""
_MESSAGES_MAX = 4000
"""So many other messages and runs of records are walked through; it is no quicker with more."""
_IS_COMPRESSED, _IS_DEFINITION, _HAS_DEVELOPERS = 0x80, 0x40, 0x20
_TIMESTAMP = 253
_FIT_EPOCH_S = 631_065_600.0


@dataclass(frozen=True)
class _Field:
    """How the profile stores a field of a record."""

    name: str
    base_type: int
    kind: str
    invalid: int
    scale: float = 1.0
    offset: float = 0.0
    widened: bool = False
    """The general reader makes a wider field of it, and cuts what its arithmetic leaves over."""

    def values(self, stored: NDArray[Any]) -> Floats:
        """What is stored, in the profile's unit; NaN where it says nothing."""
        values = stored / self.scale - self.offset
        if self.widened:
            values = np.trunc((values + self.offset) * self.scale) / self.scale - self.offset
        values[stored == self.invalid] = np.nan
        return np.asarray(values, dtype=np.float64)


_U8, _I8, _U16, _I32, _U32 = 0x02, 0x01, 0x84, 0x85, 0x86
_FIELDS: Mapping[int, _Field] = {
    _TIMESTAMP: _Field("timestamp", _U32, "u4", 0xFFFFFFFF, offset=-_FIT_EPOCH_S),
    0: _Field("position_lat", _I32, "i4", 0x7FFFFFFF),
    1: _Field("position_long", _I32, "i4", 0x7FFFFFFF),
    2: _Field("altitude", _U16, "u2", 0xFFFF, 5.0, 500.0, widened=True),
    3: _Field("heart_rate", _U8, "u1", 0xFF),
    4: _Field("cadence", _U8, "u1", 0xFF),
    5: _Field("distance", _U32, "u4", 0xFFFFFFFF, 100.0),
    6: _Field("speed", _U16, "u2", 0xFFFF, 1000.0, widened=True),
    7: _Field("power", _U16, "u2", 0xFFFF),
    13: _Field("temperature", _I8, "i1", 0x7F),
    39: _Field("vertical_oscillation", _U16, "u2", 0xFFFF, 10.0),
    41: _Field("stance_time", _U16, "u2", 0xFFFF, 10.0),
    53: _Field("fractional_cadence", _U8, "u1", 0xFF, 128.0),
    73: _Field("enhanced_speed", _U32, "u4", 0xFFFFFFFF, 1000.0),
    78: _Field("enhanced_altitude", _U32, "u4", 0xFFFFFFFF, 5.0, 500.0),
    85: _Field("step_length", _U16, "u2", 0xFFFF, 10.0),
}
"""The fields that a channel is made of; all others but those below are passed over."""
_LEFT_TO_THE_READER = frozenset({8, 99, 108, 139})
"""Fields that become others, and rare ones."""
_EITHER = (frozenset({2, 78}), frozenset({6, 73}))
"""The same in two sizes: which one counts is the general reader's to say."""


@dataclass(frozen=True)
class Records:
    """The records of a file by the profile's names; NaN where a field says nothing."""

    count: int
    fields: Mapping[str, Floats]
    rest: bytes
    """The file without its records, with checksums of its own."""


@dataclass
class _Layout:
    """What messages of one definition look like, and where those of records are."""

    size_bytes: int
    dtype: np.dtype[np.void] | None
    """None where it is no record's."""
    fields: Sequence[int] = ()
    runs: list[tuple[int, int, int]] = field(default_factory=list)
    """Where each run begins in the file, how many records it has, and how many are before it."""


class _OutOfTheOrdinaryError(Exception):
    """The file is the general reader's."""


def read(content: bytes) -> Records | None:
    """The records of a whole and ordinary file; None for any other."""
    if not _is_whole(content):
        return None
    try:
        return _read(content)
    except (_OutOfTheOrdinaryError, LookupError, struct.error, ValueError):
        return None


def _is_whole(content: bytes) -> bool:
    """One file of the length that it says, with checksums that are right."""
    if len(content) < _HEADER.size + 2:
        return False
    header_bytes, _, _, data_bytes, name, header_checksum = _HEADER.unpack_from(content)
    if (header_bytes, name) != (_HEADER.size, b".FIT"):
        return False
    if len(content) != _HEADER.size + data_bytes + 2:
        return False
    # A header that ends in its own checksum adds nothing to that of the file.
    if header_checksum and checksum(content[: _HEADER.size]):
        return False
    return checksum(content) == 0


def _read(content: bytes) -> Records:
    layouts, others, count = _walked(content)
    numbers = {number for layout in layouts for number in layout.fields}
    if any(either <= numbers for either in _EITHER) or not count:
        raise _OutOfTheOrdinaryError
    columns = {number: np.full(count, np.nan) for number in numbers}
    for layout in layouts:
        if layout.dtype is not None and layout.runs:
            _fill(columns, layout, content)
    return Records(
        count,
        {_FIELDS[number].name: column for number, column in columns.items()},
        _file_of(content, others),
    )


def _walked(content: bytes) -> tuple[list[_Layout], bytes, int]:
    """Every layout with its runs of records, the other messages, and how many records there are."""
    octets = np.frombuffer(content, dtype=np.uint8)
    position, end, count = _HEADER.size, len(content) - 2, 0
    current: dict[int, _Layout] = {}
    layouts: list[_Layout] = []
    others: list[bytes] = []
    for _ in range(_MESSAGES_MAX):
        if position >= end:
            break
        head = content[position]
        if head & _IS_COMPRESSED:
            raise _OutOfTheOrdinaryError
        if head & _IS_DEFINITION:
            layout, size_bytes = _defined(content, position)
            current[head & 0x0F] = layout
            layouts.append(layout)
        else:
            layout = current[head]
            size_bytes = layout.size_bytes
        if not head & _IS_DEFINITION and layout.dtype is not None:
            same = octets[position:end:size_bytes] == head
            run = len(same) if same.all() else int(np.argmin(same))
            layout.runs.append((position, run, count))
            count += run
            size_bytes *= run
        else:
            others.append(content[position : position + size_bytes])
        position += size_bytes
    if position != end:
        raise _OutOfTheOrdinaryError
    return layouts, b"".join(others), count


def _defined(content: bytes, position: int) -> tuple[_Layout, int]:
    """A layout as it is defined at a position, and how long its definition is."""
    big_endian = content[position + 2] == 1
    (number,) = struct.unpack_from(">H" if big_endian else "<H", content, position + 3)
    fields = content[position + 5]
    size_bytes = 6 + 3 * fields
    described = [
        struct.unpack_from("BBB", content, position + 6 + 3 * index) for index in range(fields)
    ]
    length = 1 + sum(size for _, size, _ in described)
    if content[position] & _HAS_DEVELOPERS:
        if number == _RECORD:
            raise _OutOfTheOrdinaryError
        developers = content[position + size_bytes]
        sizes = content[position + size_bytes + 2 : position + size_bytes + 1 + 3 * developers : 3]
        size_bytes += 1 + 3 * developers
        length += sum(sizes)
    if number != _RECORD:
        return _Layout(length, None), size_bytes
    return _record_layout(described, ">" if big_endian else "<"), size_bytes


def _record_layout(described: Sequence[tuple[int, int, int]], order: str) -> _Layout:
    names, formats, offsets = [], [], []
    offset = 1
    for number, size_bytes, base_type in described:
        known = _FIELDS.get(number)
        if number in _LEFT_TO_THE_READER or (
            known is not None
            and (size_bytes, base_type) != (np.dtype(known.kind).itemsize, known.base_type)
        ):
            raise _OutOfTheOrdinaryError
        if known is not None:
            names.append(str(number))
            formats.append(order + known.kind)
            offsets.append(offset)
        offset += size_bytes
    dtype = np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": offset})
    return _Layout(offset, dtype, [int(name) for name in names])


def _fill(columns: Mapping[int, Floats], layout: _Layout, content: bytes) -> None:
    """Put the records of one layout where they stand among all."""
    parts = [
        np.frombuffer(content, layout.dtype, run, position) for position, run, _ in layout.runs
    ]
    records = parts[0] if len(parts) == 1 else np.concatenate(parts)
    where: slice | NDArray[np.intp] = slice(layout.runs[0][2], layout.runs[0][2] + len(records))
    if len(parts) > 1:
        where = np.concatenate([np.arange(before, before + run) for _, run, before in layout.runs])
    for number in layout.fields:
        columns[number][where] = _FIELDS[number].values(records[str(number)])


def _file_of(content: bytes, messages: bytes) -> bytes:
    """A file of some of the messages of another one."""
    _, protocol, profile, _, name, _ = _HEADER.unpack_from(content)
    header = _HEADER.pack(_HEADER.size, protocol, profile, len(messages), name, 0)[:-2]
    header += struct.pack("<H", checksum(header))
    return header + messages + struct.pack("<H", checksum(messages))
