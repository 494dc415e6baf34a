"""Pinned databases made once, with the report's own rows: each replay gets copies of one.

A copy of a cluster's files together with a copy of what strongroom knows of it is a world of its
own, made in a moment.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine import Engine
from stack import Stack
from waiting import connected

from strongroom.identity.whereabouts import NAME as ADDRESS

HOME = ("strongroom.toml", "strongroom.lock", "store", "state", "keys")
Rows = Mapping[str, frozenset[str]]
_TABLES = (
    "SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n "
    "ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|strongroom)' "
    "AND n.nspname <> 'information_schema' ORDER BY 1"
)


@dataclass(frozen=True)
class World:
    """The files of a cluster with the report's rows in it, and of what its pin consists."""

    environment: str
    cluster: Path
    home: Path
    rows: Rows

    def give_home(self, directory: Path) -> None:
        """Put configuration, pin, store, state and keys beside a compose file."""
        for name in HOME:
            _copy(self.home / name, directory / name)
        (directory / "state" / ADDRESS).unlink(missing_ok=True)  # nobody has opened it from here

    def place(self, stack: Stack, service: str = "db") -> None:
        """Put the cluster where a service of a stack will have its data directory."""
        stack.run(f"docker-compose up --no-start {service} 2>&1")
        container = stack.run(f"docker-compose ps -q {service}").out.strip()
        directory = data_directory(stack.engine, container)
        directory.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(directory)
        _copy(self.cluster, directory)


class Worlds(dict[str, World]):
    """By environment; each is made when it is first asked for."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        super().__init__()
        self._engine, self._directory = engine, directory

    def __missing__(self, environment: str) -> World:
        self[environment] = make_world(self._engine, self._directory, environment)
        return self[environment]


def make_world(engine: Engine, directory: Path, environment: str) -> World:
    """Let the application write the report's rows, pin them, and back them up."""
    stack = Stack.made(engine, directory / environment / "made")
    stack.run("docker-compose up -d 2>&1")
    connected(stack.address()).close()
    filled = stack.start("--fill")
    assert filled.code == 0, filled.err
    pin = ("--environment", environment, "--application", "strideiq")
    stack.strongroom("adopt", *pin, "--url-from", "DATABASE_URL")
    stack.strongroom("backup", "--method", "logical")
    assert stack.start("--guarded").code == 0
    rows = rows_at(stack.address())
    stack.run("docker-compose stop 2>&1")
    container = stack.run("docker-compose ps -q db").out.strip()
    cluster = directory / environment / "cluster"
    _copy(data_directory(engine, container), cluster)
    engine.clear()
    return World(environment, cluster, stack.directory, rows)


def data_directory(engine: Engine, container: str) -> Path:
    """Where on this machine the data directory of a container lies: in a volume or a bind."""
    described = json.loads(engine.docker("inspect", container))[0]
    variables = dict(one.split("=", 1) for one in described["Config"]["Env"])
    inside = Path(variables["PGDATA"])
    mounts = {Path(one["Destination"]): Path(one["Source"]) for one in described["Mounts"]}
    above = next(one for one in (inside, *inside.parents) if one in mounts)
    return mounts[above] / inside.relative_to(above)


def rows_at(address: str) -> Rows:
    """Every row of every table of a user, as text."""
    with connected(address) as connection:
        tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
        return {
            table: frozenset(
                text
                for (text,) in connection.execute(f"SELECT (t.*)::text FROM {table} AS t".encode())
            )
            for table in tables
        }


def missing_rows(expected: Rows, found: Rows) -> dict[str, int]:
    """How many rows of each table are not there as they were."""
    gone = {name: len(rows - found.get(name, frozenset())) for name, rows in expected.items()}
    return {name: count for name, count in gone.items() if count}


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)
