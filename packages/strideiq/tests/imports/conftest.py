"""Small files of each format, made here, so that every byte of them is known."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session, sessionmaker

from strideiq.imports.isolation import ParserPool
from strideiq.imports.service import Importer

START = datetime(2026, 4, 5, 7, 0, tzinfo=UTC)
METRES_PER_DEGREE = 111_195.0
FILE_ID = (0, "0:enum 1:u16 2:u16 3:u32z 4:u32")
RECORD = (20, "253:u32 0:i32 1:i32 5:u32 3:u8")
SESSION = (18, "253:u32 2:u32 7:u32 8:u32 9:u32 5:enum")
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)


@pytest.fixture(scope="session")
def pool() -> Iterator[ParserPool]:
    with ParserPool(2) as pool:
        yield pool


@pytest.fixture
def importer(sessions: sessionmaker[Session], athlete_id: UUID, pool: ParserPool) -> Importer:
    return Importer(sessions, athlete_id, ZoneInfo("UTC"), pool)


@pytest.fixture(scope="session")
def gpx() -> Callable[..., bytes]:
    """A run due north at 3 m/s, a point a second."""

    def make(
        seconds: int = 600, start: datetime = START, kind: str | None = "running", name: str = ""
    ) -> bytes:
        points = "".join(
            f'<trkpt lat="{47 + 3 * second / METRES_PER_DEGREE:.7f}" lon="8.5"><ele>400</ele>'
            f"<time>{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</time><extensions>"
            f"<t:TrackPointExtension><t:hr>150</t:hr><t:cad>85</t:cad></t:TrackPointExtension>"
            f"</extensions></trkpt>"
            for second in range(seconds + 1)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="test" '
            'xmlns:t="http://www.garmin.com/xmlschemas/TrackPointExtension/v1"><trk>'
            + (f"<name>{name}</name>" if name else "")
            + (f"<type>{kind}</type>" if kind else "")
            + f"<trkseg>{points}</trkseg></trk></gpx>"
        ).encode()

    return make


@pytest.fixture(scope="session")
def tcx() -> Callable[..., bytes]:
    """The same run, in two laps of equal length."""

    def lap(start: datetime, first: int, last: int) -> str:
        points = "".join(
            f"<Trackpoint><Time>{start + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}</Time>"
            f"<Position><LatitudeDegrees>{47 + 3 * second / METRES_PER_DEGREE:.7f}"
            f"</LatitudeDegrees><LongitudeDegrees>8.5</LongitudeDegrees></Position>"
            f"<DistanceMeters>{3 * second}</DistanceMeters>"
            f"<HeartRateBpm><Value>150</Value></HeartRateBpm></Trackpoint>"
            for second in range(first, last + 1)
        )
        return (
            f'<Lap StartTime="{start + timedelta(seconds=first):%Y-%m-%dT%H:%M:%SZ}">'
            f"<TotalTimeSeconds>{last - first}</TotalTimeSeconds>"
            f"<DistanceMeters>{3 * (last - first)}</DistanceMeters><Calories>50</Calories>"
            f"<Track>{points}</Track></Lap>"
        )

    def make(seconds: int = 600, start: datetime = START, sport: str = "Running") -> bytes:
        half = seconds // 2
        return (
            '<?xml version="1.0"?><TrainingCenterDatabase '
            'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>'
            f'<Activity Sport="{sport}"><Id>{start:%Y-%m-%dT%H:%M:%SZ}</Id>'
            f"{lap(start, 0, half)}{lap(start, half, seconds)}"
            "<Creator><Name>Test Watch</Name><UnitId>77</UnitId></Creator>"
            "</Activity></Activities></TrainingCenterDatabase>"
        ).encode()

    return make


@pytest.fixture(scope="session")
def fit() -> Callable[..., bytes]:
    """The same run; with several sports, each gets an equal part of the time."""

    def make(
        seconds: int = 600,
        start: datetime = START,
        sports: Sequence[int] = (1,),
        serial: int = 4242,
        kind: int = 4,
        *,
        header_checksum: bool = True,
    ) -> bytes:
        begun = int((start - FIT_EPOCH).total_seconds())
        part = seconds // max(len(sports), 1)
        messages = [
            _definition(0, FILE_ID),
            struct.pack("<BBHHII", 0, kind, 1, 99, serial, begun),
            _definition(1, RECORD),
            _definition(2, SESSION),
        ]
        for second in range(seconds + 1):
            latitude = round((47 + 3 * second / METRES_PER_DEGREE) * 2**31 / 180)
            longitude = round(8.5 * 2**31 / 180)
            messages.append(
                struct.pack("<BIiiIB", 1, begun + second, latitude, longitude, 300 * second, 150)
            )
        for number, sport in enumerate(sports):
            first = begun + number * part
            messages.append(
                struct.pack(
                    "<BIIIIIB", 2, first + part, first, part * 1000, part * 1000, part * 300, sport
                )
            )
        data = b"".join(messages)
        header = struct.pack("<BBHI4s", 14, 0x10, 2100, len(data), b".FIT")
        whole = header + struct.pack("<H", _crc(header) if header_checksum else 0) + data
        return whole + struct.pack("<H", _crc(whole))

    return make


def _definition(local: int, message: tuple[int, str]) -> bytes:
    """How a message is laid out: the field numbers of the FIT profile, each with its type."""
    number, fields = message
    sizes = {"enum": (1, 0x00), "u8": (1, 0x02), "u16": (2, 0x84), "i32": (4, 0x85)}
    sizes |= {"u32": (4, 0x86), "u32z": (4, 0x8C)}
    layout = [field.split(":") for field in fields.split()]
    return struct.pack("<BBBHB", 0x40 | local, 0, 0, number, len(layout)) + b"".join(
        bytes([int(field), *sizes[kind]]) for field, kind in layout
    )


def _crc(content: bytes) -> int:
    """CRC-16/ARC, as the FIT protocol has it."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


Field = tuple[int, str, object]
KINDS = {
    "enum": (0x00, "B"),
    "u8": (0x02, "B"),
    "i8": (0x01, "b"),
    "u16": (0x84, "H"),
    "i32": (0x85, "i"),
    "u32": (0x86, "I"),
    "u32z": (0x8C, "I"),
    "text": (0x07, "s"),
    "f32": (0x88, "f"),
    "byte": (0x0D, "B"),
}


@pytest.fixture(scope="session")
def fit_of() -> Callable[..., bytes]:
    """A FIT file of any messages: each is its number, its fields, and developers' fields.

    A field is (number, type, value); a value may be a tuple. A message that is an int is a
    record under a compressed timestamp, of the layout that local message 1 last had.
    """

    def make(messages: Sequence[tuple[int, Sequence[Field], Sequence[Field]] | bytes]) -> bytes:
        data = bytearray()
        for message in messages:
            data += message if isinstance(message, bytes) else _message(*message)
        header = struct.pack("<BBHI4s", 14, 0x10, 2100, len(data), b".FIT")
        whole = header + struct.pack("<H", _crc(header)) + bytes(data)
        return whole + struct.pack("<H", _crc(whole))

    return make


def _message(number: int, fields: Sequence[Field], developer: Sequence[Field]) -> bytes:
    """A message with its own definition before it, always as local message 0."""
    head = struct.pack("<BBBHB", 0x60 if developer else 0x40, 0, 0, number, len(fields))
    body, layout = b"\x00", b""
    for each, kind, value in fields:
        content = _value(kind, value)
        layout += bytes([each, len(content), KINDS[kind][0]])
        body += content
    if developer:
        layout += bytes([len(developer)])
        for each, kind, value in developer:
            content = _value(kind, value)
            layout += bytes([each, len(content), 0])
            body += content
    return head + layout + body


def _value(kind: str, value: object) -> bytes:
    if kind == "text":
        return str(value).encode() + b"\x00"
    several = value if isinstance(value, tuple) else (value,)
    return struct.pack(f"<{len(several)}{KINDS[kind][1]}", *several)
