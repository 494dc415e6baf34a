from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from strongroom.errors import TablesLockedError
from strongroom.postgres import (
    adopt_snapshot,
    digest_table,
    held_snapshot,
    settle_session,
    snapshots,
    user_tables,
)

LOCK_TIMEOUT_MS = 10_000


def rows_in_adopted_snapshot(database: Any, snapshot: Any) -> int:
    """What a worker of a backup counts in ``public.run``."""
    with database.connect() as worker:
        adopt_snapshot(worker, snapshot.id)
        settle_session(worker)
        (run,) = (table for table in snapshot.tables if table.name == "run")
        return digest_table(worker, run).rows


def test_every_session_sees_the_exported_moment(database: Any) -> None:
    database.execute("CREATE TABLE run AS SELECT n FROM generate_series(1, 10) n")
    with database.connect() as holder:
        tables = user_tables(holder)
        holder.rollback()
        with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
            database.execute("INSERT INTO run VALUES (11)")
            database.execute("CREATE TABLE later (a int)")
            assert rows_in_adopted_snapshot(database, snapshot) == 10
            assert [table.name for table in snapshot.tables] == ["run"]
            assert "/" in snapshot.lsn
        assert holder.execute("SELECT count(*) FROM run").fetchone() == (11,)


def truncate_racing_the_snapshot(database: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Rows that a worker finds when TRUNCATE comes right after the snapshot was exported."""
    database.execute("CREATE TABLE run AS SELECT n FROM generate_series(1, 10) n")
    with database.connect() as other:
        other.execute("SET statement_timeout = '1s'")
        other.commit()

        def truncate_then_list(*args: Any, **kwargs: Any) -> Any:
            try:
                other.execute("TRUNCATE run")
                other.commit()
            except psycopg.errors.QueryCanceled:
                other.rollback()  # it waits for the lock, as it must
            return user_tables(*args, **kwargs)

        with database.connect() as holder:
            tables = user_tables(holder)
            holder.rollback()
            monkeypatch.setattr(snapshots, "user_tables", truncate_then_list)
            with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
                return rows_in_adopted_snapshot(database, snapshot)


def test_a_truncate_racing_the_snapshot_never_empties_it(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert truncate_racing_the_snapshot(database, monkeypatch) == 10


def test_without_the_lock_that_race_would_be_lost(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the test above tests the lock: TRUNCATE does not obey snapshots."""
    monkeypatch.setattr(snapshots, "_lock", lambda *_: None)
    assert truncate_racing_the_snapshot(database, monkeypatch) == 0


def test_a_truncate_before_the_lock_is_part_of_the_moment(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("CREATE TABLE run AS SELECT n FROM generate_series(1, 10) n")
    locked: Callable[..., None] = snapshots._lock

    def truncate_then_lock(*args: Any) -> None:
        monkeypatch.undo()
        database.execute("TRUNCATE run; INSERT INTO run VALUES (1)")
        locked(*args)

    monkeypatch.setattr(snapshots, "_lock", truncate_then_lock)
    with database.connect() as holder:
        tables = user_tables(holder)
        holder.rollback()
        with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
            assert rows_in_adopted_snapshot(database, snapshot) == 1


def test_a_table_made_meanwhile_is_locked_too(database: Any) -> None:
    database.execute("CREATE TABLE run (a int)")
    with database.connect() as holder:
        tables = user_tables(holder)
        holder.rollback()
        database.execute("CREATE TABLE meanwhile (a int)")
        with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
            assert {table.name for table in snapshot.tables} == {"run", "meanwhile"}
            with database.connect() as other:
                other.execute("SET lock_timeout = '50ms'")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    other.execute("TRUNCATE meanwhile")


def test_a_lock_that_is_not_free_in_time_is_an_error_and_not_a_snapshot(database: Any) -> None:
    database.execute("CREATE TABLE run (a int)")
    with database.connect() as migration, database.connect() as holder:
        tables = user_tables(holder)
        holder.rollback()
        migration.execute("LOCK TABLE run IN ACCESS EXCLUSIVE MODE")
        with (
            pytest.raises(TablesLockedError, match="stayed locked"),
            held_snapshot(holder, tables, lock_timeout_ms=50),
        ):
            pass
        migration.rollback()
        with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
            assert len(snapshot.tables) == 1


def test_a_waiting_truncate_makes_a_worker_give_up_instead_of_waiting_forever(
    database: Any,
) -> None:
    database.execute("CREATE TABLE run (a int)")
    with database.connect() as holder, database.connect() as worker:
        tables = user_tables(holder)
        holder.rollback()
        with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
            truncating = threading.Thread(target=database.execute, args=["TRUNCATE run"])
            truncating.start()
            await_waiting_lock(database)
            with pytest.raises(TablesLockedError):
                adopt_snapshot(worker, snapshot.id, tables=snapshot.tables, lock_timeout_ms=50)
        truncating.join()


def await_waiting_lock(database: Any) -> None:
    """Return once a session waits for a table's lock."""
    with database.connect(autocommit=True) as connection:
        while connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (
            0,
        ):
            time.sleep(0.01)


def test_truncates_in_a_storm_never_tear_two_tables_apart(database: Any) -> None:
    """Both tables are always filled and emptied together; no snapshot may see them differ."""
    database.execute("CREATE TABLE run (a int); CREATE TABLE twin (a int)")
    finished = threading.Event()

    def storm() -> None:
        with database.connect() as connection:
            while not finished.is_set():
                connection.execute("TRUNCATE run, twin")
                connection.execute("INSERT INTO run VALUES (1), (2)")
                connection.execute("INSERT INTO twin VALUES (1), (2)")
                connection.commit()
                time.sleep(0.01)

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        seen = sum(compared_in_one_snapshot(database) for _ in range(30))
    finally:
        finished.set()
        thread.join()
    assert seen > 0


def compared_in_one_snapshot(database: Any) -> bool:
    """Whether a snapshot could be held; if so, both tables were equal in it."""
    with database.connect() as holder, database.connect() as worker:
        tables = user_tables(holder)
        holder.rollback()
        try:
            with held_snapshot(holder, tables, lock_timeout_ms=LOCK_TIMEOUT_MS) as snapshot:
                adopt_snapshot(worker, snapshot.id, tables=snapshot.tables, lock_timeout_ms=100)
                settle_session(worker)
                one, two = (digest_table(worker, table) for table in snapshot.tables)
                assert (one.rows, one.digest) == (two.rows, two.digest)
        except TablesLockedError:
            return False
        return True
