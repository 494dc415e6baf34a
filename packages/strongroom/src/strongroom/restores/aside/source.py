"""A server that holds the state of the past, with the tables that are wanted of it.

Of a logical backup only what is wanted is loaded, into a scratch server; a physical one is
recovered whole. Whoever else has a server that holds some moment (a point in time, for one)
hands it on as ``Held``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from subprocess import PIPE
from tempfile import NamedTemporaryFile

import psycopg

from strongroom.backups.archive import open_archive
from strongroom.backups.manifest import Manifest
from strongroom.backups.wal import Target
from strongroom.config import Configuration
from strongroom.drills import Onward, obstacles_of, prepare_database, recovered
from strongroom.drills.drill import RECOVERY_SETTINGS
from strongroom.drills.reload import manifest_major
from strongroom.errors import BinariesMissingError, NoSpaceError, RestoreError
from strongroom.postgres.catalogue import STRONGROOM_SCHEMA, Table, user_tables
from strongroom.postgres.connections import connect, database_errors
from strongroom.postgres.tools import running_tool
from strongroom.progress import Progress
from strongroom.server.administered import Administered
from strongroom.server.binaries import find_binaries
from strongroom.server.scratch import scratch_place, scratch_server

_ENTRY = re.compile(r"\d+; \d+ \d+ (TABLE DATA|CONSTRAINT) (.*)")
"""What of an archive's list is loaded after the definitions: rows, and keys to find them by."""
_HANGING = re.compile(r"\d+; \d+ \d+ (FK CONSTRAINT|TRIGGER|POLICY|RULE) (.*)")
"""What of a table is not loaded, but told: its name follows that of the table."""
_WORDS = {"FK CONSTRAINT": "foreign key", "TRIGGER": "trigger", "POLICY": "policy", "RULE": "rule"}
_DEFINITIONS = ["--section=pre-data", f"--exclude-schema={STRONGROOM_SCHEMA}"]
_LEAVES = """
SELECT n.nspname::text, c.relname::text
FROM pg_catalog.pg_partition_tree(%s::oid::regclass) AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE t.isleaf
"""
_DISK_FULL = "No space left on device"


@dataclass(frozen=True)
class Wanted:
    """Which tables are wanted: by name, or all of a schema. Names as in a manifest."""

    tables: tuple[str, ...] = ()
    schema: str | None = None
    at: Target | None = None
    """The point in time that they are wanted of; None for the backup's own."""

    def of(self, tables: Sequence[Table]) -> list[Table]:
        """Those of them that are wanted.

        Raises:
            RestoreError: there is no such table or schema.
        """
        if self.schema is not None:
            found = [table for table in tables if table.schema == self.schema]
            if not found:
                raise _unknown(f"schema {self.schema} with tables", self.schemas(tables))
            return found
        labels = {table.label: table for table in tables}
        chosen = []
        for name in self.tables:
            table = labels.get(name) or labels.get(f"public.{name}")
            if table is None:
                raise _unknown(f"table {name}", sorted(labels))
            chosen.append(table)
        return list(dict.fromkeys(chosen))

    @staticmethod
    def schemas(tables: Sequence[Table]) -> list[str]:
        """The schemas that there are."""
        return sorted({table.schema for table in tables})


@dataclass(frozen=True)
class Held:
    """A server that holds the past, and in which of its databases."""

    server: Administered
    database: str
    not_loaded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the wanted tables had, by their label, and this server has not."""


@contextmanager
def holding(
    configuration: Configuration,
    manifest: Manifest,
    wanted: Wanted,
    onward: Onward | None,
    progress: Progress,
) -> Iterator[Held]:
    """Hold what is wanted of a backup in a scratch server, for as long as the block lasts.

    With ``onward``, as it was at that point in time, to which only a physical one leads.

    Raises:
        DamagedBackupError, WrongKeyError: the backup could not be read.
        RestoreError: it does not have what is wanted, or cannot be brought up here.
    """
    if manifest.physical is not None:
        with _recovered(configuration, manifest, onward, progress) as held:
            yield held
        return
    major = _major(manifest)
    with scratch_server(configuration.scratch_directory, major=major, progress=progress) as server:
        if obstacles := obstacles_of(server, manifest):
            found = "; ".join(one.detail for one in obstacles)
            raise RestoreError(
                f"The backup {manifest.backup_id} cannot be loaded on this machine: {found}.",
                next_step="install what is missing, then repeat",
            )
        database = configuration.database
        prepare_database(server, database, manifest, None, progress)
        _load(server, configuration, manifest, _DEFINITIONS, progress)
        progress.step("aside.defined")
        with connect(server.administrator(database)) as connection:
            tables = leaves_of(connection, wanted)
        not_loaded = _load_rows(server, configuration, manifest, tables, progress)
        progress.step("aside.loaded")
        yield Held(server, database, not_loaded)


@contextmanager
def _recovered(
    configuration: Configuration, manifest: Manifest, onward: Onward | None, progress: Progress
) -> Iterator[Held]:
    with (
        scratch_place(configuration.scratch_directory, progress=progress) as place,
        recovered(
            configuration,
            manifest,
            place,
            settings=RECOVERY_SETTINGS,
            onward=onward,
            progress=progress,
        ) as copy,
    ):
        if copy.server is None or copy.outcome.verdict == "failed":
            raise RestoreError(
                f"The backup {manifest.backup_id} is not what was backed up: "
                f"{'; '.join(copy.outcome.findings)}.",
                next_step="strongroom backups, and use another one",
            )
        progress.step("aside.loaded")
        yield Held(copy.server, configuration.database)


def leaves_of(connection: psycopg.Connection, wanted: Wanted) -> list[Table]:
    """The tables with rows that are wanted; of a partitioned one its partitions.

    Raises:
        RestoreError: there is no such table or schema.
    """
    with database_errors("looking for the wanted tables"):
        tables = [
            table
            for table in user_tables(connection)
            if table.schema != STRONGROOM_SCHEMA and table.extension is None
        ]
        known = {(table.schema, table.name): table for table in tables}
        found: dict[Table, None] = {}
        for table in wanted.of(tables):
            if table.kind == "p":
                rows = connection.execute(_LEAVES, [table.oid]).fetchall()
                found.update(dict.fromkeys(known[row[0], row[1]] for row in rows))
            elif table.kind == "r":
                found[table] = None
    if not found:
        raise RestoreError(
            "What is wanted has no rows of its own: views and foreign tables are not backed up.",
            next_step="name an ordinary table: strongroom restore --table SCHEMA.TABLE",
        )
    return list(found)


def _load_rows(
    server: Administered,
    configuration: Configuration,
    manifest: Manifest,
    tables: Sequence[Table],
    progress: Progress,
) -> dict[str, tuple[str, ...]]:
    """Load the rows of some tables, and the keys to find them by; return what else they had."""
    beginnings = tuple(f"{table.schema} {table.name} " for table in tables)
    program = server.binaries.tool("pg_restore")
    with (
        open_archive(configuration, manifest) as archive,
        running_tool(program, ["--list"], {}, stdin=archive.fileno(), stdout=PIPE) as tool,
    ):
        lines = [line.decode(errors="surrogateescape") for line in tool.process.stdout or ()]
        tool.finish()
    chosen = [
        line for line in lines if (entry := _ENTRY.match(line)) and entry[2].startswith(beginnings)
    ]
    with NamedTemporaryFile() as listed:
        listed.write("".join(chosen).encode(errors="surrogateescape"))
        listed.flush()
        _load(server, configuration, manifest, [f"--use-list={listed.name}"], progress)
    return {table.label: _hanging_on(table, lines) for table in tables}


def _hanging_on(table: Table, lines: Sequence[str]) -> tuple[str, ...]:
    """The keys to other tables, triggers, policies and rules of a table, from an archive's list."""
    beginning = f"{table.schema} {table.name} "
    found = []
    for line in lines:
        entry = _HANGING.match(line)
        if entry is not None and entry[2].startswith(beginning):
            name = entry[2].removeprefix(beginning).rpartition(" ")[0]
            if not name.startswith("strongroom_"):
                found.append(f"{_WORDS[entry[1]]} {name}")
    return tuple(found)


def _load(
    server: Administered,
    configuration: Configuration,
    manifest: Manifest,
    arguments: list[str],
    progress: Progress,
) -> None:
    total_bytes = manifest.objects[0].content_size_bytes

    def report(done_bytes: int) -> None:
        progress.amount("reload.loaded", done_bytes, total_bytes, "bytes")

    with (
        open_archive(configuration, manifest, report=report) as archive,
        running_tool(
            server.binaries.tool("pg_restore"),
            [*arguments, f"--dbname={configuration.database}"],
            server.administrator(configuration.database),
            stdin=archive.fileno(),
        ) as tool,
    ):
        finished = tool.finish()
    if _DISK_FULL in finished.messages:
        raise NoSpaceError(
            "The disk became full while a backup was being loaded.",
            next_step=f"free space in {configuration.scratch_directory}, then repeat",
        )
    # What it complains of may be about something else; the rows are compared in the end.


def _major(manifest: Manifest) -> int | None:
    """PostgreSQL of the source's own version where it is at hand, else the newest."""
    try:
        return find_binaries(manifest_major(manifest)).major
    except BinariesMissingError:
        return None


def _unknown(what: str, there: Sequence[str]) -> RestoreError:
    named = ", ".join(there[:12]) + (", …" if len(there) > 12 else "")  # noqa: PLR2004
    return RestoreError(
        f"The backup has no {what}. It has: {named}. Nothing was made.",
        next_step="the same with one of those names, or with another backup: strongroom backups",
    )
