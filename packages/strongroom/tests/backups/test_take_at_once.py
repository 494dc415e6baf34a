from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from orders import ORDERS, AtSteps, record_of

from strongroom.backups import (
    fingerprint,
    listed,
    open_archive,
    taking,
)
from strongroom.backups.manifest import Manifest, TableRecord
from strongroom.errors import (
    DatabaseError,
)
from strongroom.postgres import snapshots

Shop = Any
"""``conftest.Shop``; pytest loads that file under a name of its own."""

pytestmark = pytest.mark.usefixtures("orders")


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
