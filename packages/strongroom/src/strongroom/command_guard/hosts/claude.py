"""Claude Code: ``PreToolUse``, a JSON document on standard input and one on standard output.

Contract: code.claude.com/docs/en/hooks, as of November 2026 (version 2.1.317). Exit 0 with JSON
is a decision (``allow``, ``deny``, ``ask``), and ``{}`` is none, so that Claude's own rules hold.
Exit 2 blocks, with the reason on standard error. **Every other status lets the call through**, and
so does a hook that is not found or runs out of time (seconds), unless ``onFailure`` is ``block``
(from 2.1.295). A denial holds in every permission mode; a question only where somebody is asked.
"""

from __future__ import annotations

import json

from strongroom.command_guard.hosts import reading
from strongroom.command_guard.hosts.exchange import Asked, Edit, Reply

EVENT = "PreToolUse"
_SHELLS = frozenset({"Bash", "PowerShell", "Monitor"})
_LATER = frozenset(
    {"PostToolUse", "PostToolUseFailure", "SessionStart", "SessionEnd", "Stop", "Notification"}
)
_ASKING_MODES = frozenset({"default", "acceptEdits", "plan"})


def asked(document: dict[str, object], directory: str) -> Asked:
    """What Claude Code is about to do.

    Raises:
        NotUnderstoodError: the document is not as published, and may hold a command.
    """
    where = reading.directory(directory, reading.text(document, "cwd"))
    if document.get("hook_event_name") in _LATER:
        return Asked(where)
    name, given = reading.required(document, "tool_name"), reading.member(document, "tool_input")
    may_ask = document.get("permission_mode") in _ASKING_MODES
    if name in _SHELLS:
        return Asked(where, (reading.command(given),), may_ask=may_ask)
    if name in {"Edit", "MultiEdit", "Write", "NotebookEdit"}:
        return Asked(where, edits=_edits(name, given), may_ask=may_ask)
    return Asked(where, reading.of_unknown_tool(name, given), may_ask=may_ask)


def _edits(name: str, given: dict[str, object]) -> tuple[Edit, ...]:
    path = reading.required(given, "file_path", "notebook_path")
    if name == "Write":
        return (Edit(path, "", reading.required(given, "content"), whole=True),)
    if name == "NotebookEdit":
        return (Edit(path, "", reading.text(given, "new_source") or ""),)
    if name == "MultiEdit" or "edits" in given:
        return reading.replacements(path, given.get("edits"))
    return (reading.replacement(path, given),)


def neutral() -> Reply:
    """Say nothing against it: Claude's own permissions decide."""
    return Reply("{}\n")


def refusal(reason: str, *, ask: bool, event: str = "") -> Reply:
    """Refuse a call, or have a person asked."""
    del event
    decision = {
        "hookEventName": EVENT,
        "permissionDecision": "ask" if ask else "deny",
        "permissionDecisionReason": reason,
    }
    return Reply(json.dumps({"hookSpecificOutput": decision}) + "\n")


def outcome(reply: Reply) -> str:
    """What Claude Code does with a reply: ``refused``, ``allowed``, or ``skipped`` with why."""
    if reply.exit_code == 2:  # noqa: PLR2004  published
        return "refused"
    if reply.exit_code != 0:
        return f"skipped: the hook ended with status {reply.exit_code}"
    try:
        document = json.loads(reply.stdout or "{}")
        decision = document.get("hookSpecificOutput", {}).get("permissionDecision")
    except (ValueError, AttributeError):
        return "skipped: the hook printed no JSON"
    return "refused" if decision in {"deny", "ask"} else "allowed"


def sample(command: str, directory: str) -> dict[str, object]:
    """What Claude Code would send before it runs a command."""
    return {
        "session_id": "doctor",
        "transcript_path": f"{directory}/transcript.jsonl",
        "cwd": directory,
        "permission_mode": "default",
        "hook_event_name": EVENT,
        "tool_name": "Bash",
        "tool_input": {"command": command, "description": "strongroom guard doctor"},
        "tool_use_id": "toolu_doctor",
    }
