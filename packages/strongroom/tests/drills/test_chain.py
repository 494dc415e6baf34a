"""Incremental backups: proven as the chain that they are restored from."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest

from strongroom.backups import Manifest, take
from strongroom.backups.physical import chain_of, chains
from strongroom.config import Configuration
from strongroom.drills import drill, unpack
from strongroom.identity import check, open_database
from strongroom.identity.gate import OpenDatabase
from strongroom.postgres.connections import connect
from strongroom.restores import restore


def changed(database: OpenDatabase, number: int) -> None:
    with connect(database.conninfo("application"), autocommit=True) as connection:
        connection.execute("INSERT INTO public.parent VALUES (%s)", [number])
        connection.execute("UPDATE public.athlete SET pulse = 60 + %s", [number])


def taken(configuration: Configuration, database: OpenDatabase, number: int) -> Manifest:
    changed(database, number)
    return take(configuration, database, method="physical")


def kind_of(manifest: Manifest) -> str:
    assert manifest.physical is not None
    return manifest.physical.kind


@pytest.fixture
def chain(sample: Configuration) -> list[Manifest]:
    with open_database(sample) as database:
        return [taken(sample, database, number) for number in range(3)]


def test_what_builds_on_another_is_small_and_proven_as_it_would_be_restored(
    sample: Configuration, chain: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [kind_of(one) for one in chain] == ["full", "incremental", "incremental"]
    assert [one.parent for one in chain] == [None, chain[0].backup_id, chain[1].backup_id]
    assert [one.backup_id for one in chain_of(sample, chain[2])] == [one.backup_id for one in chain]
    assert chain[2].objects[0].size_bytes < chain[0].objects[0].size_bytes / 4
    for one in chain[1:]:
        record = drill(sample, one.backup_id)
        assert (record.verdict, record.findings) == ("proven", [])
        # The same where files cannot have a second name, and have to be copied.
        monkeypatch.setattr(unpack, "VERSION_FILE", "missing")


def test_a_chain_without_one_of_its_links_is_not_proven(
    sample: Configuration, chain: list[Manifest]
) -> None:
    shutil.rmtree(Path(sample.store_url) / "backups" / chain[1].backup_id)
    assert drill(sample, chain[2].backup_id).verdict == "failed"
    assert drill(sample, chain[0].backup_id).verdict == "proven"


def test_a_link_with_a_flipped_byte_fails_all_that_builds_on_it(
    sample: Configuration, chain: list[Manifest]
) -> None:
    path = Path(sample.store_url) / chain[0].objects[0].key
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    assert drill(sample, chain[2].backup_id).verdict == "failed"
    with open_database(sample) as database:
        assert kind_of(taken(sample, database, 3)) == "full", "nothing builds on what failed"


def test_after_a_restore_and_where_the_list_of_files_is_lost_a_full_one_begins(
    sample: Configuration, chain: list[Manifest]
) -> None:
    restore(sample, chain[2].backup_id, swap=True)
    assert check(sample).matches
    with open_database(sample) as database:
        assert kind_of(taken(sample, database, 7)) == "full", "the restore began a timeline"
        assert kind_of(taken(sample, database, 8)) == "incremental"
        assert kind_of(take(sample, database, method="physical", full=True)) == "full"
        shutil.rmtree(chains.files_path(sample, "").parent)
        assert kind_of(taken(sample, database, 9)) == "full"


def summarised(connection: psycopg.Connection) -> None:
    """Let the server note what has changed so far in a summary of its own."""
    ends = "SELECT max(end_lsn) FROM pg_available_wal_summaries()"
    before = connection.execute(ends).fetchall()
    connection.execute("CHECKPOINT")
    while connection.execute(ends).fetchall() == before:
        connection.execute("SELECT pg_sleep(0.02)")


def test_what_a_vacuum_cut_and_later_writes_grew_again_is_backed_up_whole(
    sample: Configuration,
) -> None:
    with (
        open_database(sample) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE public.cut AS SELECT generate_series(1, 2000) AS id")
        assert kind_of(take(sample, database, method="physical")) == "full"
        connection.execute("DELETE FROM public.cut WHERE id > 1000")
        connection.execute("VACUUM public.cut")
        summarised(connection)
        connection.execute("INSERT INTO public.cut SELECT generate_series(1001, 2000)")
        grown = take(sample, database, method="physical")
        assert kind_of(grown) == "full"
        assert kind_of(taken(sample, database, 1)) == "incremental"
    assert drill(sample, grown.backup_id).verdict == "proven"
