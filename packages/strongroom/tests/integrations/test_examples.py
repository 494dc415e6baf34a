"""Each example application starts on its own database, and on no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""

EXAMPLES = [
    ("sqlalchemy", "psycopg"),
    ("sqlalchemy", "psycopg2"),
    ("sqlalchemy_async", "psycopg"),
    ("sqlalchemy_async", "asyncpg"),
    ("psycopg", ""),
    ("asyncpg", ""),
]


@pytest.mark.parametrize(("example", "driver"), EXAMPLES)
def test_an_example_starts_on_its_own_database_and_on_no_other(
    stage: Stage, example: str, driver: str, tmp_path: Path
) -> None:
    directory = stage.example(example, tmp_path)
    arguments = ["app.py", "Buy milk", "Call home"]
    started = stage.programs.run(
        arguments, directory=directory, environment=stage.environment("shop", driver=driver)
    )
    assert started.status == 0, started.output
    assert "to do" in started.output
    for what, (database, verdict) in stage.wrong.items():
        before = stage.theirs.traces(database)
        refused = stage.programs.run(
            arguments, directory=directory, environment=stage.environment(database, driver=driver)
        )
        assert refused.status != 0, what
        assert f"verdict: {verdict}" in refused.output, (what, refused.output)
        assert stage.theirs.traces(database) == before, what
