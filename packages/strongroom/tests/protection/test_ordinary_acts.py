from __future__ import annotations

import pytest
from psycopg.errors import InsufficientPrivilege

from .conftest import ROLES, Guarded

ACTS = [
    "CREATE TEMP TABLE t AS SELECT * FROM run; DELETE FROM t; TRUNCATE t; DROP TABLE t",
    "CREATE TEMP TABLE t (id serial) ON COMMIT DELETE ROWS; ALTER TABLE t DROP COLUMN id",
    "CREATE TABLE bare (a int, b int); ALTER TABLE bare DROP COLUMN b",
    "CREATE TEMP TABLE t AS SELECT 1 AS x; ALTER TABLE t ALTER x TYPE text",
    "ALTER TABLE run ADD COLUMN extra int DEFAULT 3",
    "ALTER TABLE run ADD COLUMN chance float DEFAULT random()",
    "ALTER TABLE run ADD COLUMN twice int GENERATED ALWAYS AS (km * 2) STORED",
    "ALTER TABLE lap ADD COLUMN n int GENERATED ALWAYS AS IDENTITY",
    (
        "ALTER TABLE lap ADD COLUMN n int GENERATED ALWAYS AS IDENTITY; "
        "ALTER TABLE lap ALTER n DROP IDENTITY"
    ),
    "ALTER TABLE run ALTER km DROP DEFAULT, ALTER km DROP NOT NULL",
    "ALTER TABLE lap DROP CONSTRAINT lap_run_fkey",
    (
        "ALTER TABLE run ADD CONSTRAINT positive CHECK (km > 0) NOT VALID; "
        "ALTER TABLE run VALIDATE CONSTRAINT positive"
    ),
    "ALTER TABLE run RENAME COLUMN note TO remark",
    "ALTER TABLE small RENAME TO little; ALTER TABLE little SET SCHEMA extra",
    "ALTER TABLE run ALTER note TYPE varchar",
    "CREATE INDEX run_km ON run (km); DROP INDEX run_km; REINDEX TABLE run",
    "CREATE VIEW v AS SELECT * FROM run; DROP VIEW v",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f()",
    (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW;END'; "
        "CREATE TRIGGER own BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION f(); "
        "ALTER TABLE run DISABLE TRIGGER own; ALTER TRIGGER own ON run RENAME TO mine; "
        "DROP TRIGGER mine ON run; DROP FUNCTION f()"
    ),
    (
        "CREATE MATERIALIZED VIEW mv AS SELECT * FROM run; CREATE UNIQUE INDEX ON mv (id); "
        "REFRESH MATERIALIZED VIEW mv; REFRESH MATERIALIZED VIEW CONCURRENTLY mv; "
        "DROP MATERIALIZED VIEW mv"
    ),
    "CREATE TYPE mood AS ENUM ('good'); ALTER TYPE mood ADD VALUE 'bad'; DROP TYPE mood",
    "CREATE TYPE pair AS (a int, b int); ALTER TYPE pair DROP ATTRIBUTE b",
    "CREATE TABLE empty (id int); ALTER TABLE empty ALTER id TYPE text; TRUNCATE empty",
    (
        "CREATE UNLOGGED TABLE cache (id int); INSERT INTO cache VALUES (1); "
        "ALTER TABLE cache SET LOGGED"
    ),
    "CREATE UNIQUE INDEX ON week (at, km)",
    (
        "ALTER TABLE week DETACH PARTITION week_1; "
        "ALTER TABLE week ATTACH PARTITION week_1 FOR VALUES FROM ('2026-01-01') TO ('2026-01-08')"
    ),
    "CREATE TABLE heir () INHERITS (small); ALTER TABLE heir NO INHERIT small",
    "CREATE SCHEMA one CREATE TABLE two (id int) CREATE VIEW three AS SELECT * FROM two",
    "COMMENT ON TABLE run IS 'runs'; GRANT SELECT ON run TO PUBLIC; REVOKE ALL ON run FROM PUBLIC",
    "ALTER TABLE run SET (fillfactor = 90); CLUSTER run USING run_pkey",
    "SELECT nextval('counting'); ALTER SEQUENCE counting RESTART; ALTER SEQUENCE counting AS int",
    "CREATE RULE quiet AS ON INSERT TO small DO INSTEAD NOTHING; DROP RULE quiet ON small",
    "CREATE DOMAIN km AS int CHECK (VALUE > 0); DROP DOMAIN km",
    "CREATE STATISTICS st (dependencies) ON id, km FROM run; ANALYZE run; DROP STATISTICS st",
    "CREATE TABLE st AS SELECT n AS id FROM generate_series(1, 100) AS n; TRUNCATE st",
    "CREATE TABLE st AS SELECT n AS id FROM generate_series(1, 100) AS n; DELETE FROM st",
    "CREATE TABLE st AS SELECT n AS id FROM generate_series(1, 100) AS n; UPDATE st SET id = 0",
    (
        "CREATE TABLE st AS SELECT n AS id FROM generate_series(1, 100) AS n; "
        "ALTER TABLE st ALTER id TYPE bigint USING 0"
    ),
    "CREATE SCHEMA made CREATE TABLE one (id serial); DROP SCHEMA made CASCADE",
    "CREATE SEQUENCE made; DROP SEQUENCE made",
    (
        "CREATE TABLE made (id serial); ALTER TABLE made ADD n int GENERATED ALWAYS AS IDENTITY; "
        "DROP TABLE made"
    ),
    "SAVEPOINT s; CREATE TABLE made (id int); INSERT INTO made VALUES (1); DROP TABLE made",
    "CREATE EXTENSION citext; CREATE TABLE named (name citext PRIMARY KEY); DROP TABLE named",
    "ALTER TYPE pace ADD ATTRIBUTE seconds int",
    "DELETE FROM run WHERE id <= 50",
    "DELETE FROM run WHERE id <= 200",
    "DELETE FROM run WHERE id = 1; DELETE FROM run WHERE id = 999999",
    "DELETE FROM small WHERE id > 1",
    "DELETE FROM job",
    "INSERT INTO job VALUES (1000); TRUNCATE job",
    "UPDATE run SET km = km + 1 WHERE id <= 200",
    "UPDATE run SET note = 'filled'",
    "UPDATE run SET km = km",
    (
        "ALTER TABLE run ADD COLUMN filled int; UPDATE run SET filled = km; "
        "ALTER TABLE run ALTER filled SET NOT NULL"
    ),
    "INSERT INTO lap SELECT id, run FROM lap ON CONFLICT (id) DO UPDATE SET run = excluded.run",
    "INSERT INTO run SELECT n, 1 FROM generate_series(2000, 9000) AS n",
]

ALONE = [
    ("BEGIN", "CREATE TEMP TABLE t (id int) ON COMMIT DROP", "INSERT INTO t VALUES (1)", "COMMIT"),
    ("VACUUM FULL run",),
    ("CREATE INDEX CONCURRENTLY run_km ON run (km)", "DROP INDEX CONCURRENTLY run_km"),
    ("REINDEX TABLE CONCURRENTLY run",),
    ("ALTER TABLE week DETACH PARTITION week_1 CONCURRENTLY",),
    ("VACUUM ANALYZE run",),
]


@pytest.mark.parametrize("act", ACTS)
def test_an_ordinary_act_passes(shared: Guarded, act: str) -> None:
    with shared.owner() as connection:
        for statement in act.split("; "):
            connection.execute(statement.encode())
        connection.rollback()


@pytest.mark.parametrize("acts", ALONE)
def test_an_act_that_wants_no_transaction_passes(guarded: Guarded, acts: tuple[str, ...]) -> None:
    with guarded.owner(autocommit=True) as connection:
        for statement in acts:
            connection.execute(statement.encode())


def test_a_table_that_was_filled_by_nobody_may_be_emptied_one_by_one(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("CREATE TABLE note (id int)")
        for n in range(5):
            connection.execute("INSERT INTO note VALUES (%s)", (n,))
            assert connection.execute("DELETE FROM note").rowcount == 1


def test_an_old_schema_with_nothing_in_it_may_go(guarded: Guarded) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute("CREATE SCHEMA bare")
        connection.execute("DROP SCHEMA bare")


KEYS = [
    "CREATE TABLE filled (id int, v int, PRIMARY KEY (id) INCLUDE (v))",
    "CREATE TABLE filled (id int NOT NULL UNIQUE, v int)",
    "CREATE TABLE filled (id int NOT NULL, other int, v int, UNIQUE (other), UNIQUE (id))",
]


@pytest.mark.parametrize("made", KEYS)
def test_filling_empty_columns_passes_wherever_rows_can_be_told_apart(
    guarded: Guarded, made: str
) -> None:
    with guarded.owner(autocommit=True) as connection:
        connection.execute(made.encode())
        connection.execute("INSERT INTO filled SELECT n, NULL FROM generate_series(1, 200) AS n")
        connection.execute("UPDATE filled SET v = id")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("UPDATE filled SET v = 0")


def test_a_partitioned_table_with_a_part_elsewhere_counts_its_own_rows(guarded: Guarded) -> None:
    with guarded.administrator() as connection:
        connection.execute("CREATE EXTENSION postgres_fdw")
        connection.execute(
            "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nowhere')"
        )
        connection.execute(f"GRANT USAGE ON FOREIGN SERVER far TO {ROLES.owner}".encode())
    with guarded.owner(autocommit=True) as connection:
        connection.execute(
            "CREATE FOREIGN TABLE week_f PARTITION OF week "
            "FOR VALUES FROM ('2027-01-01') TO ('2027-02-01') SERVER far"
        )
        day = "at = '2026-01-02'"
        connection.execute(f"DELETE FROM week WHERE {day} AND km = 1".encode())
        connection.execute(f"UPDATE week SET km = 0 WHERE {day}".encode())
        with pytest.raises(InsufficientPrivilege, match="strongroom"):
            connection.execute("DELETE FROM week WHERE at < '2026-01-15'")
