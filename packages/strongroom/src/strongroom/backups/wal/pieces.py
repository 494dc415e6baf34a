"""How the log lies in a store: pieces of segments, each with a record that says what it is.

``wal/<incarnation>/<timeline>/<segment>.json`` describes a whole segment, and
``<segment>.<start>-<end>.json`` a part of one that the server has not finished (offsets in
it, in hexadecimal digits). The record names the object that holds the bytes, and is written
after that object was read back: a piece exists only when its record does. A restored
database is a life of its own, and may begin a timeline of the same number: so the log lies
below the incarnation that wrote it.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from strongroom.backups.stream import StoredObject
from strongroom.errors import DamagedLogError, NewerFormatError
from strongroom.postgres.replication import segment_name, segment_position, text_of
from strongroom.storage import ObjectInfo

PREFIX = "wal/"
FORMAT = 1
DATA_SUFFIX, RECORD_SUFFIX = ".zst.age", ".json"
HISTORY = ".history-"
RECORD_NAME = re.compile(r"([0-9A-F]{24})(?:\.([0-9A-F]{8})-([0-9A-F]{8}))?\.json")
DATA_NAME = re.compile(r"([0-9A-F]{24}(?:\.[0-9A-F]{8}-[0-9A-F]{8})?)-([0-9a-f]{64})\.zst\.age")


@dataclass(frozen=True)
class Branch:
    """One line of log: that of one life of a database, on one timeline of the server's."""

    incarnation: str
    timeline: int

    @property
    def prefix(self) -> str:
        """What the keys of all of its objects begin with."""
        return f"{PREFIX}{self.incarnation}/{self.timeline:08X}/"


@dataclass(frozen=True, order=True)
class Piece:
    """A part of one segment that is stored; positions are in the log."""

    start: int
    end: int
    key: str
    """Of its record."""

    def holds(self, other: Piece) -> bool:
        """Whether the other piece has nothing that this one has not."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True)
class LogRecord:
    """What is known of one piece. Times are in UTC, positions as PostgreSQL writes them."""

    format: int
    database_id: str
    incarnation: str
    system_identifier: int
    timeline: int
    segment_size_bytes: int
    start: str
    end: str
    object: StoredObject
    sent_at: datetime
    """When the server sent the end of it, by its own clock: what it had committed was in it."""
    commit_at: datetime | None
    """When the newest transaction committed that the log holds so far."""
    last_record: str | None
    """Where the last record begins that the log holds whole so far."""

    def to_bytes(self) -> bytes:
        """The document: sorted keys, no spaces, UTF-8, one line break at the end."""
        document = asdict(self)
        for name in ("sent_at", "commit_at"):
            moment: datetime | None = document[name]
            document[name] = moment.isoformat() if moment else None
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes, key: str) -> Self:
        """Read the record that was found at ``key``, and believe nothing that does not fit.

        Raises:
            DamagedLogError: it is not one, or it describes another piece.
            NewerFormatError: it was written by a newer strongroom.
        """
        try:
            document: dict[str, Any] = json.loads(data)
            if document["format"] > FORMAT:
                raise NewerFormatError(
                    f"{key} has format {document['format']}; this strongroom reads up to {FORMAT}.",
                    next_step="upgrade strongroom, then try again",
                )
            committed = document["commit_at"]
            record = cls(
                **{
                    **document,
                    "object": StoredObject(**document["object"]),
                    "sent_at": datetime.fromisoformat(document["sent_at"]),
                    "commit_at": datetime.fromisoformat(committed) if committed else None,
                }
            )
            fits = record.key == key and record.to_bytes() == data
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise damaged(key, f"it is not a record of the log ({error})") from error
        if not fits:
            raise damaged(key, "it does not describe what its name says")
        return record

    @property
    def branch(self) -> Branch:
        """The line of log that the piece is of."""
        return Branch(self.incarnation, self.timeline)

    @property
    def key(self) -> str:
        """Where the record lies."""
        start, end = positions(self)
        return (
            self.branch.prefix + stem(self.timeline, start, end, self.segment_size_bytes) + ".json"
        )


def positions(record: LogRecord) -> tuple[int, int]:
    """Where the piece begins and ends."""
    return _position(record.start), _position(record.end)


def _position(text: str) -> int:
    high, _, low = text.partition("/")
    position = (int(high, 16) << 32) | int(low, 16)
    if text_of(position) != text:
        raise ValueError(f"{text!r} is no position")
    return position


def stem(timeline: int, start: int, end: int, segment_size_bytes: int) -> str:
    """The name of a piece, without what tells its record from its data."""
    segment = segment_name(timeline, start, segment_size_bytes)
    beginning = start - start % segment_size_bytes
    if (start, end) == (beginning, beginning + segment_size_bytes):
        return segment
    return f"{segment}.{start - beginning:08X}-{end - beginning:08X}"


def piece_at(key: str, segment_size_bytes: int) -> Piece | None:
    """The piece whose record lies at ``key``; None for the key of anything else."""
    match = RECORD_NAME.fullmatch(key.rpartition("/")[2])
    if match is None:
        return None
    segment, start, end = match.groups()
    beginning = segment_position(segment, segment_size_bytes)
    if start is None:
        return Piece(beginning, beginning + segment_size_bytes, key)
    return Piece(beginning + int(start, 16), beginning + int(end, 16), key)


def is_record(info: ObjectInfo) -> bool:
    """Whether this object is the record of a piece."""
    return RECORD_NAME.fullmatch(info.key.rpartition("/")[2]) is not None


def history_key(branch: Branch, sha256: str) -> str:
    """Where the server's own account of where a timeline came from lies, encrypted."""
    return f"{branch.prefix}{branch.timeline:08X}{HISTORY}{sha256}{DATA_SUFFIX}"


def history_sha256(key: str) -> str | None:
    """The sha256 that such an object must have; None for the key of anything else."""
    _, found, rest = key.partition(HISTORY)
    return rest.removesuffix(DATA_SUFFIX) if found else None


def is_whole_segment(key: str) -> bool:
    """Whether this is the key of the record of a whole segment."""
    match = RECORD_NAME.fullmatch(key.rpartition("/")[2])
    return match is not None and match[2] is None


def branch_of(key: str) -> Branch | None:
    """The line of log that an object belongs to; None for a key that is none of ours."""
    parts = key.removeprefix(PREFIX).split("/")
    try:
        return Branch(parts[0], int(parts[1], 16)) if len(parts) == 3 else None  # noqa: PLR2004
    except ValueError:
        return None


def damaged(key: str, what: str) -> DamagedLogError:
    """The error of an object of the log that cannot be believed."""
    return DamagedLogError(f"{key} is damaged: {what}.", next_step="strongroom fsck --read-data")
