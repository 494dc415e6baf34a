"""``pg_upgrade`` from PostgreSQL 15 to 18: refused until a person has accepted it, then ours."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from strongroom.config import Configuration, ServerSettings, default_document, load
from strongroom.errors import BinariesMissingError
from strongroom.identity import Verdict, check, init, open_database
from strongroom.identity.accept import accept
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.binaries import binaries_for_server
from strongroom.server.os_user import server_user
from strongroom.server.supervisor import RunningServer, Supervisor

ROWS = 1_000


def _available(major: int) -> bool:
    try:
        return binaries_for_server(major).tool("pg_upgrade").is_file()
    except BinariesMissingError:
        return False


pytestmark = pytest.mark.skipif(
    not (_available(15) and _available(18)), reason="pg_upgrade needs PostgreSQL 15 and 18"
)


def place(directory: Path) -> ServerSettings:
    return ServerSettings(directory / "data", directory / "run", directory / "log")


def at(base: Configuration, server: RunningServer) -> Configuration:
    where = f"host={server.socket_directory} port={server.port} user=strongroom_admin"
    return replace(base, url=where)


def test_an_upgraded_cluster_is_refused_until_it_is_accepted_with_its_evidence(
    tmp_path: Path,
) -> None:
    text = default_document(application="app", environment="production", database="app", url="x")
    (tmp_path / "strongroom.toml").write_text(text)
    base = load(tmp_path / "strongroom.toml")
    old, new = place(tmp_path / "old"), place(tmp_path / "new")
    Supervisor(old).initialise(major=15, durable=False)
    with Supervisor(old).running() as server:
        with connect(server.administrator(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE app")
        init(at(base, server))
        with open_database(at(base, server)) as database:
            with connect(database.conninfo()) as connection:
                connection.execute(f"CREATE TABLE run AS SELECT generate_series(1, {ROWS}) AS id")
            database.append_epoch()
    _upgrade(old, new, tmp_path / "work")

    with Supervisor(new).running() as server:
        upgraded = at(base, server)
        judgement = check(upgraded)
        assert judgement.verdict is Verdict.CLONE  # another cluster, and nothing recorded it
        # The evidence: the same database by id and incarnation, with the newest mark seen.
        assert judgement.found["database_id"] == judgement.expected["database_id"]
        assert judgement.found["incarnation"] == judgement.expected["incarnation"]
        assert judgement.found["epoch"] == judgement.expected["epoch"]
        after = accept(
            upgraded,
            verdict=judgement.verdict,
            fingerprint=judgement.fingerprint,
            confirm=lambda _: "test",
        )
        assert after.verdict is Verdict.MATCH
        with open_database(upgraded) as database, connect(database.conninfo()) as connection:
            assert connection.execute("SELECT count(*) FROM run").fetchone() == (ROWS,)
    with Supervisor(old).running() as server:
        assert check(at(base, server)).verdict is Verdict.CLONE


def _upgrade(old: ServerSettings, new: ServerSettings, work: Path) -> None:
    """Run it as the manual says, into a cluster with the old one's locale and checksums."""
    user = server_user()
    binaries = {major: binaries_for_server(major, user) for major in (15, 18)}
    for directory in (new.data_directory, work):
        directory.mkdir(mode=0o700, parents=True)
        user.own(directory)
    arguments = ["--username=strongroom_admin", "--encoding=UTF8", "--locale=C.UTF-8"]
    more = ["--locale-provider=libc", "--auth=trust", "--no-sync", "--data-checksums"]
    for path in (work.parent, *work.parent.parents):
        if path.stat().st_uid == 0 and path.stat().st_mode & 0o011 == 0:
            path.chmod(path.stat().st_mode | 0o011)  # its programs walk here as the server's user

    def run(*command: str) -> None:
        ran = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=work,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            **user.spawn_options(),
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr

    data = str(new.data_directory)
    run(str(binaries[18].tool("initdb")), "-D", data, *arguments, *more)
    run(
        str(binaries[18].tool("pg_upgrade")),
        *("-b", str(binaries[15].directory), "-B", str(binaries[18].directory)),
        *("-d", str(old.data_directory), "-D", data, "-U", "strongroom_admin", "--no-sync"),
        *("-s", str(work)),
    )
    with (new.data_directory / "postgresql.conf").open("a") as file:
        file.write("\ninclude = 'strongroom.conf'\n")
    (new.data_directory / "strongroom.conf").touch()
    user.own(new.data_directory / "strongroom.conf")
    for name in ("pg_hba.conf", "pg_ident.conf"):
        text = (old.data_directory / name).read_text()
        (new.data_directory / name).write_text(text)
