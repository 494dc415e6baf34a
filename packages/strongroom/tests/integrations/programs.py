"""Programs run as real processes, forked from one that has imported the frameworks already.

Starting Python and importing Django anew for each case would cost more than all the cases.
Each program is a process of its own: its environment, directory, arguments and exit status.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRELOADED = (
    *("asyncio", "sqlalchemy.ext.asyncio", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql"),
    *("asyncpg", "psycopg", "psycopg2", "django.core.management", "django.db.models"),
    *("alembic.config", "fastapi", "fastapi.testclient", "uvicorn", "strongroom.identity"),
)


@dataclass(frozen=True)
class Ended:
    """How a program ended, and everything that it said."""

    status: int
    output: str


class Programs:
    """Runs Python files."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self, arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str]
    ) -> Ended:
        """Run ``python ARGUMENTS`` in a directory, to its end."""
        order = {"arguments": arguments, "directory": str(directory), "environment": environment}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(answer["status"], answer["output"])


@contextmanager
def programs() -> Iterator[Programs]:
    """The process that forks; gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Programs(process)
        assert process.stdin is not None
        process.stdin.close()


def _serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        output = Path(order["directory"]) / "output.txt"
        child = os.fork()
        if child == 0:
            _become(order, output)
        _, status = os.waitpid(child, 0)
        text = output.read_text(encoding="utf-8", errors="replace")
        answer = {"status": os.waitstatus_to_exitcode(status), "output": text}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become(order: dict[str, Any], output: Path) -> None:
    """Turn this process into the program; never returns."""
    for stream in (1, 2):
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND), stream)
    os.chdir(order["directory"])
    os.environ.update(order["environment"])
    sys.argv = order["arguments"]
    sys.path.insert(0, order["directory"])
    status = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(end.code)
    except BaseException:  # noqa: BLE001  as the interpreter itself does
        traceback.print_exc()
        status = 1
    # Through every ``atexit``, like any program; what imported modules are is not taken apart.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    import importlib

    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # children share what nobody looks through
    _serve()
