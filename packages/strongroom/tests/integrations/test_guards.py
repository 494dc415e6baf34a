"""Every new connection of every driver is verified, whatever its owner has set it to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import psycopg2
import pytest
import sqlalchemy
from psycopg.rows import dict_row
from psycopg2.extras import RealDictCursor
from sqlalchemy.ext.asyncio import create_async_engine

from strongroom import RefusedError, load_configuration, open_database
from strongroom.errors import ConfigurationError
from strongroom.identity import OpenDatabase
from strongroom.integrations import opening, proving
from strongroom.integrations.asyncpg import connect as connect_asyncpg
from strongroom.integrations.asyncpg import create_pool
from strongroom.integrations.psycopg import connect, connect_async, verify
from strongroom.integrations.sqlalchemy import guard

pytestmark = pytest.mark.parametrize("stage", [18], indirect=True)
"""What differs between the servers is tried by the examples."""
Stage = Any
"""``conftest.Stage``; pytest loads that file under a name of its own."""


@pytest.fixture
def shop(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """This process is the shop's: its configuration is found, and closed again afterwards."""
    for name, value in stage.environment("shop").items():
        monkeypatch.setenv(name, value)
    yield stage
    opening.process_database().close()
    opening._known.clear()


@pytest.fixture
def database(shop: Stage) -> Iterator[OpenDatabase]:
    with open_database(load_configuration(shop.home / "strongroom.toml")) as opened:
        yield opened


def test_the_connection_itself_is_judged_and_not_the_address_in_the_file(shop: Stage) -> None:
    """The configuration leads to the right server; the engine's own address does not."""
    engine = guard(sqlalchemy.create_engine(shop.theirs.url("foreign", driver="psycopg")))
    with pytest.raises(RefusedError) as refused:
        engine.connect()
    assert refused.value.judgement["verdict"] == "foreign"
    assert "the database foreign on 127." in str(refused.value.judgement["found"])
    assert refused.value.next_step == "correct the address that this program connects to"
    assert engine.pool.status().find("Connections in pool: 0") >= 0


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_an_asynchronous_engine_is_judged_by_its_own_connection(shop: Stage, driver: str) -> None:
    async def connected(database: str) -> object:
        engine = guard(create_async_engine(shop.theirs.url(database, driver=driver)))
        try:
            async with engine.connect() as connection:
                return await connection.scalar(sqlalchemy.text("SELECT current_database()"))
        finally:
            await engine.dispose()

    assert asyncio.run(connected("shop")) == "shop"
    with pytest.raises(RefusedError) as refused:
        asyncio.run(connected("older"))
    assert refused.value.judgement["verdict"] == "rolled_back"
    assert f"the database older on {shop.theirs.host}" in str(refused.value.judgement["found"])


def test_connections_made_before_the_guard_are_not_used_any_more(shop: Stage) -> None:
    engine = sqlalchemy.create_engine(shop.theirs.url("foreign", driver="psycopg"))
    engine.connect().close()  # it lies in the pool now
    guard(engine)
    with pytest.raises(RefusedError):
        engine.connect()


def test_no_listener_of_the_application_comes_before_the_proof(shop: Stage) -> None:
    seen: list[str] = []
    for name in ("foreign", "shop"):
        engine = sqlalchemy.create_engine(shop.theirs.url(name, driver="psycopg"))
        for one in ("first_connect", "connect"):
            sqlalchemy.event.listen(engine, one, lambda *_, said=f"{name} {one}": seen.append(said))
        guard(engine)
        if name == "foreign":
            with pytest.raises(RefusedError):
                engine.connect()
        else:
            engine.connect().close()
        engine.dispose()
    assert seen == ["shop first_connect", "shop connect"]


def test_a_database_without_an_encoding_is_judged_as_any(shop: Stage) -> None:
    name = f"ascii_{os.getpid()}"
    with shop.theirs.administrator() as admin:
        admin.execute(
            f"CREATE DATABASE {name} OWNER shop TEMPLATE template0 ENCODING 'SQL_ASCII' "
            "LOCALE_PROVIDER libc LOCALE 'C'"
        )
    with shop.theirs.administrator(name) as admin:
        admin.execute("SET ROLE shop")
        admin.execute("CREATE TABLE patient (name text)")
        admin.execute("INSERT INTO patient VALUES ('somebody')")
    with pytest.raises(RefusedError):
        connect(shop.theirs.url(name))


def test_a_connection_is_left_as_its_owner_made_it(shop: Stage) -> None:
    with connect(shop.theirs.url("shop"), row_factory=dict_row) as connection:
        assert not connection.autocommit
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}
        verify(connection)  # within its transaction
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def test_psycopg2_and_asynchronous_psycopg_are_verified_too(
    shop: Stage, database: OpenDatabase
) -> None:
    for name in ("shop", "staging"):
        connection = psycopg2.connect(shop.theirs.url(name), cursor_factory=RealDictCursor)
        try:
            if name == "shop":
                proving.prove_dbapi(database, connection)
                assert not connection.autocommit
            else:
                with pytest.raises(RefusedError):
                    proving.prove_dbapi(database, connection)
        finally:
            connection.close()

    async def opened(name: str) -> None:
        async with await connect_async(shop.theirs.url(name)) as connection:
            await connection.execute("SELECT 1")

    asyncio.run(opened("shop"))
    with pytest.raises(RefusedError):
        asyncio.run(opened("staging"))


def test_a_pool_never_holds_a_connection_to_another_database(shop: Stage) -> None:
    async def used(name: str) -> object:
        async with create_pool(shop.theirs.url(name), min_size=1) as pool:
            return await pool.fetchval("SELECT current_database()")

    async def connected(name: str) -> object:
        connection = await connect_asyncpg(shop.theirs.url(name))
        try:
            return await connection.fetchval("SELECT current_database()")
        finally:
            await connection.close()

    for reached in (used, connected):
        assert asyncio.run(reached("shop")) == "shop"
        with pytest.raises(RefusedError):
            asyncio.run(reached("nothing"))


def test_another_engine_is_refused_before_it_makes_its_file(shop: Stage, tmp_path: Path) -> None:
    assert shop
    with pytest.raises(ConfigurationError, match="Another engine would be another database"):
        guard(sqlalchemy.create_engine(f"sqlite:///{tmp_path}/fallback.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_does_not_stay_when_the_right_database_is_back(
    shop: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", shop.theirs.url("nothing"))
    with pytest.raises(RefusedError):
        connect(shop.theirs.url("shop"))
    monkeypatch.setenv("DATABASE_URL", shop.theirs.url("shop"))
    connect(shop.theirs.url("shop")).close()


def test_a_forked_worker_opens_the_database_for_itself(shop: Stage) -> None:
    connect(shop.theirs.url("shop")).close()
    ours = opening.process_database().open()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            theirs = opening.process_database().open()
            connect(shop.theirs.url("shop")).close()
            status = int(theirs is ours)
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert opening.process_database().open() is ours
