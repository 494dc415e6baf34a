"""On the configured server, the database that was meant is found beside the one that is named."""

from __future__ import annotations

import uuid
from pathlib import Path

from psycopg import sql

from strongroom.config import CONFIGURATION_NAME, default_document, load
from strongroom.discovery import Scope, find
from strongroom.identity.observation import Identity
from strongroom.identity.pin import Pin, write_pin
from strongroom.identity.schema import create_schema
from strongroom.postgres import connect_as_configured as connect
from strongroom.server.supervisor import RunningServer

TRAP = """
CREATE SCHEMA strongroom;
CREATE FUNCTION strongroom.trap() RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'looked'; END $$;
CREATE VIEW strongroom.identity AS
    SELECT strongroom.trap() AS database_id, 'x' AS environment, strongroom.trap() AS incarnation;
CREATE VIEW strongroom.epoch AS SELECT 1 AS n
"""


def test_a_sibling_that_carries_our_identity_is_the_one_and_a_stranger_s_view_is_not_read(
    server: RunningServer, tmp_path: Path
) -> None:
    mark = uuid.uuid4().hex[:8]
    right, empty, trap = (f"{name}_{mark}" for name in ("right", "empty", "trap"))
    with connect(server.administrator(), autocommit=True) as administrator:
        for name in (right, empty, trap):
            made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY file_copy")
            administrator.execute(made.format(sql.Identifier(name)))
        identity = Identity(str(uuid.uuid4()), "test", str(uuid.uuid4()))
        with connect(server.administrator(right)) as connection:
            create_schema(connection, identity, readers=())
            connection.execute("CREATE TABLE public.activity AS SELECT generate_series(1, 7) AS n")
        with connect(server.administrator(trap), autocommit=True) as connection:
            connection.execute(TRAP)
        user, host = server.superuser, server.socket_directory
        url = f"postgresql://{user}@/{empty}?host={host}&port={server.port}"
        path = tmp_path / CONFIGURATION_NAME
        path.write_text(
            default_document(application="runs", environment="test", database=empty, url=url)
        )
        configuration = load(path)
        pin = Pin(identity.database_id, "test", ("age1nobody",))
        write_pin(configuration.lock_path, pin)
        found = find(configuration, Scope(machine=False))
        first = found.candidates[0]
        assert (first.kind, first.pinned) == ("database", True)
        assert first.databases[0].tables == {"public.activity": 7}
        assert first.change == f'[database]\nname = "{right}"'
        assert not any(trap in str(one.path) for one in found.candidates)
        assert not any(f" {empty} " in str(one.path) for one in found.candidates)
        for name in (right, empty, trap):
            dropped = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            administrator.execute(dropped.format(sql.Identifier(name)))


def test_a_server_that_does_not_answer_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / CONFIGURATION_NAME
    url = f"postgresql://nobody@/runs?host={tmp_path}"
    path.write_text(
        default_document(application="runs", environment="test", database="runs", url=url)
    )
    found = find(load(path), Scope(machine=False))
    assert "server_unreachable" in {one.code for one in found.findings}
    assert not any(one.kind == "database" for one in found.candidates)
