"""The server's write-ahead log as it is written, by PostgreSQL's streaming replication protocol.

psycopg has no replication of its own; libpq, which it wraps, has all that is needed. The
messages are described in PostgreSQL's documentation, "Streaming Replication Protocol".
"""

from __future__ import annotations

import secrets
import select
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn

from strongroom.errors import DatabaseError, LogGoneError, ServerError
from strongroom.postgres.connections import APPLICATION_NAME, ConnectionInfo

XLOG_DATA, KEEPALIVE, STATUS = b"w", b"k", b"r"
DATA_HEADER = struct.Struct(">QQQ")
KEEPALIVE_BODY = struct.Struct(">QQB")
STATUS_BODY = struct.Struct(">QQQQB")
STATUS_INTERVAL_S = 10.0
FILE_MISSING = b"58P01"
OPTIONS_IN_BRACKETS_SINCE = 150_000
UNITS_BYTES = {"MB": 1024**2, "GB": 1024**3}
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""From which the protocol counts its microseconds."""


@dataclass(frozen=True)
class Identified:
    """What a server says of itself on a replication connection."""

    system_identifier: int
    timeline: int
    flushed: int
    """The position up to which its log is on disk."""


class Replication:
    """One replication connection to a server."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection
        self._told_at_s = 0.0
        self._received = 0
        self._durable: int | None = None
        self.server_position = 0
        """How far the server had written when it last said something."""
        self.server_time = POSTGRES_EPOCH
        """What its clock showed then, in UTC."""
        self.is_asked = False
        """Whether the server waits for us to say how far we are."""

    def identify(self) -> Identified:
        """Ask which cluster this is, and how far its log has been written."""
        identifier, timeline, flushed = self._row(b"IDENTIFY_SYSTEM")[:3]
        return Identified(int(identifier), int(timeline), position_of(flushed))

    def segment_size_bytes(self) -> int:
        """The size of one file of its log."""
        size = self._row(b"SHOW wal_segment_size")[0]
        return int(size[:-2]) * UNITS_BYTES[size[-2:]]

    def hold_log(self) -> str:
        """Let the server keep its log from here on, while this connection lives."""
        name = f"strongroom_{secrets.token_hex(6)}"
        self._row(f"CREATE_REPLICATION_SLOT {name} TEMPORARY PHYSICAL RESERVE_WAL".encode())
        return name

    def export_snapshot(self) -> tuple[str, int]:
        """Wait for the open transactions, and export the moment after the last of them.

        Returns:
            The snapshot's name, and the position in the log that it stands for. It can be
            adopted until the next command on this connection.
        """
        name = f"strongroom_{secrets.token_hex(6)}"
        created = f"CREATE_REPLICATION_SLOT {name} TEMPORARY LOGICAL pgoutput"
        if self._connection.server_version >= OPTIONS_IN_BRACKETS_SINCE:
            row = self._row(f"{created} (SNAPSHOT 'export')".encode())
        else:
            row = self._row(f"{created} EXPORT_SNAPSHOT".encode())
        return row[2], position_of(row[1])

    def create_slot(self, name: str) -> None:
        """Let the server keep its log from here on, for a slot that outlives this connection."""
        self._row(f"CREATE_REPLICATION_SLOT {name} PHYSICAL RESERVE_WAL".encode())

    def timeline_history(self, timeline: int) -> bytes:
        """Where a timeline came from, as the server's own file tells it."""
        command = f"TIMELINE_HISTORY {timeline}".encode()
        result = self._connection.exec_(command)
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise _failed(result.error_message, "reading the history of a timeline")
        return result.get_value(0, 1) or b""

    def start(self, slot: str, position: int, timeline: int, *, durable: int | None = None) -> None:
        """Begin to stream the log from ``position`` on.

        Args:
            slot: whose log the server keeps for us.
            position: where to begin.
            timeline: of the server.
            durable: what the server need not keep for us any more. Where it is given, only
                ``acknowledge`` moves it; else whatever was received counts.
        """
        where = f"{text_of(position)} TIMELINE {timeline}"
        result = self._connection.exec_(f"START_REPLICATION SLOT {slot} PHYSICAL {where}".encode())
        if result.status != pq.ExecStatus.COPY_BOTH:
            raise _failed(result.error_message, "streaming the write-ahead log")
        self._received, self._durable = position, durable

    def acknowledge(self, position: int) -> None:
        """Say that the log up to here is stored, and that the server may let it go."""
        self._durable, self.is_asked = position, False
        self._told_at_s = 0.0
        self._tell_status()

    def stay(self) -> None:
        """Let the server know that we are still here, where that is due."""
        self._tell_status()

    def receive(self, timeout_s: float) -> bytes:
        """The next bytes of the log; none if nothing came in time, or an answer is waited for.

        Raises:
            DatabaseError: the server ended the stream, or sent something out of order.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._tell_status()
            size, message = self._connection.get_copy_data(1)
            if size < 0:
                raise self._ended()
            if size > 0:
                data = self._taken(bytes(message))
                if data or (self.is_asked and self._durable is not None):
                    return data
                continue
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return b""
            select.select([self._connection.socket], [], [], min(left_s, STATUS_INTERVAL_S))
            self._connection.consume_input()

    def _ended(self) -> DatabaseError:
        """Why the server streams no longer."""
        doing, result = "streaming the write-ahead log", self._connection.get_result()
        if result is None:
            return _failed(self._connection.error_message, doing)
        if result.error_field(pq.DiagnosticField.SQLSTATE) == FILE_MISSING:
            return LogGoneError(
                "The server does not have that part of its log any more.",
                next_step="strongroom backup --full",
            )
        return _failed(result.error_message or self._connection.error_message, doing)

    def _taken(self, message: bytes) -> bytes:
        kind, body = message[:1], message[1:]
        if kind == KEEPALIVE:
            written, at_us, asked = KEEPALIVE_BODY.unpack_from(body)
            self._note(written, at_us)
            if asked:
                self.is_asked = True
                self._told_at_s = 0.0
                self._tell_status()
            return b""
        if kind != XLOG_DATA:
            raise _failed(b"an unknown message came", "streaming the write-ahead log")
        (start, written, at_us), data = DATA_HEADER.unpack_from(body), body[DATA_HEADER.size :]
        self._note(written, at_us)
        if start != self._received:
            raise _failed(b"a part of the log was left out", "streaming the write-ahead log")
        self._received += len(data)
        return data

    def _note(self, written: int, at_us: int) -> None:
        self.server_position = max(self.server_position, written)
        self.server_time = POSTGRES_EPOCH + timedelta(microseconds=at_us)

    def _tell_status(self) -> None:
        """Say how far we are, so that the server neither drops us nor keeps what we have."""
        now_s = time.monotonic()
        if now_s - self._told_at_s < STATUS_INTERVAL_S:
            return
        self._told_at_s = now_s
        at_us = (datetime.now(UTC) - POSTGRES_EPOCH) // timedelta(microseconds=1)
        durable = self._received if self._durable is None else self._durable
        answer = self._durable is not None  # it tells then how far it is
        body = STATUS_BODY.pack(self._received, durable, 0, at_us, answer)
        self._connection.put_copy_data(STATUS + body)
        self._connection.flush()

    def _row(self, command: bytes) -> list[str]:
        result = self._connection.exec_(command)
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise _failed(result.error_message, "preparing the replication of its log")
        return [(result.get_value(0, n) or b"").decode() for n in range(result.nfields)]


@contextmanager
def replication(conninfo: ConnectionInfo, *, database: bool = False) -> Iterator[Replication]:
    """Open a replication connection; ``database`` is needed to export a snapshot.

    Raises:
        ServerError: the server does not let this role replicate.
    """
    mode = "database" if database else "true"
    given = {"application_name": APPLICATION_NAME, **conninfo, "replication": mode}
    told = make_conninfo(**{name: str(value) for name, value in given.items()})
    connection = pq.PGconn.connect(told.encode())
    try:
        if connection.status != pq.ConnStatus.OK:
            message = connection.error_message.decode(errors="replace").strip()
            raise ServerError(
                f"The server takes no replication connection of role {conninfo.get('user')!r}: "
                f"{message.splitlines()[-1] if message else 'no reason given'}.",
                next_step="strongroom backup --method logical, or give the role REPLICATION and "
                "a line for it in pg_hba.conf",
            )
        yield Replication(connection)
    finally:
        connection.finish()


def position_of(text: str) -> int:
    """Read a position in the log, such as ``0/16EF518``."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) | int(low, 16)


def text_of(position: int) -> str:
    """Write a position in the log as PostgreSQL does."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_position(name: str, segment_size_bytes: int) -> int:
    """Where the file of the log begins that has this name."""
    return (int(name[8:16], 16) << 32) + int(name[16:24], 16) * segment_size_bytes


def segment_name(timeline: int, position: int, segment_size_bytes: int) -> str:
    """Name the file of the log that holds ``position``."""
    segment, per_number = position // segment_size_bytes, (1 << 32) // segment_size_bytes
    return f"{timeline:08X}{segment // per_number:08X}{segment % per_number:08X}"


def _failed(message: bytes, doing: str) -> DatabaseError:
    said = message.decode(errors="replace").strip().splitlines()
    return DatabaseError(
        f"PostgreSQL failed while {doing}: {said[-1] if said else 'the stream ended'}.",
        next_step="strongroom check",
    )
