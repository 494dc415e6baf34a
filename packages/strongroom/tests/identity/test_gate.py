from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from strongroom.config import Configuration, default_document, load
from strongroom.errors import ConfigurationError, RefusedError, StateError
from strongroom.identity import (
    Verdict,
    Warned,
    abandon_swap,
    begin_swap,
    check,
    finish_swap,
    open_database,
    restamp,
    schema,
)
from strongroom.identity.expectation import expectation
from strongroom.identity.gate import OpenDatabase
from strongroom.identity.heartbeat import beating
from strongroom.integrations.opening import ProcessDatabase
from strongroom.integrations.sqlalchemy import guard, guarded_engine
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import ConnectionInfo, connect
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import Supervisor

from .conftest import RUNS, copy_home


def epochs(database: OpenDatabase) -> int:
    with psycopg.connect(**database.conninfo()) as connection:
        row = connection.execute("SELECT max(n) FROM strongroom.epoch").fetchone()
    assert row is not None
    return int(row[0])


def expected_life(home: Configuration) -> str:
    expected = expectation(home)
    assert expected is not None
    return expected.state.current.id


def replace_data(home: Configuration, other: Configuration) -> None:
    """Put another home's data in place while the server of the first rests."""
    assert home.server is not None
    shutil.rmtree(home.server.data_directory)
    (other.directory / "data").rename(home.server.data_directory)


def test_each_opening_adds_one_epoch_and_checking_none(home: Configuration) -> None:
    with open_database(home) as database:
        first = epochs(database)
        assert check(home).matches
    with open_database(home) as database:
        assert epochs(database) == first + 1


def test_a_beat_adds_an_epoch_only_when_something_was_written(home: Configuration) -> None:
    with open_database(home) as database:
        first = epochs(database)
        database.beat()
        assert epochs(database) == first
        with psycopg.connect(**database.conninfo()) as connection:
            connection.execute("UPDATE run SET name = 'x' WHERE id = 1")
        database.beat()
        assert epochs(database) == first + 1


def test_a_long_lived_process_appends_by_itself(
    home: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strongroom.identity.heartbeat.HEARTBEAT_S", 0.01)
    with open_database(home, heartbeat=True) as database:
        first = epochs(database)
        while epochs(database) == first:
            with psycopg.connect(**database.conninfo()) as connection:
                connection.execute("UPDATE run SET name = 'x' WHERE id = 1")


def test_a_heartbeat_outlives_the_connection_that_breaks_under_it(
    home: Configuration, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with open_database(home) as opened:
        administrator = opened.administrator()
        cut = [True]

        def connect_and_cut(info: ConnectionInfo) -> psycopg.Connection:
            connection = connect(info)
            if cut and cut.pop():
                with psycopg.connect(**administrator) as other:
                    pid = connection.info.backend_pid
                    other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
            return connection

        monkeypatch.setattr("strongroom.identity.heartbeat.HEARTBEAT_S", 0.01)
        with beating(opened.beat):
            first = epochs(opened)
            monkeypatch.setattr("strongroom.identity.gate.connect", connect_and_cut)
            while epochs(opened) == first or cut:
                with psycopg.connect(**opened.conninfo()) as connection:
                    connection.execute("UPDATE run SET name = 'x' WHERE id = 1")
    told = [one.getMessage() for one in caplog.records if one.name == "strongroom"]
    assert len(told) == 1
    assert "PostgreSQL failed while proving" in told[0]


def test_a_new_connection_costs_one_round_trip(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,
        tempfile.TemporaryFile("w+") as trace,
    ):
        connection.pgconn.trace(trace.fileno())
        database.verify_connection(connection)
        connection.pgconn.untrace()
        trace.seek(0)
        sent = [line.split("\t")[3].strip() for line in trace if "\tF\t" in line]
        assert sum(message in ("Sync", "Query") for message in sent) == 1


def test_a_connection_that_leads_to_another_database_is_refused(home: Configuration) -> None:
    with open_database(home) as database:
        elsewhere = {**database.administrator(), "dbname": "postgres"}
        with psycopg.connect(**elsewhere) as connection, pytest.raises(RefusedError) as refusal:
            database.verify_connection(connection)
    assert refusal.value.exit_code == Verdict.EMPTY.exit_code


def test_an_engine_that_reconnects_to_another_database_is_refused(
    home: Configuration, tmp_path: Path
) -> None:
    older = copy_home(home.directory, tmp_path / "older")
    assert home.server is not None
    with open_database(home) as database:
        engine = guarded_engine(database)
        with engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT count(*) FROM run")) == RUNS
        engine.dispose()
        with Supervisor(home.server).exclusive(force=True):
            replace_data(home, older)
        with Supervisor(home.server).running():
            with pytest.raises(RefusedError) as refusal, engine.connect():
                pytest.fail("connected to an older copy")
            assert refusal.value.exit_code == Verdict.ROLLED_BACK.exit_code
        engine.dispose()
    assert ledger_of(home).contains("refused", verdict="rolled_back")


def test_an_engine_that_is_not_postgresql_is_refused(home: Configuration) -> None:
    with open_database(home) as database, pytest.raises(ConfigurationError):
        guard(sqlalchemy.create_engine("sqlite://"), database)


def test_a_process_that_is_open_follows_a_recorded_swap(home: Configuration) -> None:
    with open_database(home) as database:
        with psycopg.connect(**database.administrator()) as connection:
            incarnation = restamp(connection, environment="production")
        assert home.server is not None
        begin_swap(
            home,
            incarnation=incarnation,
            system_identifier=inspect_directory(home.server.data_directory).system_identifier,
            floors={"public.run": RUNS},
            backup_id="one",
        )
        finish_swap(home)
        with psycopg.connect(**database.conninfo()) as connection:
            database.verify_connection(connection)
        database.append_epoch()
    assert check(home).matches
    assert expected_life(home) == incarnation


def test_an_unrecorded_restamp_is_a_clone(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.administrator()) as connection,
    ):
        restamp(connection, environment="production")
    assert check(home).verdict is Verdict.CLONE


def test_an_abandoned_swap_leaves_everything_as_it_was(home: Configuration) -> None:
    before = expected_life(home)
    begin_swap(home, incarnation="11111111-2222-3333-4444-555555555555", system_identifier=1)
    assert check(home).matches
    abandon_swap(home)
    assert check(home).matches
    assert expected_life(home) == before


def test_an_incarnation_that_was_swapped_away_can_come_back(home: Configuration) -> None:
    with open_database(home):
        old = expected_life(home)
    begin_swap(home, incarnation="11111111-2222-3333-4444-555555555555", system_identifier=1)
    finish_swap(home)
    # Its cluster is not to be started any more, so it is judged on a copy.
    assert check(home).verdict is Verdict.ROLLED_BACK
    begin_swap(home, incarnation=old)
    finish_swap(home)
    assert check(home).matches


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


def test_a_mark_that_the_state_never_learnt_of_does_no_harm(home: Configuration) -> None:
    """A kill between the commit of an epoch and the state's advance leaves just this."""
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as connection,
    ):
        schema.append(connection)
    with open_database(home) as database:
        assert database.judgement.matches
    assert check(home).matches


def test_two_processes_do_not_append_at_once(home: Configuration) -> None:
    with (
        open_database(home) as database,
        psycopg.connect(**database.conninfo()) as first,
        psycopg.connect(**database.conninfo()) as second,
    ):
        assert schema.append(first) is not None
        assert schema.append(second) is None


def test_old_epochs_are_removed_and_the_newest_stay(home: Configuration) -> None:
    with open_database(home) as database:
        with psycopg.connect(**database.administrator()) as connection:
            connection.execute(
                "INSERT INTO strongroom.epoch SELECT %s + 7, gen_random_uuid(), incarnation, "
                "timeline, lsn, at FROM strongroom.epoch ORDER BY n LIMIT 1",
                (schema.EPOCHS_KEPT,),
            )
        before = epochs(database)
        database.append_epoch()
        with psycopg.connect(**database.conninfo()) as connection:
            rows = connection.execute("SELECT n FROM strongroom.epoch ORDER BY n").fetchall()
    assert [n for (n,) in rows] == [before, before + 1]


def test_a_replica_is_opened_without_writing_and_its_promotion_is_seen(
    home: Configuration,
) -> None:
    assert home.server is not None
    with open_database(home):
        pass
    signal_file = home.server.data_directory / "standby.signal"
    signal_file.touch()
    shutil.chown(signal_file, home.server.data_directory.owner())
    with Supervisor(home.server).running():
        with open_database(home) as database:
            assert database.judgement.matches
            last = epochs(database)
            with psycopg.connect(**database.administrator(), autocommit=True) as connection:
                assert connection.execute("SELECT pg_promote()").fetchone() == (True,)
        with open_database(home) as database:
            assert epochs(database) == last + 1
    expected = expectation(home)
    assert expected is not None
    newest = expected.state.current.last
    assert newest is not None
    assert newest.timeline == 2


def test_an_inspector_adds_warnings_and_never_changes_a_verdict(home: Configuration) -> None:
    def inspect(connection: psycopg.Connection, _: Configuration) -> tuple[Warned, ...]:
        row = connection.execute("SELECT count(*) FROM public.run").fetchone()
        return (Warned("seen", f"{row[0] if row else 0} rows"),)

    judgement = check(home, inspect=inspect)
    assert judgement.matches
    assert judgement.warnings == (Warned("seen", f"{RUNS} rows"),)
    with open_database(home, inspect=inspect) as database:
        assert database.judgement.warnings == judgement.warnings
        with psycopg.connect(**database.administrator()) as connection:
            restamp(connection, environment="production")
    judgement = check(home, inspect=inspect)
    assert judgement.verdict is Verdict.CLONE
    assert judgement.warnings == (Warned("seen", f"{RUNS} rows"),)


def test_a_rule_for_a_table_that_is_not_there_is_told(home: Configuration) -> None:
    rules = '\n[tables.keep]\nrun = "all"\nrnu = "all"\n"strongroom.epoch" = "none"\n'
    home.path.write_text(home.path.read_text() + rules)
    judgement = check(load(home.path))
    assert judgement.matches
    assert [one.code for one in judgement.warnings] == ["keep_unknown"]
    assert "names rnu," in judgement.warnings[0].message


def test_an_inspector_that_fails_is_a_warning(home: Configuration) -> None:
    def inspect(connection: psycopg.Connection, _: Configuration) -> tuple[Warned, ...]:
        connection.execute("SELECT * FROM missing")
        return ()

    judgement = check(home, inspect=inspect)
    assert judgement.matches
    assert [warning.code for warning in judgement.warnings] == ["not_inspected"]


def test_an_inspector_is_not_shown_the_database_of_somebody_else(
    home: Configuration, stranger: Path, tmp_path: Path
) -> None:
    def inspect(_: psycopg.Connection, __: Configuration) -> tuple[Warned, ...]:
        pytest.fail("looked at another database")

    replace_data(home, copy_home(stranger, tmp_path / "other"))
    assert check(home, inspect=inspect).verdict is Verdict.FOREIGN
