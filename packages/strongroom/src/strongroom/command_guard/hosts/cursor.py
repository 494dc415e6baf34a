"""Cursor: ``beforeShellExecution``, ``beforeMCPExecution`` and ``preToolUse``; always answer JSON.

Contract: cursor.com/docs/agent/hooks, as of November 2026. The answer is ``permission``
(``allow``, ``deny``, ``ask``) with a message for the person and one for the agent; versions before
2 wrote the messages' names in camel case, so both are given. Exit 2 denies. No JSON, another
status, and running out of time (seconds) let the command run unless ``failClosed`` is set.
``preToolUse`` knows no ``ask``.
"""

from __future__ import annotations

import json

from strongroom.command_guard.hosts import reading
from strongroom.command_guard.hosts.exchange import Asked, Edit, NotUnderstoodError, Reply

EVENT = "beforeShellExecution"
_ASKING = frozenset({"beforeShellExecution", "beforeMCPExecution"})
_LATER = frozenset(
    {"afterShellExecution", "afterMCPExecution", "afterFileEdit", "stop", "beforeReadFile"}
)


def asked(document: dict[str, object], directory: str) -> Asked:
    """What Cursor is about to do.

    Raises:
        NotUnderstoodError: the document is not as published, and may hold a command.
    """
    event = document.get("hook_event_name")
    where = reading.directory(directory, _root(document), reading.text(document, "cwd"))
    if event in _LATER:
        return Asked(where)
    if event == "preToolUse" or (event not in _ASKING and "tool_name" in document):
        return _of_tool(document, where)
    may_ask = event in _ASKING
    if event == "beforeMCPExecution":
        name = reading.required(document, "tool_name")
        found = reading.of_unknown_tool(name, _given(document))
        return Asked(where, found, may_ask=may_ask)
    return Asked(where, (reading.command(document),), may_ask=may_ask)


def _of_tool(document: dict[str, object], where: str) -> Asked:
    name, given = reading.required(document, "tool_name"), _given(document)
    where = reading.directory(where, reading.text(given, "cwd", "working_directory"))
    if name == "Shell":
        return Asked(where, (reading.command(given),))
    path = reading.text(given, "file_path", "path", "target_file")
    if name == "Delete" and path is not None:
        from shlex import quote  # noqa: PLC0415  rare

        return Asked(where, (f"rm -f {quote(path)}",))
    if name in {"Write", "StrReplace", "Edit", "MultiEdit", "TabWrite"}:
        return Asked(where, edits=_edits(path, given))
    return Asked(where, reading.of_unknown_tool(name, given))


def _edits(path: str | None, given: dict[str, object]) -> tuple[Edit, ...]:
    if path is None:
        raise NotUnderstoodError("there is no file_path")
    if "edits" in given:
        return reading.replacements(path, given["edits"])
    whole = reading.text(given, "content", "contents", "file_text")
    if whole is not None:
        return (Edit(path, "", whole, whole=True),)
    return (reading.replacement(path, given),)


def _given(document: dict[str, object]) -> dict[str, object]:
    """A tool's input: an object, or one written as text."""
    value = document.get("tool_input")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise NotUnderstoodError("tool_input is no JSON") from None
    return reading.member({"tool_input": value}, "tool_input")


def _root(document: dict[str, object]) -> str | None:
    roots = document.get("workspace_roots")
    if isinstance(roots, list) and roots and isinstance(roots[0], str):
        return roots[0]
    return None


def neutral() -> Reply:
    """Allow; nothing at all would not be an answer."""
    return Reply('{"permission": "allow"}\n')


def refusal(reason: str, *, ask: bool, event: str = "") -> Reply:
    """Refuse, or have a person asked where the event knows that."""
    permission = "ask" if ask and event in _ASKING else "deny"
    document = {
        "permission": permission,
        "user_message": reason,
        "agent_message": reason,
        "userMessage": reason,
        "agentMessage": reason,
    }
    return Reply(json.dumps(document) + "\n")


def outcome(reply: Reply) -> str:
    """What Cursor does with a reply: ``refused``, ``allowed``, or ``skipped`` with why."""
    if reply.exit_code == 2:  # noqa: PLR2004  published
        return "refused"
    if reply.exit_code != 0:
        return f"skipped: the hook ended with status {reply.exit_code}"
    try:
        permission = json.loads(reply.stdout)["permission"]
    except (ValueError, KeyError, TypeError):
        return "skipped: the hook printed no permission"
    if permission in {"deny", "ask"}:
        return "refused"
    return "allowed" if permission == "allow" else f"skipped: Cursor knows no {permission!r}"


def sample(command: str, directory: str) -> dict[str, object]:
    """What Cursor would send before it runs a command."""
    return {
        "conversation_id": "doctor",
        "generation_id": "doctor",
        "hook_event_name": EVENT,
        "cursor_version": "2.0.77",
        "workspace_roots": [directory],
        "command": command,
        "cwd": directory,
    }
