"""``strongroom guard hook|install|uninstall|doctor``: the guard inside shells and coding agents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.layout import next_line
from strongroom.cli.output import Output, pass_output
from strongroom.errors import ConfirmationNeededError, GuardError

if TYPE_CHECKING:
    from strongroom.command_guard.hosts.installing import Change

HOSTS = ("claude", "codex", "cursor", "gemini")
PLACES = (*HOSTS, "shell")
NO_HOOK = 26
"""Exit status of ``doctor`` where there is nothing to fire."""


@click.command("hook")
@click.argument("host", type=click.Choice(HOSTS))
def hook_command(host: str) -> None:
    """Answer HOST's call of its hook: its JSON on the input, its answer on the output.

    `install` writes a quicker form of this into HOST's settings. The exit status is HOST's: 0 with
    an answer, 2 for a refusal; never another one.
    """
    from strongroom.command_guard.hook import main

    sys.exit(main([host]))


@click.command("install")
@click.argument("host", type=click.Choice(PLACES))
@click.option("--user", "scope", flag_value="user", default="user", help="For this user (default).")
@click.option("--project", "scope", flag_value="project", help="For the current directory only.")
@click.option("--no-client", is_flag=True, help="Let Python answer, without a compiled client.")
@click.option("--yes", is_flag=True, help="Change the file without asking.")
@pass_output
def install_command(output: Output, host: str, scope: str, *, no_client: bool, yes: bool) -> None:
    """Put the guard's hook into HOST's settings; the change is shown before it is made.

    Where a C compiler is, a small client is built that asks a resident guard first, and answers
    in about a millisecond. HOST `shell` puts wrappers before the programs that can lose data.
    """
    from strongroom.command_guard.hosts import installing, shell
    from strongroom.command_guard.hosts.client import built
    from strongroom.command_guard.hosts.settings import HOST_SETTINGS, hook_line

    following = f"strongroom guard doctor {host}"
    if host == "shell":
        _make(output, shell.planned(), yes=yes, following=f"start a new shell, then {following}")
        shell.write_wrappers()
        return
    path = HOST_SETTINGS[host].path("project" if scope == "project" else "user", Path.cwd())
    line = hook_line(host, client=None if no_client else built())
    if host == "codex":
        following = f"review the hook in Codex (type /hooks), then {following}"
    _make(output, installing.planned(host, path, line), yes=yes, following=following)


@click.command("uninstall")
@click.argument("host", type=click.Choice(PLACES))
@click.option("--yes", is_flag=True, help="Change the file without asking.")
@click.option("--forget", is_flag=True, help="You took it out by hand: only forget it.")
@pass_output
def uninstall_command(output: Output, host: str, *, yes: bool, forget: bool) -> None:
    """Take out exactly what `install` put into HOST's settings."""
    from strongroom.command_guard.hosts import installing, shell
    from strongroom.command_guard.hosts.client import remove

    found = [one for one in installing.installations() if one.host == host]
    if not found:
        raise GuardError(
            f"No hook for {host} was installed.", next_step=f"strongroom guard install {host}"
        )
    for one in found:
        if forget:
            installing.forget(one.path)
            output.result({"host": host, "path": one.path, "changed": False}, ["forgotten"])
        elif host == "shell":
            _make(output, shell.planned_undo(one), yes=yes, following=None)
        else:
            _make(output, installing.planned_undo(one), yes=yes, following=None)
    if host == "shell":
        shell.remove_wrappers()
    if not installing.installations():
        remove()


@click.command("doctor")
@click.argument("host", type=click.Choice(PLACES), required=False)
@pass_output
def doctor_command(output: Output, host: str | None) -> None:
    """Fire each installed hook as its host would, and fail where one would be skipped.

    Exit status: 0 all of them guard, 1 one does not, 26 none is installed.
    """
    from strongroom.command_guard.hosts import shell
    from strongroom.command_guard.hosts.doctor import examine
    from strongroom.command_guard.hosts.installing import installations

    found = [one for one in installations() if host in {None, one.host}]
    if not found:
        following = f"strongroom guard install {host or 'HOST'}"
        whose = f" for {host}" if host else ""
        output.result(
            {"guards": False, "checks": [], "next": following},
            [
                f"No hook{whose} is installed, so that nothing guards commands here.",
                f"HOST is one of {', '.join(PLACES)}.",
                next_line(following),
            ],
        )
        output.exit(NO_HOOK)
    told, lines, failed = [], [], False
    for one in found:
        lines.append(f"{one.host}  {one.path}")
        path = Path(one.path)
        for check in shell.examine(path) if one.host == "shell" else examine(one.host, path):
            failed = failed or not check.passed
            told.append({"host": one.host, "path": one.path, **vars(check)})
            lines.append(f"  {'ok    ' if check.passed else 'FAILED'}  {check.name}: {check.told}")
    lines.append("A hook does not guard." if failed else "Every hook guards.")
    output.result({"guards": not failed, "checks": told}, lines)
    output.exit(1 if failed else 0)


@click.command("staged")
@pass_output
def staged_command(output: Output) -> None:
    """Judge what is staged in git: settings, compose files, shell scripts and SQL.

    Exit status: 0 nothing new would lose data, 30 something would. For a pre-commit hook.
    """
    from strongroom.command_guard.hosts.staged import findings

    found = findings(Path.cwd())
    lines = [f"{one.path}: {one.reason}" for one in found]
    if not found:
        lines = ["nothing staged loses data, or points the application elsewhere"]
    else:
        lines.append(output.next_line("git commit --no-verify, if a person has looked at it"))
    output.result({"findings": [vars(one) for one in found]}, lines)
    output.exit(30 if found else 0)


def _make(output: Output, change: Change, *, yes: bool, following: str | None) -> None:
    """Show a change, have it confirmed, and make it."""
    from strongroom.command_guard.hosts.installing import carry_out

    diff = change.diff()
    if not yes:
        output.ask_about(diff.splitlines())
        if output.as_json or not sys.stdin.isatty():
            raise ConfirmationNeededError(
                f"{change.path} is changed only when you say so.",
                next_step="look at the change, then repeat the command with --yes",
            )
        click.confirm("Make this change?", abort=True, err=True)
    carry_out(change)
    lines = (
        [f"changed {change.path}"] if not yes else [*diff.splitlines(), f"changed {change.path}"]
    )
    if following:
        lines.append(output.next_line(following))
    document = {"host": change.installed.host, "path": str(change.path), "changed": True}
    output.result({**document, "diff": diff, "next": following}, lines)


COMMANDS = (hook_command, install_command, uninstall_command, doctor_command, staged_command)
