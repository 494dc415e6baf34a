"""A process that is serving while the database is exchanged beneath it."""

import psycopg
import pytest

from strongroom.backups import take
from strongroom.config import Configuration
from strongroom.errors import RefusedError
from strongroom.identity import Verdict, check, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.restores import restore, undo


def test_a_heartbeat_after_a_swap_does_not_spoil_the_way_back(sample: Configuration) -> None:
    """Its mark belongs to the new incarnation; told of the old one, it would refuse the undo."""
    with open_database(sample) as database:
        restore(sample, swap=True)
        database.append_epoch()
        assert check(sample).matches
        undo(sample)
        assert check(sample).verdict is Verdict.MATCH
        database.append_epoch()
        take(sample, database)


def test_a_heartbeat_writes_nothing_into_a_database_that_is_not_ours(
    sample: Configuration,
) -> None:
    with (
        open_database(sample) as database,
        connect(database.administrator(), autocommit=True) as connection,
    ):
        before = _marks(connection)
        connection.execute("UPDATE strongroom.identity SET database_id = gen_random_uuid()")
        with pytest.raises(RefusedError):
            database.append_epoch()
        assert _marks(connection) == before


def _marks(connection: psycopg.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM strongroom.epoch").fetchall()[0][0])
