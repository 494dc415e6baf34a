"""Single tables come back beside those of today: compared, over nothing, and gone when told."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from strongroom.backups import Manifest, take
from strongroom.cli import strongroom
from strongroom.drills.comparison import Contents
from strongroom.errors import RestoreError
from strongroom.identity import check, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.protection import protect
from strongroom.restores.aside import STEPS, Aside, Wanted, bringing, remove_aside, restore_aside
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import SOAK

if TYPE_CHECKING:
    from conftest import Look

    from strongroom.config import Configuration

LAUF = '"Läufe & more"."Lauf ""A"""'


@pytest.fixture
def serving(sample: Configuration) -> Iterator[Configuration]:
    """The sample, with its guards, while an application is using it."""
    protect(sample)
    with open_database(sample):
        yield sample


def _of(aside: Aside, name: str) -> tuple[str, str, str]:
    """A table aside, and its two statements."""
    table = next(one for one in aside.tables if one.name == name)
    assert table.equal
    assert table.statements.compare
    assert table.statements.insert
    return table.aside, table.statements.compare, table.statements.insert


def test_a_table_that_lost_rows_is_brought_aside_and_its_missing_rows_are_inserted_again(
    serving: Configuration, look: Look
) -> None:
    before = look.contents(serving)
    look.execute(
        serving,
        f"UPDATE {LAUF} SET t = 'later' WHERE \"Größe\" = 5; "
        f'DELETE FROM {LAUF} WHERE "Größe" > 460; '
        "UPDATE public.athlete SET feels = 'good'; ALTER TYPE public.mood RENAME TO feeling",
    )
    after = look.contents(serving)
    aside = restore_aside(serving, Wanted((LAUF, "athlete", "public.sample")), into="back")
    rows = {table.name: table.rows for table in aside.tables}
    assert rows[LAUF] == 500
    assert rows["public.athlete"] == 3
    assert "public.sample_2025" in rows, "a partitioned table comes back by its partitions"
    athlete = next(one for one in aside.tables if one.name == "public.athlete")
    assert athlete.as_text == ("feels",), "its type is gone"
    contents = look.contents(serving)
    assert {name: one for name, one in contents.items() if not name.startswith("back.")} == after
    _, compare, insert = _of(aside, LAUF)
    with open_database_of(serving) as connection:
        assert len(connection.execute(compare.encode()).fetchall()) == 40
        connection.execute(insert.encode())
        count = sql.SQL("SELECT count(*), count(*) FILTER (WHERE t = 'later') FROM {}")
        name = sql.Identifier("Läufe & more", 'Lauf "A"')
        assert connection.execute(count.format(name)).fetchone() == (500, 1)
    assert before["public.athlete"].rows == 3
    with pytest.raises(RestoreError, match="a schema back already"):
        restore_aside(serving, Wanted((LAUF,)), into="back")
    with pytest.raises(RestoreError, match="was not made by"):
        remove_aside(serving, "public")
    look.execute(serving, "ALTER TABLE back.athlete RENAME TO was")
    look.execute(serving, "CREATE TABLE back.athlete (a int)")
    before = look.contents(serving)
    with pytest.raises(RestoreError, match="has put there: athlete"):
        remove_aside(serving, "back")
    assert look.contents(serving) == before
    look.execute(serving, "ALTER TABLE back.athlete RENAME TO mine")
    look.execute(serving, "ALTER TABLE back.mine SET SCHEMA public")
    assert len(remove_aside(serving, "back")) == len(aside.tables)
    assert not [name for name in look.contents(serving) if name.startswith("back.")]
    with open_database_of(serving) as connection, pytest.raises(psycopg.Error, match="strongroom"):
        connection.execute(f"DROP TABLE {LAUF} CASCADE".encode())


def open_database_of(configuration: Configuration) -> psycopg.Connection:
    """Connect as a superuser, who is stopped by guards alone."""
    from strongroom.server.supervisor import Supervisor

    assert configuration.server is not None
    with Supervisor(configuration.server).running() as server:
        return connect(server.administrator(configuration.database), autocommit=True)


def test_tables_come_back_from_a_physical_backup_too(sample: Configuration, look: Look) -> None:
    take(sample, method="physical")
    look.execute(sample, "DROP TABLE public.gear")
    assert check(sample).verdict == "shrunk"
    aside = restore_aside(sample, Wanted(schema="public"))
    gear = next(one for one in aside.tables if one.name == "public.gear")
    assert (gear.rows, gear.equal) == (2, True)
    assert gear.statements.note == "public.gear is not there today"
    assert all(table.equal for table in aside.tables)


def test_what_is_not_in_the_backup_or_does_not_arrive_as_it_was_is_never_kept(
    sample: Configuration, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = look.contents(sample)
    with pytest.raises(RestoreError, match=r"no table public\.nowhere"):
        restore_aside(sample, Wanted(("public.nowhere",)))
    kept = bringing.promised_by

    def otherwise(manifest: Manifest) -> Contents:
        promised = kept(manifest)
        gear = replace(promised.tables["public.gear"], digest="1:2")
        return replace(promised, tables={**promised.tables, "public.gear": gear})

    monkeypatch.setattr(bringing, "promised_by", otherwise)
    with pytest.raises(RestoreError, match="not the 2 rows of the backup"):
        restore_aside(sample, Wanted(("public.gear",)), into="back")
    assert look.contents(sample) == before


CHILD = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.restores.aside import Wanted, restore_aside
from strongroom.testing.killing import KillAt
wanted = Wanted(("public.gear",))
restore_aside(load(Path(sys.argv[1])), wanted, into="back", progress=KillAt(sys.argv[2]))
"""


@pytest.mark.parametrize("step", STEPS if os.environ.get(SOAK) else ["aside.recorded"])
def test_tables_aside_are_there_whole_or_not_at_all_after_a_kill(
    sample: Configuration, look: Look, step: str
) -> None:
    before = look.contents(sample)
    assert run_forked(CHILD, sample.path, step) == -signal.SIGKILL, f"{step} not reached"
    assert check(sample).matches
    if step == "aside.committed":
        assert look.contents(sample)["back.gear"].rows == 2
        remove_aside(sample, "back")
    assert look.contents(sample) == before
    told = ["restore", "--table", "public.gear", "--into", "back"]
    answer = json.loads(_run(sample, *told, "--json"))
    assert (answer["rows"], answer["tables"][0]["equal"]) == (2, True)
    take(sample)  # it counts the table aside, which is then expected
    assert "back with 1 table" in _run(sample, "undo", "--aside", "back")
    assert look.contents(sample) == before
    assert check(sample).matches


def _run(configuration: Configuration, *arguments: str) -> str:
    result = CliRunner().invoke(strongroom, ["--config", str(configuration.path), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout
