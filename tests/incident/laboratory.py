"""Two databases of the same contents: one as applications usually have it, one that is guarded.

An incident is replayed in both. In the bare one its loss must be seen, so that the replay is
known to be dangerous; in the guarded one nothing may be missing afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from strongroom.config import CONFIGURATION_NAME, Configuration, load
from strongroom.errors import StrongroomError
from strongroom.postgres.roles import load_passwords, roles_of
from strongroom.protection import install
from strongroom.server.supervisor import RunningServer

Contents = Mapping[str, Counter[str]]
"""Every row of every table of a user, by table, as text."""

_TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n
  ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|strongroom)'
  AND n.nspname <> 'information_schema' ORDER BY 1
"""


@dataclass(frozen=True)
class Target:
    """One database, and how the application, its migrations and people get to it."""

    server: RunningServer
    name: str
    application: str
    """The role that the application connects as."""
    migrator: str
    """The role that changes the schema."""
    passwords: Mapping[str, str]

    def conninfo(self, role: str | None = None) -> dict[str, str | int]:
        """Keyword arguments of ``psycopg.connect`` for a role, the application's by default."""
        name = role or self.application
        return self.server.conninfo(role=name, database=self.name, password=self.passwords[name])

    @property
    def url(self) -> str:
        """The application's address as SQLAlchemy takes it."""
        info = self.conninfo()
        return (
            f"postgresql+psycopg://{info['user']}:{info['password']}@/{self.name}"
            f"?host={info['host']}&port={info['port']}"
        )

    def connect(self, *, migrating: bool = False, autocommit: bool = True) -> psycopg.Connection:
        """Connect as the application, or as who changes the schema, in the owner's role."""
        role = self.migrator if migrating else self.application
        connection = psycopg.connect(**self.conninfo(role), autocommit=autocommit)  # type: ignore[arg-type]
        if migrating and self.migrator.endswith("_migrator"):
            owner = self.migrator.replace("_migrator", "_owner")
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
            if not autocommit:
                connection.commit()
        return connection

    def execute(self, *statements: str, migrating: bool = False) -> None:
        """Run statements, each committed by itself, as an impatient person types them."""
        with self.connect(migrating=migrating) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def psql(self, script: str, *, migrating: bool = False) -> subprocess.CompletedProcess[str]:
        """Feed a script to psql, which goes on after errors as it does by default."""
        role = self.migrator if migrating else self.application
        info = self.conninfo(role)
        if migrating and role.endswith("_migrator"):
            script = f"SET ROLE {role.replace('_migrator', '_owner')};\n{script}"
        environment = {
            **os.environ,
            "PGHOST": str(info["host"]),
            "PGPORT": str(info["port"]),
            "PGUSER": role,
            "PGPASSWORD": str(info["password"]),
            "PGDATABASE": self.name,
        }
        program = shutil.which("psql") or str(self.server.binaries.tool("psql"))
        return subprocess.run(
            [program, "-X"],
            input=script,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def contents(self) -> Contents:
        """Every row, seen by the administrator."""
        with psycopg.connect(**self.server.administrator(self.name)) as connection:  # type: ignore[arg-type]
            tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
            return {
                table: Counter(
                    row[0]
                    for row in connection.execute(f"SELECT (x.*)::text FROM {table} AS x".encode())
                )
                for table in tables
            }


def lost(before: Contents, after: Contents) -> dict[str, int]:
    """How many rows of each table are not there any more as they were."""
    gone = {table: (rows - after.get(table, Counter())).total() for table, rows in before.items()}
    return {table: count for table, count in gone.items() if count}


def told(losses: Mapping[str, int]) -> str:
    """A loss in words, the largest first."""
    largest = sorted(losses.items(), key=lambda one: -one[1])
    words = [f"{count:,} of {table.removeprefix('public.')}" for table, count in largest[:4]]
    return ", ".join(words) + (f" and {len(largest) - 4} more tables" if len(largest) > 4 else "")


@dataclass(frozen=True)
class Replayed:
    """What happened in one replay: a row of the table of incidents."""

    incident: str
    what: str
    without: str
    defended: str
    by: str


class Case:
    """One incident in the making: tried without the defence, then with it."""

    def __init__(self, incident: str, what: str, by: str, keep: Callable[[Replayed], None]) -> None:
        self._keep = keep
        self._incident, self._what, self._by = incident, what, by
        self._without: str | None = None

    def loses(self, act: Callable[[Target], object], target: Target) -> dict[str, int]:
        """Do it where nothing defends; rows must be gone, or this is no incident."""
        before = target.contents()
        try:
            act(target)
        except psycopg.Error as error:  # some incidents end in an error when all is lost
            self._without = f"{type(error).__name__} after the loss; "
        losses = lost(before, target.contents())
        assert losses, "nothing was lost without the defence: the replay replays nothing"
        self._without = f"{self._without or ''}lost {told(losses)}"
        return losses

    def happens(self, words: str) -> None:
        """Say what happens without the defence, where rows are not what is lost."""
        self._without = words

    def refuses(
        self,
        act: Callable[[Target], object],
        target: Target,
        *,
        error: type[BaseException] | tuple[type[BaseException], ...] = (
            psycopg.errors.InsufficientPrivilege,
            StrongroomError,
        ),
        words: str = "",
    ) -> None:
        """Do it where the defence is: it is refused, and every row is as it was.

        Acts that swallow errors (psql, loops) are judged by the rows alone: let them raise
        ``error`` themselves where the refusal shows.
        """
        before = target.contents()
        with pytest.raises(error) as refusal:
            act(target)
        losses = lost(before, target.contents())
        assert not losses, f"refused, and lost all the same: {told(losses)}"
        self.defended(words or _first_line(refusal.value))

    def defended(self, words: str) -> None:
        """Note what the defence said, after the loss without it was seen."""
        assert self._without is not None, "replay it without the defence first"
        said = f"{words[0].upper()}{words[1:]}"
        self._keep(Replayed(self._incident, self._what, self._without, said, self._by))


def _first_line(error: BaseException) -> str:
    message = str(error).splitlines()[0] if str(error) else type(error).__name__
    return message.removeprefix("strongroom: ")


class Laboratory:
    """Makes as many bare and guarded databases as a replay needs; copies of two templates."""

    def __init__(
        self, server: RunningServer, configuration: Configuration, *, prefix: str = ""
    ) -> None:
        self.server = server
        self._prefix = prefix
        self.configuration = configuration
        """Of the guarded template."""
        self._made: list[str] = []

    def bare(self) -> Target:
        """A database as the usual stack has it: the application owns all, and is a superuser."""
        return self._copy("bare", "bare_app", "bare_app", {"bare_app": "bare"})

    def guarded(self, **changes: object) -> Target:
        """The same rows, protected; the application is neither superuser nor owner.

        ``changes`` of the configuration (``protection``, ``keep``) are put in force.
        """
        roles = roles_of(self.configuration.application)
        passwords = load_passwords(self.configuration.passwords)
        target = self._copy("guarded", roles.application, roles.migrator, passwords)
        if changes:
            changed = replace(self.configuration, **changes)  # type: ignore[arg-type]
            with psycopg.connect(**self.server.administrator(target.name)) as connection:  # type: ignore[arg-type]
                connection.autocommit = True
                install(connection, changed)
        return target

    def empty(self, *statements: str) -> Target:
        """A database with nothing in it but what the statements make."""
        target = self._copy("template0", "bare_app", "bare_app", {"bare_app": "bare"})
        target.execute(*statements)
        return target

    def copied(self, target: Target) -> Target:
        """A byte copy of a database as it is now, under a name of its own."""
        return self._copy("copy", target.application, target.migrator, target.passwords, target)

    def pinned(
        self, target: Target, directory: Path, environment: str, *, adopt: bool = True
    ) -> Configuration:
        """Describe a database by its address in a ``strongroom.toml`` of its own, and pin it."""
        from strongroom.config import default_document
        from strongroom.identity import adopt as take_on

        info = self.server.administrator(target.name)
        url = f"postgresql:///{target.name}?host={info['host']}&port={info['port']}&user={info['user']}"
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / CONFIGURATION_NAME
        path.write_text(
            default_document(
                application="shop", environment=environment, database=target.name, url=url
            )
        )
        configuration = load(path)
        if adopt:
            take_on(configuration)
        return configuration

    def _copy(
        self,
        template: str,
        application: str,
        migrator: str,
        passwords: Mapping[str, str],
        original: Target | None = None,
    ) -> Target:
        name = f"{self._prefix}{template}_{len(self._made):03d}_{os.getpid()}"
        source = self.configuration.database if template == "guarded" else template
        source = original.name if original else source
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        with psycopg.connect(**self.server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(source)))
            if template == "guarded":
                grant = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}, {}")
                connection.execute(
                    grant.format(*map(sql.Identifier, (name, application, migrator)))
                )
        self._made.append(name)
        return Target(self.server, name, application, migrator, passwords)

    def clean(self) -> None:
        """Drop the copies of one test."""
        with psycopg.connect(**self.server.administrator(), autocommit=True) as connection:  # type: ignore[arg-type]
            for name in self._made:
                _unwatch(self.server, name)
                gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(gone.format(sql.Identifier(name)))
        self._made.clear()


def _unwatch(server: RunningServer, name: str) -> None:
    """Take away what keeps a guarded copy from being dropped, if it has been installed there."""
    try:
        with psycopg.connect(**server.administrator(name), autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute("DROP SUBSCRIPTION IF EXISTS strongroom_guard")
    except psycopg.OperationalError:
        return  # the replay has dropped it, as it was meant to
