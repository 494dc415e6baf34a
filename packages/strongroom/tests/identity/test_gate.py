from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError, RefusedError
from strongroom.identity import (
    Verdict,
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
from strongroom.integrations.sqlalchemy import guard, guarded_engine
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import ConnectionInfo, connect
from strongroom.server.directory import inspect_directory
from strongroom.server.supervisor import Supervisor

from .conftest import RUNS, copy_home, replace_data


def epochs(database: OpenDatabase) -> int:
    with psycopg.connect(**database.conninfo()) as connection:
        row = connection.execute("SELECT max(n) FROM strongroom.epoch").fetchone()
    assert row is not None
    return int(row[0])


def expected_life(home: Configuration) -> str:
    expected = expectation(home)
    assert expected is not None
    return expected.state.current.id


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
