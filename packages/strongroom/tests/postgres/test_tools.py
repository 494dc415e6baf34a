from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from strongroom.errors import DatabaseError
from strongroom.postgres import run_tool, running_tool
from strongroom.postgres.tools import scrubbed, tool_environment


def test_a_tool_reaches_the_database_by_its_environment(database: Any) -> None:
    database.execute("CREATE TABLE run (a int)")
    program = database.server.binaries.tool("pg_dump")
    arguments = ["--schema-only"]
    with running_tool(program, arguments, database.conninfo, stdout=subprocess.PIPE) as tool:
        assert tool.process.stdout is not None
        written = tool.process.stdout.read()
        assert tool.finish().exit_code == 0
    assert b"CREATE TABLE public.run" in written


def test_a_failure_tells_what_the_tool_said(database: Any) -> None:
    program = database.server.binaries.tool("pg_dump")
    with pytest.raises(DatabaseError, match="no matching tables"):
        run_tool(program, ["--table=nowhere"], database.conninfo)


def test_a_tool_does_not_outlive_the_work_that_uses_it(database: Any) -> None:
    program = database.server.binaries.tool("pg_restore")
    with (
        pytest.raises(RuntimeError, match="given up"),
        running_tool(program, ["--list"], database.conninfo, stdin=subprocess.PIPE) as tool,
    ):
        raise RuntimeError("given up")
    assert tool.process.returncode is not None


def test_complaints_carry_neither_values_nor_passwords() -> None:
    said = """
        pg_restore: error: COPY failed for table run: ERROR:  duplicate key
        DETAIL:  Key (email)=(ann@example.org) already exists.
        CONTEXT:  COPY run, line 1: ann
        Command was: INSERT INTO run VALUES ('ann')
        password s3cret was wrong
    """
    text = scrubbed(said, "s3cret")
    assert "duplicate key" in text
    assert "ann" not in text
    assert "s3cret" not in text


def test_passwords_travel_by_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c search_path=elsewhere")
    monkeypatch.setenv("PGPASSWORD", "of another server")
    given = tool_environment({"host": "/run/x", "port": 5432, "user": "u", "dbname": "d"})
    assert given["PGHOST"] == "/run/x"
    assert "PGOPTIONS" not in given
    assert "PGPASSWORD" not in given


def test_a_missing_program_is_named(database: Any) -> None:
    with pytest.raises(FileNotFoundError, match="pg_nothing"):
        run_tool(Path("/nowhere/pg_nothing"), [], database.conninfo)
