"""The running application is neither superuser nor owner, and cannot become either."""

from __future__ import annotations

import httpx
import psycopg
import pytest
from homes import Home

import strongroom


def test_the_web_process_connects_with_few_rights(demo: Home) -> None:
    with demo.up() as running:
        assert httpx.get(f"{running.address}/sign-in").status_code == 200
        answer = demo.strongroom("status")
        socket_directory = answer.document["server"]["psql"].split()[2]
        with psycopg.connect(
            host=socket_directory, user="strongroom_admin", dbname="strideiq"
        ) as connection:
            roles = {
                row[0]
                for row in connection.execute(
                    "SELECT usename FROM pg_stat_activity"
                    " WHERE datname = 'strideiq' AND pid <> pg_backend_pid()"
                )
            }
            assert roles <= {"strideiq_app"}, roles
            rights = connection.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls,"
                " pg_has_role('strideiq_app', 'strideiq_owner', 'MEMBER')"
                " FROM pg_roles WHERE rolname = 'strideiq_app'"
            ).fetchone()
            assert rights == (False, False, False, False, False)


REFUSED = (
    "DROP TABLE activity",
    "ALTER TABLE activity DROP COLUMN name",
    "TRUNCATE activity CASCADE",
    "CREATE TABLE mine (a int)",
    "UPDATE strongroom.identity SET environment = 'production'",
    "DELETE FROM strongroom.epoch",
    "DROP DATABASE strideiq",
)


def test_the_application_role_cannot_change_the_schema_or_the_identity(demo: Home) -> None:
    configuration = strongroom.load_configuration(demo.paths / "strongroom.toml")
    with (
        strongroom.open_database(configuration) as database,
        psycopg.connect(**database.conninfo("application"), autocommit=True) as connection,
    ):
        for statement in REFUSED:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
