"""Behind pgbouncer in transaction mode the gate works as on a connection of one's own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.config import Configuration, default_document, load
from strongroom.errors import RefusedError, ServerError
from strongroom.identity import Verdict, check, init, open_database
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.os_user import server_user

if TYPE_CHECKING:
    from conftest import Database

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


@pytest.fixture
def pooled(database: Database, tmp_path: Path) -> Iterator[Configuration]:
    """A pinned database, reached through a pooler."""
    with pooler(database, tmp_path) as configuration:
        yield configuration


@contextmanager
def pooler(
    database: Database, directory: Path, *, more: str = "", superuser: bool = False
) -> Iterator[Configuration]:
    """Run pgbouncer in front of a database; ``more`` are settings of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    direct = f"host={database.server.socket_directory} port={database.server.port}"
    who = "user=strongroom_admin" if superuser else _as_application(database)
    settings = directory / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = {direct} {who}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\nmax_client_conn = 300\n"
        f"default_pool_size = 5\n{more}\n"
    )
    settings.chmod(0o644)
    text = default_document(application="app", environment="production", database="x", url="x")
    (directory / "strongroom.toml").write_text(text)
    configuration = replace(
        load(directory / "strongroom.toml"),
        url=f"host=127.0.0.1 port={port} user=app",
        database=database.name,
    )
    # It will not run as root, and its user may not look into this directory: handed over open.
    with settings.open("rb") as file:
        process = subprocess.Popen(
            [str(PGBOUNCER), "/dev/stdin"],
            stdin=file,
            stderr=subprocess.PIPE,
            cwd="/",
            **server_user().spawn_options(),
        )
    try:
        _await(port, process)
        yield configuration
    finally:
        process.terminate()
        process.communicate()


def _as_application(database: Database) -> str:
    """Make a role that may do what an application's may, and own the database."""
    role = f"pooled_{database.name}"
    database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'pooled'")
    database.execute(f"ALTER DATABASE {database.name} OWNER TO {role}")
    return f"user={role} password=pooled"


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"pgbouncer does not answer: {process.communicate()[1].decode()}")


def test_the_gate_works_through_a_pooler_in_transaction_mode(
    pooled: Configuration, database: Database
) -> None:
    init(pooled)
    assert check(pooled).verdict is Verdict.MATCH
    with open_database(pooled) as opened:
        # More clients than server connections: each is verified on whichever it is given.
        for _ in range(12):
            with connect(opened.conninfo()) as connection:
                opened.verify_connection(connection)
                connection.execute("CREATE TABLE IF NOT EXISTS run (id integer)")
        opened.beat()
    with database.connect(autocommit=True) as admin:
        admin.execute("DROP SCHEMA strongroom CASCADE")
        admin.execute("INSERT INTO run VALUES (1)")
    with pytest.raises(RefusedError) as refusal, open_database(pooled):
        pytest.fail("a foreign database was opened")
    assert refusal.value.exit_code == Verdict.FOREIGN.exit_code


def test_a_pooler_that_cannot_keep_connections_read_only_is_said_so(pooled: Configuration) -> None:
    """In transaction mode a setting of the session would be lost, or would be somebody else's."""
    init(pooled)
    with pytest.raises(ServerError) as refused, open_database(pooled, read_only=True):
        pytest.fail("it was opened for reading")
    assert "the server's own address" in refused.value.next_step


def test_a_pooler_that_drops_the_setting_that_forbids_writes_is_found_out(
    database: Database, tmp_path: Path
) -> None:
    """``ignore_startup_parameters = options`` makes every connection writable, silently."""
    with pooler(database, tmp_path, more="ignore_startup_parameters = options") as pooled:
        init(pooled)
        with pytest.raises(ServerError) as refused, open_database(pooled, read_only=True):
            pytest.fail("it was opened for reading")
        assert "could write" in refused.value.message
        assert "the server's own address" in refused.value.next_step


@pytest.mark.parametrize("more", ["", "ignore_startup_parameters = options"])
def test_no_superuser_looks_up_names_where_a_pooler_chooses_the_path(
    database: Database, tmp_path: Path, more: str
) -> None:
    with pooler(database, tmp_path, more=more, superuser=True) as pooled:
        with pytest.raises(ServerError, match="search path") as refused:
            init(pooled)
        assert "the server's own address" in refused.value.next_step
