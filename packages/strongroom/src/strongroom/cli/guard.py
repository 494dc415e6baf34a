"""``strongroom guard``: judge commands by the data that they could lose, before they run."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from strongroom.cli.guard_hosts import COMMANDS
from strongroom.cli.guard_mcp import mcp_command
from strongroom.cli.output import Output, pass_output


@click.group("guard")
def command() -> None:
    """Judge shell commands before they run: allow, needs_backup, or needs_human.

    Settings of the guard are read from /etc/strongroom/guard.toml and from
    ~/.config/strongroom/guard.toml, never from the working directory.
    """


@command.command("check")
@click.argument("text", metavar="COMMAND", required=False)
@click.option("--jsonl", is_flag=True, help="Judge one JSON line after the other from the input.")
@click.option("--cwd", type=click.Path(path_type=Path), help="Where the command would run.")
@pass_output
def check_command(output: Output, text: str | None, cwd: Path | None, *, jsonl: bool) -> None:
    """Judge COMMAND, which is about to run. A permit for exactly it is used up.

    With --jsonl each line of the input is {"command": …, "cwd": …}, and is answered by one line
    {"decision": …, "reasons": […], "next": …}, whatever it is. Exit status: 0 allowed (always with
    --jsonl), 30 refused.
    """
    from strongroom.command_guard import judge
    from strongroom.command_guard.lines import answer_lines

    if jsonl == (text is not None):
        raise click.UsageError("Give either COMMAND or --jsonl.")
    if text is None:
        answer_lines(sys.stdin.buffer, sys.stdout.buffer, cwd or Path.cwd())
        return
    decision = judge(text, (cwd or Path.cwd()).absolute())
    lines: list[str] = [decision.decision, *(f"  {reason}" for reason in decision.reasons)]
    if decision.permit:
        lines.append(f"  permit {decision.permit} is used up")
    if decision.next:
        lines.append(output.next_line(decision.next))
    output.result(decision.as_dict(), lines)
    output.exit(0 if decision.allowed else 30)


@command.command("explain")
@click.argument("text", metavar="COMMAND")
@click.option("--cwd", type=click.Path(path_type=Path), help="Where the command would run.")
@pass_output
def explain_command(output: Output, text: str, cwd: Path | None) -> None:
    """Show what COMMAND would run, step by step, and why it is judged as it is.

    Nothing is recorded and no permit is used. The exit status is 0.
    """
    from strongroom.command_guard import judge

    decision = judge(text, (cwd or Path.cwd()).absolute(), acting=False)
    lines: list[str] = [decision.decision]
    lines += [f"  runs     {step}" for step in decision.steps]
    for one in decision.findings:
        through = f" (through {', '.join(one.through)})" if one.through else ""
        lines.append(f"  {one.rule}  {one.reason}{through}")
    if decision.next:
        lines.append(output.next_line(decision.next))
    output.result(decision.explained(), lines)


for _one in (*COMMANDS, mcp_command):
    command.add_command(_one)
