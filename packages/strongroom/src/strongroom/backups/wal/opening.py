"""Open a stream of log where the stored log ends, or say what is missing between the two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from strongroom.backups.catalogue import listed
from strongroom.backups.contents import IDENTITY
from strongroom.backups.wal.keeping import Keeper, remove_piece
from strongroom.backups.wal.pages import Seen
from strongroom.backups.wal.pieces import DATA_NAME, Branch
from strongroom.backups.wal.receiving import Receiver, Tail
from strongroom.backups.wal.settings import log_settings
from strongroom.backups.wal.slots import Slot, ready_slot, slot_name
from strongroom.backups.wal.stored import StoredLog, read_log, read_record
from strongroom.config import Configuration
from strongroom.errors import DamagedLogError, LogError, ObjectLockedError
from strongroom.identity.gate import open_database
from strongroom.identity.keys import recipients
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import ConnectionInfo, connect, database_errors
from strongroom.postgres.replication import (
    Identified,
    position_of,
    replication,
    text_of,
)
from strongroom.progress import SILENT, Progress
from strongroom.storage import ObjectStore, open_store


@dataclass(frozen=True)
class Source:
    """Whose log it is, and how to get it; the database was judged for this."""

    conninfo: ConnectionInfo
    database_id: str
    incarnation: str


@dataclass(frozen=True)
class Opened:
    """A receiver that is ready to run."""

    receiver: Receiver
    slot: Slot


@contextmanager
def judged_source(configuration: Configuration, progress: Progress = SILENT) -> Iterator[Source]:
    """Make sure that it is our database, and learn which life of it.

    A supervised server is held for as long as the block lasts, and no longer: it stops as if
    nobody received its log.

    Raises:
        RefusedError: the verdict is not ``match``.
    """
    with open_database(configuration, progress=progress) as database:
        info = database.replicator()
        with connect(info) as connection, database_errors("reading the identity"):
            database_id, incarnation, _ = connection.execute(IDENTITY).fetchall()[0]
        yield Source(info, str(database_id), str(incarnation))


@contextmanager
def opened_receiver(
    configuration: Configuration,
    source: Source,
    *,
    from_slot: bool = False,
    progress: Progress = SILENT,
) -> Iterator[Opened]:
    """Begin to stream where the stored log ends, or where a backup does that has none yet.

    Args:
        configuration: where the log goes.
        source: whose log.
        from_slot: leave out what the server has removed; the gap is recorded.
        progress: told of the steps of storing.

    Raises:
        LogError: another process receives it, or the server's log ends before the stored one.
        DatabaseError: the server does not stream.
    """
    store, settings = open_store(configuration.store_url), log_settings(configuration)
    with replication(source.conninfo) as stream:
        identified, size_bytes = stream.identify(), stream.segment_size_bytes()
        branch = Branch(source.incarnation, identified.timeline)
        slot = ready_slot(source.conninfo, stream, slot_name(source.database_id))
        log = read_log(store, branch, size_bytes)
        _require_ahead(log, identified)
        wanted = log.end or _end_of_backup(configuration, branch)
        kept_whole = slot.keeps_from - slot.keeps_from % size_bytes
        if from_slot and wanted is not None and kept_whole <= wanted:
            # Telling the server what is stored has moved the slot back to what it has removed: at
            # least the segment that was wanted.
            slot = ready_slot(source.conninfo, stream, slot.name, anew=True)
        if wanted is None or from_slot:
            _record_gap(configuration, branch, wanted, slot)
            wanted = slot.keeps_from
        start = wanted - wanted % size_bytes
        stored = max(start, log.end or 0)
        keeper = Keeper(
            store,
            branch,
            source.database_id,
            identified.system_identifier,
            size_bytes,
            [str(one) for one in recipients(configuration)],
            progress,
        )
        if identified.timeline > 1:
            keeper.keep_history(stream.timeline_history(identified.timeline))
        stream.start(slot.name, start, identified.timeline, durable=stored)
        tails = _swept(store, log, start)
        yield Opened(
            Receiver(
                stream,
                keeper,
                start,
                max([start, *(one.piece.end for one in tails)]) if tails else stored,
                _seen(store, log),
                tails,
                settings.flush_s,
            ),
            slot,
        )


def _require_ahead(log: StoredLog, identified: Identified) -> None:
    if log.end is not None and log.end > identified.flushed:
        raise LogError(
            f"The server's log ends at {text_of(identified.flushed)}, and more of it is stored, "
            f"up to {text_of(log.end)}: what it had written is not there any more.",
            next_step="strongroom restore, to the end of the stored log",
        )


def _end_of_backup(configuration: Configuration, branch: Branch) -> int | None:
    """Where the newest backup of this line of log ends, so that the log leads on from it."""
    for manifest in listed(configuration):
        of = manifest.physical
        if of and Branch(manifest.incarnation, of.timeline) == branch:
            return position_of(of.log_end)
    return None


def _record_gap(
    configuration: Configuration, branch: Branch, reached: int | None, slot: Slot
) -> None:
    if reached is None or reached >= slot.keeps_from:
        return
    start, end = text_of(reached), text_of(slot.keeps_from)
    ledger = ledger_of(configuration)
    if not ledger.contains("wal_gap", start=start, incarnation=branch.incarnation):
        ledger.record("wal_gap", start=start, end=end, incarnation=branch.incarnation)


def _seen(store: ObjectStore, log: StoredLog) -> Seen:
    """What the stored log tells."""
    if log.newest is None:
        return Seen()
    try:
        record = read_record(store, log.newest.key)
    except DamagedLogError:
        return Seen()  # fsck tells of it; what comes now must be stored all the same
    last = record.last_record
    return Seen(position_of(last) if last else None, record.commit_at)


def _swept(store: ObjectStore, log: StoredLog, start: int) -> list[Tail]:
    """Remove what dead processes left; the parts of the unfinished segment that count stay.

    Only we stream from the slot now, so nobody else is writing this line of log.
    """
    superseded = {one.key for one in log.superseded()}
    for key in superseded:
        remove_piece(store, key)
    known = {one.key.removesuffix(".json") for one in log.pieces} - superseded
    for info in list(store.list(log.branch.prefix)):
        name = info.key.removeprefix(log.branch.prefix)
        data = DATA_NAME.fullmatch(name)
        if data and log.branch.prefix + data[1] not in known:
            with suppress(ObjectLockedError):  # it only takes room
                store.delete(info.key)
    return [Tail(one) for one in log.chain_from(start) if one.key not in superseded]
