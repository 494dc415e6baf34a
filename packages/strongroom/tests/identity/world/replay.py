"""The same histories on real servers: databases are made, written, copied and opened for real.

The model plays along. After each act the shipped gate must say of the real database what it says
of the made-up one.
"""

from __future__ import annotations

import itertools
import uuid
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.config import Configuration, default_document, load
from strongroom.errors import RefusedError
from strongroom.identity import (
    OpenDatabase,
    Verdict,
    abandon_swap,
    begin_swap,
    check,
    finish_swap,
    init,
    open_database,
    push_floors,
    restamp,
)
from strongroom.identity.accept import accept
from strongroom.identity.judgement import ACCEPTABLE
from strongroom.postgres.connections import connect_as_configured as connect
from strongroom.server.supervisor import RunningServer

from .truth import TABLES, Copy, Log
from .world import Machine, Process, World

ELSEWHERE = 2
"""The other cluster; all copies in another server lie in it."""
_SYSTEM = "SELECT system_identifier FROM pg_control_system()"
_CUT = """
DELETE FROM strongroom.epoch WHERE n > %(n)s;
UPDATE strongroom.identity SET (newest_n, newest_nonce) =
    (SELECT n, nonce FROM strongroom.epoch ORDER BY n DESC LIMIT 1)
"""


class RealWorld(World):
    """A world whose databases exist."""

    def __init__(self, servers: tuple[RunningServer, RunningServer], directory: Path) -> None:
        self._servers = {1: servers[0], ELSEWHERE: servers[1]}
        self._made: list[Copy] = []
        self._prefix = uuid.uuid4().hex[:8]
        self._lives: dict[str, str] = {}
        self._open: dict[str, tuple[ExitStack, OpenDatabase]] = {}
        path = directory / "strongroom.toml"
        text = default_document(application="app", environment="production", database="x", url="x")
        path.write_text(text)
        self._base = load(path)
        super().__init__()
        self.clusters = itertools.repeat(ELSEWHERE)  # type: ignore[assignment]

    def configuration(self, copy: Copy) -> Configuration:
        server = self._servers[copy.cluster]
        where = f"host={server.socket_directory} port={server.port} user=strongroom_admin"
        return replace(self._base, url=where, database=self.database(copy))

    def database(self, copy: Copy) -> str:
        return f"{self._prefix}_{copy.name}"

    def connect(self, copy: Copy) -> psycopg.Connection:
        server = self._servers[copy.cluster]
        return connect(server.administrator(self.database(copy)), autocommit=True)

    def begin(self, first: Copy) -> None:
        self._create(first)
        init(self.configuration(first))
        with self.connect(first) as connection:
            for table in TABLES:
                connection.execute(f"CREATE TABLE {table} (id serial)".encode())
            row = connection.execute("SELECT incarnation::text FROM strongroom.identity").fetchone()
        assert row is not None
        self._lives[first.life] = row[0]
        super().begin(first)

    def commit(
        self, copy: Copy, rows: dict[str, int] | None = None, *, watched: bool = True
    ) -> None:
        if rows:
            with self.connect(copy) as connection:
                for table, change in rows.items():
                    _change(connection, table, change)
        super().commit(copy, rows, watched=watched)

    def copy_of(self, source: Copy, log: Log | None = None) -> Copy:
        made = super().copy_of(source, log)
        self._create(made, template=self.database(source))
        if made.log is not source.log:
            self._set_back(made, made.log)
        return made

    def reload_elsewhere(self, source: Copy) -> Copy:
        """What a dump brings into another server: every row, and its own cluster."""
        made = super().copy_of(source)
        made.cluster, made.timeline = ELSEWHERE, 1
        self._load(made, source)
        return made

    def restored(self, log: Log) -> Copy:
        made = Copy(f"c{next(self._names)}", f"life-{len(self._lives)}", ELSEWHERE, 1, log)
        self.copies.append(made)
        source = next(one for one in self.copies if one.log[: len(log)] == log)
        self._load(made, source)
        self._set_back(made, log)
        with self.connect(made) as connection:
            self._lives[made.life] = restamp(connection, environment="production")
        super().commit(made)
        made.stamped = len(made.log)
        return made

    def let_in(self, machine: Machine) -> Process:
        """Open it for real; its first epoch is appended with that."""
        self.close(machine)
        stack = ExitStack()
        opened = stack.enter_context(open_database(self.configuration(machine.address)))
        self._open[machine.name] = (stack, opened)
        return super().let_in(machine)

    def open(self, machine: Machine) -> Verdict:
        machine.process = None
        verdict = self.verdict(machine.address, machine)
        if verdict is Verdict.MATCH:
            machine.process = self.let_in(machine)
            super().append(machine)
        return verdict

    def beat(self, machine: Machine) -> None:
        process = machine.process
        if process and (process.must_judge or process.copy is not machine.address):
            self.open(machine)

    def append(self, machine: Machine, *, told: bool = True) -> None:
        super().append(machine, told=told)
        self._open[machine.name][1].append_epoch()

    def close(self, machine: Machine) -> None:
        if machine.name in self._open:
            self._open.pop(machine.name)[0].close()

    def back_up(self, copy: Copy) -> None:
        super().back_up(copy)
        push_floors(
            self.configuration(copy),
            copy.rows,
            backup_id="backup",
            at=datetime.now(UTC),
            incarnation=self._lives[copy.life],
        )

    def announce(self, copy: Copy, floors: dict[str, int]) -> None:
        super().announce(copy, floors)
        with self.connect(copy) as connection:
            row = connection.execute(_SYSTEM).fetchone()
        assert row is not None
        begin_swap(
            self.configuration(copy),
            incarnation=self._lives[copy.life],
            system_identifier=row[0] % 2**64,
            floors=floors,
            backup_id="backup",
        )

    def arrive(self, copy: Copy) -> None:
        super().arrive(copy)
        finish_swap(self.configuration(copy))

    def withdraw(self, copy: Copy) -> None:
        super().withdraw(copy)
        abandon_swap(self.configuration(copy))

    def accept(self, machine: Machine) -> None:
        configuration = self.configuration(machine.address)
        judgement = check(configuration)
        if judgement.verdict in ACCEPTABLE:
            super().accept(machine)
            accept(
                configuration,
                verdict=judgement.verdict,
                fingerprint=judgement.fingerprint,
                confirm=lambda _: "test",
            )

    def examine(self, copy: Copy, machine: Machine) -> None:
        super().examine(copy, machine)
        said, modelled = check(self.configuration(copy)).verdict, self.verdict(copy, machine)
        assert said is modelled, f"{copy.name} is really {said}, and {modelled} in the model"
        if said is not Verdict.MATCH:
            self.tally["refused by open_database"] += 1
            try:
                with open_database(self.configuration(copy)):
                    raise AssertionError(f"{copy.name} was opened, and it is {said}")
            except RefusedError:
                pass

    def drop(self) -> None:
        """Remove what this world has made."""
        for machine in self.machines:
            self.close(machine)
        for copy in self._made:
            with connect(self._servers[copy.cluster].administrator(), autocommit=True) as admin:
                name = sql.Identifier(self.database(copy))
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def _create(self, copy: Copy, *, template: str = "template0") -> None:
        with connect(self._servers[copy.cluster].administrator(), autocommit=True) as admin:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            names = (sql.Identifier(self.database(copy)), sql.Identifier(template))
            admin.execute(made.format(*names))
        self._made.append(replace(copy))

    def _load(self, made: Copy, source: Copy) -> None:
        """Bring a database into the other server, table by table."""
        if source.cluster == made.cluster:
            self._create(made, template=self.database(source))
            return
        self._create(made)
        init_elsewhere = replace(
            self.configuration(made), path=self._base.directory / made.name / "strongroom.toml"
        )
        init_elsewhere.directory.mkdir()
        apart = {
            "state_url": str(init_elsewhere.directory / "store"),
            "state_cache": init_elsewhere.directory / "state",
        }
        init(replace(init_elsewhere, **apart))  # type: ignore[arg-type]
        with self.connect(source) as theirs, self.connect(made) as ours:
            for table in TABLES:
                ours.execute(f"CREATE TABLE {table} (id serial)".encode())
            for table in ("strongroom.identity", "strongroom.epoch", *TABLES):
                ours.execute(f"TRUNCATE {table}".encode())
                with (
                    theirs.cursor().copy(f"COPY {table} TO STDOUT".encode()) as rows,
                    ours.cursor().copy(f"COPY {table} FROM STDIN".encode()) as target,
                ):
                    for data in rows:
                        target.write(data)

    def _set_back(self, copy: Copy, log: Log) -> None:
        """Make a copied database what it was when its log ended there."""
        marks = sum(event.rows is None for event in log)
        with self.connect(copy) as connection:
            for statement in _CUT.split(";"):
                connection.execute(statement.encode(), {"n": marks} if "%" in statement else None)
            for table in TABLES:
                connection.execute(f"TRUNCATE {table}".encode())
                _change(connection, table, log[-1].totals[table])


def _change(connection: psycopg.Connection, table: str, change: int) -> None:
    if change >= 0:
        query = f"INSERT INTO {table} SELECT FROM generate_series(1, {change})"
    else:
        some = f"SELECT ctid FROM {table} LIMIT {-change}"
        query = f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({some}))"
    connection.execute(query.encode())
