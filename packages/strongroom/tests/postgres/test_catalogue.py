from __future__ import annotations

from typing import Any

from strongroom.postgres import sequences, user_rows_exist, user_tables
from strongroom.postgres.catalogue import label_of, large_objects


def test_every_kind_of_table_of_every_schema_is_listed(database: Any) -> None:
    database.execute("""
        CREATE SCHEMA "Büro";
        CREATE TABLE "Büro"."Läufe ""24"" b" (id int);
        CREATE TABLE split (at date) PARTITION BY RANGE (at);
        CREATE TABLE split_2024 PARTITION OF split
            FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
        CREATE MATERIALIZED VIEW summary AS SELECT 1 AS one;
        CREATE UNLOGGED TABLE cache (id int);
        CREATE VIEW seen AS SELECT 1 AS one;
        CREATE SCHEMA strongroom;
        CREATE TABLE strongroom.anything (id int);
    """)
    with database.connect() as connection:
        connection.execute("CREATE TEMPORARY TABLE passing (id int)")
        tables = {table.label: table for table in user_tables(connection)}
        without = user_tables(connection, with_strongroom=False)
    assert {name: table.kind for name, table in tables.items()} == {
        '"Büro"."Läufe ""24"" b"': "r",
        "public.cache": "r",
        "public.split": "p",
        "public.split_2024": "r",
        "public.summary": "m",
        "strongroom.anything": "r",
    }
    assert tables["public.cache"].persistence == "u"
    assert "strongroom.anything" not in {table.label for table in without}


def test_a_table_of_an_extension_names_its_extension(database: Any) -> None:
    database.execute("""
        CREATE EXTENSION pg_stat_statements;
        CREATE TABLE own (id int);
        ALTER EXTENSION pg_stat_statements ADD TABLE own;
    """)
    with database.connect() as connection:
        assert [table.extension for table in user_tables(connection)] == ["pg_stat_statements"]


def test_labels_never_stand_for_two_tables() -> None:
    assert label_of("a.b", "c") != label_of("a", "b.c")
    assert label_of("public", "run") == "public.run"


def test_sequences_know_their_position_and_their_owner(database: Any) -> None:
    database.execute("""
        CREATE TABLE run (id int GENERATED ALWAYS AS IDENTITY, old serial);
        INSERT INTO run DEFAULT VALUES;
        CREATE SEQUENCE alone INCREMENT -5;
    """)
    with database.connect() as connection:
        found = {one.name: one for one in sequences(connection)}
    assert (found["run_id_seq"].last_value, found["run_id_seq"].is_called) == (1, True)
    assert (found["run_id_seq"].owner_table, found["run_id_seq"].owner_column) == (
        "public.run",
        "id",
    )
    assert found["run_old_seq"].owner_column == "old"
    assert (found["alone"].owner_table, found["alone"].increment) == (None, -5)
    assert not found["alone"].is_called


def test_one_row_anywhere_counts_as_rows_of_a_user(database: Any) -> None:
    database.execute('CREATE SCHEMA s; CREATE TABLE s."T" (id int); CREATE TABLE other (id int)')
    with database.connect() as connection:
        assert not user_rows_exist(connection)
        connection.execute('INSERT INTO s."T" VALUES (1)')
        assert user_rows_exist(connection)


def test_a_large_object_counts_as_content(database: Any) -> None:
    with database.connect() as connection:
        connection.execute("SELECT lo_from_bytea(4711, 'content')")
        assert large_objects(connection) == [4711]
        assert user_rows_exist(connection)
