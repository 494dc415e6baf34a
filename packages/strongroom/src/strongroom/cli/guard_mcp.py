"""``strongroom guard mcp``: the guard's tools for agents, over the Model Context Protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.output import Output, pass_output
from strongroom.errors import GuardError

if TYPE_CHECKING:
    from strongroom.command_guard.mcp import Tool

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
_STRONGROOM = (sys.executable, "-I", "-c", "from strongroom.cli import main; main()")
VERB_TOOLS = {
    "status": ("Whose database this is, its newest backup and proof, and what to do.", False),
    "find": ("Find PostgreSQL data that seems lost: volumes, directories, servers.", False),
    "backup": ("Take an encrypted backup with counts and digests.", True),
    "drill": ("Restore the newest backup into a scratch server and compare it.", True),
}
"""Verbs that are tools as they are: each answers with its own JSON document."""


@click.command("mcp")
@pass_output
def mcp_command(output: Output) -> None:
    """Serve tools over the Model Context Protocol, on the input and the output.

    Tools: judge_command, query (one SELECT, read only), status, find, backup, drill.
    """
    from importlib.metadata import version

    from strongroom.command_guard.mcp import serve

    serve(sys.stdin.buffer, sys.stdout.buffer, _tools(output), version("strongroom"))


def _tools(output: Output) -> list[Tool]:
    from strongroom.cli import VERBS
    from strongroom.command_guard.mcp import Tool

    judge = Tool(
        "judge_command",
        "What a shell command would lose, and what must happen first. Nothing is run or recorded.",
        {"command": TEXT, "directory": TEXT},
        _judged,
        required=("command",),
    )
    read = Tool(
        "query",
        "Run one SELECT on the pinned database, read only, with limits on rows and seconds.",
        {"sql": TEXT, "rows_max": NUMBER, "timeout_s": NUMBER},
        lambda given: _queried(output, given),
        required=("sql",),
    )
    verbs = [
        Tool(name, description, {}, partial(_ran, output, name), changes=changes)
        for name, (description, changes) in VERB_TOOLS.items()
        if name in VERBS
    ]
    return [judge, read, *verbs]


def _judged(given: Mapping[str, Any]) -> object:
    from strongroom.command_guard import judge

    directory = Path.cwd() / given.get("directory", ".")
    return judge(given["command"], directory, acting=False).explained()


def _queried(output: Output, given: Mapping[str, Any]) -> object:
    from strongroom.command_guard.querying import query

    limits = {name: given[name] for name in ("rows_max", "timeout_s") if name in given}
    return query(output.configuration(), given["sql"], **limits)


def _ran(output: Output, verb: str, given: Mapping[str, Any]) -> object:
    """Run a verb in a process of its own: what it prints never gets between the messages."""
    del given  # it takes no arguments
    chosen: list[str] = []
    for name, value in (
        ("--config", output.config),
        ("--environment", output.environment),
        ("--database", output.database),
    ):
        if value is not None:
            chosen += [name, str(value)]
    ran = subprocess.run(
        [*_STRONGROOM, *chosen, verb, "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    try:
        document: object = json.loads(ran.stdout)
    except ValueError:
        told = ran.stderr.decode(errors="replace").strip()[-500:]
        raise GuardError(
            f"strongroom {verb} ended with status {ran.returncode}: {told}",
            next_step=f"run strongroom {verb} in a terminal",
        ) from None
    return {"exit_status": ran.returncode, "answer": document}
