"""The application's roles are the cluster's: a new server gets them before a backup needs them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from strongroom.config import default_document, load
from strongroom.postgres.roles import new_passwords, roles_of, write_passwords
from strongroom.restores.renaming.building import make_roles


def test_they_are_made_with_their_passwords_and_let_in_unless_any_is_there(
    database: Any, tmp_path: Path
) -> None:
    application = "fresh" + database.name[-6:]
    roles = roles_of(application)
    path = tmp_path / "strongroom.toml"
    path.write_text(default_document(application=application, environment="test", database="x"))
    configuration = load(path)
    manifest: Any = SimpleNamespace(roles=[SimpleNamespace(name=roles.owner)])
    known = "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)"
    with database.connect(autocommit=True) as connection:
        connection.execute(f"REVOKE ALL ON DATABASE {database.name} FROM PUBLIC")
        make_roles(configuration, connection, manifest, database.name)  # no file of passwords
        assert connection.execute(known, ([roles.owner],)).fetchone() == (0,)
        passwords = new_passwords(roles)
        write_passwords(configuration.passwords, passwords)
        make_roles(configuration, connection, manifest, database.name)
        host, port = connection.info.host, connection.info.port
        for role in roles.logins:
            given = {"user": role, "password": passwords[role], "host": host, "port": port}
            psycopg.connect(dbname=database.name, **given).close()
        connection.execute(f"ALTER ROLE {roles.application} CONNECTION LIMIT 3 NOLOGIN")
        make_roles(configuration, connection, manifest, database.name)
        with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
            psycopg.connect(
                dbname=database.name,
                user=roles.application,
                password=passwords[roles.application],
                host=host,
                port=port,
            )
