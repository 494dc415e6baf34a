"""Run programs in processes of their own that need not load Python's modules again.

A server that has them loaded forks for each: with several hundred starts of the same two programs,
loading would be most of the time. Arguments, variables, directory and output are each one's own.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

START = "forkserver"
LOADED = (
    "programs",
    "psycopg",
    "sqlalchemy",
    "stand_in",
    "strongroom.cli",
    "strongroom.backups",
    "strongroom.discovery",
    "strongroom.integrations.sqlalchemy",
    "strongroom.restores",
)
TIMEOUT_S = 240


@dataclass
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        return dict(json.loads(self.out))


def run_program(
    program: str, arguments: Sequence[str], directory: Path, variables: Mapping[str, str]
) -> Answer:
    """Run ``strongroom`` or ``stand_in`` in a directory, and wait for its end."""
    with tempfile.TemporaryDirectory(prefix="said") as said:
        out, err = Path(said) / "out", Path(said) / "err"
        process = _server().Process(
            target=_enter, args=(program, list(arguments), directory, dict(variables), out, err)
        )
        process.start()
        process.join(TIMEOUT_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        code = process.exitcode
        process.close()
        return Answer(-1 if code is None else code, out.read_text(), err.read_text())


def _server() -> ForkServerContext:
    context: Any = multiprocessing.get_context(START)
    context.set_forkserver_preload(list(LOADED))
    return context  # type: ignore[no-any-return]


def _enter(
    program: str,
    arguments: list[str],
    directory: Path,
    variables: dict[str, str],
    out: Path,
    err: Path,
) -> None:
    """Become the program: what it sees is what a fresh process would."""
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(directory)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = [program, *arguments]
    try:
        if program == "strongroom":
            from strongroom.cli import main
        else:
            from stand_in import main
        main()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
