"""Take the ownership of a database's tables away from roles that log in.

Whoever owns a table can drop it and switch its guards off. So on a server of others the tables
go, with consent, to an owner that nobody logs in as; the role that had them keeps its work:
reading and writing rows.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.postgres.connections import database_errors
from strongroom.postgres.roles import (
    apply_privileges,
    create_roles,
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)

_OWNERS = """
SELECT DISTINCT r.rolname FROM pg_roles AS r
WHERE r.rolcanlogin AND (
    EXISTS (SELECT FROM pg_database AS d WHERE d.datname = current_database() AND d.datdba = r.oid)
    OR EXISTS (SELECT FROM strongroom_guard.guarded_table AS t JOIN pg_class AS c
               ON c.oid = t.relation WHERE c.relowner = r.oid))
"""
# Sequences that a column owns follow their table.
_MOVES = """
SELECT format('ALTER %%s %%I.%%I OWNER TO %%I',
              CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
                             WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
              n.nspname, c.relname, %(owner)s::text)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relpersistence <> 't' AND r.rolcanlogin
  AND n.nspname !~ '^(pg_|information_schema$|strongroom)'
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                    AND d.deptype IN ('e', 'a', 'i') AND d.refobjid <> n.oid)
UNION ALL
SELECT format('ALTER SCHEMA %%I OWNER TO %%I', n.nspname, %(owner)s::text)
FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner
WHERE r.rolcanlogin AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema')
UNION ALL
SELECT format('ALTER DATABASE %%I OWNER TO %%I', d.datname, %(owner)s::text)
FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba
WHERE d.datname = current_database() AND r.rolcanlogin
ORDER BY 1
"""
_WORK = """
SELECT format('GRANT USAGE ON SCHEMA %%I TO %%I', n.nspname, %(role)s::text)
FROM pg_namespace AS n
WHERE n.nspname !~ '^(pg_|information_schema$|strongroom)'
UNION ALL
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %%I TO %%I',
              n.nspname, %(role)s::text)
FROM pg_namespace AS n
WHERE n.nspname !~ '^(pg_|information_schema$|strongroom)'
UNION ALL
SELECT format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %%I TO %%I',
              n.nspname, %(role)s::text)
FROM pg_namespace AS n
WHERE n.nspname !~ '^(pg_|information_schema$|strongroom)'
"""
_CONNECT = "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}"


def plan_ownership(connection: psycopg.Connection, configuration: Configuration) -> tuple[str, ...]:
    """The statements that would move what login roles own; empty where nothing has to move."""
    owner = roles_of(configuration.application).owner
    with database_errors("looking for owners"), connection.transaction():
        return tuple(one for (one,) in connection.execute(_MOVES, {"owner": owner}).fetchall())


def move_ownership(connection: psycopg.Connection, configuration: Configuration) -> tuple[str, ...]:
    """Make the application's roles, and give them what login roles own. All or nothing.

    Passwords of the new roles go into the configuration's file. Guards must be there already.

    Raises:
        DatabaseError: the administrator may not; nothing was changed.
    """
    roles = roles_of(configuration.application)
    if not configuration.passwords.exists():
        write_passwords(configuration.passwords, new_passwords(roles))
    with database_errors("moving the ownership of tables"), connection.transaction():
        create_roles(connection, roles, load_passwords(configuration.passwords))
        moves = connection.execute(_MOVES, {"owner": roles.owner}).fetchall()
        workers = [name for (name,) in connection.execute(_OWNERS).fetchall()]
        for (statement,) in moves:
            connection.execute(statement.encode())
        apply_privileges(connection, roles)
        for role in (*workers, roles.application):
            for (statement,) in connection.execute(_WORK, {"role": role}).fetchall():
                connection.execute(statement.encode())
            connection.execute(
                sql.SQL(_CONNECT).format(
                    sql.Identifier(connection.info.dbname), sql.Identifier(role)
                )
            )
    return tuple(one for (one,) in moves)
