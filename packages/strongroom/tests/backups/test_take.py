from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from strongroom.backups import (
    digesting,
    fingerprint,
    listed,
    open_archive,
    read_catalogue,
    taking,
)
from strongroom.backups.manifest import Manifest, TableRecord
from strongroom.backups.taking import STEPS, take
from strongroom.errors import (
    BackupError,
    DatabaseError,
    NoSpaceError,
    RefusedError,
    StorageError,
)
from strongroom.identity.expectation import expectation
from strongroom.identity.gate import OpenDatabase
from strongroom.identity.swaps import push_floors
from strongroom.ledger import ledger_of
from strongroom.postgres import snapshots
from strongroom.postgres.catalogue import user_tables
from strongroom.postgres.digests import digest_table, method_of, settle_session
from strongroom.postgres.tools import Finished, running_tool
from strongroom.storage import LocalStore, ObjectWriter
from strongroom.testing.killing import RecordSteps

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""

ORDERS = 2_000
SECRET_WORD = "persimmon"


class AtSteps:
    """A ``Progress`` that does something when a step is reached."""

    def __init__(self, acts: Mapping[str, Callable[[], object]]) -> None:
        self._acts = acts

    def step(self, name: str) -> None:
        if name in self._acts:
            self._acts[name]()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        pass


@pytest.fixture(autouse=True)
def orders(shop: Shop) -> Iterator[None]:
    shop.execute(f"""
        SET ROLE shop_owner;
        CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY, what text);
        INSERT INTO public.orders (what)
        SELECT '{SECRET_WORD} ' || n FROM generate_series(1, {ORDERS}) AS n
    """)
    push_floors(shop.configuration, {}, backup_id="none yet", at=datetime.now(UTC))
    yield
    shop.execute("DROP TABLE public.orders")


@pytest.fixture
def restored(shop: Shop) -> Callable[[Manifest], dict[str, TableRecord]]:
    """Restore a backup beside its database, and count and digest the copy."""

    def restore(manifest: Manifest) -> dict[str, TableRecord]:
        shop.execute("DROP DATABASE IF EXISTS copy")
        shop.execute("CREATE DATABASE copy TEMPLATE template0")
        server = shop.database.server
        conninfo = server.administrator("copy")
        with (
            open_archive(shop.configuration, manifest) as stream,
            running_tool(
                server.binaries.tool("pg_restore"), ["--dbname=copy"], conninfo, stdin=stream
            ) as tool,
        ):
            assert tool.finish() == Finished(0, "")
        methods = {one.name: method_of(one.method) or "rows" for one in manifest.tables}
        with psycopg.connect(**conninfo) as connection:
            settle_session(connection)
            return {
                table.label: TableRecord(
                    **vars(digest_table(connection, table, methods[table.label]))
                )
                for table in user_tables(connection)
            }

    return restore


def record_of(manifest: Manifest, name: str = "public.orders") -> TableRecord:
    return next(table for table in manifest.tables if table.name == name)


def test_every_step_is_reached_in_order(shop: Shop) -> None:
    progress = RecordSteps()
    shop.take(progress)
    assert tuple(progress.steps) == STEPS


def test_a_backup_is_listed_recorded_and_restores_to_its_digests(
    shop: Shop, restored: Callable[[Manifest], dict[str, TableRecord]]
) -> None:
    manifest = shop.take()
    assert listed(shop.configuration)[0] == manifest
    assert ledger_of(shop.configuration).contains("backup", manifest_sha256=manifest.sha256)
    assert record_of(manifest).rows == ORDERS
    assert restored(manifest) == {table.name: table for table in manifest.tables}


def test_dump_counts_and_digests_show_one_moment(
    shop: Shop, restored: Callable[[Manifest], dict[str, TableRecord]]
) -> None:
    def keep_writing() -> None:
        shop.execute("DELETE FROM public.orders WHERE id % 3 = 0")
        shop.execute("UPDATE public.orders SET what = 'other' WHERE id % 3 = 1")
        shop.execute("INSERT INTO public.orders (what) SELECT 'new' FROM generate_series(1, 99)")

    before = record_of(shop.take())
    manifest = shop.take(AtSteps({"backup.locked": keep_writing}))
    assert record_of(manifest) == before
    assert restored(manifest)["public.orders"] == before


def truncate(shop: Shop) -> None:
    """Empty the table if it can be had within a moment."""
    with shop.connect() as connection:
        connection.execute("SET lock_timeout = '300ms'")
        connection.execute("TRUNCATE public.orders")


def test_a_truncate_racing_the_start_never_makes_a_wrong_backup(shop: Shop) -> None:
    def try_to_truncate() -> None:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            truncate(shop)

    assert record_of(shop.take(AtSteps({"backup.locked": try_to_truncate}))).rows == ORDERS


def test_a_migration_that_holds_a_lock_is_waited_for(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "LOCK_TIMEOUT_MS", 100)
    monkeypatch.setattr(taking, "PAUSE_S", 0.0)
    with shop.connect() as migration:
        migration.execute("BEGIN; ALTER TABLE public.orders ADD COLUMN size integer")
        commit = AtSteps({"backup.waiting_for_locks": lambda: migration.execute("COMMIT")})
        assert record_of(shop.take(commit)).rows == ORDERS


def test_a_migration_that_comes_while_a_backup_reads_goes_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for our locks, pg_dump would wait behind it, and nobody would ever move."""
    monkeypatch.setattr(fingerprint, "NEVER_WAIT_FOREVER", "--lock-wait-timeout=300")
    monkeypatch.setattr(taking, "PAUSE_S", 0.2)
    migration = threading.Thread(
        target=shop.execute, args=("ALTER TABLE public.orders ADD COLUMN size integer",)
    )

    def migrate() -> None:
        if migration.ident is None:
            migration.start()
            wait_for_a_waiting_lock(shop)

    manifest = shop.take(AtSteps({"backup.locked": migrate}))
    migration.join()
    assert record_of(manifest).rows == ORDERS


def wait_for_a_waiting_lock(shop: Shop) -> None:
    with shop.connect() as connection:
        while not connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
            time.sleep(0.01)


def test_the_test_of_the_race_notices_a_missing_lock(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_lock", lambda *_: None)
    manifest = shop.take(AtSteps({"backup.locked": lambda: truncate(shop)}))
    assert record_of(manifest).rows == 0, "without the lock the backup believes an empty table"


def test_a_long_transaction_on_a_table_is_named_and_nothing_is_listed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "LOCK_TIMEOUT_MS", 50)
    monkeypatch.setattr(taking, "PAUSE_S", 0.0)
    before = listed(shop.configuration)
    with shop.connect() as migration, migration.transaction():
        migration.execute("LOCK TABLE public.orders IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseError, match="locked by another session"):
            shop.take()
    assert listed(shop.configuration) == before


def test_nothing_readable_is_in_the_store(shop: Shop) -> None:
    shop.take()
    files = [path for path in Path(shop.configuration.store_url).rglob("*") if path.is_file()]
    assert files
    assert not any(SECRET_WORD.encode() in path.read_bytes() for path in files)


def test_an_emptied_database_is_not_backed_up(shop: Shop) -> None:
    before = shop.take()
    shop.execute("DELETE FROM public.orders")
    progress = RecordSteps()
    with pytest.raises(RefusedError) as refused:
        shop.take(progress)
    assert refused.value.exit_code == 16
    assert progress.steps == [], "nothing was begun"
    assert listed(shop.configuration)[0] == before
    assert ledger_of(shop.configuration).contains("refused", verdict="shrunk")
    shop.execute(f"INSERT INTO public.orders (what) SELECT '' FROM generate_series(1, {ORDERS})")
    shop.take()


@pytest.mark.parametrize("comes_back", [False, True])
def test_a_database_emptied_after_the_verdict_is_not_backed_up(
    shop: Shop, *, comes_back: bool
) -> None:
    before = shop.take()

    def empty() -> None:
        shop.execute("CREATE TABLE public.aside AS SELECT * FROM public.orders")
        shop.execute("TRUNCATE public.orders")

    def bring_back() -> None:
        shop.execute("INSERT INTO public.orders (what) SELECT what FROM public.aside")

    acts = {"backup.swept": empty} | ({"backup.dumped": bring_back} if comes_back else {})
    try:
        with pytest.raises(BackupError if comes_back else RefusedError):
            shop.take(AtSteps(acts))
    finally:
        shop.execute("DROP TABLE public.aside")
    assert listed(shop.configuration)[0] == before
    expected = expectation(shop.configuration)
    assert expected.state.current.floors["public.orders"] == ORDERS


def test_a_backup_that_opens_the_database_itself_is_the_same(shop: Shop) -> None:
    assert record_of(take(shop.configuration)) == record_of(shop.take())


def test_a_connection_that_leads_elsewhere_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = shop.database.server.administrator("postgres")
    usual = OpenDatabase.conninfo

    def misled(database: OpenDatabase, role: str = "application") -> dict[str, str | int]:
        return elsewhere if role == "backup" else usual(database, role)

    before = shop.stored
    with monkeypatch.context() as patch:
        patch.setattr(OpenDatabase, "conninfo", misled)
        with pytest.raises(RefusedError):
            shop.take()
    assert shop.stored == before


def test_large_objects_are_in_the_backup_and_said_to_have_no_digest(
    shop: Shop, restored: Callable[[Manifest], dict[str, TableRecord]]
) -> None:
    shop.execute("SELECT lo_from_bytea(4711, 'picture')")
    try:
        manifest = shop.take()
        restored(manifest)
    finally:
        shop.execute("SELECT lo_unlink(4711)")
    assert [gap.what for gap in manifest.not_covered] == ["1 large objects"]
    with psycopg.connect(**shop.database.server.administrator("copy")) as copy:
        assert copy.execute("SELECT lo_get(4711)").fetchall() == [(b"picture",)]


def test_what_is_not_covered_is_listed_with_its_reason(shop: Shop) -> None:
    shop.execute("""
        ALTER DATABASE shop SET work_mem = '5MB';
        CREATE MATERIALIZED VIEW public.summary AS SELECT count(*) FROM public.orders
    """)
    try:
        manifest = shop.take()
    finally:
        shop.execute("ALTER DATABASE shop RESET work_mem; DROP MATERIALIZED VIEW public.summary")
    gaps = {gap.what: gap.reason for gap in manifest.not_covered}
    assert set(gaps) == {
        "1 settings of the database (ALTER DATABASE … SET)",
        "public.summary",
    }
    assert all(gaps.values())


def test_the_manifest_tells_the_applied_revision(shop: Shop) -> None:
    assert shop.take().alembic_revision is None
    shop.execute("""
        CREATE TABLE public.alembic_version (version_num text);
        INSERT INTO public.alembic_version VALUES ('b2'), ('a1')
    """)
    try:
        assert shop.take().alembic_revision == "a1,b2"
    finally:
        shop.execute("DROP TABLE public.alembic_version")


def test_the_schema_s_fingerprint_changes_with_the_schema_alone(shop: Shop) -> None:
    first = shop.take().schema_fingerprint
    shop.execute("INSERT INTO public.orders (what) VALUES ('one more')")
    assert shop.take().schema_fingerprint == first
    shop.execute("ALTER TABLE public.orders ADD COLUMN note text")
    assert shop.take().schema_fingerprint != first


def test_a_dump_that_dies_leaves_nothing(shop: Shop) -> None:
    def end_the_dump() -> None:
        shop.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE query LIKE 'COPY%' OR application_name = 'pg_dump'"
            " OR (application_name = 'strongroom' AND query LIKE 'FETCH%')"
        )

    shop.execute(
        "INSERT INTO public.orders (what) SELECT repeat(md5(n::text), 9)"
        " FROM generate_series(1, 200000) AS n"
    )
    before = shop.stored
    with pytest.raises((BackupError, DatabaseError)):
        shop.take(AtSteps({"backup.streaming": end_the_dump}))
    assert shop.stored == before
    shop.take()


def test_a_table_that_cannot_be_digested_leaves_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise psycopg.OperationalError("the connection was lost")

    before = shop.stored
    with monkeypatch.context() as patch:
        patch.setattr(digesting, "digest_table", fail)
        with pytest.raises(DatabaseError):
            shop.take()
    assert shop.stored == before
    shop.take()


def test_a_full_disk_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullStore(LocalStore):
        def put(self, key: str, data: bytes) -> None:
            del data
            raise NoSpaceError(f"no room for {key}", next_step="make room")

    before = listed(shop.configuration)
    with monkeypatch.context() as patch:
        patch.setattr(taking, "open_store", lambda url: FullStore(Path(url)))
        with pytest.raises(NoSpaceError):
            shop.take()
    assert listed(shop.configuration) == before
    shop.take()
    assert len(shop.stored) == 2 * len(listed(shop.configuration)), "what was left was swept"


@pytest.mark.parametrize("about", ["data.zst.age", "manifest"])
def test_a_store_that_says_it_has_what_it_has_not_is_found_out_before_anything_counts(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, about: str
) -> None:
    class Lying(LocalStore):
        @contextmanager
        def writer(self, key: str) -> Iterator[ObjectWriter]:
            if about in key:
                yield io.BytesIO()
                return
            with super().writer(key) as writer:
                yield writer

    before = listed(shop.configuration)
    with monkeypatch.context() as patch:
        patch.setattr(taking, "open_store", lambda url: Lying(Path(url)))
        with pytest.raises(StorageError):
            shop.take()
    assert listed(shop.configuration) == before
    assert shop.take() in listed(shop.configuration)
    assert read_catalogue(shop.configuration).missing == []


def test_a_server_that_ends_at_any_step_is_an_error_of_ours(shop: Shop) -> None:
    def end() -> None:
        raise psycopg.errors.AdminShutdown("terminating connection")

    for step in STEPS[:6]:
        with pytest.raises(DatabaseError, match="while taking a backup"):
            shop.take(AtSteps({step: end}))
    shop.take()


def test_two_at_once_are_two_whole_backups(shop: Shop) -> None:
    taken: list[Manifest] = []
    start = threading.Barrier(2)

    def run() -> None:
        start.wait()
        taken.append(shop.take())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 2
    assert {one.backup_id for one in taken} <= {one.backup_id for one in listed(shop.configuration)}
    for manifest in taken:
        with open_archive(shop.configuration, manifest):
            pass
