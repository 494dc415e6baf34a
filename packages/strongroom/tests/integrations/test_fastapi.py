"""A web application starts on its own database only, and its health page tells when it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""

# What an operator would do by hand with a browser, before and after the address leads elsewhere.
ASKING = """
import json, os, sys
sys.path.insert(0, os.getcwd())
from fastapi.testclient import TestClient
from strongroom.integrations import fastapi
fastapi.ASKED_AGAIN_AFTER_S = -1
import app
with TestClient(app.app) as client:
    added = client.post("/items", params={"title": "Buy milk"})
    healthy = client.get("/health/database")
    os.environ["DATABASE_URL"] = os.environ["ELSEWHERE"]
    ill = client.get("/health/database")
print(json.dumps([[one.status_code, one.json()] for one in (added, healthy, ill)]))
"""


def test_it_serves_on_its_own_database_and_tells_when_that_has_changed(
    stage: Stage, tmp_path: Path
) -> None:
    directory = stage.example("fastapi", tmp_path)
    (directory / "asking.py").write_text(ASKING)
    environment = stage.environment("shop", driver="psycopg")
    elsewhere = stage.environment("staging", driver="psycopg")["DATABASE_URL"]
    ended = stage.programs.run(
        ["asking.py"], directory=directory, environment={**environment, "ELSEWHERE": elsewhere}
    )
    assert ended.status == 0, ended.output
    assert '[200, {"to do": ' in ended.output
    assert '[200, {"verdict": "match", "environment": "production", "warnings": []}]' in (
        ended.output
    )
    assert '[503, {"verdict": "wrong_environment"}]' in ended.output


def test_it_does_not_start_on_any_other_database(stage: Stage, tmp_path: Path) -> None:
    directory = stage.example("fastapi", tmp_path)
    for what, (database, verdict) in stage.wrong.items():
        before = stage.theirs.traces(database)
        refused = stage.programs.run(
            ["app.py"], directory=directory, environment=stage.environment(database)
        )
        assert refused.status != 0, what
        assert "Application startup failed" in refused.output, (what, refused.output)
        assert f"verdict: {verdict}" in refused.output, (what, refused.output)
        assert stage.theirs.traces(database) == before, what


# The configuration is given by the program, and nothing in this directory names one.
GIVEN = """
import os
from pathlib import Path
import strongroom
from fastapi import FastAPI
from fastapi.testclient import TestClient
from strongroom.integrations.fastapi import guarded, health
given = strongroom.load_configuration(Path(os.environ.pop("STRONGROOM_CONFIG")))
app = FastAPI(lifespan=guarded(configuration=given))
app.include_router(health)
with TestClient(app) as client:
    print(client.get("/health/database").json())
unguarded = FastAPI()
unguarded.include_router(health)
print(TestClient(unguarded).get("/health/database").json())
"""


def test_its_health_page_asks_the_database_that_it_was_given(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "given.py").write_text(GIVEN)
    ended = stage.programs.run(
        ["given.py"], directory=tmp_path, environment=stage.environment("shop")
    )
    assert ended.status == 0, ended.output
    assert "{'verdict': 'match', 'environment': 'production', 'warnings': []}" in ended.output
    assert "{'verdict': 'unreachable'}" in ended.output
