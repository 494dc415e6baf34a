from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from strideiq.features import metadata
from strideiq.platform import schema


@pytest.fixture
def empty_engine(database: dict[str, str | int]) -> Iterator[Engine]:
    engine = create_engine(URL.create("postgresql+psycopg"), connect_args=database)
    yield engine
    engine.dispose()


def test_migrations_make_exactly_the_tables_of_the_models(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        schema.upgrade(connection)
    with empty_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata()) == []


def test_pending_names_what_is_missing_and_nothing_afterwards(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        assert schema.pending(connection)[0] == "0001"
        schema.upgrade(connection)
        assert schema.pending(connection) == []


def test_a_second_upgrade_changes_nothing(empty_engine: Engine) -> None:
    for _ in range(2):
        with empty_engine.begin() as connection:
            schema.upgrade(connection)
    with empty_engine.connect() as connection:
        assert len(inspect(connection).get_table_names()) == len(metadata().tables) + 1


def test_every_table_leads_with_the_athlete() -> None:
    for table in metadata().tables.values():
        assert next(iter(table.primary_key.columns)).name == "athlete_id", table.name


def test_the_owner_role_owns_what_the_migrator_makes(
    empty_engine: Engine, server: dict[str, str | int]
) -> None:
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS schema_owner")
        connection.execute("CREATE ROLE schema_owner NOLOGIN")
    try:
        with empty_engine.begin() as connection:
            connection.execute(text("GRANT CREATE, USAGE ON SCHEMA public TO schema_owner"))
            schema.upgrade(connection, owner="schema_owner")
            assert connection.scalar(text("SELECT current_user")) != "schema_owner"
            owners = connection.scalars(
                text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            )
            assert list(owners) == ["schema_owner"]
            connection.execute(text("DROP OWNED BY schema_owner"))
    finally:
        with psycopg.connect(**server, autocommit=True) as connection:
            connection.execute("DROP ROLE schema_owner")


def test_a_failed_upgrade_leaves_nothing_behind(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        connection.execute(text("CREATE TABLE best_effort (in_the_way int)"))
    with pytest.raises(ProgrammingError), empty_engine.begin() as connection:
        schema.upgrade(connection)
    with empty_engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["best_effort"]


def test_an_upgrade_does_not_wait_long_for_a_lock(
    empty_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "LOCK_TIME_MAX", "50ms")
    with empty_engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
    with empty_engine.begin() as holder:
        holder.execute(text("LOCK TABLE alembic_version"))
        with pytest.raises(OperationalError), empty_engine.begin() as connection:
            schema.upgrade(connection)
