"""The log is stored as it was written, and nothing is acknowledged that is not stored."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pyrage import x25519

from strongroom.backups import take
from strongroom.backups.stream import decrypted
from strongroom.backups.wal import STEPS, StoredLog, figures_of, opening, read_log, read_record
from strongroom.backups.wal import following as follower
from strongroom.backups.wal.keeping import Keeper
from strongroom.backups.wal.pages import Seen, look
from strongroom.backups.wal.pieces import Branch
from strongroom.backups.wal.receiving import Receiver
from strongroom.backups.wal.slots import slot_name
from strongroom.config import Configuration
from strongroom.errors import StorageError
from strongroom.identity import open_database
from strongroom.identity.gate import OpenDatabase
from strongroom.identity.key_ring import load_identities
from strongroom.identity.pin import pin_of
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect
from strongroom.postgres.replication import position_of, replication, segment_name
from strongroom.report import collect, evaluate
from strongroom.server import cluster
from strongroom.storage import LocalStore, open_store
from strongroom.testing.killing import killed_in_this_run

sys.path.insert(0, str(Path(__file__).parent))  # what these tests share

from following import followed_home, following

FOLLOW_AND_DIE = """
import sys
from pathlib import Path
from strongroom.backups.wal import Follower
from strongroom.config import load
from strongroom.schedule.stopping import Stop
from strongroom.testing.killing import KillAt
Follower(load(Path(sys.argv[1])), Stop(), progress=KillAt(sys.argv[2])).follow()
"""
FLUSHED = "SELECT pg_catalog.pg_current_wal_flush_lsn()::text"
SLOT = "SELECT restart_lsn::text FROM pg_catalog.pg_replication_slots WHERE slot_name = %s"


@dataclass(frozen=True)
class Source:
    """A database that is open, with a connection to write through."""

    configuration: Configuration
    database: OpenDatabase
    connection: psycopg.Connection
    branch: Branch

    def write(self, rows: int = 50) -> str:
        """Write something; return how far the log has been written then."""
        self.connection.execute(
            "INSERT INTO public.run SELECT pg_catalog.repeat('x', 80) FROM generate_series(1, %s)",
            [rows],
        )
        return self.flushed

    def switch(self) -> None:
        """Let the server finish its segment."""
        self.connection.execute("SELECT pg_catalog.pg_switch_wal()")

    @property
    def flushed(self) -> str:
        return str(self.connection.execute(FLUSHED).fetchall()[0][0])

    @property
    def slot(self) -> int:
        """From where on the server keeps its log for us."""
        name = slot_name(database_id_of(self.configuration))
        return position_of(self.connection.execute(SLOT.encode(), [name]).fetchall()[0][0])

    @property
    def log(self) -> StoredLog:
        return read_log(open_store(self.configuration.store_url), self.branch)

    def assert_stored_as_written(self) -> None:
        """Compare every stored piece with the server's own files, byte by byte."""
        store, server = open_store(self.configuration.store_url), self.configuration.server
        assert server is not None
        log, compared = self.log, 0
        assert log.gaps == ()
        for piece in log.pieces:
            record = read_record(store, piece.key)
            with decrypted(store, record.object, load_identities(self.configuration)) as stream:
                stored = b"".join(iter(lambda: stream.read(1 << 20), b""))
            name = segment_name(self.branch.timeline, piece.start, log.segment_size_bytes)
            written = server.data_directory / "pg_wal" / name
            if written.exists():
                offset = piece.start % log.segment_size_bytes
                assert written.read_bytes()[offset : offset + len(stored)] == stored
                compared += 1
        assert compared


def database_id_of(configuration: Configuration) -> str:
    pin = pin_of(configuration)
    assert pin is not None
    return pin.database_id


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """One for all tests that leave a whole log."""
    with opened(tmp_path_factory.mktemp("wal") / "home") as made:
        yield made


@contextmanager
def opened(home: Path) -> Iterator[Source]:
    configuration = followed_home(home)
    with (
        open_database(configuration) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE public.run (note text)")
        manifest = take(configuration, database, method="physical")
        assert manifest.physical is not None
        branch = Branch(manifest.incarnation, manifest.physical.timeline)
        yield Source(configuration, database, connection, branch)


def test_what_the_server_writes_is_stored_and_acknowledged_and_nothing_while_it_rests(
    source: Source,
) -> None:
    with following(source.configuration) as at_work:
        figures = at_work.until_stored(source.write())
        assert figures.lag_bytes == 0
        assert figures.commit_at is not None
        assert datetime.now(UTC) - figures.commit_at < timedelta(minutes=5)
        before = source.log.pieces
        at_work.until_stored(source.flushed)
        assert source.log.pieces == before
    assert source.slot >= before[-1].end
    source.assert_stored_as_written()


@pytest.mark.parametrize("step", killed_in_this_run(STEPS, always="wal.record"))
def test_killed_at_any_step_it_goes_on_without_a_gap_or_a_wrong_object(
    source: Source, step: str
) -> None:
    command = [sys.executable, "-c", FOLLOW_AND_DIE, str(source.configuration.path), step]
    child = subprocess.Popen(command)
    source.write()
    source.switch()
    source.write()
    assert child.wait(120) == -signal.SIGKILL, "the step was not reached"
    stored = source.log.end
    assert source.slot <= (stored or source.slot), "nothing more is acknowledged than is stored"
    with following(source.configuration) as at_work:
        at_work.until_stored(source.write())
    source.assert_stored_as_written()
    log = source.log
    assert log.superseded() == ()
    store = open_store(source.configuration.store_url)
    named = {read_record(store, one.key).object.key for one in log.pieces}
    found = {one.key for one in store.list("wal/")}
    assert found == named | {one.key for one in log.pieces}, "nothing half-made stays"


def test_the_verb_receives_until_it_is_asked_to_end(source: Source) -> None:
    verb = ["--config", str(source.configuration.path), "wal"]
    command = [sys.executable, "-c", "from strongroom.cli import main; main()", *verb]
    receiver = subprocess.Popen([*command, "receive", "--jsonl"], stdout=subprocess.PIPE, text=True)
    assert receiver.stdout is not None
    assert json.loads(receiver.stdout.readline())["event"] == "wal.receiving"
    written = source.write()
    while (source.log.end or 0) < position_of(written):
        assert receiver.poll() is None
    receiver.terminate()
    assert receiver.wait(120) == 0
    receiver.stdout.close()
    answer = subprocess.run([*command, "status", "--json"], capture_output=True, check=True)
    figures = json.loads(answer.stdout)
    assert position_of(figures["stored"]) >= position_of(written)
    assert figures["lag_bytes"] == 0
    assert figures["receiver"]["phase"] == "ended"


class Lying(LocalStore):
    """A store that keeps less than it says.

    Faults to survive: it says that it has stored an object and has nothing; it has all but the
    last byte; it has another byte; it fails. It does so with data, or with what tells of them.
    """

    def __init__(self, directory: Path, suffix: str, lie: Callable[[bytes], bytes | None]) -> None:
        super().__init__(directory)
        self.suffix, self.lie = suffix, lie

    def put(self, key: str, data: bytes) -> None:
        about = key.startswith("wal/") and key.endswith(self.suffix)
        told = self.lie(data) if about else data
        if told is not None:
            super().put(key, told)


def _fail(data: bytes) -> bytes:
    raise StorageError(f"{len(data)} bytes are too many", next_step="none")


@pytest.mark.parametrize(
    ("suffix", "lie"),
    [
        (".age", lambda _: None),
        (".age", lambda data: data[:-1]),
        (".age", lambda data: b"?" + data[1:]),
        (".age", _fail),
        (".json", lambda _: None),
    ],
    ids=["nothing", "short", "wrong", "failing", "no record"],
)
def test_what_a_store_has_not_really_stored_is_not_acknowledged(
    source: Source, monkeypatch: pytest.MonkeyPatch, suffix: str, lie: Any
) -> None:
    with following(source.configuration) as at_work:
        at_work.until_stored(source.flushed)
    stored = source.log.end
    assert stored is not None
    lying = Lying(Path(source.configuration.store_url), suffix, lie)
    with monkeypatch.context() as patched:
        phases: list[str] = []
        patched.setattr(opening, "open_store", lambda _: lying)
        patched.setattr(follower, "write_standing", lambda _, it: phases.append(it.phase))
        with following(source.configuration) as at_work:
            written = source.write()
            failed = at_work.until_told("wal.failed")
            assert failed["next"]
            at_work.until_told("wal.receiving", times=2)
            # What was really stored before may be acknowledged only now.
            assert source.slot <= stored
        assert "receiving" not in phases[phases.index("failing") :], "nothing was stored again"
    with following(source.configuration) as at_work:
        at_work.until_stored(written)
    source.assert_stored_as_written()


def test_the_time_of_the_newest_commit_and_the_last_record_are_those_that_pg_waldump_tells(
    source: Source,
) -> None:
    with following(source.configuration) as at_work:
        for rows in (1, 700, 3):
            end = source.write(rows)
        at_work.until_stored(end)
    server, log = source.database.server, source.log
    assert server is not None
    assert log.end is not None
    assert source.configuration.server is not None
    start = log.end - log.end % log.segment_size_bytes
    name = segment_name(source.branch.timeline, start, log.segment_size_bytes)
    pg_wal = source.configuration.server.data_directory / "pg_wal"
    arguments = ["--path", cluster.DIRECTORY, name]
    told = cluster.run_program(server.binaries, "pg_waldump", arguments, pg_wal).stdout
    records = [position_of(one) for one in re.findall(r"lsn: (\S+),", told)]
    commits = re.findall(r"lsn: (\S+),.*COMMIT (\S+ \S+) UTC", told)
    data = (pg_wal / name).read_bytes()
    for cut in range(0, log.end - start, 7919):
        seen = look(data[:cut], start, Seen())
        assert seen.last_record is None or seen.last_record in records
        known = [
            at for lsn, at in commits if seen.last_record and position_of(lsn) <= seen.last_record
        ]
        committed = seen.commit_at.replace(tzinfo=None).isoformat(" ") if seen.commit_at else None
        assert (committed or None) == (known[-1] if known else None)
    assert look(data[: log.end - start], start, Seen()).last_record == max(
        one for one in records if one < log.end
    )


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Source]:
    """For a test that leaves a gap: others may run after it."""
    with opened(tmp_path / "home") as made:
        yield made


def move_back(source: Source, position: str) -> None:
    """Make our slot, and tell the server that no more is stored than up to a position."""
    name = slot_name(database_id_of(source.configuration))
    with replication(source.database.replicator()) as stream:
        timeline, size_bytes = stream.identify().timeline, stream.segment_size_bytes()
        stream.create_slot(name)
        (kept,) = source.connection.execute(
            "SELECT restart_lsn::text FROM pg_catalog.pg_replication_slots"
        ).fetchall()[0]
        begin = position_of(kept)
        begin -= begin % size_bytes
        stream.start(name, begin, timeline, durable=begin)
        stream.acknowledge(position_of(position))
        stream.receive(1.0)


@pytest.mark.parametrize("is_moved_back", [False, True])
def test_a_slot_that_is_gone_leaves_a_gap_that_is_told_until_there_is_a_new_backup(
    own: Source, *, is_moved_back: bool
) -> None:
    source = own
    with following(source.configuration) as at_work:
        stored = source.write()
        at_work.until_stored(stored)
    # The server's side of the stream may end a moment after ours.
    source.connection.execute(
        "SELECT pg_catalog.pg_terminate_backend(active_pid, 10000) "
        "FROM pg_catalog.pg_replication_slots WHERE active"
    )
    source.connection.execute(
        "SELECT pg_catalog.pg_drop_replication_slot(%s)",
        [slot_name(database_id_of(source.configuration))],
    )
    for _ in range(3):
        source.write()
        source.switch()
        source.connection.execute("CHECKPOINT")
    if is_moved_back:
        move_back(source, stored)
    with following(source.configuration) as at_work:
        assert at_work.until_told("wal.gap")["next"] == "strongroom backup --full"
        at_work.until_stored(source.write())
        (gap,) = source.log.gaps
        assert ledger_of(source.configuration).contains("wal_gap")
        (told,) = [one for one in conditions(source) if one.kind == "wal_gap"]
        assert (told.severity, told.next_step) == ("critical", "strongroom backup --full")
        take(source.configuration, source.database, method="physical", full=True)
        at_work.until_stored(source.write())
    assert source.log.gaps == (gap,)
    assert not [one for one in conditions(source) if one.kind == "wal_gap"]
    assert figures_of(source.configuration, datetime.now(UTC)).gaps == (gap,)


def conditions(source: Source) -> Any:
    facts = collect(source.configuration)
    assert facts.log is not None
    return evaluate(facts).holding


class Stream:
    """A stream of nothing: what it would send is handed to the receiver."""

    def __init__(self) -> None:
        self.acknowledged: list[int] = []
        self.server_time, self.server_position, self.is_asked = datetime.now(UTC), 0, False

    def acknowledge(self, position: int) -> None:
        self.acknowledged.append(position)

    def stay(self) -> None:
        pass


def test_a_slow_day_leaves_some_dozens_of_objects_and_its_end_leaves_one(tmp_path: Path) -> None:
    store, stream, size_bytes = LocalStore(tmp_path), Stream(), 1 << 20
    branch, key = Branch("life", 1), str(x25519.Identity.generate().to_public())
    keeper = Keeper(store, branch, "database", 1, size_bytes, [key])
    receiver = Receiver(stream, keeper, 0, 0, Seen(), [], 10.0)  # type: ignore[arg-type]
    for number in range(1, 101):
        receiver._take(bytes([number]) * 100)
        receiver.flush()
    log = read_log(store, branch, size_bytes)
    assert len(log.pieces) <= 16
    assert log.superseded() == log.gaps == ()
    assert (log.start, log.end) == (0, 100 * 100)
    receiver._take(bytes(size_bytes - 100 * 100))
    assert [one.end for one in read_log(store, branch, size_bytes).pieces] == [size_bytes]
    assert len(list(store.list("wal/"))) == 2, "its data, and its record"
    assert stream.acknowledged == sorted(stream.acknowledged)
    assert stream.acknowledged[-1] == size_bytes
