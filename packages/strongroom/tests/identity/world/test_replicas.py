"""Streaming replication for real: a replica follows, lags, is promoted; the old server lives on."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from strongroom.config import Configuration, Policy, ServerSettings, default_document, load
from strongroom.errors import RefusedError
from strongroom.identity import OpenDatabase, Verdict, check, init, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer, Supervisor

SETTINGS = {"wal_level": "replica", "fsync": "off", "hot_standby": "on", "autovacuum": "off"}


class Pair:
    """A primary and what was copied from it by ``pg_basebackup``."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self.primary = self._run("primary")
        with connect(self.primary.administrator(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE app")
        text = default_document(
            application="app", environment="production", database="app", url="x"
        )
        (directory / "strongroom.toml").write_text(text)
        self._base = load(directory / "strongroom.toml")
        init(self.at(self.primary))

    def at(self, server: RunningServer) -> Configuration:
        """The configuration, with its address leading to one of the servers."""
        where = f"host={server.socket_directory} port={server.port} user=strongroom_admin"
        return replace(self._base, url=where)

    def follow(self, name: str, *, streaming: bool = True) -> RunningServer:
        """Make a replica of the primary and start it."""
        data = self._directory / name / "data"
        data.parent.mkdir()
        where = ("-h", str(self.primary.socket_directory), "-U", "strongroom_admin")
        subprocess.run(
            [
                str(self.primary.binaries.tool("pg_basebackup")),
                *("-D", str(data), *where, "-p", str(self.primary.port)),
                *("--checkpoint=fast", "--wal-method=stream", "--no-sync"),
            ],
            check=True,
            capture_output=True,
        )
        (data / "standby.signal").touch()
        for path in (data, *data.rglob("*")):
            server_user().own(path)
        source = f"host={where[1]} port={self.primary.port} user=strongroom_admin"
        return self._run(name, {"primary_conninfo": source} if streaming else {})

    def _run(self, name: str, more: dict[str, str] | None = None) -> RunningServer:
        place = self._directory / name
        settings = ServerSettings(
            place / "data", place / "run", place / "log", {**SETTINGS, **(more or {})}
        )
        supervisor = Supervisor(settings)
        if not (place / "data").exists():
            supervisor.initialise(durable=False)
        return self._stack.enter_context(supervisor.running())


@contextmanager
def pair(directory: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield Pair(directory, stack)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as made:
        yield made


def until(condition: Callable[[], bool]) -> None:
    """Wait for a server to do what it is about to do."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to that")


def promote(server: RunningServer) -> None:
    with connect(server.administrator(), autocommit=True) as admin:
        admin.execute("SELECT pg_promote(wait => true)")


def has_caught_up(server: RunningServer, n: int) -> bool:
    with connect(server.administrator("app")) as connection:
        row = connection.execute("SELECT max(n) FROM strongroom.epoch").fetchone()
    return row is not None and row[0] >= n


def newest(database: OpenDatabase) -> int:
    with psycopg.connect(**database.conninfo()) as connection:  # type: ignore[arg-type]
        row = connection.execute("SELECT max(n) FROM strongroom.epoch").fetchone()
    assert row is not None
    return int(row[0])


def codes(configuration: Configuration) -> list[str]:
    return [warning.code for warning in check(configuration).warnings]


def test_replica_failover_and_what_becomes_of_the_old_server(servers: Pair) -> None:
    """One life of a pair, from the first replica to the old server's return."""
    primary = servers.at(servers.primary)
    replica = servers.follow("replica")
    stale = servers.follow("stale", streaming=False)
    with open_database(primary) as database:
        n = newest(database)
    until(lambda: has_caught_up(replica, n))

    # It follows, with the same identity, and is opened without a write.
    assert check(servers.at(replica)).verdict is Verdict.MATCH
    assert codes(servers.at(replica)) == []
    with open_database(servers.at(replica)) as database:
        assert newest(database) == n

    # The other one received nothing since: it lags, and beyond the limit it is refused.
    assert codes(servers.at(stale)) == ["replica_lagging"]
    strict = replace(servers.at(stale), policy=Policy(replica_lag_max_s=-1))
    assert check(strict).verdict is Verdict.ROLLED_BACK

    # Promoted with everything: the same database, on a new timeline, without any loss.
    promote(replica)
    assert check(servers.at(replica)).verdict is Verdict.MATCH
    with open_database(servers.at(replica)), pytest.raises(RefusedError), open_database(primary):
        pytest.fail("two servers are open at once")


def test_a_failover_that_lost_the_last_mark_warns_within_its_window_only(servers: Pair) -> None:
    behind = servers.follow("behind", streaming=False)
    primary = servers.at(servers.primary)
    with open_database(primary) as database:
        database.append_epoch()
    promote(behind)
    assert codes(servers.at(behind)) == ["failed_over"]
    strict = replace(servers.at(behind), policy=Policy(failover_loss_max_s=-1))
    assert check(strict).verdict is Verdict.ROLLED_BACK
    with open_database(servers.at(behind)):
        pass
    # It has been followed: the old server, which has marks of its own, comes back in vain.
    assert check(servers.at(behind)).verdict is Verdict.MATCH
    assert codes(servers.at(behind)) == []
    assert check(primary).verdict is Verdict.CLONE
