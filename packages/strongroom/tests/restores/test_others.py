"""Restores on a server of others: beside, verified, exchanged by names, and taken back."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from others import PASSWORD, Others, database_of_others

from strongroom.backups import load, take
from strongroom.cli import strongroom
from strongroom.drills import drill, promised_by
from strongroom.errors import BinariesMissingError, DatabaseError, RestoreError, ServerError
from strongroom.identity import check, open_database
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT
from strongroom.restores.aside import Wanted, remove_aside, restore_aside
from strongroom.restores.renaming import (
    STEPS,
    plan_database_undo,
    restore_database,
    undo_database,
)
from strongroom.restores.renaming.pouring import pour
from strongroom.server.binaries import find_binaries
from strongroom.server.scratch import scratch_server
from strongroom.server.supervisor import RunningServer
from strongroom.testing.forked import run_forked
from strongroom.testing.killing import SOAK

SETTINGS = """
ALTER DATABASE {0} SET search_path TO "$user", public, '';
ALTER DATABASE {0} SET work_mem TO '7MB';
ALTER DATABASE {0} CONNECTION LIMIT 40;
COMMENT ON DATABASE {0} IS 'the shop''s own';
REVOKE ALL ON DATABASE {0} FROM PUBLIC;
GRANT CONNECT ON DATABASE {0} TO pg_monitor WITH GRANT OPTION;
ALTER ROLE {0}_owner IN DATABASE {0} SET statement_timeout TO '50s';
"""


@pytest.fixture(scope="module", params=[15, 18] if os.environ.get(SOAK) else [15])
def older(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: RunningServer
) -> Iterator[RunningServer]:
    """PostgreSQL 15 where it is installed, else the newest; the long suites try both."""
    try:
        find_binaries(request.param)
    except BinariesMissingError:
        yield server
        return
    with scratch_server(tmp_path_factory.mktemp("older"), major=request.param) as running:
        yield running


@pytest.fixture
def others(
    older: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Others]:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with database_of_others(older, tmp_path) as made:
        yield made


def test_a_restore_makes_a_database_beside_and_touches_nothing_in_the_one_in_place(
    others: Others,
) -> None:
    others.execute("DELETE FROM public.line")
    words = ["--config", str(others.configuration.path), "restore", "--plan", "--swap"]
    told = CliRunner().invoke(strongroom, words)
    assert f"it takes the place of {others.name}" in told.stdout, told.output
    restored = restore_database(others.configuration)
    assert restored.comparison is not None
    assert restored.comparison.verdict == "proven"
    assert all(table.equal for table in restored.comparison.tables)
    assert others.databases == [others.name, restored.restored]
    assert others.one("SELECT count(*) FROM public.line") == 0
    assert others.one("SELECT count(*) FROM public.line", restored.restored) == 900
    in_place = others.one("SELECT incarnation FROM strongroom.identity")
    assert others.one("SELECT incarnation FROM strongroom.identity", restored.restored) != in_place
    assert ledger_of(others.configuration).contains("restore", restored=restored.restored)


def test_a_swap_keeps_rights_settings_and_publications_and_is_taken_back(others: Others) -> None:
    others.execute(SETTINGS.format(others.name), "postgres")
    told = _told(others)
    others.execute("DELETE FROM public.line")
    swapped = restore_database(others.configuration, swap=True)
    assert others.one("SELECT count(*) FROM public.line") == 900
    assert _told(others) == told
    assert check(others.configuration).matches
    assert others.databases == sorted([others.name, str(swapped.kept)])
    with pytest.raises(ServerError, match="not currently accepting"):
        others.connect(swapped.kept, role=others.role)
    others.execute("INSERT INTO public.line VALUES (1, 5000), (2, 5001)")
    plan = plan_database_undo(others.configuration)
    assert [(one.name, one.rows_now - one.rows_then) for one in plan.written_since or ()] == [
        ("public.line", 2)
    ]
    undone = undo_database(others.configuration)
    assert others.one("SELECT count(*) FROM public.line") == 0
    assert others.databases == sorted([others.name, str(undone.kept)])
    assert _told(others) == told
    undo_database(others.configuration)
    assert others.one("SELECT count(*) FROM public.line") == 902
    assert check(others.configuration).matches


def test_a_database_that_was_dropped_comes_back_with_its_name_owner_rights_and_settings(
    others: Others,
) -> None:
    others.execute(SETTINGS.format(others.name), "postgres")
    take(others.configuration)
    told = _told(others)
    others.execute(f"DROP DATABASE {others.name} WITH (FORCE)", "postgres")
    swapped = restore_database(others.configuration, swap=True)
    assert (swapped.plan.in_place, swapped.kept) == ("missing", None)
    assert others.databases == [others.name]
    assert others.one("SELECT count(*) FROM public.line") == 900
    assert _told(others) == told
    assert check(others.configuration).matches
    with pytest.raises(RestoreError, match="nothing to return to"):
        undo_database(others.configuration)


def test_on_a_server_that_is_new_the_owner_of_our_schema_is_made_first(
    older: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with database_of_others(older, tmp_path, attributes="SUPERUSER") as others:
        others.execute("DROP PUBLICATION followers")
        take(others.configuration)
        others.execute(f"DROP DATABASE {others.name} WITH (FORCE)", "postgres")
        made = f"CREATE DATABASE {others.name} OWNER {others.role} TEMPLATE template0"
        others.execute(made, "postgres")
        others.execute("ALTER ROLE strongroom RENAME TO before", "postgres")
        try:
            restore_database(others.configuration, swap=True)
            assert check(others.configuration).matches
        finally:
            for database in others.databases:
                others.execute(f"DROP DATABASE {database} WITH (FORCE)", "postgres")
            others.execute("DROP ROLE IF EXISTS strongroom", "postgres")
            others.execute("ALTER ROLE before RENAME TO strongroom", "postgres")


def test_tables_come_back_aside_for_a_role_without_rights_over_the_server(others: Others) -> None:
    others.execute("DELETE FROM public.line; ALTER TABLE public.item DROP COLUMN feels")
    aside = restore_aside(others.configuration, Wanted(schema="public"), into="before")
    told = {table.name: table for table in aside.tables}
    assert (told["public.line"].rows, told["public.line"].equal) == (900, True)
    assert told["public.line"].not_carried == ("foreign key line_item_fkey",)
    assert told["public.item"].statements.note == "today without the columns feels"
    with others.connect(role=others.role) as connection:
        for table in aside.tables:
            connection.execute(str(table.statements.insert).encode())
    assert others.one("SELECT count(*) FROM public.line") == 900
    assert others.one("SELECT count(*) FROM public.item") == 300
    assert remove_aside(others.configuration, "before") == ("item", "line")


def test_what_a_server_holds_is_poured_into_a_new_database_and_compared(others: Others) -> None:
    manifest = load(others.configuration)
    others.execute("INSERT INTO public.line VALUES (1, 5000)")
    others.execute(f"CREATE DATABASE {others.name}_poured TEMPLATE template0", "postgres")
    given = (others.server, others.name, others.server, f"{others.name}_poured")
    poured = pour(*given, promised=promised_by(manifest), progress=SILENT)
    assert [table.name for table in poured.tables if not table.equal] == ["public.line"]
    assert [one.name for one in poured.checks if one.status == "failed"] == ["tables"]


def test_a_permit_is_asked_for_granted_and_used_by_the_role_that_owns_the_tables(
    others: Others, tmp_path: Path
) -> None:
    def run(*words: str) -> Any:
        call = ["--config", str(configuration.path), *words, "--json"]
        return json.loads(CliRunner().invoke(strongroom, call).stdout)

    admin = others.server.administrator(others.name)
    by = f"postgresql://{admin['user']}@/{others.name}?host={admin['host']}&port={admin['port']}"
    path, configuration = others.configuration.path, others.configuration
    path.write_text(path.read_text().replace("[store]", f'administrator = "{by}"\n\n[store]', 1))
    drill(configuration)
    request = run("permit", "ask", "delete public.line rows=5", "--reason", "a test")["id"]
    assert run("permit", "list")["permits"] == []
    assert run("permit", "grant", request)["error"]["next"].endswith(" protect")
    told = run("protect")["next"]
    assert told.endswith("protect --move-ownership"), told
    permit = run("permit", "grant", request)["permit_id"]
    script = tmp_path / "tidy.sql"
    script.write_text("DELETE FROM public.line WHERE n <= 5")
    assert run("permit", "run", permit, str(script)) == {"used": permit}
    assert others.one("SELECT count(*) FROM public.line") == 895
    others.execute("DROP SUBSCRIPTION strongroom_guard")


def test_nobody_is_told_to_make_an_application_a_superuser(others: Others) -> None:
    others.execute("CREATE TABLE public.of_the_superuser ()")
    with pytest.raises(RestoreError, match="lacks membership") as refusal:
        restore_database(others.configuration)
    assert "GRANT" not in refusal.value.next_step
    assert "administrator" in refusal.value.next_step


def _told(others: Others) -> object:
    """What belongs to the database itself, as PostgreSQL has it."""
    with others.connect() as connection:
        return connection.execute(
            "SELECT d.datdba, "
            "(SELECT array_agg(a::text ORDER BY a::text) FROM unnest(d.datacl) AS a), "
            "d.datconnlimit, d.datcollate, d.encoding, "
            "shobj_description(d.oid, 'pg_database'), "
            "(SELECT array_agg((setrole, setconfig)::text ORDER BY 1) FROM pg_db_role_setting "
            " WHERE setdatabase = d.oid), (SELECT array_agg(pubname) FROM pg_publication) "
            "FROM pg_database AS d WHERE d.datname = current_database()"
        ).fetchall()


def test_whoever_is_connected_finds_the_restored_database_under_the_same_name(
    others: Others,
) -> None:
    stop, found, begun = threading.Event(), [0], threading.Event()

    def work() -> None:
        while not stop.is_set():
            try:
                connection = open_pool.connection()  # it stays open, as those of a pool do
                rows = connection.execute("SELECT count(*) FROM public.line").fetchall()
                found.append(rows[0][0])
                begun.set()
            except (psycopg.Error, DatabaseError):
                continue  # the swap ended it, as it does to anybody

    with open_database(others.configuration) as database:
        open_pool = _Pool(database)
        thread = threading.Thread(target=work)
        thread.start()
        begun.wait()
        others.execute("DELETE FROM public.line WHERE n > 100")
        try:
            restore_database(others.configuration, swap=True)
            while found[-1] != 900 and thread.is_alive():
                stop.wait(0.01)
        finally:
            stop.set()
            thread.join()
        open_pool.connection().close()
    assert found[-1] == 900


class _Pool:
    """The least that a pool is: one connection, verified when it is new, made again when lost."""

    def __init__(self, database: object) -> None:
        self._database = database
        self._kept: psycopg.Connection | None = None

    def connection(self) -> psycopg.Connection:
        if self._kept is None or self._kept.closed:
            self._kept = psycopg.connect(**self._database.conninfo(), autocommit=True)  # type: ignore[attr-defined]
            self._database.verify_connection(self._kept)  # type: ignore[attr-defined]
        return self._kept


def test_a_role_that_may_not_make_databases_is_told_so_before_anything_is_made(
    others: Others,
) -> None:
    others.execute(f"ALTER ROLE {others.role} NOCREATEDB", "postgres")
    with pytest.raises(RestoreError, match="lacks CREATEDB") as refusal:
        restore_database(others.configuration)
    assert "ALTER ROLE" in refusal.value.next_step
    assert others.databases == [others.name]


def test_a_swap_refuses_what_it_cannot_carry_over(others: Others) -> None:
    others.execute(f"ALTER DATABASE {others.name} SET log_statement TO 'all'", "postgres")
    with pytest.raises(RestoreError, match="log_statement") as refusal:
        restore_database(others.configuration, swap=True)
    assert "administrator" in refusal.value.next_step
    assert others.one("SELECT count(*) FROM public.line") == 900
    assert check(others.configuration).matches


def test_what_would_stay_behind_a_swap_is_asked_about_first(others: Others) -> None:
    others.execute(
        "CREATE SUBSCRIPTION news CONNECTION 'dbname=none' PUBLICATION none WITH "
        "(connect = false, enabled = false, slot_name = NONE, create_slot = false)"
    )
    with pytest.raises(RestoreError, match="subscription news") as refusal:
        restore_database(others.configuration, swap=True)
    assert "--leave-behind" in refusal.value.next_step
    assert others.databases == [others.name]
    others.execute("DROP SUBSCRIPTION news")


CHILD = """
import sys
from pathlib import Path
from strongroom.config import load
from strongroom.restores import renaming
from strongroom.testing.killing import KillAt
configuration, progress = load(Path(sys.argv[1])), KillAt(sys.argv[2])
if sys.argv[2].startswith("undo."):
    renaming.undo_database(configuration, progress=progress)
else:
    renaming.restore_database(configuration, swap=True, progress=progress)
"""
SLICE = ("reload.loaded", "swap.held", "swap.renamed")


@pytest.mark.parametrize("step", STEPS if os.environ.get(SOAK) else SLICE)
def test_a_swap_killed_at_any_step_leaves_one_whole_database_with_the_name(
    others: Others, step: str
) -> None:
    others.execute("INSERT INTO public.line SELECT 1, n FROM generate_series(5001, 5005) AS n")
    count = "SELECT count(*) FROM public.line"
    undoing = step.startswith("undo.")
    if undoing:
        restore_database(others.configuration, swap=True)
    ended = run_forked(CHILD, others.configuration.path, step)
    assert ended == -signal.SIGKILL, f"{step} not reached"
    assert others.one(count) in (900, 905)
    assert check(others.configuration).matches
    if not undoing:
        restore_database(others.configuration, swap=True)
        assert others.one(count) == 900
        assert check(others.configuration).matches
        assert not [name for name in others.databases if "_loading_" in name]
    undo_database(others.configuration)
    assert others.one(count) == 905
    assert check(others.configuration).matches
