"""How far the log is behind its server, and what would be lost if that were gone now."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg

from strongroom.backups.manifest import Manifest
from strongroom.backups.wal.pieces import PREFIX, Branch, Piece, branch_of
from strongroom.backups.wal.reaching import branch_of_backup
from strongroom.backups.wal.standing import Standing, read_standing
from strongroom.backups.wal.stored import Gap, StoredLog, gaps_between, read_log, read_record
from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.identity.address import connection_of
from strongroom.identity.state_store import pinned_state_store
from strongroom.postgres.connections import ConnectionInfo, connect
from strongroom.postgres.replication import position_of, text_of
from strongroom.server.cluster import ADMINISTRATOR, DIRECTORY, run_program
from strongroom.server.directory import DirectoryFacts, inspect_directory
from strongroom.server.sockets import PORT
from strongroom.server.supervisor import Supervisor, binaries_of
from strongroom.storage import ObjectStore, open_store

CHECKPOINT = re.compile(r"^Latest checkpoint location: +(\S+)$", re.MULTILINE)
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"


@dataclass(frozen=True)
class LogFigures:
    """What there is to know of the stored log of the current life. Times are in UTC."""

    incarnation: str
    timeline: int | None
    start: str | None
    stored: str | None
    """From where to where it is stored; None where nothing is."""
    commit_at: datetime | None
    """When the newest transaction committed that is stored."""
    stored_at: datetime | None
    """Up to when everything that was committed is stored."""
    server: str | None
    """How far the server has written; or had, when a receiver on this machine last heard of it."""
    lag_bytes: int | None
    """Between the two; None where the server is not known."""
    at_risk_s: float | None
    """Commits of at most so many seconds would be lost with the server now."""
    gaps: tuple[Gap, ...]
    receiver: Standing | None
    """What the receiver on this machine last said of itself."""

    def as_dict(self) -> dict[str, Any]:
        """The figures as documented for ``--json``."""
        document = asdict(self)
        document["gaps"] = [
            {"start": text_of(one.start), "end": text_of(one.end)} for one in self.gaps
        ]
        return document


def figures_of(configuration: Configuration, now: datetime) -> LogFigures:
    """Look at the store, and at what the receiver says of itself.

    Raises:
        StorageError, DamagedLogError: the store cannot be read.
        PinError: nothing is pinned.
    """
    store, standing = open_store(configuration.store_url), read_standing(configuration)
    life = pinned_state_store(configuration).load().state.current.id
    branch = _newest_branch(store, life)
    log = read_log(store, branch) if branch else StoredLog(Branch(life, 0), 0, ())
    newest = read_record(store, log.newest.key) if log.newest else None
    own = standing if standing and standing.incarnation == life else None
    stored_at = newest.sent_at if newest else None
    if own and newest and own.stored == newest.end and own.stored_at:
        stored_at = max(own.stored_at, newest.sent_at)
    asked = server_position(configuration)
    written = asked or (own.server if own else None)
    lag_bytes = _lag_bytes(written, log)
    if lag_bytes == 0 and asked is not None:
        stored_at = now  # the server itself says so
    return LogFigures(
        incarnation=life,
        timeline=branch.timeline if branch else None,
        start=None if log.start is None else text_of(log.start),
        stored=newest.end if newest else None,
        commit_at=newest.commit_at if newest else None,
        stored_at=stored_at,
        server=written,
        lag_bytes=lag_bytes,
        at_risk_s=max(0.0, (now - stored_at).total_seconds()) if stored_at else None,
        gaps=log.gaps,
        receiver=standing,
    )


def missing_after(configuration: Configuration, manifest: Manifest) -> tuple[Gap, ...]:
    """What of the log is missing after a physical backup, between it and what is stored later.

    Raises:
        StorageError, DamagedLogError: the store cannot be read.
    """
    if manifest.physical is None:
        return ()
    size_bytes = manifest.physical.segment_size_bytes
    log = read_log(open_store(configuration.store_url), branch_of_backup(manifest), size_bytes)
    own_end = position_of(manifest.physical.log_end)
    own = Piece(own_end - own_end % size_bytes, own_end, "")
    later = [one for one in log.pieces if one.end > own_end]
    return gaps_between([own, *later])


def server_position(configuration: Configuration) -> str | None:
    """How far the server has written, by itself; None where it cannot be told.

    Of a supervised one that was shut down it is where the record of that begins: there is no
    commit after it.
    """
    if configuration.server is not None:
        facts = inspect_directory(configuration.server.data_directory)
        if facts.cluster_state == "shut down":
            return _last_checkpoint(facts)
    info = _running(configuration)
    if info is None:
        return None
    with (
        suppress(StrongroomError, psycopg.Error),
        connect(info, autocommit=True) as connection,
    ):
        return str(connection.execute(FLUSHED).fetchall()[0][0])
    return None


def _last_checkpoint(facts: DirectoryFacts) -> str | None:
    with suppress(StrongroomError, OSError):
        told = run_program(binaries_of(facts), "pg_controldata", [DIRECTORY], facts.path).stdout
        if found := CHECKPOINT.search(told):
            return found[1]
    return None


def _running(configuration: Configuration) -> ConnectionInfo | None:
    if configuration.server is None:
        with suppress(StrongroomError):
            return connection_of(configuration)
        return None
    directory = Supervisor(configuration.server).status().socket_directory
    if directory is None:
        return None
    return {"host": str(directory), "port": PORT, "user": ADMINISTRATOR, "dbname": "postgres"}


def _lag_bytes(written: str | None, log: StoredLog) -> int | None:
    if written is None or log.end is None:
        return None
    return max(0, position_of(written) - log.end)


def _newest_branch(store: ObjectStore, incarnation: str) -> Branch | None:
    keys = (info.key for info in store.list(f"{PREFIX}{incarnation}/"))
    found = [one for one in (branch_of(key) for key in keys) if one]
    return max(found, key=lambda one: one.timeline, default=None)
