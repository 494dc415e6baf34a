"""What there is to know of a cluster before its files are read."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from strongroom.postgres.connections import database_errors

# A hot standby must not have less of these than its primary had.
STANDBY_SETTINGS = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
)
# The size of a database is told to those who may connect to it. A superuser that may log in is
# who the drill connects as: a copy in recovery can be given no other.
ABOUT = """
SELECT (SELECT coalesce(sum(pg_catalog.pg_database_size(oid)), 0)
          FROM pg_catalog.pg_database
         WHERE pg_catalog.has_database_privilege(oid, 'CONNECT'))::bigint,
       coalesce((SELECT rolname FROM pg_catalog.pg_roles
                  WHERE rolsuper AND rolcanlogin ORDER BY oid LIMIT 1),
                (SELECT rolname FROM pg_catalog.pg_roles WHERE oid = 10)),
       ARRAY(SELECT datname::text FROM pg_catalog.pg_database
              WHERE datallowconn AND NOT datistemplate
                AND datname <> pg_catalog.current_database() ORDER BY 1),
       (SELECT system_identifier FROM pg_catalog.pg_control_system())
"""


@dataclass(frozen=True)
class Cluster:
    """One cluster, as a connection to one of its databases sees it."""

    size_bytes: int
    superuser: str
    """One that may log in, the first of them; where none may, the one that the cluster began
    with."""
    other_databases: list[str]
    """Those that anybody could connect to, the templates left out."""
    system_identifier: int
    settings: dict[str, str]
    wal_level: str


def about(conn: psycopg.Connection) -> Cluster:
    """Ask for all of it; no transaction stays open.

    Raises:
        DatabaseError: PostgreSQL refused to tell.
    """
    with database_errors("looking at the cluster"):
        size_bytes, superuser, others, identifier = conn.execute(ABOUT).fetchall()[0]
        rows = conn.execute(
            "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY(%s)",
            [[*STANDBY_SETTINGS, "wal_level"]],
        ).fetchall()
    conn.rollback()
    settings: dict[str, str] = dict(rows)
    wal_level = settings.pop("wal_level")
    return Cluster(size_bytes, superuser, others, identifier, settings, wal_level)
