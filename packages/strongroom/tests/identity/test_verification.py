"""A new connection is verified through any driver, by one query on one table."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from strongroom.config import Configuration
from strongroom.errors import RefusedError
from strongroom.identity import Verdict, check, open_database, restamp, schema
from strongroom.identity.gate import OpenDatabase
from strongroom.identity.questions import Rows
from strongroom.identity.verification import Verification
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.supervisor import Supervisor

from .conftest import copy_home

_FORMAT_1 = """
ALTER TABLE strongroom.identity DROP COLUMN newest_n, DROP COLUMN newest_nonce;
UPDATE strongroom.identity SET format = 1;
CREATE OR REPLACE FUNCTION strongroom.append_epoch() RETURNS SETOF strongroom.epoch
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $append$
    INSERT INTO strongroom.epoch AS e (n, nonce, incarnation, timeline, lsn, at)
    SELECT (SELECT max(last.n) FROM strongroom.epoch AS last) + 1, gen_random_uuid(),
           i.incarnation, 1, pg_current_wal_insert_lsn(), clock_timestamp()
    FROM strongroom.identity AS i RETURNING e.*
$append$
"""
_OTHER_CHAIN = """
DELETE FROM strongroom.epoch;
UPDATE strongroom.identity SET newest_n = 1, newest_nonce = gen_random_uuid()
"""


class Asked:
    """Runs statements through asyncpg and remembers them."""

    def __init__(self, database: OpenDatabase) -> None:
        self.database = database
        self.statements: list[str] = []

    async def _verify(self, verification: Verification, act: Callable[[], object] | None) -> None:
        info = self.database.conninfo()
        connection = await asyncpg.connect(
            host=info["host"],
            port=int(info["port"]),
            user=info["user"],
            database=info["dbname"],
            password=info["password"],
        )

        async def run(query: str, parameters: Sequence[Any]) -> Rows:
            self.statements.append(query)
            return [tuple(row) for row in await connection.fetch(query, *parameters)]

        try:
            if act is not None:
                act()
            await verification.verify_async(run, paramstyle="numeric", errors=asyncpg.PostgresError)
        finally:
            await connection.close()

    def verify(
        self, verification: Verification | None = None, *, act: Callable[[], object] | None = None
    ) -> int:
        """Say how many statements it took; ``act`` happens once the connection is made."""
        self.statements.clear()
        asyncio.run(self._verify(verification or self.database.verification(), act))
        return len(self.statements)


def append_elsewhere(database: OpenDatabase) -> None:
    """Do as another instance of the application does."""
    with connect(database.conninfo()) as connection:
        schema.append(connection)


def make_format_1(home: Configuration) -> None:
    with open_database(home) as database, connect(database.administrator()) as connection:
        connection.execute(_FORMAT_1)


def schema_format(database: OpenDatabase) -> int:
    with connect(database.conninfo()) as connection:
        return int(connection.execute("SELECT format FROM strongroom.identity").fetchall()[0][0])


def test_the_ordinary_case_is_one_query_on_one_table(home: Configuration) -> None:
    with open_database(home) as database:
        asked = Asked(database)
        assert asked.verify() == 1
        assert "strongroom.epoch" not in asked.statements[0]


def test_what_others_append_costs_a_second_query_once(home: Configuration) -> None:
    with open_database(home) as database:
        append_elsewhere(database)
        asked = Asked(database)
        assert asked.verify() == 2
        assert asked.verify() == 1


def test_a_verification_that_has_grown_old_still_holds(home: Configuration) -> None:
    with open_database(home) as database:
        old = database.verification()
        database.append_epoch()
        assert Asked(database).verify(old) == 2


def test_a_row_is_proof_only_when_all_of_it_is_as_expected(home: Configuration) -> None:
    with open_database(home) as database:
        verification = database.verification()
        assert verification.newest is not None
        proof = (*verification.database, *verification.newest)
        assert verification.holds(proof)
        for place in range(len(proof)):
            assert not verification.holds((*proof[:place], "other", *proof[place + 1 :]))
        assert not verification.holds(None)


def test_another_driver_is_refused_an_older_copy(home: Configuration, tmp_path: Path) -> None:
    older = copy_home(home.directory, tmp_path / "older")
    assert home.server is not None
    with open_database(home) as database:
        asked = Asked(database)
        asked.verify()
        with Supervisor(home.server).exclusive(force=True):
            shutil.rmtree(home.server.data_directory)
            (older.directory / "data").rename(home.server.data_directory)
        with Supervisor(home.server).running():
            with pytest.raises(RefusedError) as refusal:
                asked.verify()
            assert refusal.value.exit_code == Verdict.ROLLED_BACK.exit_code


@pytest.mark.parametrize(
    ("act", "verdict"),
    [
        ("DROP SCHEMA strongroom CASCADE", Verdict.FOREIGN),
        ("DROP SCHEMA strongroom CASCADE; DROP TABLE run", Verdict.EMPTY),
        ("UPDATE strongroom.identity SET environment = 'staging'", Verdict.WRONG_ENVIRONMENT),
        ("REVOKE SELECT ON strongroom.identity FROM app_app", Verdict.UNREACHABLE),
        (_OTHER_CHAIN, Verdict.ROLLED_BACK),
    ],
)
def test_another_driver_is_told_the_same_verdicts(
    home: Configuration, act: str, verdict: Verdict
) -> None:
    with open_database(home) as database:
        asked = Asked(database)

        def change() -> None:
            with connect(database.administrator()) as connection:
                connection.execute(act.encode())

        with pytest.raises(RefusedError) as refusal:
            asked.verify(act=change)
        assert refusal.value.exit_code == verdict.exit_code


def test_another_driver_is_refused_an_unrecorded_copy(home: Configuration) -> None:
    with open_database(home) as database:
        with connect(database.administrator()) as connection:
            restamp(connection, environment="production")
        with pytest.raises(RefusedError) as refusal:
            Asked(database).verify()
        assert refusal.value.exit_code == Verdict.CLONE.exit_code


def test_an_older_schema_is_upgraded_when_it_is_opened(home: Configuration) -> None:
    make_format_1(home)
    assert check(home).matches
    with open_database(home) as database:
        assert schema_format(database) == schema.FORMAT
        assert Asked(database).verify() == 1
        append_elsewhere(database)
        assert Asked(database).verify() == 2
    assert check(home).matches


def test_an_older_schema_that_may_not_be_upgraded_keeps_working(
    home: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_format_1(home)
    with monkeypatch.context() as patch:
        patch.setattr("strongroom.identity.schema._UPGRADE", "SET LOCAL ROLE app_app")
        patch.setattr("strongroom.identity.schema._APPEND", "DROP TABLE strongroom.epoch")
        with open_database(home) as database:
            assert schema_format(database) == 1
            assert Asked(database).verify() == 1
            append_elsewhere(database)
            assert Asked(database).verify() == 1
            database.append_epoch()
    assert check(home).matches
