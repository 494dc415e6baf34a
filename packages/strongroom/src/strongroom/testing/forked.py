"""Run small programs, each in a process of its own, forked from one that has imported strongroom.

Python and its imports anew would cost more than most of what is killed here. To everybody else
such a process is one like any other: it has a number, a memory and an end of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from strongroom.testing import clusters

_PRELOADED = (
    "strongroom.alerts",
    "strongroom.cli",
    "strongroom.drills",
    "strongroom.migrations.migrating",
    "strongroom.refresh",
    "strongroom.restores.aside",
    "strongroom.restores.new_machine",
    "strongroom.restores.renaming",
    "strongroom.schedule",
    "strongroom.testing.forked",
    "strongroom.testing.killing",
)
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_PRELOADED))


def run_forked(program: str, *arguments: object) -> int:
    """Run the text of a program, as ``python -c`` does; return how it ended, as ``Popen`` tells."""
    return _ended(program, arguments, os.environ, None)


def forked(
    program: str, *arguments: object, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """The same with an environment of its own, and with what it wrote."""
    with tempfile.TemporaryDirectory() as name:
        written = [Path(name) / "stdout", Path(name) / "stderr"]
        status = _ended(program, arguments, environment, [str(path) for path in written])
        said = [path.read_text(encoding="utf-8") for path in written]
    return subprocess.CompletedProcess([program, *map(str, arguments)], status, *said)


def _ended(
    program: str,
    arguments: Sequence[object],
    environment: Mapping[str, str],
    outputs: Sequence[str] | None,
) -> int:
    given = [str(argument) for argument in arguments]
    child = _CONTEXT.Process(
        target=_become, args=(program, given, dict(environment), outputs, clusters.templates())
    )
    child.start()
    child.join()
    if child.exitcode is None:
        raise AssertionError("a process that was waited for has ended")
    return child.exitcode


def _become(
    program: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    outputs: Sequence[str] | None,
    templates: Path | None,
) -> None:
    for stream, path in enumerate(outputs or (), start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), stream)
    sys.argv = ["-c", *arguments]
    os.environ.clear()
    os.environ.update(environment)
    with clusters.copied_clusters(templates) if templates else nullcontext():
        exec(program, {"__name__": "__main__"})  # noqa: S102  the text of a test
