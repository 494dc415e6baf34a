"""A Django project works as ever on its own database, and does nothing on any other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""
Manage = Callable[..., Any]
# Each wrong database meets another command; which one does not matter to the guard.
COMMANDS = {
    "empty": ["migrate"],
    "foreign": ["add", "Milk"],
    "rolled_back": ["flush", "--noinput"],
    "wrong_environment": ["migrate"],
}
EXIT_CODES = {"empty": 11, "foreign": 12, "wrong_environment": 13, "rolled_back": 15}


@pytest.fixture
def manage(stage: Stage, tmp_path: Path) -> Manage:
    directory = stage.example("django", tmp_path)

    def run(*arguments: str, database: str = "shop", **more: str) -> Any:
        environment = {**stage.environment(database), **more}
        return stage.programs.run(
            ["manage.py", *arguments], directory=directory, environment=environment
        )

    return run


def test_it_migrates_works_and_is_tested_on_its_own_database(stage: Stage, manage: Manage) -> None:
    for arguments, told in (
        (["migrate", "todo", "0001"], "Applying todo.0001_initial... OK"),
        (["check", "--database", "default"], "no issues"),
    ):
        done = manage(*arguments)
        assert done.status == 0, done.output
        assert told in done.output
    with stage.theirs.administrator("shop") as admin:
        admin.execute("ALTER ROLE shop CREATEDB")
        admin.execute("INSERT INTO todo_item (title, colour) VALUES ('Paint', 'red')")
    tested = manage("test", "--noinput")
    assert tested.status == 0, tested.output
    assert "Ran 2 tests" in tested.output
    removed = manage("migrate")
    assert removed.status == 0, removed.output
    assert "drop column public.todo_item colour" in removed.output
    assert "Proven: backup" in removed.output
    assert removed.output.index("Proven") < removed.output.index("0002_without_colour... OK")
    added = manage("add", "Buy milk")
    assert "2 to do" in added.output, added.output


def test_it_does_nothing_on_any_other_database(stage: Stage, manage: Manage) -> None:
    for what, (database, verdict) in stage.wrong.items():
        arguments = COMMANDS[verdict]
        before = stage.theirs.traces(database)
        refused = manage(*arguments, database=database)
        assert refused.status != 0, (what, refused.output)
        assert "next: " in refused.output, (what, refused.output)
        if arguments[0] == "add":
            assert f"verdict: {verdict}" in refused.output, (what, refused.output)
        else:
            assert refused.status == EXIT_CODES[verdict], (what, refused.output)
        assert stage.theirs.traces(database) == before, what


def test_flush_needs_a_person(stage: Stage, manage: Manage) -> None:
    before = stage.theirs.traces("shop")
    refused = manage("flush", "--noinput")
    assert refused.status == 30, refused.output
    assert "only a person" in refused.output
    assert stage.theirs.traces("shop")[:-1] == before[:-1]


def test_another_engine_is_another_database(stage: Stage, manage: Manage) -> None:
    """The settings fall back to SQLite, as they do in many projects where a variable is missing."""
    address = stage.theirs.url("shop").partition("?")[0]
    engine = "django.db.backends.sqlite3"
    refused = manage("add", "Buy milk", DATABASE_ENGINE=engine, DATABASE_URL=address)
    assert refused.status != 0
    assert "Another engine would be another database" in refused.output, refused.output
