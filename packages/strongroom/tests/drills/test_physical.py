"""Physical backups: a position in the log and digests that are of the very same moment."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from strongroom.backups import Manifest, chosen_for, digesting, load, take
from strongroom.backups.archive import open_object
from strongroom.backups.contents import Contents as DescribedContents
from strongroom.backups.manifest import NotCovered
from strongroom.backups.physical import base, coverage
from strongroom.backups.physical import proof_point as proof_points
from strongroom.backups.physical.base import start_of
from strongroom.backups.stream import encrypt
from strongroom.config import Configuration
from strongroom.drills import contents, drill, recovery
from strongroom.drills.comparison import Contents
from strongroom.errors import BackupError
from strongroom.identity import check, open_database, recipients
from strongroom.identity.expectation import expectation
from strongroom.identity.gate import OpenDatabase
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect
from strongroom.postgres.replication import position_of
from strongroom.progress import Progress, SilentProgress
from strongroom.restores import restore, undo
from strongroom.server.supervisor import RunningServer
from strongroom.storage import open_store

FORGED = "20991231T235959Z-ffffff"
NEEDLE = b"O'Neill"
SUBSCRIBED = """
SELECT EXISTS (SELECT FROM pg_subscription WHERE subenabled),
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%')
"""


class FullInstead(SilentProgress):
    """Fails where an incremental attempt is repeated as a full one."""

    def step(self, name: str) -> None:
        assert name != "backup.full_instead"


@contextmanager
def written_to(database: OpenDatabase, writers: int = 2) -> Iterator[list[int]]:
    """Let others write single rows throughout; tells how many each of them wrote."""
    stop, written = threading.Event(), [0] * writers

    def write(number: int) -> None:
        with connect(database.conninfo("application"), autocommit=True) as connection:
            while not stop.is_set():
                connection.execute("INSERT INTO public.parent VALUES (%s)", [written[number]])
                # Each a row of its own: two that update several may wait for each other for ever.
                connection.execute(
                    "UPDATE public.athlete SET pulse = 60 + %s WHERE id = %s",
                    [written[number] % 9, number + 1],
                )
                written[number] += 1

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield written
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_what_is_written_meanwhile_is_in_both_the_copy_and_the_digests_or_in_neither(
    sample: Configuration,
) -> None:
    with open_database(sample) as database, written_to(database) as written:
        manifest = take(sample, database, method="physical")
        record = drill(sample)
    assert all(written)
    assert manifest.physical is not None
    assert (record.verdict, record.findings) == ("proven", [])
    assert {check.name for check in record.checks} >= {"files", "tables", "schema", "indexes"}
    assert all(table.equal for table in record.tables)


def test_a_quiet_database_is_proven_without_a_lock(sample: Configuration) -> None:
    manifest = take(sample, method="physical")
    assert manifest.physical is not None
    assert manifest.physical.proof_method == "quiet"
    assert Manifest.from_bytes(manifest.to_bytes(), manifest.key) == manifest


def test_without_a_moment_to_compare_with_a_backup_is_kept_and_never_called_proven(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_points, "LOCK_ATTEMPTS", 1)
    monkeypatch.setattr(proof_points, "QUIET_ATTEMPTS", 1)
    floors = expected_rows(sample)
    with (
        open_database(sample) as database,
        connect(database.conninfo("application")) as writer,
    ):
        writer.execute("INSERT INTO public.parent VALUES (7)")
        manifest = take(sample, database, method="physical")
        in_the_way = f"process {writer.info.backend_pid}"
        before = {one.key for one in open_store(sample.store_url).list("backups/")}
        instead = take(sample, database, method="auto")
    assert manifest.physical is not None
    assert in_the_way in (manifest.physical.unproven or "")
    assert Manifest.from_bytes(manifest.to_bytes(), manifest.key) == manifest
    assert expected_rows(sample) == floors, "nothing counted, nothing learnt"
    record = drill(sample, manifest.backup_id)
    assert record.verdict == "inconclusive"
    assert [one for one in record.findings if in_the_way in one]

    choice = chosen_for(sample, instead.backup_id)
    assert instead.method == "logical", "a dump needs no such moment"
    assert choice is not None
    assert in_the_way in choice.reason
    assert drill(sample).verdict == "proven"
    take(sample, method="logical")
    stored = {one.key for one in open_store(sample.store_url).list("backups/")} - before
    assert not [key for key in stored if "base.tar" in key], "nothing half-made stays"


def expected_rows(configuration: Configuration) -> dict[str, int]:
    """The floors that a check judges by."""
    expected = expectation(configuration)
    assert expected is not None
    return {name: rows for one in expected.state.incarnations for name, rows in one.floors.items()}


def test_the_log_that_is_stored_begins_where_the_base_does(sample: Configuration) -> None:
    manifest = take(sample, method="physical")
    physical = manifest.physical
    assert physical is not None
    with open_object(sample, manifest, 0) as stream:
        label = stream.read(4096)[512:]  # after the header of the first member
    begun = start_of(label)
    assert position_of(physical.log_start) == begun - begun % physical.segment_size_bytes


def test_a_recovery_that_stands_still_is_not_waited_for_for_ever(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(sample, method="physical")
    monkeypatch.setattr(recovery, "PAUSED", "SELECT false, pg_last_wal_replay_lsn()::text")
    monkeypatch.setattr(recovery, "STANDSTILL_MAX_S", 0.2)
    record = drill(sample)
    assert record.verdict == "failed"
    assert [one for one in record.findings if "stands still" in one]


def test_a_copy_that_is_opened_reaches_for_nobody(sample: Configuration) -> None:
    with (
        open_database(sample) as database,
        connect(database.administrator(), autocommit=True) as admin,
    ):
        admin.execute(
            "CREATE SUBSCRIPTION theirs CONNECTION 'host=127.0.0.1 port=1 dbname=theirs' "
            "PUBLICATION theirs WITH (connect = false)"
        )
        admin.execute("ALTER SUBSCRIPTION theirs ENABLE")
        take(sample, database, method="physical")
        admin.execute("ALTER SUBSCRIPTION theirs DISABLE")
        admin.execute("ALTER SUBSCRIPTION theirs SET (slot_name = NONE)")
        admin.execute("DROP SUBSCRIPTION theirs")
    seen: list[object] = []

    def look(server: RunningServer, _manifest: Manifest) -> None:
        with connect(server.administrator(), autocommit=True) as connection:
            seen.extend(connection.execute(SUBSCRIBED).fetchall())

    assert drill(sample, on_proven=look).verdict == "proven"
    assert seen == [(True, 0)], "the subscription is there, and nobody works on it"


def test_an_attempt_that_fails_for_another_reason_is_not_repeated_as_a_full_one(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(sample, method="physical")
    monkeypatch.setattr(base, "ARGUMENTS", (*base.ARGUMENTS, "--max-rate=1"))
    with open_database(sample) as database, pytest.raises(BackupError) as failure:
        take(sample, database, method="physical", progress=FullInstead())
    assert "pg_basebackup failed" in failure.value.message


def _forged(configuration: Configuration, manifest: Manifest) -> None:
    """Store the same backup with one letter of one row changed, encrypted as validly."""
    store, kept = open_store(configuration.store_url), []
    to = [str(recipient) for recipient in recipients(configuration)]
    for index, old in enumerate(manifest.objects):
        with open_object(configuration, manifest, index) as stream:
            plain = bytearray()
            while data := stream.read(1 << 20):
                plain += data
        if index == 0:
            at = plain.index(NEEDLE)
            plain[at : at + 1] = b"U"
        key = old.key.replace(manifest.backup_id, FORGED)
        with store.writer(key) as writer:
            kept.append(encrypt(io.BytesIO(plain), writer, key=key, recipients=to))
    forged = replace(manifest, backup_id=FORGED, objects=kept)
    ledger_of(configuration).record(
        "backup", backup_id=FORGED, manifest_sha256=forged.sha256, rows=forged.rows
    )
    store.put(forged.key, forged.to_bytes())


def test_one_changed_letter_of_one_row_is_found_though_it_is_validly_encrypted(
    sample: Configuration,
) -> None:
    _forged(sample, take(sample, method="physical"))
    record = drill(sample, FORGED)
    assert record.verdict == "failed"
    assert [check.name for check in record.checks if check.status == "failed"] == ["files"]


def test_one_changed_row_of_a_restored_copy_is_found(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(
        server: RunningServer, database: str, progress: Progress, promised: Contents
    ) -> Contents:
        recovery._open(server)
        with connect(server.administrator(database), autocommit=True) as connection:
            connection.execute("UPDATE public.athlete SET pulse = 61 WHERE pulse = 60")
        return contents.survey(server, database, progress, promised)

    monkeypatch.setattr(recovery, "survey", changed)
    take(sample, method="physical")
    record = drill(sample)
    assert record.verdict == "failed"
    assert [table.name for table in record.tables if not table.equal] == ["public.athlete"]


def test_a_backup_with_digests_of_before_is_proven_by_the_same(
    sample: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every table was digested by its text then; now only what another database sends otherwise.

    Large objects had no digest.
    """
    gap = NotCovered("2 large objects", "in the backup, but no digest covers them")
    with monkeypatch.context() as patch:
        patch.setattr(digesting, "sent_alike", lambda _conn, _tables: set())
        patch.setattr(coverage, "gaps", lambda *_, **__: [gap])
        patch.setattr(
            DescribedContents, "with_large_objects", property(lambda it: it.largest_first)
        )
        before = take(sample, method="physical")
    after = take(sample, method="physical")
    used = [{one.method for one in manifest.tables} for manifest in (before, after)]
    assert used == [
        {"rows", "not_covered"},
        {"rows", "binary", "not_covered", "large_objects"},
    ]
    assert (before.format, after.format) == (2, 4)
    for manifest in (before, after):
        record = drill(sample, manifest.backup_id)
        assert record.verdict == "proven", record.findings
        assert all(one.equal for one in record.tables)


@pytest.mark.parametrize("index", [0, 1])
def test_a_flipped_byte_in_base_or_log_is_found(sample: Configuration, index: int) -> None:
    manifest = take(sample, method="physical")
    path = Path(sample.store_url) / manifest.objects[index].key
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    assert drill(sample).verdict == "failed"


def test_a_physical_restore_is_put_in_place_and_taken_back(sample: Configuration) -> None:
    take(sample, method="physical")
    with (
        open_database(sample) as database,
        connect(database.conninfo("application"), autocommit=True) as connection,
    ):
        connection.execute("INSERT INTO public.parent VALUES (8)")
        count = sql.SQL("SELECT count(*) FROM public.parent")
        later = connection.execute(count).fetchone()
    restored = restore(sample, swap=True)
    assert restored.comparison is not None
    assert restored.comparison.verdict == "proven"
    assert check(sample).matches
    with (
        open_database(sample) as database,
        connect(database.conninfo("application"), autocommit=True) as connection,
    ):
        assert connection.execute(count).fetchone() != later
        connection.execute("INSERT INTO public.parent VALUES (9)")
        take(sample, database, method="physical")
    assert drill(sample).verdict == "proven", "also on the timeline that the restore began"
    undo(sample)
    with (
        open_database(sample) as database,
        connect(database.conninfo("application")) as connection,
    ):
        assert connection.execute(count).fetchone() == later
    assert load(sample).physical is not None
