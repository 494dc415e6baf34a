"""Records read as columns say to the last bit what they say as messages."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from strideiq.imports.parsers import fit_columns, reading
from strideiq.imports.parsers.fit_checksum import checksum
from strideiq.imports.parsers.parsed import UnreadableFileError

Make = Callable[..., bytes]
BEGUN = 1_144_000_000
FILE_ID = (0, [(0, "enum", 4), (1, "u16", 1), (2, "u16", 99), (3, "u32z", 4242)], [])
SIZES = {"u1": (1, 0x02), "i1": (1, 0x01), "u2": (2, 0x84), "i4": (4, 0x85), "u4": (4, 0x86)}
FIELDS = (
    *((253, "u4"), (0, "i4"), (1, "i4"), (2, "u2"), (3, "u1"), (4, "u1"), (5, "u4"), (6, "u2")),
    *((7, "u2"), (13, "i1"), (39, "u2"), (41, "u2"), (53, "u1"), (85, "u2"), (61, "u2")),
)
"""Every field that is read, and one that is not."""


def session(seconds: int) -> Any:
    figures = [(253, "u32", BEGUN + seconds), (2, "u32", BEGUN), (7, "u32", seconds * 1000)]
    return (18, [*figures, (5, "enum", 1)], [])


def definition(local: int, fields: Any, *, big_endian: bool = False) -> bytes:
    layout = b"".join(bytes((number, *SIZES[kind])) for number, kind in fields)
    order = ">" if big_endian else "<"
    return struct.pack(f"{order}BBBHB", 0x40 | local, 0, big_endian, 20, len(fields)) + layout


def records(local: int, fields: Any, columns: Any, *, big_endian: bool = False) -> bytes:
    order = ">" if big_endian else "<"
    rows = np.zeros(
        len(columns[0]),
        [("head", "u1"), *((str(number), order + kind) for number, kind in fields)],
    )
    rows["head"] = local
    for (number, _), column in zip(fields, columns, strict=True):
        rows[str(number)] = column
    return rows.tobytes()


def both_ways(content: bytes, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the parser makes of a file, with columns and with messages only, to be compared."""
    read = [comparable(content)]
    with monkeypatch.context() as patched:
        patched.setattr(fit_columns, "read", lambda _: None)
        read.append(comparable(content))
    return read


def comparable(content: bytes) -> Any:
    try:
        parsed = reading.parse("run.fit", content)
    except UnreadableFileError as error:
        return error.reason
    return replace(parsed, activities=()), [
        (replace(each, streams={}), [(name, v.tobytes()) for name, v in each.streams.items()])
        for each in parsed.activities
    ]


def test_every_altitude_and_speed_is_the_same(fit_of: Make, monkeypatch: Any) -> None:
    fields = ((253, "u4"), (2, "u2"), (6, "u2"), (41, "u2"))
    values = np.append(np.arange(0, 0xFFFF, 3), 0xFFFF)
    columns = (BEGUN + np.arange(len(values)), values, values, values)
    content = fit_of(
        [FILE_ID, definition(1, fields) + records(1, fields, columns), session(len(values))]
    )
    assert fit_columns.read(content) is not None
    one, other = both_ways(content, monkeypatch)
    assert one == other


@pytest.mark.parametrize("seed", range(30))
def test_records_of_any_layout_are_the_same(fit_of: Make, monkeypatch: Any, seed: int) -> None:
    content = fit_of(any_messages(seed))
    assert fit_columns.read(content) is not None
    one, other = both_ways(content, monkeypatch)
    assert one == other


@pytest.mark.parametrize("seed", range(30))
def test_damage_is_read_as_it_was(fit_of: Make, monkeypatch: Any, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a seeded file, no secret
    content = bytearray(fit_of(any_messages(seed)))
    if seed % 3:
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    else:
        del content[chance.randrange(len(content)) :]
    one, other = both_ways(bytes(content), monkeypatch)
    assert one == other


def any_messages(seed: int) -> list[Any]:
    """Runs of records of changing layouts with other messages between them."""
    chance = np.random.default_rng(seed)
    second, messages = 0, [FILE_ID]
    for _ in range(int(chance.integers(1, 6))):
        chosen = chance.permutation(len(FIELDS))[: chance.integers(2, len(FIELDS))]
        fields = [FIELDS[0], *(FIELDS[each] for each in chosen if each)]
        count, big_endian = int(chance.integers(1, 60)), bool(chance.integers(2))
        columns = [BEGUN + second + np.arange(count)]
        for _, kind in fields[1:]:
            limits = np.iinfo(kind)
            column = chance.integers(limits.min, limits.max, count, endpoint=True)
            column[chance.random(count) < 0.2] = limits.max
            columns.append(column)
        local = int(chance.integers(1, 16))
        messages.append(
            definition(local, fields, big_endian=big_endian)
            + records(local, fields, columns, big_endian=big_endian)
        )
        second += count
        if chance.random() < 0.5:
            timer = [(253, "u32", BEGUN + second), (0, "enum", 0), (1, "enum", 4)]
            messages.append((21, timer, []))
    return [*messages, session(second)]


def test_what_is_out_of_the_ordinary_is_left_to_the_reader(fit_of: Make) -> None:
    second = [(253, "u32", BEGUN)]
    both_sizes = (20, [*second, (2, "u16", 2500), (78, "u32", 2500)], [])
    another_type = (20, [*second, (3, "u16", 140)], [])
    compressed = definition(1, ((3, "u1"),)) + bytes((0x80 | 0x20 | 5, 140))
    for odd in (both_sizes, another_type, compressed):
        assert fit_columns.read(fit_of([FILE_ID, odd, session(1)])) is None
    whole = fit_of([FILE_ID, (20, second, []), session(1)])
    assert fit_columns.read(whole) is not None
    assert fit_columns.read(whole + whole) is None


@pytest.mark.parametrize("length", [0, 1, 2, 63, 64, 65, 129, 5000])
def test_a_checksum_is_the_protocols(length: int) -> None:
    content = random.Random(length).randbytes(length)  # noqa: S311  any bytes
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    assert checksum(content) == crc
