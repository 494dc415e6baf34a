"""What keeps a cluster from being read by its files, and the exact statement that helps.

Nothing here changes anything: each question is asked of the catalogue, and the server is asked
once whether it takes a replication connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from strongroom.errors import ServerError
from strongroom.postgres.catalogue import quoted
from strongroom.postgres.connections import ConnectionInfo, database_errors
from strongroom.postgres.replication import replication

MAINTAIN_SINCE = 170_000
POOLED = "unsupported startup parameter"
"""What pgbouncer says to whoever asks for the log."""

# Its owner may lock every table; whoever may call it can do so too, and nothing else.
HOLD_STILL = (
    "CREATE SCHEMA IF NOT EXISTS strongroom_backup; "
    "CREATE OR REPLACE FUNCTION strongroom_backup.hold_still(relations oid[]) RETURNS void "
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ "
    "DECLARE names text; BEGIN "
    "SELECT string_agg(format('ONLY %I.%I', n.nspname, c.relname), ', ') INTO names "
    "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.oid = ANY (relations) AND c.relkind IN ('r', 'p'); IF names IS NOT NULL THEN "
    "EXECUTE 'LOCK TABLE ' || names || ' IN SHARE MODE'; END IF; END $$; "
    "REVOKE ALL ON FUNCTION strongroom_backup.hold_still(oid[]) FROM PUBLIC; "
    "GRANT USAGE ON SCHEMA strongroom_backup TO {role}; "
    "GRANT EXECUTE ON FUNCTION strongroom_backup.hold_still(oid[]) TO {role}"
)

# Not by its name: whoever may not look into a schema is refused when a name in it is resolved.
MAY_HOLD_STILL = """EXISTS (
    SELECT FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace s ON s.oid = f.pronamespace
     WHERE s.nspname = 'strongroom_backup' AND f.proname = 'hold_still'
       AND f.proargtypes::text = 'oid[]'::pg_catalog.regtype::oid::text
       AND pg_catalog.has_schema_privilege(s.oid, 'USAGE')
       AND pg_catalog.has_function_privilege(f.oid, 'EXECUTE'))"""

# Rights over the cluster, and where this connection comes from.
ABOUT_THE_ROLE = """
SELECT r.rolname::text AS role, r.rolsuper, r.rolreplication, r.rolbypassrls,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('wal_level') AS wal_level,
       pg_catalog.host(pg_catalog.inet_client_addr()) AS client,
       EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname !~ '^pg_') AS tablespaces
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""

# Rights over the tables of this database.
ABOUT_THE_TABLES = """
SELECT count(*) FILTER (WHERE n.nspname <> 'pg_catalog'
                          AND NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT') AND
                                   pg_catalog.has_schema_privilege(n.oid, 'USAGE')))
         AS unreadable,
       count(*) FILTER (WHERE c.relkind IN ('r', 'p')
                          AND NOT pg_catalog.has_table_privilege(c.oid, %(to_lock)s)) AS unlockable,
       count(*) FILTER (WHERE pg_catalog.row_security_active(c.oid)) AS hidden,
       MAY_HOLD_STILL AS by_function
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
   AND (n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'strongroom_guard')
        OR c.oid IN ('pg_catalog.pg_largeobject'::pg_catalog.regclass,
                     'pg_catalog.pg_largeobject_metadata'::pg_catalog.regclass)
           AND EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata))
""".replace("MAY_HOLD_STILL", MAY_HOLD_STILL)


@dataclass(frozen=True)
class Hindrance:
    """One thing in the way, and what takes it away: a statement, or a line of a file."""

    what: str
    remedy: str
    essential: bool = True
    """Without the right to lock, a backup is still compared where nobody happens to write."""
    long_form: str | None = None
    """What ``remedy`` stands for, where that is too long to be read in passing."""

    @property
    def statement(self) -> str:
        """What gives the right, whole."""
        return self.long_form or self.remedy


def hindrances(conn: psycopg.Connection, conninfo: ConnectionInfo) -> list[Hindrance]:
    """All that keeps the role of ``conn`` from taking physical backups, in the order to mend it.

    That no lock can be had is one only where a slot cannot serve instead.

    Raises:
        DatabaseError: PostgreSQL refused to tell.
    """
    with database_errors("looking at the rights of the role that takes backups"):
        role = _row(conn, ABOUT_THE_ROLE, {})
        tables = _row(conn, ABOUT_THE_TABLES, _asked_of(conn))
    conn.rollback()
    found = [*_of_the_server(role), *_of_replication(conn, role, conninfo)]
    found += table_hindrances(role["role"], tables)
    if role["wal_level"] != "logical":
        found += lock_hindrances(conn, role["role"], tables)
    return found


def rights_over_tables(conn: psycopg.Connection) -> list[Hindrance]:
    """What keeps the role of ``conn`` from digesting and locking the tables of this database."""
    with database_errors("looking at the rights of the role that takes backups"):
        role = _row(conn, ABOUT_THE_ROLE, {})
        tables = _row(conn, ABOUT_THE_TABLES, _asked_of(conn))
    conn.rollback()
    name = role["role"]
    return [*table_hindrances(name, tables), *lock_hindrances(conn, name, tables)]


def table_hindrances(name: str, tables: dict[str, Any]) -> list[Hindrance]:
    """What keeps a role from reading every row."""
    found = []
    if tables["unreadable"]:
        what = f"the role {name!r} may not read {tables['unreadable']} tables"
        found.append(Hindrance(what, f"GRANT pg_read_all_data TO {quoted(name)}"))
    if tables["hidden"]:
        what = f"row security hides rows of {tables['hidden']} tables from the role {name!r}"
        found.append(Hindrance(what, f"ALTER ROLE {quoted(name)} BYPASSRLS"))
    return found


def lock_hindrances(conn: psycopg.Connection, name: str, tables: dict[str, Any]) -> list[Hindrance]:
    """What keeps a role from holding all tables still for a moment."""
    if not tables["unlockable"] or tables["by_function"]:
        return []
    what = f"the role {name!r} may not hold {tables['unlockable']} tables still for a moment"
    if conn.info.server_version >= MAINTAIN_SINCE:
        return [Hindrance(what, f"GRANT pg_maintain TO {quoted(name)}", essential=False)]
    remedy = "a superuser makes what strongroom backup --rights prints"
    whole = HOLD_STILL.format(role=quoted(name))
    return [Hindrance(what, remedy, essential=False, long_form=whole)]


def remedies(found: Sequence[Hindrance]) -> str:
    """What to do about all of them, in one line."""
    return "; ".join(one.remedy for one in found)


def _of_the_server(role: dict[str, Any]) -> list[Hindrance]:
    found = []
    if role["in_recovery"]:
        found.append(Hindrance("the server is a standby", "give the address of the primary"))
    if role["wal_level"] == "minimal":
        needed = "ALTER SYSTEM SET wal_level = 'replica', and start the server again"
        found.append(Hindrance("the server's wal_level is minimal", needed))
    if role["tablespaces"]:
        what = "the cluster has tablespaces, which a physical backup does not hold"
        found.append(Hindrance(what, "strongroom backup --method logical"))
    return found


def _of_replication(
    conn: psycopg.Connection, role: dict[str, Any], conninfo: ConnectionInfo
) -> list[Hindrance]:
    name = role["role"]
    found = []
    if not (role["rolsuper"] or role["rolreplication"]):
        what = f"the role {name!r} may not replicate"
        found.append(Hindrance(what, f"ALTER ROLE {quoted(name)} REPLICATION"))
    try:
        with replication(conninfo):
            return found
    except ServerError as error:
        said = error.message
    if "pg_hba.conf" in said:
        line = access_line(name, role["client"], tls=bool(conn.pgconn.ssl_in_use))
        found.append(
            Hindrance(
                f"pg_hba.conf lets the role {name!r} replicate from nowhere that leads here",
                f"this line in pg_hba.conf, then SELECT pg_reload_conf(): {line}",
            )
        )
    elif POOLED in said:
        mend = "give the server's own address in database.backup: a pooler stands between"
        found.append(Hindrance(said.rstrip("."), mend))
    elif not found:
        raise_limit = "see max_wal_senders (2 for a backup, beside those in use)"
        found.append(Hindrance(said.rstrip("."), raise_limit))
    return found


def access_line(role: str, client: str | None, *, tls: bool) -> str:
    """The line of ``pg_hba.conf`` by which a role may replicate from ``client``."""
    if client is None:
        return f"local replication {quoted(role)} scram-sha-256"
    bits = 128 if ":" in client else 32
    kind = "hostssl" if tls else "host"
    return f"{kind} replication {quoted(role)} {client}/{bits} scram-sha-256"


def _asked_of(conn: psycopg.Connection) -> dict[str, str]:
    maintain = ", MAINTAIN" if conn.info.server_version >= MAINTAIN_SINCE else ""
    return {"to_lock": f"UPDATE, DELETE, TRUNCATE{maintain}"}


def _row(conn: psycopg.Connection, query: str, parameters: dict[str, str]) -> dict[str, Any]:
    cursor = conn.execute(query.encode(), parameters)
    names = [column.name for column in cursor.description or ()]
    return dict(zip(names, cursor.fetchall()[0], strict=True))
