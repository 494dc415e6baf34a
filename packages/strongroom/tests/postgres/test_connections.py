"""Connections: names mean PostgreSQL's own, and one that cannot be made ends in time."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from psycopg import sql

from strongroom.errors import ServerError
from strongroom.postgres import connect, connect_as_configured, connections

EVIL = """
CREATE SCHEMA evil;
CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE sql AS $$ SELECT 'taken'::name $$;
CREATE FUNCTION public.abs(text) RETURNS text LANGUAGE sql AS $$ SELECT 'taken' $$;
"""


@pytest.mark.parametrize(
    "of", ["DATABASE {database}", "ROLE {role}", "ROLE {role} IN DATABASE {database}"]
)
def test_names_mean_what_postgresql_has_whatever_the_database_says(database: Any, of: str) -> None:
    database.execute(EVIL)
    names = {"database": database.name, "role": "path_bound"}
    database.execute("CREATE ROLE path_bound SUPERUSER LOGIN PASSWORD 'x'")
    database.execute(f"ALTER {of.format(**names)} SET search_path = evil, pg_catalog, public")
    info = database.server.conninfo(role="path_bound", database=database.name, password="x")
    try:
        with connect_as_configured(info) as theirs:
            assert theirs.execute("SELECT current_database()").fetchone() == ("taken",)
            assert theirs.execute("SELECT abs('x'::text)").fetchone() == ("taken",)
        with connect(info) as ours:
            for reset in ("RESET search_path", "RESET ALL", "DISCARD ALL"):
                ours.rollback()
                ours.autocommit = True
                ours.execute(sql.SQL(reset))  # type: ignore[arg-type]  # a constant
                assert ours.execute("SELECT current_database()").fetchone() == (database.name,)
                assert ours.execute("SHOW search_path").fetchone() == ("pg_catalog,pg_temp",)
    finally:
        database.execute("DROP ROLE path_bound")


def test_options_that_were_given_stay(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**database.conninfo, "options": "-c work_mem=5MB -c search_path=public"}
    with connect(given) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)
        assert connection.execute("SHOW search_path").fetchone() == ("pg_catalog,pg_temp",)
    monkeypatch.setenv("PGOPTIONS", "-c work_mem=6MB")
    with connect(database.conninfo) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("6MB",)


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    monkeypatch.setattr(connections, "CONNECT_TIMEOUT_S", 2)  # libpq waits for no less
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        with pytest.raises(ServerError, match="timeout expired") as refused:
            connect({"host": host, "port": port, "user": "me", "dbname": "shop"})
    assert "see whether that server answers" in refused.value.next_step


def test_a_database_that_is_missing_is_looked_for_by_its_name(database: Any) -> None:
    with pytest.raises(ServerError, match="does not exist") as refused:
        connect({**database.conninfo, "dbname": "shpo"})
    assert "correct the name in the address" in refused.value.next_step
