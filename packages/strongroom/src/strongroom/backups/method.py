"""By which method a backup is taken: what the configuration says, or what is possible.

Physical is the better one where it can be had: incremental, restored as files, with a log. But
it holds the whole cluster; so on a server of others, where most of the cluster may be none of
this application's business, it is chosen only where the pinned database is most of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast, get_args

import psycopg

from strongroom.backups.physical.rights import Hindrance, hindrances
from strongroom.backups.settings import Chosen, Method, backup_settings
from strongroom.backups.source import as_connected, programs_of
from strongroom.config import Configuration
from strongroom.errors import BinariesMissingError
from strongroom.identity.gate import OpenDatabase, open_database
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect, database_errors

# Of a database that we may not look at, the size is not told; then nobody knows.
SIZES = """
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()),
       sum(CASE WHEN pg_catalog.has_database_privilege(oid, 'CONNECT')
                THEN pg_catalog.pg_database_size(oid) END)::bigint,
       count(*) FILTER (WHERE NOT pg_catalog.has_database_privilege(oid, 'CONNECT'))
  FROM pg_catalog.pg_database
 WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'
   AND datname <> pg_catalog.current_database()
"""


@dataclass(frozen=True)
class Choice:
    """How a backup is taken, and why so."""

    method: Chosen
    reason: str
    by_itself: bool = True
    """Whether strongroom chose, and may choose again; else somebody asked for this one."""

    def instead(self, why: str) -> Choice:
        """The other method for this time, because no moment was found to compare with."""
        return replace(self, method="logical", reason=f"this time, because: {why}")

    def as_dict(self) -> dict[str, str]:
        """As shown by ``--json``."""
        return {"method": self.method, "reason": self.reason}


def choose(configuration: Configuration, database: OpenDatabase, asked: Method | None) -> Choice:
    """Decide how the next backup of an open database is taken.

    Raises:
        ServerError: nobody can be asked.
    """
    wanted = asked or backup_settings(configuration).method
    if wanted != "auto":
        return Choice(wanted, "as asked" if asked else "as backup.method says", by_itself=False)
    with connect(database.replicator()) as conn:
        found = hindrances(conn, as_connected(conn)) or _unwanted(database, conn)
        found = found or _without_program(database, conn)
    if found:
        why = "; ".join(f"{one.what} (what helps: {one.remedy})" for one in found)
        return Choice("logical", why)
    if database.server is not None:
        return Choice("physical", "the server is strongroom's own")
    return Choice("physical", "the server lets its files and its log be read")


def missing_rights(configuration: Configuration) -> list[Hindrance]:
    """What keeps the role that takes backups from physical ones; nothing is changed.

    Raises:
        RefusedError, ServerError: it is not the expected database, or nobody can be asked.
    """
    with (
        open_database(configuration, read_only=True) as database,
        connect(database.replicator()) as conn,
    ):
        return hindrances(conn, as_connected(conn))


def chosen_for(configuration: Configuration, backup_id: str) -> Choice | None:
    """How a backup was taken and why, as the ledger has it; None where it does not say."""
    entries, _ = ledger_of(configuration).readable()
    for entry in reversed(entries):
        if entry.kind == "backup" and entry.details.get("backup_id") == backup_id:
            method, reason = entry.details.get("method"), entry.details.get("reason")
            if method not in get_args(Chosen) or not isinstance(reason, str):
                return None
            return Choice(cast("Chosen", method), reason)
    return None


def _unwanted(database: OpenDatabase, conn: psycopg.Connection) -> list[Hindrance]:
    """Whether the cluster holds more of others than of this application."""
    if database.server is not None:
        return []
    with database_errors("comparing the databases of the cluster"):
        own_bytes, others_bytes, unknown = conn.execute(SIZES).fetchall()[0]
    conn.rollback()
    if not unknown and (others_bytes or 0) <= own_bytes:
        return []
    return [
        Hindrance(
            "the cluster holds more of other databases than of this one, or some that this role "
            "may not connect to",
            'backup.method = "physical", if all of it is to be in the backup',
        )
    ]


def _without_program(database: OpenDatabase, conn: psycopg.Connection) -> list[Hindrance]:
    try:
        programs_of(database, conn).tool("pg_basebackup")
    except BinariesMissingError as error:
        return [Hindrance(error.message.rstrip("."), error.next_step)]
    return []
