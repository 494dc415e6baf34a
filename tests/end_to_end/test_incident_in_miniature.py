"""The founding incident, without an engine: another directory lies where the data should be.

In each case ``up`` must stop before anything is written, and one command brings all back.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from homes import Home

from strideiq.lifecycle.initialise import initialise
from strideiq.platform import home as environments
from strongroom.server import scratch_copy


def contents(directory: Path) -> dict[str, str]:
    """Every file below a directory with the hash of its bytes."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def objects(directory: Path, scratch: Path) -> list[tuple[str, ...]]:
    """What a superuser lists in a copy of a cluster: databases, roles, schemas, relations."""
    import psycopg

    listed: list[tuple[str, ...]] = []
    with scratch_copy(directory, scratch) as server:
        with psycopg.connect(**server.administrator()) as connection:
            names = [
                row[0]
                for row in connection.execute(
                    "SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1"
                )
            ]
            listed += [
                ("role", *row)
                for row in connection.execute("SELECT rolname FROM pg_roles ORDER BY 1")
            ]
        for name in names:
            with psycopg.connect(**server.administrator(name)) as connection:
                listed += [
                    (name, *map(str, row))
                    for row in connection.execute(
                        "SELECT n.nspname, c.relname, c.relkind FROM pg_class c"
                        " JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2"
                    )
                ]
    return listed


@pytest.fixture
def proven(demo: Home) -> tuple[Home, list[dict[str, object]]]:
    """A demo home whose newest backup is proven, and that backup's tables."""
    backup = demo.strongroom("backup")
    assert backup.code == 0, backup
    drill = demo.strongroom("drill")
    assert (drill.code, drill.document["verdict"]) == (0, "proven"), drill
    return demo, backup.document["tables"]


def test_a_missing_directory_is_empty_and_stays_missing(
    proven: tuple[Home, list[dict[str, object]]],
) -> None:
    home, tables = proven
    home.data.rename(home.data.with_name("moved-away"))
    refused(home, "empty", 11)
    assert not home.data.exists()
    comes_back(home, tables)


@pytest.mark.parametrize(
    ("intruder", "verdict", "code"),
    [("plain", "empty", 11), ("other_home", "foreign", 12), ("our_roles", "empty", 11)]
    if os.environ.get("STRONGROOM_SOAK") == "1"
    else [("other_home", "foreign", 12), ("our_roles", "empty", 11)],
)
def test_another_cluster_in_its_place_is_refused_untouched(
    proven: tuple[Home, list[dict[str, object]]],
    tmp_path: Path,
    intruder: str,
    verdict: str,
    code: int,
) -> None:
    home, tables = proven
    home.data.rename(home.data.with_name("moved-away"))
    put_in_place(intruder, home, tmp_path)
    before, listed = contents(home.data), objects(home.data, tmp_path)
    refused(home, verdict, code)
    assert contents(home.data) == before
    assert objects(home.data, tmp_path) == listed
    comes_back(home, tables)
    undone = home.strongroom("undo")
    assert undone.code == 0, undone
    assert undone.document["swapped"] is True
    refused(home, verdict, code)


def put_in_place(intruder: str, home: Home, tmp_path: Path) -> None:
    """Put a cluster of one kind where the home's data should be."""
    if intruder == "other_home":
        other = environments.Home(tmp_path / "other").environment("demo")
        initialise(other, environment="demo")  # nobody needs to have run there
        (other.directory / "data").rename(home.data)
        return
    plain_cluster(tmp_path, home, with_roles=intruder == "our_roles")


def plain_cluster(tmp_path: Path, home: Home, *, with_roles: bool) -> None:
    """Make a cluster with PostgreSQL's own initdb, with our roles but no tables if asked."""
    import psycopg

    from strongroom.config import ServerSettings
    from strongroom.postgres import create_database, create_roles, roles_of
    from strongroom.server import Supervisor

    settings = ServerSettings(
        data_directory=tmp_path / "plain" / "data",
        run_directory=tmp_path / "plain" / "run",
        log_directory=tmp_path / "plain" / "logs",
    )
    supervisor = Supervisor(settings)
    supervisor.initialise()
    if with_roles:
        with (
            supervisor.running() as server,
            psycopg.connect(**server.administrator(), autocommit=True) as connection,
        ):
            roles = roles_of("strideiq")
            create_roles(connection, roles, dict.fromkeys(roles.logins, "not a secret"))
            create_database(connection, "strideiq", roles)
    settings.data_directory.rename(home.data)


def refused(home: Home, verdict: str, code: int) -> None:
    """``up`` and ``check`` refuse with this verdict and name the way on."""
    up = home.strideiq("up", "--port", "0")
    assert up.code == code, up
    assert up.document["error"]["verdict"] == verdict
    assert up.document["error"]["next"].startswith("strongroom ")
    check = home.strongroom("check")
    assert (check.code, check.document["verdict"]) == (code, verdict), check


def comes_back(home: Home, tables: list[dict[str, object]]) -> None:
    """``restore --swap`` brings every row back: counts and digests are those of the backup."""
    restored = home.strongroom("restore", "--swap")
    assert restored.code == 0, restored
    assert restored.document["swapped"] is True
    check = home.strongroom("check")
    assert (check.code, check.document["verdict"]) == (0, "match"), check
    again = home.strongroom("backup")
    assert again.code == 0, again
    assert user_tables(again.document["tables"]) == user_tables(tables)
    with home.up() as running:
        assert running.ready["verdict"] == "match"


def user_tables(tables: list[dict[str, object]]) -> dict[object, tuple[object, object]]:
    """Rows and digest of the application's tables; strongroom's own move on by themselves."""
    return {
        one["name"]: (one["rows"], one["digest"])
        for one in tables
        if not str(one["name"]).startswith("strongroom.")
    }
