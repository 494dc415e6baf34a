"""Gemini CLI: ``BeforeTool``; ``deny`` or nothing, and times in milliseconds.

Contract: geminicli.com/docs/hooks/reference, as of November 2026. Exit 0 with JSON on standard
output, and nothing else there; ``decision`` is ``allow`` or ``deny``, with a ``reason`` for the
agent. Exit 2 blocks, with the reason on standard error. Every other status is a warning, and the
tool runs. There is no question to a person.
"""

from __future__ import annotations

import json

from strongroom.command_guard.hosts import reading
from strongroom.command_guard.hosts.exchange import Asked, Edit, Reply

EVENT = "BeforeTool"
_LATER = frozenset({"AfterTool", "SessionStart", "SessionEnd", "AfterAgent", "Notification"})


def asked(document: dict[str, object], directory: str) -> Asked:
    """What Gemini CLI is about to do.

    Raises:
        NotUnderstoodError: the document is not as published, and may hold a command.
    """
    where = reading.directory(directory, reading.text(document, "cwd"))
    if document.get("hook_event_name") in _LATER:
        return Asked(where)
    name, given = reading.required(document, "tool_name"), reading.member(document, "tool_input")
    if name == "run_shell_command":
        beneath = reading.text(given, "dir_path", "directory")
        return Asked(reading.directory(where, beneath), (reading.command(given),))
    if name == "write_file":
        path, content = reading.required(given, "file_path"), reading.required(given, "content")
        return Asked(where, edits=(Edit(path, "", content, whole=True),))
    if name in {"replace", "edit", "smart_edit"}:
        edit = reading.replacement(reading.required(given, "file_path"), given)
        return Asked(where, edits=(edit,))
    return Asked(where, reading.of_unknown_tool(name, given))


def neutral() -> Reply:
    """Say nothing against it: Gemini's own confirmation decides."""
    return Reply("{}\n")


def refusal(reason: str, *, ask: bool, event: str = "") -> Reply:
    """Refuse a tool; the reason goes to the agent."""
    del ask, event
    document = {"decision": "deny", "reason": reason, "systemMessage": reason}
    return Reply(json.dumps(document) + "\n")


def outcome(reply: Reply) -> str:
    """What Gemini CLI does with a reply: ``refused``, ``allowed``, or ``skipped`` with why."""
    if reply.exit_code == 2:  # noqa: PLR2004  published
        return "refused"
    if reply.exit_code != 0:
        return f"skipped: the hook ended with status {reply.exit_code}"
    try:
        decision = json.loads(reply.stdout or "{}").get("decision", "allow")
    except (ValueError, AttributeError):
        return "skipped: the hook printed no JSON"
    if decision in {"deny", "block"}:
        return "refused"
    return "allowed" if decision == "allow" else f"skipped: Gemini CLI knows no {decision!r}"


def sample(command: str, directory: str) -> dict[str, object]:
    """What Gemini CLI would send before it runs a command."""
    return {
        "session_id": "doctor",
        "transcript_path": f"{directory}/transcript.json",
        "cwd": directory,
        "hook_event_name": EVENT,
        "timestamp": "2026-11-27T12:00:00Z",
        "tool_name": "run_shell_command",
        "tool_input": {"command": command, "description": "strongroom guard doctor"},
    }
