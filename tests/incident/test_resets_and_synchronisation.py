"""Schema tools that reset, push or synchronise: as statements, since their words differ."""

from __future__ import annotations

import psycopg
import pytest
from laboratory import Case, Laboratory, Target
from sqlalchemy import Column, Integer, MetaData, Table, create_engine

RESET = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
TABLES = ("execution", "audit_entry", "asset", "message", "orders", "project", "account")


def as_script(shop: Target, script: str) -> None:
    """Run a script through psql as tools do, and fail where any of it failed."""
    finished = shop.psql(script, migrating=True)
    if "ERROR:" in finished.stderr:
        raise psycopg.errors.InsufficientPrivilege(finished.stderr.split("ERROR:")[1].strip())


def drop_all(shop: Target) -> None:
    """Drop table by table, going on after each error, as generated scripts do."""
    as_script(shop, "".join(f"DROP TABLE {table} CASCADE;\n" for table in TABLES))


def replay(laboratory: Laboratory, case: Case, script: str) -> None:
    """The same script in both databases."""

    def act(shop: Target) -> None:
        as_script(shop, script)

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G01", "TRUNCATE … CASCADE in a reviewed migration", by="protection")
def test_truncating_a_new_table_does_not_empty_the_old_ones(
    laboratory: Laboratory, case: Case
) -> None:
    def prepared(shop: Target) -> Target:
        shop.execute(
            "CREATE TABLE plan (id bigint PRIMARY KEY)",
            "ALTER TABLE account ADD plan_id bigint REFERENCES plan",
            migrating=True,
        )
        return shop

    def act(shop: Target) -> None:
        as_script(shop, "TRUNCATE TABLE plan CASCADE")

    losses = case.loses(act, prepared(laboratory.bare()))
    assert losses["public.account"] == 363
    case.refuses(act, prepared(laboratory.guarded()))


@pytest.mark.incident("G02", "a schema push with force drops every table", by="protection")
def test_a_forced_push_drops_no_table(laboratory: Laboratory, case: Case) -> None:
    case.loses(drop_all, laboratory.bare())
    case.refuses(drop_all, laboratory.guarded())


@pytest.mark.incident("G03", "accept-data-loss alters and drops what it must", by="protection")
def test_a_flag_that_accepts_loss_accepts_nothing_here(laboratory: Laboratory, case: Case) -> None:
    replay(
        laboratory,
        case,
        "ALTER TABLE orders ALTER COLUMN amount TYPE integer; ALTER TABLE asset DROP COLUMN note;",
    )


@pytest.mark.incident("G04", "reset --force during a login bug fix", by="protection")
def test_a_reset_does_not_drop_the_schema(laboratory: Laboratory, case: Case) -> None:
    replay(laboratory, case, RESET)


@pytest.mark.incident("G05", "a reset where a migration upwards was wanted", by="protection")
def test_the_only_copy_of_derived_data_is_not_recreated(laboratory: Laboratory, case: Case) -> None:
    replay(laboratory, case, RESET + "; CREATE TABLE execution (id bigint, status text);")


@pytest.mark.incident("G08", "fresh --seed, twice in one session", by="protection")
def test_a_second_fresh_start_is_refused_like_the_first(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        for _ in range(2):
            drop_all(shop)

    case.loses(act, laboratory.bare())
    guarded = laboratory.guarded()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        drop_all(guarded)
    case.refuses(drop_all, guarded, words="refused the first time, and the second")


@pytest.mark.incident("G09", "framework resets in auto-accept mode", by="protection")
def test_resets_that_nobody_reads_are_refused(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        with shop.connect(migrating=True) as connection:
            rows = connection.execute(
                "SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            names = ", ".join(name for (name,) in rows)
            connection.execute(f"DROP TABLE {names} CASCADE".encode())

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G10", "a truthy connection lands in drop_existing", by="protection")
def test_a_connection_in_the_wrong_parameter_drops_nothing(
    laboratory: Laboratory, case: Case
) -> None:
    def init_db(connection: psycopg.Connection, drop_existing: object = None) -> None:
        if drop_existing:
            connection.execute("DROP TABLE message")
        connection.execute("CREATE TABLE IF NOT EXISTS message (id bigint)")

    def act(shop: Target) -> None:
        with shop.connect(migrating=True) as connection:
            init_db(connection, connection)

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G11", "every production build resets the database", by="protection")
def test_a_deployment_does_not_reset_what_was_written_since(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        shop.execute("INSERT INTO audit_entry VALUES (10001, 'since the last deploy', now())")
        as_script(shop, RESET)

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G13", "synchronize drops and adds a column at each start", by="protection")
def test_a_column_is_not_dropped_to_be_added_again(laboratory: Laboratory, case: Case) -> None:
    replay(laboratory, case, "ALTER TABLE asset DROP COLUMN note; ALTER TABLE asset ADD note text;")


@pytest.mark.incident("G14", "a removed property removes its column at start", by="protection")
def test_a_column_without_a_property_stays(laboratory: Laboratory, case: Case) -> None:
    replay(laboratory, case, "ALTER TABLE account DROP COLUMN password_hash")


@pytest.mark.incident("G16", "a table is rebuilt, and copying its rows forgotten", by="protection")
def test_a_rebuilt_table_does_not_replace_the_filled_one(
    laboratory: Laboratory, case: Case
) -> None:
    replay(
        laboratory,
        case,
        "CREATE TABLE message_new (LIKE message INCLUDING ALL); DROP TABLE message; "
        "ALTER TABLE message_new RENAME TO message;",
    )


@pytest.mark.incident("G17", "push answers 'truncate?' with yes for a constraint", by="protection")
def test_a_table_is_not_emptied_for_a_constraint(laboratory: Laboratory, case: Case) -> None:
    replay(laboratory, case, "TRUNCATE asset; ALTER TABLE asset ADD UNIQUE (place);")


@pytest.mark.incident("G18", "a migration without changes clears columns", by="protection")
def test_a_migration_without_changes_clears_no_column(laboratory: Laboratory, case: Case) -> None:
    columns = ("name", "password_hash", "role", "source")
    script = "".join(
        f"ALTER TABLE account DROP COLUMN {one}; ALTER TABLE account ADD {one} text;"
        for one in columns
    )
    replay(laboratory, case, script)


@pytest.mark.incident("G19", "a parent is rebuilt by DELETE and INSERT", by="protection")
def test_rebuilding_a_parent_does_not_cascade_to_its_children(
    laboratory: Laboratory, case: Case
) -> None:
    replay(
        laboratory,
        case,
        "BEGIN; CREATE TEMP TABLE saved AS TABLE account; DELETE FROM account; "
        "INSERT INTO account SELECT * FROM saved; COMMIT;",
    )


@pytest.mark.incident("G20", "a start hook empties a type after a schema edit", by="protection")
def test_a_start_hook_does_not_empty_a_table(laboratory: Laboratory, case: Case) -> None:
    def act(shop: Target) -> None:
        shop.execute("DELETE FROM asset WHERE note IS NOT NULL")

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G21", "old code drops the tables of newer types at start", by="protection")
def test_old_code_does_not_drop_what_it_does_not_know(laboratory: Laboratory, case: Case) -> None:
    known = {"account", "project", "orders"}

    def act(shop: Target) -> None:
        for table in sorted(set(TABLES) - known):
            shop.execute(f"DROP TABLE {table}", migrating=True)

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G22", "the build command drops model tables", by="roles, protection")
def test_a_build_with_the_applications_address_drops_nothing(
    laboratory: Laboratory, case: Case
) -> None:
    def act(shop: Target) -> None:
        engine = create_engine(shop.url)
        try:
            with engine.begin() as connection:
                Table("audit_entry", MetaData(), Column("id", Integer)).drop(connection)
        except Exception as error:
            raise getattr(error, "orig", error) from error
        finally:
            engine.dispose()

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())


@pytest.mark.incident("G26", "create-drop rebuilds a table whose shape differs", by="protection")
def test_a_table_of_another_shape_is_not_dropped_at_start(
    laboratory: Laboratory, case: Case
) -> None:
    replay(
        laboratory,
        case,
        "DROP TABLE IF EXISTS audit_entry; CREATE TABLE audit_entry (id bigint, said text);",
    )


@pytest.mark.incident("G27", "create-drop left on: everything goes at shutdown", by="protection")
def test_stopping_an_application_drops_nothing(laboratory: Laboratory, case: Case) -> None:
    case.loses(drop_all, laboratory.bare())
    case.refuses(drop_all, laboratory.guarded())


@pytest.mark.incident("G28", "'clean' of a migration tool", by="protection")
def test_clean_drops_no_object(laboratory: Laboratory, case: Case) -> None:
    script = "DROP OWNED BY CURRENT_ROLE CASCADE"

    def act(shop: Target) -> None:
        with shop.connect(migrating=True) as connection:
            owner = connection.execute(
                "SELECT tableowner FROM pg_tables WHERE tablename = 'account'"
            ).fetchone()
            assert owner is not None
            connection.execute(script.replace("CURRENT_ROLE", owner[0]).encode())

    case.loses(act, laboratory.bare())
    case.refuses(act, laboratory.guarded())
