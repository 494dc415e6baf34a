"""The runner as a companion of the worker that reads files."""

from __future__ import annotations

from strideiq.connections.registry import Context
from strideiq.connections.runner import Runner
from strideiq.imports.public import Work


def work_beside(work: Work) -> None:
    """Work the jobs of connections until the worker is told to stop."""
    runtime = work.runtime
    context = Context(runtime.sessions, runtime.settings, runtime.keys, pool=work.pool)
    Runner(runtime.engine, context, changed=work.changed).run(work.stopping)
