from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from strongroom.errors import ConfigurationError, ServerError
from strongroom.postgres import (
    Roles,
    apply_privileges,
    connect_as_configured,
    create_database,
    create_roles,
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)


class Application:
    """One application with its roles and its database."""

    def __init__(self, server: Any, name: str) -> None:
        self.server, self.name = server, name
        self.roles: Roles = roles_of(name)
        self.passwords = new_passwords(self.roles)

    def connect(self, role: str) -> psycopg.Connection:
        password = self.passwords[role]
        return connect_as_configured(
            self.server.conninfo(role=role, database=self.name, password=password)
        )


@pytest.fixture
def application(server: Any) -> Iterator[Application]:
    made = Application(server, f"app{uuid.uuid4().hex[:8]}")
    with connect_as_configured(server.administrator(), autocommit=True) as connection:
        create_roles(connection, made.roles, made.passwords)
        create_database(connection, made.name, made.roles)
        with connect_as_configured(server.administrator(made.name)) as inside:
            apply_privileges(inside, made.roles)
        with made.connect(made.roles.migrator) as migrator:
            migrator.execute(f"SET ROLE {made.roles.owner}")
            migrator.execute("CREATE TABLE run (id int GENERATED ALWAYS AS IDENTITY, km int)")
        yield made
        connection.execute(f"DROP DATABASE {made.name} WITH (FORCE)")


def test_the_application_works_with_rows_and_cannot_change_the_schema(
    application: Application,
) -> None:
    with application.connect(application.roles.application) as connection:
        connection.execute("INSERT INTO run (km) VALUES (10)")
        connection.execute("UPDATE run SET km = 11")
        assert connection.execute("SELECT id, km FROM run").fetchall() == [(1, 11)]
        connection.execute("DELETE FROM run")
        connection.execute("CREATE TEMPORARY TABLE passing (a int)")
        connection.commit()
        for statement in (
            "DROP TABLE run",
            "TRUNCATE run",
            "ALTER TABLE run ADD COLUMN x int",
            "CREATE TABLE own (a int)",
            "CREATE SCHEMA own",
            f"SET ROLE {application.roles.owner}",
            f"DROP DATABASE {application.name}",
        ):
            with pytest.raises((errors.InsufficientPrivilege, errors.ActiveSqlTransaction)):
                connection.execute(statement)
            connection.rollback()


def test_the_migrator_changes_nothing_until_it_takes_the_owners_role(
    application: Application,
) -> None:
    with application.connect(application.roles.migrator) as connection:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT FROM run")
        connection.rollback()
        connection.execute(f"SET ROLE {application.roles.owner}")
        connection.execute("ALTER TABLE run ADD COLUMN name text")


def test_the_backup_role_reads_everything_and_writes_nothing(application: Application) -> None:
    with connect_as_configured(application.server.administrator(application.name)) as connection:
        connection.execute("ALTER TABLE run ENABLE ROW LEVEL SECURITY")
        connection.execute("INSERT INTO run (km) VALUES (10)")
    with application.connect(application.roles.backup) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("DELETE FROM run")


def test_nobody_else_may_connect(application: Application) -> None:
    stranger = f"stranger{application.name}"
    with connect_as_configured(application.server.administrator()) as connection:
        connection.execute(f"CREATE ROLE {stranger} LOGIN PASSWORD 'guess'")
    given = application.server.conninfo(role=stranger, database=application.name, password="guess")
    with pytest.raises(ServerError, match="permission denied for database"):
        connect_as_configured(given)


def test_no_role_is_a_superuser_and_the_owner_cannot_log_in(application: Application) -> None:
    with connect_as_configured(application.server.administrator()) as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolcanlogin FROM pg_roles WHERE rolname LIKE %s",
            [f"{application.name}%"],
        ).fetchall()
    logins = {name: can_login for name, _, can_login in found}
    assert not any(superuser for _, superuser, _ in found)
    assert logins == {
        application.roles.owner: False,
        **dict.fromkeys(application.roles.logins, True),
    }


def test_roles_that_drifted_are_set_right_again(application: Application) -> None:
    with connect_as_configured(application.server.administrator()) as connection:
        connection.execute(f"ALTER ROLE {application.roles.application} SUPERUSER")
        create_roles(connection, application.roles, application.passwords)
        query = "SELECT rolsuper FROM pg_roles WHERE rolname = %s"
        assert connection.execute(query, [application.roles.application]).fetchone() == (False,)


def test_a_wrong_password_is_refused_and_not_repeated(application: Application) -> None:
    application.passwords[application.roles.application] = "not-the-password"
    with pytest.raises(ServerError) as refused:
        application.connect(application.roles.application)
    assert "not-the-password" not in refused.value.message


def test_passwords_are_written_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys/roles.json"
    passwords = new_passwords(roles_of("app"))
    write_passwords(path, passwords)
    assert load_passwords(path) == passwords
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["roles.json"]

    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="Others may read"):
        load_passwords(path)
