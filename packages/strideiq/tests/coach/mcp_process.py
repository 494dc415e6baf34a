"""Runs the verb ``mcp`` as a process over a test's database: ``python mcp_process.py CONNECTION``.

Only the gate is left out, which a database that no environment was made for cannot pass.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, create_engine

from strideiq.cli import strideiq
from strideiq.platform import runtime as runtime_module
from strideiq.platform.home import Home
from strideiq.platform.runtime import Runtime, runtime_of
from strideiq.platform.settings import Settings


@contextmanager
def opened(paths: object) -> Iterator[Runtime]:
    del paths
    settings = Settings.model_validate({"SECRET_KEY": "a key for tests that is long enough"})
    connection = json.loads(sys.argv[1])
    engine = create_engine(
        URL.create("postgresql+psycopg"),
        connect_args={**connection, "options": "-c timezone=UTC"},
    )
    yield runtime_of("test", settings, engine)
    engine.dispose()


def main() -> None:
    runtime_module.opened = opened  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        paths = Home(Path(folder)).environment("test")
        paths.directory.mkdir()
        paths.configuration.touch()
        strideiq(["--config", str(paths.configuration), "mcp"])


main()
