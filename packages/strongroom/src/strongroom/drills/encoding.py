"""In which encoding a logical backup's database was, which its copy has to have as well."""

from __future__ import annotations

import re
from subprocess import PIPE

from strongroom.backups.archive import open_archive
from strongroom.backups.manifest import Manifest
from strongroom.config import Configuration
from strongroom.postgres.tools import running_tool
from strongroom.server.administered import Administered

_ENCODING = re.compile(rb"CREATE DATABASE .* ENCODING = '(\w+)'")


def archived_encoding(
    server: Administered, configuration: Configuration, manifest: Manifest
) -> str:
    """Read it from the archive, which says how its database was made.

    Digests are made of the bytes of a row's text, so that a copy in another encoding would be
    called another one; and bytes of no encoding (SQL_ASCII) could not be put into any other.

    Raises:
        DamagedBackupError: the archive is not what was stored.
        WrongKeyError: no private key at hand opens it.
    """
    program, found = server.binaries.tool("pg_restore"), "UTF8"
    with (
        open_archive(configuration, manifest) as archive,
        running_tool(
            program,
            ["--create", "--schema-only", "--file=-"],
            {},
            stdin=archive.fileno(),
            stdout=PIPE,
        ) as tool,
    ):
        for line in tool.process.stdout or ():
            if named := _ENCODING.match(line):
                found = named[1].decode()
        tool.finish()
    return found
