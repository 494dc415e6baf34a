"""The verb ``mcp``: the coach's tools for an agent that starts us and speaks over pipes."""

from __future__ import annotations

import os
from pathlib import Path

import click

from strideiq.coach.mcp.errors import NoTokenError, require_protocol
from strideiq.platform.output import Output, pass_output

TOKEN_VARIABLE, TOKEN_FILE_VARIABLE = "STRIDEIQ_TOKEN", "STRIDEIQ_TOKEN_FILE"
TOKEN_LENGTH_MAX = 1_000


@click.command("mcp")
@pass_output
def mcp(output: Output) -> None:
    r"""Offer the coach's tools to an agent over standard input and output (MCP).

    The token of the athlete is read from STRIDEIQ_TOKEN, or from the file that
    STRIDEIQ_TOKEN_FILE names; it needs the scope coach:tools. Nothing can be written this way.

    \b
    Exit codes: 0 the agent has ended it
                1 no usable token or any other error, 2 wrong usage, 10-17 not the expected database
    """
    from strideiq.athletes.public import recognised
    from strideiq.coach.mcp.desk import SCOPE, Calls, Desk
    from strideiq.platform.runtime import opened

    token = _token()
    require_protocol()
    from strideiq.coach.mcp.pipes import serve

    with opened(output.paths()) as runtime:
        with runtime.sessions.begin() as session:
            recognised(session, token, SCOPE)
        serve(Desk(runtime.sessions, lambda one: recognised(one, token, SCOPE), Calls()))


def _token() -> str:
    """The token, from the environment only: arguments can be read by everybody on the machine."""
    token = os.environ.pop(TOKEN_VARIABLE, "")
    path = os.environ.get(TOKEN_FILE_VARIABLE, "")
    if not token and path:
        try:
            token = Path(path).read_text(encoding="utf-8")[:TOKEN_LENGTH_MAX]
        except (OSError, UnicodeDecodeError) as error:
            raise NoTokenError(
                f"The file that {TOKEN_FILE_VARIABLE} names cannot be read.",
                next_step="name a file with the token in it, readable by this user",
            ) from error
    if not token.strip():
        raise NoTokenError(
            "No token was given, so it is not known whose tools are meant.",
            next_step="make one with coach:tools on /preferences/tokens, and put it into a file"
            f" that {TOKEN_FILE_VARIABLE} names",
        )
    return token.strip()
