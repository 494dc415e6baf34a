"""Run small programs, each in a process of its own, forked from one that has imported strongroom.

Python and its imports anew would cost more than most of what is killed here. To everybody else
such a process is one like any other: it has a number, a memory and an end of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from strongroom.testing import clusters

_PRELOADED = (
    "strongroom.drills",
    "strongroom.migrations.migrating",
    "strongroom.refresh",
    "strongroom.restores.aside",
    "strongroom.restores.new_machine",
    "strongroom.restores.renaming",
    "strongroom.testing.forked",
    "strongroom.testing.killing",
)
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_PRELOADED))


def run_forked(program: str, *arguments: object) -> int:
    """Run the text of a program, as ``python -c`` does; return how it ended, as ``Popen`` tells."""
    given = [str(argument) for argument in arguments]
    child = _CONTEXT.Process(
        target=_become, args=(program, given, dict(os.environ), clusters.templates())
    )
    child.start()
    child.join()
    if child.exitcode is None:
        raise AssertionError("a process that was waited for has ended")
    return child.exitcode


def _become(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], templates: Path | None
) -> None:
    sys.argv = ["-c", *arguments]
    os.environ.clear()
    os.environ.update(environment)
    with clusters.copied_clusters(templates) if templates else nullcontext():
        exec(program, {"__name__": "__main__"})  # noqa: S102  the text of a test
