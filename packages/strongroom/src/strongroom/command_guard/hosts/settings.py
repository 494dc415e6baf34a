"""Where each host keeps its hooks, and what the guard's own look like there."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Scope = Literal["user", "project"]
TIMEOUT_S = 30
"""More than the hook gives itself, so that it is the hook that answers."""
FAILED = "strongroom guard could not run, so this is refused; see: strongroom guard doctor"
MARKS = ("strongroom/command_guard/quick.py", "strongroom.command_guard", "strongroom-guard-client")
"""What the command of every hook of ours contains."""


@dataclass(frozen=True)
class Place:
    """One array in a host's settings, and the entry of ours in it.

    ``tools`` are names of tools that must meet the entry's ``matcher``.
    """

    path: tuple[str, ...]
    entry: dict[str, object]
    tools: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostSettings:
    """A host's settings file, and what goes into it.

    ``base`` is the file that the host would start from. ``per_second`` is in which unit the host
    counts times out.
    """

    host: str
    user_file: str
    project_file: str
    base: str
    per_second: int
    comments: bool = False

    def path(self, scope: Scope, directory: Path) -> Path:
        """The settings file of the user, or of the project in a directory."""
        if scope == "project":
            return directory / self.project_file
        return home() / self.user_file


def home() -> Path:
    """This user's home, whatever ``HOME`` says: the hosts' settings lie there."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


HOST_SETTINGS = {
    # What names an interpreter of this machine goes into the file that is not committed.
    "claude": HostSettings(
        "claude", ".claude/settings.json", ".claude/settings.local.json", "{}\n", 1
    ),
    "codex": HostSettings("codex", ".codex/hooks.json", ".codex/hooks.json", "{}\n", 1),
    "cursor": HostSettings(
        "cursor", ".cursor/hooks.json", ".cursor/hooks.json", '{\n  "version": 1\n}\n', 1
    ),
    "gemini": HostSettings(
        "gemini", ".gemini/settings.json", ".gemini/settings.json", "{}\n", 1000, comments=True
    ),
}


def hook_line(host: str, *, interpreter: str = sys.executable, client: Path | None = None) -> str:
    """The shell command of a hook.

    Whatever keeps it from answering, a lost interpreter too, ends with status 2 and a reason: the
    one status that every host takes for a refusal. All others would let the command run.
    """
    quick = shlex.quote(str(Path(__file__).resolve().parent.parent / "quick.py"))
    run = f"{shlex.quote(interpreter)} -I -S {quick} {host}"
    if client is not None:
        quoted = shlex.quote(str(client))
        run = f"if [ -x {quoted} ]; then {quoted} {host}; else {run}; fi"
    return f"{run} || {{ echo {shlex.quote(FAILED)} >&2; exit 2; }}"


def places(host: str, line: str) -> tuple[Place, ...]:
    """The entries of ours in a host's settings."""
    if host == "cursor":
        return _of_cursor(line)
    hook: dict[str, object] = {"type": "command", "command": line}
    if host == "gemini":
        hook = {"name": "strongroom-guard", **hook, "timeout": TIMEOUT_S * 1000}
        tools: tuple[str, ...] = (
            "run_shell_command",
            "write_file",
            "replace",
            "edit",
            "smart_edit",
        )
        return (_matched("BeforeTool", "|".join([*tools, "mcp_.*"]), hook, tools),)
    hook = {**hook, "timeout": TIMEOUT_S}
    tools = ("Bash", "apply_patch")
    if host == "claude":
        tools = ("Bash", "PowerShell", "Monitor", "Edit", "MultiEdit", "Write", "NotebookEdit")
    return (_matched("PreToolUse", "|".join([*tools, "mcp__.*"]), hook, tools),)


def _matched(event: str, matcher: str, hook: dict[str, object], tools: tuple[str, ...]) -> Place:
    return Place(("hooks", event), {"matcher": matcher, "hooks": [hook]}, tools)


def _of_cursor(line: str) -> tuple[Place, ...]:
    hook: dict[str, object] = {"command": line, "timeout": TIMEOUT_S, "failClosed": True}
    tools = ("Write", "StrReplace", "Edit", "MultiEdit", "TabWrite", "Delete")
    return (
        Place(("hooks", "beforeShellExecution"), hook),
        Place(("hooks", "beforeMCPExecution"), hook),
        Place(("hooks", "preToolUse"), {**hook, "matcher": "|".join(tools)}, tools),
    )


def is_ours(command: object) -> bool:
    """Whether a command in a host's settings runs the guard."""
    return isinstance(command, str) and any(mark in command for mark in MARKS)


def holds_our_hook(path: str, text: str) -> bool:
    """Whether a file is a host's settings with the guard's hook in them: no agent's to change."""
    names = {name for one in HOST_SETTINGS.values() for name in (one.user_file, one.project_file)}
    return is_ours(text) and any(path.endswith(f"/{name}") for name in names)
