"""What a logical backup tells of the database itself, for where that is gone altogether.

An archive has the statements by which its database was made: owner, encoding and locale, settings,
rights, limit and comment. They are taken when nothing is in place to be taken from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from subprocess import PIPE

import psycopg
from psycopg import sql

from strongroom.backups.archive import open_archive
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.errors import RestoreError
from strongroom.postgres.connections import words_of
from strongroom.postgres.tools import running_tool
from strongroom.restores.renaming.place import OthersServer

_CREATED = re.compile(r"CREATE DATABASE (.+?) WITH (.*);$")
_OWNED = re.compile(r"ALTER DATABASE .+ OWNER TO (.+);$")
_OF_IT = re.compile(r"(ALTER|COMMENT ON|GRANT|REVOKE) .*;$")


@dataclass(frozen=True)
class Archived:
    """The statements of an archive about its database, as PostgreSQL wrote them."""

    name: str
    """Quoted where it must be."""
    options: str
    owner: str | None
    statements: tuple[str, ...]

    def creation(self, name: str) -> sql.Composed:
        """The statement that makes an empty database like it."""
        made = sql.SQL("CREATE DATABASE {} WITH ").format(sql.Identifier(name))
        owned = f" OWNER = {self.owner}" if self.owner else ""
        return made + sql.SQL(self.options + owned)

    def give_to(self, connection: psycopg.Connection, name: str) -> None:
        """Say of another database what was said of this one.

        Raises:
            RestoreError: PostgreSQL refused something.
        """
        new = f" DATABASE {sql.Identifier(name).as_string(connection)}"
        for statement in self.statements:
            said = statement.replace(f" DATABASE {self.name}", new, 1)
            try:
                connection.execute(said.encode())
            except psycopg.Error as error:
                raise RestoreError(
                    f"The database {name} was restored and verified, and cannot become like the "
                    f"one that was lost: {said} ({words_of(error)}). Nothing was renamed.",
                    next_step="make possible what that statement needs, then repeat",
                ) from error


def archived_database(
    server: OthersServer, configuration: Configuration, manifest: Manifest
) -> Archived | None:
    """Read what the archive of a logical backup says of its database; None if it says nothing."""
    if manifest.physical is not None:
        return None
    program, arguments = server.binaries.tool("pg_restore"), ["--create", "--schema-only"]
    name = options = owner = None
    statements = []
    with (
        open_archive(configuration, manifest) as archive,
        running_tool(
            program, [*arguments, "--file=-"], {}, stdin=archive.fileno(), stdout=PIPE
        ) as tool,
    ):
        for line in tool.process.stdout or ():
            text = line.decode(errors="replace").rstrip("\n")
            if created := _CREATED.match(text):
                name, options = created[1], created[2]
            elif name is not None and (owned := _OWNED.match(text)):
                owner = owner or owned[1]
            elif name is not None and f" DATABASE {name}" in text and _OF_IT.match(text):
                statements.append(text)
        tool.finish()
    if name is None or options is None:
        return None
    return Archived(name, options, owner, tuple(statements))
