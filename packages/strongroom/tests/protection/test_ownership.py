from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from strongroom.config import default_document, load
from strongroom.identity import init, open_database
from strongroom.identity.observation import Identity
from strongroom.identity.schema import create_schema
from strongroom.migrations.place import migrating_place
from strongroom.migrations.settings import settings_of as migration_settings
from strongroom.progress import SILENT
from strongroom.protection import inspect_protection, install, protect
from strongroom.protection.ownership import move_ownership, plan_ownership
from strongroom.testing.settings import LOGICAL

IDENTITY = Identity(
    "7c8f6c0e-54a5-4b7a-9b0f-0c8b4d6f3a11", "test", "0d9a3f6e-3c3f-4f57-8a7c-2f3f1f0c9e22"
)


def test_tables_of_a_login_role_move_to_an_owner_and_it_keeps_its_work(
    database: Any, tmp_path: Path
) -> None:
    path = tmp_path / "strongroom.toml"
    path.write_text(
        default_document(application="moved", environment="test", database="moved") + LOGICAL
    )
    configuration = load(path)
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE ROLE moved_web LOGIN")
        connection.execute(f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
        connection.execute(f"GRANT CREATE ON DATABASE {database.name} TO moved_web")
        connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO moved_web")
        connection.execute("SET ROLE moved_web")
        connection.execute("CREATE TABLE run (id serial PRIMARY KEY, km int)")
        connection.execute("CREATE SCHEMA extra CREATE TABLE lap (id int)")
        connection.execute("RESET ROLE")
        # As adopt leaves it where the application's role may not make roles: all is its own.
        connection.execute("SET ROLE moved_web")
        with connection.transaction():
            create_schema(connection, IDENTITY, readers=())
        connection.execute("RESET ROLE")
        install(connection, configuration)
        assert "role moved_web" in {
            one.name for one in inspect_protection(connection, configuration)
        }
        planned = plan_ownership(connection, configuration)
        assert "ALTER TABLE public.run OWNER TO moved_owner" in planned
        assert move_ownership(connection, configuration) == planned
        assert inspect_protection(connection, configuration) == ()
        for role in ("moved_migrator", "moved_app", "moved_backup"):
            may = "SELECT has_database_privilege(%s, current_database(), 'CONNECT')"
            assert connection.execute(may, (role,)).fetchone() == (True,), role
        connection.execute("SET ROLE moved_web")
        connection.execute("INSERT INTO run (km) VALUES (1)")
        # It can still prove whose database this is, and mark that it wrote.
        assert connection.execute("SELECT count(*) FROM strongroom.identity").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM strongroom.append_epoch()").fetchone() == (
            1,
        )
        for act in ("ALTER TABLE run ADD COLUMN n int", "DROP TABLE run", "DROP SCHEMA extra"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(act.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE strongroom.identity SET environment = 'production'")
        connection.execute("SET ROLE moved_owner")
        connection.execute("CREATE TABLE public.shoe (id int)")
        connection.execute("SET ROLE moved_web")
        connection.execute("INSERT INTO shoe VALUES (1)")
        connection.execute("RESET ROLE")
        connection.execute("DROP SUBSCRIPTION strongroom_guard")


def test_a_role_without_rights_owns_its_schema_where_another_database_has_our_role(
    database: Any,
) -> None:
    with database.connect(autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'strongroom'").fetchall():
            connection.execute("CREATE ROLE strongroom NOLOGIN")
        connection.execute("CREATE ROLE second_web LOGIN")
        connection.execute(f"GRANT CREATE ON DATABASE {database.name} TO second_web")
        connection.execute("SET ROLE second_web")
        with connection.transaction():
            create_schema(connection, IDENTITY, readers=())
        assert connection.execute(
            "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'strongroom'"
        ).fetchone() == ("second_web",)


def test_after_the_move_a_migration_makes_things_as_the_owner(
    database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("CREATE ROLE docked LOGIN PASSWORD 'hush'")
        connection.execute(f"ALTER DATABASE {database.name} OWNER TO docked")
        connection.execute(f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
        info = connection.info
        at = f"/{database.name}?host={info.host}&port={info.port}"
        administrator = f"postgresql://{info.user}@{at}"
    monkeypatch.setenv("DATABASE_URL", f"postgresql://docked:hush@{at}")
    path = tmp_path / "strongroom.toml"
    text = default_document(application="docked", environment="test", database="docked")
    address = f'url = "$DATABASE_URL"\nadministrator = "{administrator}"\n'
    path.write_text(re.sub(r"(?ms)^\[server\].*?(?=^\[)", "", text) + LOGICAL)
    path.write_text(path.read_text().replace("[database]\n", f"[database]\n{address}"))
    configuration = load(path)
    init(configuration)
    assert protect(configuration, move_ownership=True).after == ()
    configuration = replace(configuration, administrator=None)  # the application has not got it
    with open_database(configuration) as opened:
        settings = migration_settings(configuration)
        with migrating_place(opened, settings, SILENT) as place:
            statements = place.target().session
            assert 'SET ROLE "docked_owner"' in statements
            for statement in statements:
                place.reader.execute(statement.encode())
            place.reader.execute("CREATE TABLE public.run (id int)")
    with database.connect(autocommit=True) as connection:
        owner = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'run'")
        assert owner.fetchone() == ("docked_owner",)
        assert inspect_protection(connection, configuration) == ()
        connection.execute("DROP SUBSCRIPTION strongroom_guard")
