"""Codex: ``PreToolUse`` in ``hooks.json``; only a denial is understood, and silence allows.

Contract: developers.openai.com/codex/hooks and ``codex-rs/hooks`` of openai/codex, as of November
2026. Exit 0 with ``permissionDecision: deny``, or exit 2 with a reason on standard error, blocks.
``ask``, and ``allow`` without a changed input, are errors after which **the call runs**; so is
every other status, output that begins like JSON and is none, and running out of time (seconds).
Shell tools are called ``Bash``; a patch is ``apply_patch`` with the patch as its ``command``. A
hook that its user has not reviewed with ``/hooks`` is skipped in silence.
"""

from __future__ import annotations

import json

from strongroom.command_guard.hosts import reading
from strongroom.command_guard.hosts.exchange import Asked, Reply
from strongroom.command_guard.hosts.patches import BEGIN, edits_of

EVENT = "PreToolUse"
_LATER = frozenset({"PostToolUse", "SessionStart", "Stop", "UserPromptSubmit"})
_SHELLS = frozenset({"Bash", "shell", "local_shell", "exec_command", "unified_exec"})


def asked(document: dict[str, object], directory: str) -> Asked:
    """What Codex is about to do.

    Raises:
        NotUnderstoodError: the document is not as published, and may hold a command.
    """
    where = reading.directory(directory, reading.text(document, "cwd"))
    if document.get("hook_event_name") in _LATER:
        return Asked(where)
    name, given = reading.required(document, "tool_name"), reading.member(document, "tool_input")
    where = reading.directory(where, reading.text(given, "workdir"))
    if name == "apply_patch":
        return Asked(where, edits=edits_of(reading.required(given, "command", "input", "patch")))
    if name in _SHELLS:
        command = reading.command(given)
        if command.lstrip().startswith("apply_patch") and BEGIN in command:
            return Asked(where, (command,), edits_of(command))
        return Asked(where, (command,))
    return Asked(where, reading.of_unknown_tool(name, given))


def neutral() -> Reply:
    """Say nothing: silence allows, and an ``allow`` would be an error."""
    return Reply()


def refusal(reason: str, *, ask: bool, event: str = "") -> Reply:
    """Refuse a call. There is no question that Codex would put to a person."""
    del ask, event
    decision = {
        "hookEventName": EVENT,
        "permissionDecision": "deny",
        "permissionDecisionReason": reason,
    }
    return Reply(json.dumps({"hookSpecificOutput": decision}) + "\n")


def outcome(reply: Reply) -> str:
    """What Codex does with a reply: ``refused``, ``allowed``, or ``skipped`` with why."""
    if reply.exit_code == 2 and reply.stderr.strip():  # noqa: PLR2004  published
        return "refused"
    if reply.exit_code != 0:
        return f"skipped: the hook ended with status {reply.exit_code}"
    if not reply.stdout.strip():
        return "allowed"
    try:
        decision = json.loads(reply.stdout)["hookSpecificOutput"]["permissionDecision"]
    except (ValueError, KeyError, TypeError):
        return "skipped: the hook printed something else than a denial"
    return "refused" if decision == "deny" else f"skipped: Codex knows no {decision!r}"


def sample(command: str, directory: str) -> dict[str, object]:
    """What Codex would send before it runs a command."""
    return {
        "session_id": "doctor",
        "turn_id": "doctor",
        "transcript_path": None,
        "cwd": directory,
        "hook_event_name": EVENT,
        "model": "doctor",
        "permission_mode": "default",
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": "call-doctor",
    }
