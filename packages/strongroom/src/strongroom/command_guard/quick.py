"""``python -I -S quick.py HOST``: the hook's first step, for what is plainly harmless.

Run as a file and without ``site``, so that nothing is imported but what the interpreter has
already: it answers at about the bare interpreter's start. It knows one published shape per host and
the fast path, and asks the resident guard; everything else becomes the whole hook, with the same
input, in this same process.
"""

from __future__ import annotations

import sys

SIZE_MAX_BYTES = 64 * 1024
SHAPES: dict[str, tuple[str, str, str]] = {
    "claude": ("PreToolUse", "Bash", "{}\n"),
    "codex": ("PreToolUse", "Bash", ""),
    "cursor": ("beforeShellExecution", "", '{"permission": "allow"}\n'),
    "gemini": ("BeforeTool", "run_shell_command", "{}\n"),
}
"""The event, the tool (none: the command stands in the document itself), and the neutral answer."""


class _Strict:
    """What the scanner of the interpreter's own JSON asks about."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = None


def neutral(host: str, given: bytes) -> str | None:
    """The neutral answer to a plainly harmless command; None says nothing."""
    if host not in SHAPES or len(given) > SIZE_MAX_BYTES:
        return None
    event, tool, answer = SHAPES[host]
    try:
        from _json import make_scanner  # noqa: PLC0415  `json` would load `re`, for milliseconds

        text = given.decode().strip()
        document, end = make_scanner(_Strict)(text, 0)  # type: ignore[arg-type]
        if end != len(text) or document["hook_event_name"] != event:
            return None
        if tool:
            if document["tool_name"] != tool:
                return None
            document = document["tool_input"]
        command = document["command"]
        return answer if isinstance(command, str) and _harmless(command) else None
    except Exception:  # noqa: BLE001  then the whole hook answers
        return None


def _harmless(command: str) -> bool:
    if __package__:
        from strongroom.command_guard.fast import harmless  # noqa: PLC0415  as a module
    else:
        from fast import harmless  # type: ignore[import-not-found, no-redef]  # noqa: PLC0415
    return bool(harmless(command))


def _asked(given: bytes) -> tuple[str | None, str]:
    """The resident guard's answer, and what the whole hook is told where there is none."""
    import os  # noqa: PLC0415  the interpreter has it

    import resident  # type: ignore[import-not-found]  # noqa: PLC0415  beside this file

    try:
        told = resident.asks(sys.argv[1], given, os.getcwd())  # noqa: PTH109  pathlib costs milliseconds
    except (resident.NotServedError, OSError):
        return None, "--start-daemon"
    return (None if told is None else told.decode()), "--judge"


def main() -> None:
    """Answer, or become the whole hook."""
    sys.path.insert(0, __file__.rpartition("/")[0])
    given = sys.stdin.buffer.read()
    answer, told = None, "--judge"
    if len(sys.argv) == 2 and sys.argv[1] in SHAPES:  # noqa: PLR2004  HOST
        answer = neutral(sys.argv[1], given)
        if answer is None:
            answer, told = _asked(given)
    if answer is not None:
        sys.stdout.write(answer)
        return
    import os  # noqa: PLC0415  the interpreter has it

    kept = os.memfd_create("input") if hasattr(os, "memfd_create") else _temporary()
    with os.fdopen(os.dup(kept), "wb") as file:
        file.write(given)
    os.lseek(kept, 0, os.SEEK_SET)
    os.dup2(kept, 0)
    hook = [sys.executable, "-I", "-m", "strongroom.command_guard.hook", *sys.argv[1:], told]
    os.execv(sys.executable, hook)  # noqa: S606  this very interpreter


def _temporary() -> int:
    import os  # noqa: PLC0415  rarely
    import tempfile  # noqa: PLC0415  the same

    file = tempfile.TemporaryFile()  # noqa: SIM115  it lives on as a number
    return os.dup(file.fileno())


if __name__ == "__main__":
    main()
