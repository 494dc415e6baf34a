"""The gate where a server or the state does not answer, died, or is held by two."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from strongroom.config import Configuration, default_document, load
from strongroom.errors import StateError
from strongroom.identity import (
    Verdict,
    check,
    open_database,
    schema,
)
from strongroom.integrations.opening import ProcessDatabase
from strongroom.integrations.sqlalchemy import guarded_engine
from strongroom.ledger import ledger_of
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import Supervisor

from .conftest import RUNS, copy_home, replace_data


def test_an_unreachable_state_store_warns_and_lets_work_go_on(home: Configuration) -> None:
    away = home.directory / "store"
    away.rename(home.directory / "away")
    with open_database(home) as database:
        assert [one.code for one in database.judgement.warnings] == ["state_stale"]
    text = home.path.read_text() + "\n[policy]\nstate_age_max_s = 0\n"
    home.path.write_text(text)
    shutil.rmtree(home.directory / "store", ignore_errors=True)
    with pytest.raises(StateError) as refusal, open_database(load(home.path)):
        pytest.fail("opened by a copy that is older than policy allows")
    assert "strongroom check" in refusal.value.next_step


def test_a_lost_state_refuses_and_names_the_next_command(home: Configuration) -> None:
    shutil.rmtree(home.directory / "store" / "state")
    (home.state_cache / "state.json").unlink()
    with pytest.raises(StateError) as refusal, open_database(home):
        pytest.fail("opened without a state")
    assert refusal.value.next_step == "strongroom state rebuild"
    assert ledger_of(home).contains("refused", code="state")


def test_a_server_that_does_not_answer_is_unreachable(tmp_path: Path, home: Configuration) -> None:
    url = f"postgresql://someone@/app?host={tmp_path}"
    home.path.write_text(
        default_document(application="app", environment="production", database="app", url=url)
    )
    judgement = check(load(home.path))
    assert judgement.verdict is Verdict.UNREACHABLE
    assert judgement.next


def test_a_server_that_died_is_started_again_by_the_next_connection(home: Configuration) -> None:
    assert home.server is not None
    with open_database(home) as database:
        engine = guarded_engine(database)
        with engine.connect():
            pass
        engine.dispose()
        pid = (home.server.data_directory / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)
        while inspect_directory(home.server.data_directory).running:
            pass
        with engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM run")) == RUNS
        engine.dispose()


@pytest.mark.parametrize("opens", [True, False], ids=["opens it too", "opens nothing"])
def test_a_forked_worker_that_ends_leaves_its_parent_the_server(
    home: Configuration, *, opens: bool
) -> None:
    process = ProcessDatabase(home)
    database = process.open()
    child = os.fork()
    if child == 0:
        try:
            if opens:
                process.open()
            process.close()
            del process, database  # as the end of the interpreter does
            gc.collect()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert check(home).matches  # another process comes, and is not the last one that goes
    with psycopg.connect(**database.conninfo()) as connection:
        database.verify_connection(connection)
    process.close()
    assert home.server is not None
    assert not inspect_directory(home.server.data_directory).running


def test_a_server_that_died_is_not_started_on_another_directory(
    home: Configuration, stranger: Path, tmp_path: Path
) -> None:
    other = copy_home(stranger, tmp_path / "stranger")
    assert home.server is not None
    with open_database(home) as database:
        with Supervisor(home.server).exclusive(force=True):
            replace_data(home, other)
        assert database.revive() is False
        assert not inspect_directory(home.server.data_directory).running


def test_two_processes_do_not_append_at_once(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as first,
        psycopg.connect(**database.conninfo()) as second,
    ):
        assert schema.append(first) is not None
        assert schema.append(second) is None
