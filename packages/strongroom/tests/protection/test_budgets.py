from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from strongroom.protection.installing import note_floors

from .conftest import Guarded


def deleted_one_by_one(connection: psycopg.Connection, table: str, ids: range) -> int:
    for done, number in enumerate(ids):
        try:
            connection.execute(f"DELETE FROM {table} WHERE id = %s".encode(), (number,))
        except InsufficientPrivilege:
            connection.rollback()
            return done
    return len(ids)


def refused(connection: psycopg.Connection, number: int) -> bool:
    try:
        connection.execute("UPDATE run SET km = 0 WHERE id = %s", (number,))
    except InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("autocommit", [True, False], ids=["each by itself", "in one transaction"])
def test_rows_deleted_one_at_a_time_end_at_the_share(
    guarded: Guarded,
    autocommit: bool,  # noqa: FBT001  a case of the test
) -> None:
    with guarded.application(autocommit=autocommit) as connection:
        assert deleted_one_by_one(connection, "run", range(1, 1001)) == 200


@pytest.mark.parametrize("rows", [1_999, 2_000, 2_001, 20_000])
def test_a_table_of_any_size_ends_near_its_share(guarded: Guarded, rows: int) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE entry AS SELECT generate_series(1, {rows}) AS id".encode()
        )
        step = rows // 200
        lost = 0
        while True:
            try:
                lost += connection.execute(
                    "DELETE FROM entry WHERE id BETWEEN %s AND %s", (lost + 1, lost + step)
                ).rowcount
            except InsufficientPrivilege:
                break
    assert 0.19 * rows <= lost <= 0.22 * rows


def test_a_small_table_loses_fifty_at_most_and_never_its_last(guarded: Guarded) -> None:
    with guarded.application(autocommit=True) as connection:
        connection.execute('DELETE FROM "Odd name" WHERE id <= 40')
        assert deleted_one_by_one(connection, '"Odd name"', range(41, 101)) == 10


def test_last_rows_that_a_backup_has_counted_stay(guarded: Guarded) -> None:
    with guarded.administrator() as connection:
        note_floors(connection, {"public.small": 10})
    with guarded.application(autocommit=True) as connection:
        assert deleted_one_by_one(connection, "small", range(1, 11)) == 9


def test_rows_that_come_and_go_are_no_loss(guarded: Guarded) -> None:
    with guarded.application(autocommit=True) as connection:
        for number in range(2_000, 2_600):
            connection.execute("INSERT INTO run (id) VALUES (%s)", (number,))
            connection.execute("DELETE FROM run WHERE id = %s", (number,))
    assert guarded.rows("run") == 1000


def test_deletions_that_were_rolled_back_are_no_loss(guarded: Guarded) -> None:
    with guarded.application() as connection:
        for _ in range(10):
            connection.execute("DELETE FROM run WHERE id <= 150")
            connection.rollback()
        assert connection.execute("DELETE FROM run WHERE id <= 150").rowcount == 150


def test_nobody_waits_for_another_ones_deletion(guarded: Guarded) -> None:
    with guarded.application() as one, guarded.application(autocommit=True) as other:
        one.execute("DELETE FROM run WHERE id <= 60")
        other.execute("SET lock_timeout = '2s'")
        assert other.execute("DELETE FROM run WHERE id BETWEEN 900 AND 960").rowcount == 61
        one.rollback()


def test_the_window_ends(guarded: Guarded) -> None:
    with guarded.application(autocommit=True) as connection:
        assert deleted_one_by_one(connection, "run", range(1, 1001)) == 200
        with guarded.administrator() as administrator:
            administrator.execute(
                "UPDATE strongroom_guard.budget SET since = since - interval '1 h'"
            )
        assert deleted_one_by_one(connection, "run", range(201, 1001)) == 160


def test_updates_have_a_budget_where_the_configuration_says_so(guarded: Guarded) -> None:
    with guarded.administrator() as administrator:
        administrator.execute(
            "INSERT INTO strongroom_guard.rule (schema, name, updates) "
            "VALUES ('public', 'run', 'budget')"
        )
        administrator.execute("SELECT strongroom_guard.bind('run'::regclass)")
        administrator.execute("SELECT strongroom_guard.cover('run'::regclass)")
    with guarded.application(autocommit=True) as connection:
        changed = 0
        for number in range(1, 1001):
            if refused(connection, number):
                break
            changed += 1
    assert changed == 200


def test_a_cascade_counts_as_the_statement_that_caused_it(guarded: Guarded) -> None:
    with guarded.application(autocommit=True) as connection:
        connection.execute("DELETE FROM lap WHERE id <= 150")
        connection.execute("INSERT INTO lap SELECT n, 1000 FROM generate_series(2000, 2400) AS n")
        with pytest.raises(InsufficientPrivilege, match=r"public\.lap|rows of lap"):
            connection.execute("DELETE FROM run WHERE id = 1000")


def test_a_budget_counts_what_changed_of_many_rows_that_a_statement_names(
    guarded: Guarded,
) -> None:
    guarded.configured('[protection]\nupdates = { run = "budget" }')
    with guarded.application(autocommit=True) as connection:
        few = "UPDATE run SET km = CASE WHEN id > {0} AND id <= {0} + 150 THEN 0 ELSE km END"
        connection.execute(few.format(0).encode())
        with pytest.raises(InsufficientPrivilege, match="with those of the last"):
            connection.execute(few.format(150).encode())
        connection.execute("UPDATE run SET note = 'filled'")  # loses nothing, and is not added up


def test_sessions_that_delete_at_once_are_counted_in_full(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("CREATE TABLE big AS SELECT n AS id FROM generate_series(1, 30000) AS n")
        connection.execute("CREATE INDEX ON big (id)")
    with guarded.administrator() as administrator:
        administrator.execute("UPDATE strongroom_guard.setting SET delete_share = 0.9")
        administrator.execute(EATING)
        before = administrator.execute(COUNTED).fetchall()[0][0]
        sessions = [guarded.application(autocommit=True) for _ in range(3)]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda n: sessions[n].execute(f"CALL eat({n} * 9000)"), range(3)))
        for session in sessions:
            session.close()
        after = administrator.execute(COUNTED).fetchall()[0][0]
    assert after - before >= 30_000 - guarded.rows("big") == 3 * 100 * 90


EATING = """
CREATE PROCEDURE eat(start int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 0..99 LOOP
        DELETE FROM big WHERE id > start + i * 90 AND id <= start + i * 90 + 90;
        COMMIT;
    END LOOP;
END $$
"""
COUNTED = """
SELECT sum(coalesce(pg_sequence_last_value(format('%s_%s', p.name, n)::regclass) + p.first, 0))
FROM generate_series(0, 63) AS n
CROSS JOIN (VALUES ('strongroom_guard.lost', 1), ('strongroom_guard.lost_many', 0))
    AS p (name, first)
"""
