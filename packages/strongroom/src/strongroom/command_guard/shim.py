"""``python -I -m strongroom.command_guard.shim PROGRAM …``: ask the guard, then run the program.

The wrappers of ``hosts.shell`` are called like the programs that they stand before, and run this.
What is allowed becomes the real program, in this very process; what is refused never starts.
"""

from __future__ import annotations

import json
import os
import shlex
import stat
import sys
import tempfile
from pathlib import Path

REFUSED, NOT_FOUND = 30, 127
INPUT_SIZE_MAX_BYTES = 4 * 1024 * 1024
READING = frozenset({"psql", "mysql", "mariadb", "sqlite3", "mongosh", "redis-cli"})
"""Programs that take statements from their standard input."""
_PROBE = "DROP TABLE strongroom_probe CASCADE;"


def main(arguments: list[str]) -> int:
    """Judge a program with its arguments and the statements that it would read; then run it."""
    name, *rest = arguments
    command = shlex.join([name, *rest])
    text = _statements(name, command)
    if text is None:
        sys.stderr.write("strongroom guard: the input is too long to be judged.\n")
        return REFUSED
    refusal = _refusal(text or command)
    if refusal is not None:
        sys.stderr.write(f"{refusal}\n")
        return REFUSED
    program = real_program(name)
    if program is None:
        sys.stderr.write(f"{name}: command not found\n")
        return NOT_FOUND
    return os.execv(program, [name, *rest])  # noqa: S606  what the person asked for


def _refusal(command: str) -> str | None:
    """Why a command must not run, or None; the resident guard is asked first."""
    from strongroom.command_guard import resident  # noqa: PLC0415  as needed

    document = {"tool_name": "Bash", "tool_input": {"command": command}}
    try:
        # Codex is the host whose neutral answer is the shortest.
        if resident.asks("codex", json.dumps(document).encode(), str(Path.cwd())) is not None:
            return None
    except resident.NotServedError:
        resident.start()
    from strongroom.command_guard.hosts.answering import reason_of  # noqa: PLC0415  heavy
    from strongroom.command_guard.judging import judge  # noqa: PLC0415  the same

    decision = judge(command, Path.cwd())
    return None if decision.allowed else reason_of(decision)


def _statements(name: str, command: str) -> str | None:
    """The command with what its input holds; empty where that does not matter, None if too long."""
    from strongroom.command_guard.judging import judge  # noqa: PLC0415  as needed

    mode = os.fstat(0).st_mode
    if name not in READING or not (stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    if judge(_with_input(command, _PROBE), Path.cwd(), acting=False).allowed:
        return ""  # whatever comes, it reaches only what is free
    kept = tempfile.TemporaryFile()  # noqa: SIM115  it becomes the program's input
    size = 0
    while more := os.read(0, 65536):
        size += len(more)
        if size > INPUT_SIZE_MAX_BYTES:
            return None
        kept.write(more)
    kept.flush()
    kept.seek(0)
    text = kept.read().decode(errors="replace")
    os.lseek(kept.fileno(), 0, os.SEEK_SET)
    os.dup2(kept.fileno(), 0)
    return _with_input(command, text)


def _with_input(command: str, text: str) -> str:
    end = "STATEMENTS"
    while end in text:
        end += "_"
    return f"{command} <<'{end}'\n{text}\n{end}\n"


def real_program(name: str) -> str | None:
    """The program that the wrapper stands before: the next one on ``PATH`` that is no wrapper."""
    from strongroom.command_guard.hosts.shell import is_wrapper  # noqa: PLC0415  as needed

    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = Path(directory or ".", name)
        if path.is_file() and os.access(path, os.X_OK) and not is_wrapper(path):
            return str(path)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
