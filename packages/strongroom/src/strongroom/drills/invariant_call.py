"""Call an invariant that is a function of the application, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from strongroom.drills import invariant_runner
from strongroom.drills.comparison import Check, Status
from strongroom.drills.settings import DrillSettings, Invariant
from strongroom.postgres.bounds import gently, remaining_s, without_network
from strongroom.postgres.connections import ConnectionInfo

PASSED_ON = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH")
"""No address and no password of the application's reaches the function."""
ANSWER_MAX_BYTES = 1 << 20


def call_function(
    one: Invariant, conninfo: ConnectionInfo, settings: DrillSettings, directory: Path
) -> Check:
    """Have the application's interpreter call the function with a connection to the copy."""
    asked = {
        "function": one.python,
        "conninfo": dict(conninfo),
        "directory": str(directory),
        "timeout_s": one.timeout_s,
        "memory_bytes": settings.python_memory_mb << 20,
    }
    try:
        if not os.access(settings.python, os.X_OK):
            raise FileNotFoundError
        status, detail = _judged(_answer(settings.python, asked, one.timeout_s))
    except OSError:
        status, detail = "inconclusive", f"{settings.python} cannot be run"
    except subprocess.TimeoutExpired:
        status, detail = "inconclusive", f"it did not end within {one.timeout_s:g} s"
    return Check(f"invariant {one.name}", status, detail)


def _judged(answer: Mapping[str, Any] | None) -> tuple[Status, str]:
    if answer is None:
        return "inconclusive", "its process ended without an answer"
    if "problem" in answer:
        return "inconclusive", f"it could not be asked: {answer['problem']}"
    if not answer["findings"]:
        return "ok", "nothing breaks it"
    more = f"; and {answer['untold']} more" if answer["untold"] else ""
    return "failed", "broken: " + "; ".join(answer["findings"]) + more


def _answer(python: Path, asked: Mapping[str, object], timeout_s: float) -> dict[str, Any] | None:
    """Run it; None where it ended without an answer. What it prints is nobody's."""
    left_s = remaining_s()
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as answers:
        try:
            command = gently([str(python), invariant_runner.__file__, str(writing)])
            process = subprocess.Popen(
                [*(without_network(None, None) or []), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
                cwd=str(asked["directory"]),
                pass_fds=[writing],
                start_new_session=True,  # so that it is ended with all that it has started
            )
        finally:
            os.close(writing)
        try:
            process.communicate(
                json.dumps(asked).encode(), timeout=min(timeout_s, left_s or timeout_s)
            )
        finally:
            _end(process)
        return _decoded(answers.read(ANSWER_MAX_BYTES))


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _decoded(answer: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(answer)
    except ValueError:
        return None
    known = isinstance(document, dict) and ("problem" in document or "findings" in document)
    return document if known else None
