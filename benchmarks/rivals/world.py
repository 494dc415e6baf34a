"""The database that everything is measured on, and a place for each rival."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from logical_backup import fill

import strongroom
from rivals import pgbackrest
from rivals.measuring import shell
from rivals.pgbackrest import Twin, twin
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.postgres.tools import tool_environment
from strongroom.server.os_user import server_user

SETTINGS = """
[server.settings]
max_wal_size = "4GB"
checkpoint_timeout = "30min"
"""
TURN = "UPDATE stream SET data = set_byte(data, 0, 255 - get_byte(data, 0))"
FASTER = "UPDATE sample SET speed = speed + 1"
CHANGES = {
    "one run of rows": (
        "UPDATE note SET price = price + 1 WHERE id <= (SELECT max(id) / 100 FROM note)",
        f"{TURN} WHERE id <= (SELECT max(id) / 100 FROM stream)",
        f"{FASTER} WHERE at < (SELECT min(at) + (max(at) - min(at)) / 100 FROM sample)",
    ),
    "scattered rows": (
        "UPDATE note SET price = price + 1 WHERE id % 100 = 0",
        f"{TURN} WHERE id % 100 = 0",
        f"{FASTER} WHERE extract(epoch FROM at)::bigint % 100 = 0",
    ),
}
"""How one in a hundred rows changes: side by side, as new data does, or one on every page."""


@dataclass(frozen=True)
class World:
    """A supervised server with data, and what its rivals need to reach it."""

    directory: Path
    configuration: Path
    database: strongroom.OpenDatabase
    environment: dict[str, str]
    recipient: str
    identity: Path
    twin: Twin | None = None
    """The server that pgBackRest reads, if it can."""

    @property
    def data(self) -> Path:
        """The server's data directory."""
        return self.directory / "data"

    @property
    def major(self) -> int:
        """Of the server."""
        if self.database.server is None:
            raise SystemExit("the benchmark supervises its own server")
        return self.database.server.binaries.major

    def tool(self, name: str) -> Path:
        """Find one of PostgreSQL's own programs."""
        if self.database.server is None:
            raise SystemExit("the benchmark supervises its own server")
        return self.database.server.binaries.tool(name)

    def place(self, name: str) -> Path:
        """Make an empty directory of this name, which the server's user may write in."""
        path = self.directory / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        server_user().own(path)
        return path

    def change(self, how: str) -> None:
        """Change one in a hundred rows of each table, on every server."""
        servers = [self.database.administrator(), *([self.twin.administrator] if self.twin else [])]
        for info in servers:
            with connect(info, autocommit=True) as connection:
                for statement in (*CHANGES[how], "CHECKPOINT"):
                    connection.execute(statement.encode())


@contextmanager
def world(directory: Path, size_mb: int) -> Iterator[World]:
    """Make the home, its keys and its data, and run its server, and another for pgBackRest."""
    path = directory / "strongroom.toml"
    document = strongroom.default_document(application="bench", environment="bench", database="b")
    path.write_text(document + SETTINGS, encoding="utf-8")
    identity = directory / "age.txt"
    shell(["age-keygen", "-o", str(identity)])
    recipient = shell(["age-keygen", "-y", str(identity)]).strip()
    configuration = strongroom.load_configuration(path)
    strongroom.init(configuration)
    with strongroom.open_database(configuration) as database:
        fill(database, size_mb)
        environment = tool_environment(database.administrator())
        filled = World(directory, path, database, environment, recipient, identity)
        programs, administrator = filled.tool("pg_ctl").parent, environment["PGUSER"]
        major = filled.major
    with ExitStack() as stack:
        other = None
        if pgbackrest.usable(major):
            place = filled.place("pgbackrest")
            other = stack.enter_context(twin(filled.data, place, programs, administrator))
        database = stack.enter_context(strongroom.open_database(configuration))
        yield replace(filled, database=database, twin=other)
