"""Go on from a backup's proof point, through the stored log, to a point in time."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from strongroom.backups.manifest import Manifest
from strongroom.backups.stream import decrypted
from strongroom.backups.stream_ends import Report
from strongroom.backups.wal import Piece, Reach, Target, read_record
from strongroom.config import Configuration
from strongroom.drills.unpack import PIECE_BYTES, record_of
from strongroom.errors import (
    DamagedBackupError,
    DamagedLogError,
    DatabaseError,
    NoSpaceError,
    ObjectMissingError,
    ServerError,
    TargetError,
)
from strongroom.identity.key_ring import load_identities
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.replication import position_of, segment_name
from strongroom.progress import Progress
from strongroom.server.os_user import OsUser, server_user
from strongroom.server.supervisor import RunningServer
from strongroom.storage import open_store

LOG_DIRECTORY = "pg_wal"
POLL_S = 0.05
STANDING = """
SELECT pg_catalog.pg_is_in_recovery(),
       pg_catalog.pg_is_in_recovery() AND pg_catalog.pg_get_wal_replay_pause_state() = 'paused',
       pg_catalog.pg_last_wal_replay_lsn()::text, pg_catalog.pg_last_xact_replay_timestamp()
"""


@dataclass(frozen=True)
class Onward:
    """Where recovery goes after the proof point, and by which part of the log."""

    target: Target
    reach: Reach


@dataclass(frozen=True)
class Reached:
    """Where recovery stopped, and how it got there."""

    target: str
    position: str
    """What was written before it is there, and nothing that was written after it."""
    last_transaction_at: datetime | None
    """When the newest transaction committed that was replayed; None if there was none."""
    replayed_bytes: int
    """Of log, after the moment that was compared."""

    def as_dict(self) -> dict[str, Any]:
        """The point as shown by ``--json``."""
        return asdict(self)


def lay_out_log(
    configuration: Configuration,
    manifest: Manifest,
    pieces: Sequence[Piece],
    data: Path,
    report: Report = lambda _: None,
) -> None:
    """Write pieces of the stored log to where recovery looks for them.

    Of the segment that the backup's own log ends in, the stored one takes the place.

    Raises:
        DamagedLogError: an object is not what was stored, or is missing.
        NoSpaceError: the disk became full; that says nothing about the log.
        WrongKeyError: no private key at hand opens one.
    """
    user, of, done_bytes = server_user(), record_of(manifest), 0
    for piece in pieces:
        name = segment_name(of.timeline, piece.start, of.segment_size_bytes)
        beginning = piece.start - piece.start % of.segment_size_bytes
        path = data / LOG_DIRECTORY / name
        with _room_for(path):
            _prepare(path, of.segment_size_bytes, user)
            _write(configuration, piece, path, piece.start - beginning)
        done_bytes += piece.end - piece.start
        report(done_bytes)


def reached(
    server: RunningServer, manifest: Manifest, onward: Onward, progress: Progress
) -> Reached:
    """Wait until a recovery has come to its target and the copy is open; say where that is.

    Raises:
        ServerError, DatabaseError: the server ended, because its log does.
        TargetError: it waits, and would wait for ever.
    """
    start = position_of(record_of(manifest).proof)
    with (
        connect(server.administrator(), autocommit=True) as connection,
        database_errors("waiting for the recovery"),
    ):
        while True:
            row = connection.execute(STANDING).fetchall()[0]
            in_recovery, paused, position, committed = row
            replayed_bytes = max(0, position_of(position) - start)
            if not in_recovery:
                # PostgreSQL does not note the time of the transaction that ends its recovery.
                committed = onward.reach.commit_at or committed
                _require_before(onward, position, committed)
                return Reached(str(onward.target), position, committed, replayed_bytes)
            if paused:
                raise TargetError(
                    f"Recovery stands at {position}, on its way to {onward.target}: the source's "
                    "max_connections, or another such setting, was raised after the backup.",
                    next_step="set the same in [server.settings] of strongroom.toml, then repeat",
                )
            progress.amount("reload.replayed", replayed_bytes, None, "bytes")
            time.sleep(POLL_S)


def _require_before(onward: Onward, position: str, committed: datetime | None) -> None:
    """A backup whose own moment is later than the target leads past it."""
    time = onward.target.time
    if time is not None and committed is not None and committed > time:
        raise TargetError(
            f"Recovery stands at {position}, where a transaction of {committed.isoformat()} is in "
            f"already, and {onward.target} was wanted: the clocks of the server and of this "
            "machine differ.",
            next_step="strongroom restore, naming the backup before this one",
        )


@contextmanager
def reaching(onward: Onward, log: Path) -> Iterator[None]:
    """Say of a server that ended that its recovery did not come to the target.

    Nothing shorter is ever handed over: PostgreSQL itself ends where its log does.

    Raises:
        TargetError: with what the server said last.
    """
    try:
        yield
    except (ServerError, DatabaseError) as error:
        said = _last_words(log) or error.message
        if onward.target.name is not None:
            raise TargetError(
                f"The stored log has no restore point {onward.target} after that backup: {said}",
                next_step="strongroom backups, and name one from before it",
            ) from error
        raise TargetError(
            f"Recovery ended before {onward.target}: {said}",
            next_step="strongroom fsck --read-data, which tells what of the log is damaged",
        ) from error


def _last_words(log: Path) -> str:
    """What the server said when it ended."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    said = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return said[-1] if said else ""


@contextmanager
def _room_for(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise NoSpaceError(
            f"The disk became full while the log was laid out in {path.parent}.",
            next_step="make room there, then repeat",
        ) from error


def _prepare(path: Path, size_bytes: int, user: OsUser) -> None:
    """Make a segment's file as the server does: whole, and zeros where nothing is written."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.ftruncate(descriptor, size_bytes)
    finally:
        os.close(descriptor)
    user.own(path)


def _write(configuration: Configuration, piece: Piece, path: Path, offset: int) -> None:
    store, identities = open_store(configuration.store_url), load_identities(configuration)
    record = read_record(store, piece.key)
    try:
        with (
            decrypted(store, record.object, identities) as stream,
            path.open("r+b") as file,
        ):
            file.seek(offset)
            while data := stream.read(PIECE_BYTES):
                file.write(data)
            written = file.tell() - offset
    except (DamagedBackupError, ObjectMissingError) as error:
        raise _damaged(record.start, error.message) from error
    if written != piece.end - piece.start:
        raise _damaged(record.start, f"{piece.key} does not hold what its record says.")


def _damaged(start: str, what: str) -> DamagedLogError:
    return DamagedLogError(
        f"The log cannot be followed beyond {start}: {what}",
        next_step=f"strongroom fsck --read-data --repair, or strongroom restore --to-lsn {start}",
    )
