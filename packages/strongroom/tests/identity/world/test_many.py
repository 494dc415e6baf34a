"""Many at once: processes that start, connections that open, floors and epochs that move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.identity import Verdict, check, init, open_database, push_floors
from strongroom.identity.state_store import state_store_of
from strongroom.postgres.connections import connect_as_configured as connect

if TYPE_CHECKING:
    from conftest import Database

OPENINGS = 200
AT_ONCE = 24


@pytest.fixture
def pinned(database: Database, tmp_path: Path) -> Configuration:
    text = default_document(application="app", environment="production", database="x", url="x")
    (tmp_path / "strongroom.toml").write_text(text)
    server = database.server
    where = f"host={server.socket_directory} port={server.port} user=strongroom_admin"
    configuration = replace(load(tmp_path / "strongroom.toml"), url=where, database=database.name)
    init(configuration)
    return configuration


def test_hundreds_of_connections_are_verified_while_epochs_and_floors_move(
    pinned: Configuration,
) -> None:
    def verify(number: int) -> None:
        if number % 20 == 0:
            database.append_epoch()
        if number % 50 == 0:
            push_floors(pinned, {"public.x": 0}, backup_id=str(number), at=datetime.now(UTC))
        with connect(database.conninfo()) as connection:
            database.verify_connection(connection)

    with open_database(pinned) as database, ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(verify, range(OPENINGS)))
    assert check(pinned).verdict is Verdict.MATCH


def test_instances_that_start_at_once_agree_on_one_chain(
    pinned: Configuration, database: Database
) -> None:
    def start(_: int) -> None:
        with open_database(pinned) as opened, connect(opened.conninfo()) as connection:
            opened.verify_connection(connection)
            opened.beat()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(start, range(AT_ONCE)))
    with database.connect() as connection:
        chain = connection.execute("SELECT n, nonce::text FROM strongroom.epoch").fetchall()
    known = state_store_of(pinned, _database_id(pinned)).load().state.current.marks
    assert {(one.n, one.nonce) for one in known} <= set(chain)
    assert check(pinned).verdict is Verdict.MATCH


def test_of_many_instances_one_beats(pinned: Configuration, database: Database) -> None:
    """Each mark is a write; if every process answered every other one's, none would ever rest."""
    with open_database(pinned) as first, open_database(pinned) as second:
        with database.connect() as connection:
            connection.execute("CREATE TABLE run (id integer)")
        first.append_epoch()
        with database.connect() as connection:
            connection.execute("INSERT INTO run VALUES (1)")
        before = _epochs(database)
        second.beat()
        assert _epochs(database) == before
        first.beat()
        assert _epochs(database) == before + 1


def _epochs(database: Database) -> int:
    with database.connect() as connection:
        row = connection.execute("SELECT count(*) FROM strongroom.epoch").fetchone()
    assert row is not None
    return int(row[0])


def _database_id(configuration: Configuration) -> str:
    identity = check(configuration).found["database_id"]
    assert isinstance(identity, str)
    return identity
