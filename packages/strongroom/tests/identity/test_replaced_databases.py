"""The incident and its relatives: something else lies where the database was."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from strongroom.config import Configuration, ServerSettings, load
from strongroom.errors import RefusedError
from strongroom.identity import Verdict, check, open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.roles import (
    create_database,
    create_roles,
    load_passwords,
    roles_of,
)
from strongroom.server.scratch import scratch_copy
from strongroom.server.supervisor import Supervisor

from .conftest import RUNS, bytes_of, copy_home, new_home

WHAT_EXISTS = """
SELECT 'database ' || datname FROM pg_database UNION ALL
SELECT 'role ' || rolname FROM pg_roles UNION ALL
SELECT 'relation ' || n.nspname || '.' || c.relname || ' ' || c.relkind::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1
"""


def listing(directory: Path, scratch: Path) -> list[str]:
    """What a superuser sees in a cluster, looked at in a copy."""
    seen: list[str] = []
    with scratch_copy(directory, scratch) as server:
        with connect(server.administrator()) as connection:
            names = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
        for name in names:
            if name != "template0":
                with connect(server.administrator(name)) as connection:
                    seen += [f"{name}: {row[0]}" for row in connection.execute(WHAT_EXISTS)]
    return seen


def refused(configuration: Configuration) -> RefusedError:
    """Try to open the database, as ``up`` does; it must not open."""
    with pytest.raises(RefusedError) as refusal, open_database(configuration):
        pytest.fail("a database was opened that is not the pinned one")
    return refusal.value


def roles_without_tables(home: Configuration, directory: Path) -> Path:
    settings = ServerSettings(directory, directory.with_name("d-run"), directory.with_name("d-log"))
    supervisor = Supervisor(settings)
    supervisor.initialise()
    roles = roles_of(home.application)
    with supervisor.running() as server:
        with connect(server.administrator()) as connection:
            create_roles(connection, roles, load_passwords(home.passwords))
        with connect(server.administrator(), autocommit=True) as connection:
            create_database(connection, home.database, roles)
    return directory


def test_nothing_in_its_place_is_empty(home: Configuration, data: Path) -> None:
    data.rename(data.with_name("moved"))
    refusal = refused(home)
    assert refusal.exit_code == Verdict.EMPTY.exit_code
    assert refusal.next_step == "strongroom restore --swap"
    assert not data.exists()


def test_an_empty_directory_in_its_place_is_empty(home: Configuration, data: Path) -> None:
    data.rename(data.with_name("moved"))
    data.mkdir()
    assert check(home).verdict is Verdict.EMPTY
    assert list(data.iterdir()) == []


def test_other_files_in_its_place_are_foreign(home: Configuration, data: Path) -> None:
    data.rename(data.with_name("moved"))
    data.mkdir()
    (data / "diary.txt").write_text("mine")
    assert check(home).verdict is Verdict.FOREIGN
    assert [path.name for path in data.iterdir()] == ["diary.txt"]


@pytest.mark.parametrize(
    ("what", "verdict"),
    [
        ("plain", Verdict.EMPTY),
        ("another home", Verdict.FOREIGN),
        ("roles without tables", Verdict.EMPTY),
    ],
)
def test_another_cluster_in_its_place_is_refused_and_nothing_is_written(
    what: str,
    verdict: Verdict,
    home: Configuration,
    data: Path,
    stranger: Path,
    plain_cluster: Callable[[], Path],
    tmp_path: Path,
) -> None:
    data.rename(data.with_name("moved"))
    if what == "plain":
        plain_cluster().rename(data)
    elif what == "another home":
        copy_home(stranger, tmp_path / "stranger")
        (tmp_path / "stranger" / "data").rename(data)
    else:
        roles_without_tables(home, tmp_path / "roles").rename(data)
    scratch = tmp_path / "scratch"
    before, files = listing(data, scratch), bytes_of(data)
    refusal = refused(home)
    assert refusal.exit_code == verdict.exit_code
    assert refusal.next_step == "strongroom restore --swap"
    assert bytes_of(data) == files
    assert listing(data, scratch) == before
    assert ledger_of(home).contains("refused", verdict=str(verdict))


def test_somebody_elses_cluster_is_foreign_also_where_our_database_is_empty(
    home: Configuration, data: Path, tmp_path: Path
) -> None:
    shutil.rmtree(data)
    roles_without_tables(home, data)
    settings = ServerSettings(data, tmp_path / "run", tmp_path / "log")
    with Supervisor(settings).running() as server:
        with connect(server.administrator(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE theirs")
        with connect(server.administrator("theirs")) as connection:
            connection.execute("CREATE TABLE diary AS SELECT 1 AS page")
    judgement = check(home)
    assert judgement.verdict is Verdict.FOREIGN
    assert "theirs" in judgement.message


def test_a_refusal_counts_what_is_at_risk(home: Configuration, data: Path) -> None:
    data.rename(data.with_name("moved"))
    judgement = check(home)
    (table,) = judgement.at_risk
    assert (table.table, table.expected_rows, table.found_rows) == ("public.run", RUNS, 0)


def test_another_environments_database_is_named(
    home: Configuration, data: Path, tmp_path: Path
) -> None:
    demo = new_home(tmp_path / "demo", environment="demo")
    shutil.rmtree(data)
    (demo.directory / "data").rename(data)
    refusal = refused(home)
    assert refusal.exit_code == Verdict.WRONG_ENVIRONMENT.exit_code
    assert "demo" in refusal.message


def test_a_home_that_was_relabelled_is_refused_with_all_that_belongs_to_it(
    tmp_path: Path,
) -> None:
    demo = new_home(tmp_path / "demo", environment="demo")
    text = demo.path.read_text().replace('environment = "demo"', 'environment = "production"')
    demo.path.write_text(text)
    refusal = refused(load(demo.path))
    assert refusal.exit_code == Verdict.WRONG_ENVIRONMENT.exit_code
    assert refusal.next_step.startswith('set environment = "demo"')


def test_an_older_copy_is_rolled_back_and_both_causes_are_named(
    home: Configuration, data: Path, tmp_path: Path
) -> None:
    older = copy_home(home.directory, tmp_path / "older")
    with open_database(home):
        pass
    shutil.rmtree(data)
    (older.directory / "data").rename(data)
    refusal = refused(home)
    assert refusal.exit_code == Verdict.ROLLED_BACK.exit_code
    assert "older copy" in refusal.message
    assert "moved on elsewhere" in refusal.message


def test_two_copies_that_were_both_started_are_clones(
    home: Configuration, data: Path, tmp_path: Path
) -> None:
    copy = copy_home(home.directory, tmp_path / "copy")
    for one in (home, copy):
        with open_database(one):
            pass
    shutil.rmtree(data)
    (copy.directory / "data").rename(data)
    assert refused(home).exit_code == Verdict.CLONE.exit_code


def test_most_rows_deleted_is_shrunk(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,
    ):
        connection.execute("DELETE FROM run WHERE id > 100")
    refusal = refused(home)
    assert refusal.exit_code == Verdict.SHRUNK.exit_code
    assert "100 of 1,000" in refusal.message


def test_a_table_dropped_from_under_us_is_shrunk(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.administrator()) as connection,
    ):
        connection.execute("DROP TABLE run")
    assert refused(home).exit_code == Verdict.SHRUNK.exit_code


def test_a_dropped_database_is_empty(home: Configuration) -> None:
    with open_database(home) as database:
        info = {**database.administrator(), "dbname": "postgres"}
        with psycopg.connect(**info, autocommit=True) as connection:
            connection.execute("DROP DATABASE app")
    assert check(home).verdict is Verdict.EMPTY


def test_one_own_database_can_be_read_whatever_its_condition(
    home: Configuration, data: Path, tmp_path: Path
) -> None:
    older = copy_home(home.directory, tmp_path / "older")
    with open_database(home):
        pass
    shutil.rmtree(data)
    (older.directory / "data").rename(data)
    with (
        open_database(home, read_only=True) as database,
        psycopg.connect(**database.conninfo()) as connection,
    ):
        database.verify_connection(connection)
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (RUNS,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM run")


def test_a_crash_a_moved_home_and_a_restart_still_match(
    home: Configuration, data: Path, tmp_path: Path
) -> None:
    with open_database(home) as database:
        with psycopg.connect(**database.conninfo()) as connection:
            connection.execute("UPDATE run SET name = 'renamed' WHERE id = 1")
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    moved = home.directory.rename(tmp_path / "elsewhere")
    again = copy_home(moved, tmp_path / "and elsewhere again")
    with (
        open_database(again) as database,
        psycopg.connect(**database.conninfo()) as connection,
    ):
        assert database.judgement.verdict is Verdict.MATCH
        assert connection.execute("SELECT name FROM run WHERE id = 1").fetchone() == ("renamed",)
