"""Tools for agents: each message answered once, and SQL that can only read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from strongroom.command_guard.mcp import REVISIONS, Tool, serve
from strongroom.command_guard.querying import query, single_select
from strongroom.config import Configuration
from strongroom.errors import DatabaseError, GuardError
from strongroom.identity import open_database
from strongroom.postgres.connections import connect

NOT_READING = (
    "DELETE FROM parent",
    "SELECT 1; DROP TABLE parent",
    "COMMIT; DROP TABLE parent",
    "WITH gone AS (DELETE FROM parent RETURNING 1) SELECT * FROM gone",
    "SELECT * INTO copied FROM parent",
    "EXPLAIN ANALYZE DELETE FROM parent",
    "SET TRANSACTION READ WRITE",
    "\\! rm -rf /",
    "SELECT",
    "",
    "nonsense",
)


def call(identity: int, name: str, **arguments: object) -> dict[str, object]:
    given = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": identity, "method": "tools/call", "params": given}


def asked(*messages: object, tools: tuple[Tool, ...] = ()) -> list[dict[str, Any]]:
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in messages]
    answers = io.BytesIO()
    serve(io.BytesIO(b"\n".join(lines) + b"\n"), answers, tools, "1")
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_every_request_is_answered_once_and_nothing_ends_the_server() -> None:
    def fails(_: object) -> object:
        raise ValueError("inside")

    tools = (Tool("fails", "", {"n": {"type": "integer"}}, fails, required=("n",)),)
    answers = asked(
        b"{broken",
        b"[]",
        b"x" * 5_000_000,
        b"",
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "1999"}},
        {"jsonrpc": "2.0", "id": 2, "method": "of/next/year"},
        call(3, "nobody"),
        call(4, "fails"),
        call(5, "fails", n=True),
        call(6, "fails", n=1, m=2),
        call(7, "fails", n=1),
        {"jsonrpc": "2.0", "id": 8, "method": "ping", "params": [1]},
        {"jsonrpc": "2.0", "id": 9, "method": "ping"},
        tools=tools,
    )
    codes = [(one["id"], one.get("error", {}).get("code")) for one in answers]
    assert codes == [
        *[(None, -32700), (None, -32600), (None, -32700), (1, None), (2, -32601)],
        *[(3, -32602), (4, -32602), (5, -32602), (6, -32602), (7, None), (8, -32602), (9, None)],
    ]
    assert answers[3]["result"]["protocolVersion"] == REVISIONS[0]
    assert answers[9]["result"]["isError"] is True
    assert "inside" in answers[9]["result"]["content"][0]["text"]


@pytest.mark.parametrize("text", NOT_READING)
def test_only_one_select_is_let_to_the_database(text: str) -> None:
    if text != "SELECT":  # of no columns: PostgreSQL allows it, and so do we
        with pytest.raises(GuardError):
            single_select(text)


def test_an_agent_reads_the_pinned_database_and_cannot_write(sample: Configuration) -> None:
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
        call(3, "judge_command", command="docker compose down -v", directory="/srv/none"),
        call(4, "query", sql="SELECT n FROM generate_series(1, 9) AS n", rows_max=2),
        call(5, "query", sql="TRUNCATE parent"),
        call(6, "query", sql="SELECT pg_sleep(30)", timeout_s=1),
    ]
    line = [sys.executable, "-I", "-c", "from strongroom.cli import main; main()"]
    ran = subprocess.run(
        [*line, "--config", str(sample.path), "guard", "mcp"],
        input="\n".join(map(json.dumps, messages)).encode() + b"\n",
        capture_output=True,
        check=False,
    )
    answers = [json.loads(one)["result"] for one in ran.stdout.splitlines()]
    names = [tool["name"] for tool in answers[1]["tools"]]
    assert {"judge_command", "query", "status", "backup", "drill"} <= set(names)
    assert answers[2]["structuredContent"]["decision"] == "needs_backup"
    found = answers[3]["structuredContent"]
    assert found == {"columns": ["n"], "rows": [[1], [2]], "more": True}
    assert [one["isError"] for one in answers[4:]] == [True, True]
    assert "statement timeout" in answers[5]["content"][0]["text"]


def test_a_select_that_calls_what_writes_is_refused_by_the_database(
    sample: Configuration,
) -> None:
    with (
        open_database(sample) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE public.kept AS SELECT 1 AS n")
        connection.execute(
            "CREATE FUNCTION public.emptied() RETURNS void SECURITY DEFINER LANGUAGE sql"
            " AS 'DELETE FROM public.kept'"
        )
    with pytest.raises(DatabaseError, match="read-only"):
        query(sample, "SELECT emptied()")
    with pytest.raises(GuardError):
        query(sample, "SELECT 1", rows_max=0)
