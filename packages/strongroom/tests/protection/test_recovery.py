"""Protection in the life of a whole home: backup, drill, swap, undo, the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from strongroom.backups import Manifest, Method, take
from strongroom.cli import strongroom
from strongroom.config import Configuration, load
from strongroom.drills import drill
from strongroom.identity import Judgement, check, open_database
from strongroom.permits import requests
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import inspect_protection, protect, protection_warnings
from strongroom.restores import restore
from strongroom.server.supervisor import RunningServer


@pytest.fixture
def home(sample: Configuration) -> Iterator[Configuration]:
    """The sample database, protected, with before-images of one table."""
    with sample.path.open("a") as file:
        file.write('\n[protection]\nbefore_images = ["diary"]\n')
    configuration = load(sample.path)
    with open_database(configuration) as database:
        with connect(database.conninfo("migrator"), autocommit=True) as connection:
            connection.execute("SET ROLE runs_owner")
            connection.execute("CREATE TABLE diary AS SELECT generate_series(1, 100) AS n")
        done = protect(configuration)
        assert (done.changed, done.after) == (True, ())
        yield configuration


@pytest.mark.parametrize("method", ["logical", "physical"])
def test_a_protected_database_stays_proven_and_its_copy_is_protected(
    home: Configuration, method: Method
) -> None:
    with open_database(home) as database:
        with connect(database.conninfo()) as connection:
            connection.execute("UPDATE diary SET n = 1000 WHERE n = 1")
        manifest = take(home, database, method=method)
    assert not [table.name for table in manifest.tables if "strongroom_guard" in table.name]

    def without_guards(server: RunningServer, _: Manifest) -> None:
        with connect(server.administrator(home.database)) as connection:
            connection.execute("TRUNCATE diary")

    record = drill(home, on_proven=without_guards)
    assert (record.verdict, record.findings) == ("proven", [])
    restored = restore(home, swap=True)
    assert restored.comparison
    assert restored.comparison.verdict == "proven"
    assert check(home, inspect=protection_warnings).warnings == ()
    with open_database(home) as database, connect(database.administrator()) as connection:
        assert inspect_protection(connection, home) == ()
        permits = connection.execute("SELECT count(*) FROM strongroom_guard.permit").fetchall()
        images = connection.execute("SELECT image FROM strongroom.before_image").fetchall()
        assert (permits, images) == ([(0,)], [({"n": 1},)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE diary")


def run(configuration: Configuration, *arguments: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(
        strongroom, [*arguments, "--config", str(configuration.path), "--json"]
    )
    assert result.stdout, (result.stderr, result.exception)
    return result.exit_code, json.loads(result.stdout)


def test_the_commands_lead_from_a_question_to_one_act(home: Configuration, tmp_path: Path) -> None:
    script = tmp_path / "tidy.sql"
    script.write_text("DELETE FROM public.diary WHERE n <= 90")
    code, asked = run(home, "permit", "ask", "delete public.diary rows=90", "--reason", "tidy")
    assert code == 0
    code, refused = run(home, "permit", "grant", str(asked["id"]))
    assert (code, "error" in refused) == (30, True)  # its newest proof is of an older backup
    take(home)
    drill(home)
    code, granted = run(home, "permit", "grant", str(asked["id"]))
    assert (code, requests(home)) == (0, [])
    code, used = run(home, "permit", "run", str(granted["permit_id"]), str(script))
    assert (code, used) == (0, {"used": granted["permit_id"]})
    assert check(home).matches, "a permitted deletion is expected by the gate"
    assert _emptied_by_permit(home, script).matches, "and one that the guards would let by"
    assert run(home, "permit", "run", str(granted["permit_id"]), str(script))[0] == 30


def _emptied_by_permit(home: Configuration, script: Path) -> Judgement:
    """Empty a table that is small enough for the guards to let it by."""
    with open_database(home) as database, connect(database.conninfo("migrator")) as connection:
        connection.execute("SET ROLE runs_owner")
        connection.execute("CREATE TABLE public.few (n int)")
        connection.execute("INSERT INTO public.few SELECT generate_series(1, 3)")
    take(home)
    drill(home)
    script.write_text("DELETE FROM public.few WHERE n < 3; DELETE FROM public.few")
    _, asked = run(home, "permit", "ask", "delete public.few rows=3", "--reason", "tidy")
    _, granted = run(home, "permit", "grant", str(asked["id"]))
    assert run(home, "permit", "run", str(granted["permit_id"]), str(script))[0] == 0
    return check(home)


def test_a_pipe_confirms_nothing(home: Configuration) -> None:
    take(home)
    drill(home)
    asked = run(home, "permit", "ask", "drop_database runs", "--reason", "end")[1]
    assert run(home, "permit", "grant", str(asked["id"]))[0] == 30
    assert run(home, "protect", "--remove")[0] == 30
    with open_database(home) as database, connect(database.administrator()) as connection:
        assert inspect_protection(connection, home) == ()
