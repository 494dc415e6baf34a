"""Judge one JSON line after the other: every line gets an answer, whatever it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from strongroom.command_guard.decision import ALLOWED, Decision
from strongroom.command_guard.judging import judge

LINE_SIZE_MAX_BYTES = 4 * 1024 * 1024


def answer_lines(given: BinaryIO, answers: BinaryIO, directory: Path) -> None:
    """Answer each line with one line, at once; ``directory`` is for those that name none."""
    while line := given.readline(LINE_SIZE_MAX_BYTES):
        whole = line.endswith(b"\n")
        while not whole and (more := given.readline(LINE_SIZE_MAX_BYTES)):
            whole = more.endswith(b"\n")  # the rest of a line that is too long
            line = line[:1] + b"\xff" * LINE_SIZE_MAX_BYTES
        decision = answer(line, directory)
        answers.write(json.dumps(decision.as_dict(), ensure_ascii=True).encode() + b"\n")
        answers.flush()


def answer(line: bytes, directory: Path) -> Decision:  # noqa: PLR0911  each its own answer
    """Judge one line. What cannot be read may have held a command, and is not let through."""
    if not line.strip():
        return ALLOWED
    if len(line) > LINE_SIZE_MAX_BYTES:
        return _unread("The line is too long to be read.")
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return _unread("The line is no JSON, and may hold a command.")
    if not isinstance(document, dict):
        return _unread("The line is no JSON object, and may hold a command.")
    command, where = document.get("command"), document.get("cwd")
    if command is None and "command" not in document and not document:
        return ALLOWED
    if not isinstance(command, str) or not isinstance(where, str | None):
        return _unread("The line has no text as its command, or none as its cwd.")
    if "\0" in (where or ""):
        return _unread("The line's cwd cannot be a directory.")
    return judge(command, directory / (where or "."))


def _unread(why: str) -> Decision:
    following = 'send {"command": "…", "cwd": "…"}, or show the command to a person'
    return Decision("needs_human", (why,), following)
