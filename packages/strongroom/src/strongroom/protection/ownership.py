"""Take the ownership of a database's tables away from roles that log in.

Whoever owns a table can drop it and switch its guards off. So on a server of others the tables
go, with consent, to an owner that nobody logs in as; the role that had them keeps its work:
reading and writing rows.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.identity.gate import OpenDatabase
from strongroom.identity.schema import OWNER as IDENTITY_OWNER
from strongroom.identity.schema import grant_reading
from strongroom.postgres.connections import database_errors
from strongroom.postgres.roles import (
    Roles,
    create_roles,
    give_new_things_to,
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)

# On the server of others a role of that name may be somebody else's, with no rights here.
_IS_ITS_OWNER = """
SELECT FROM pg_catalog.pg_roles AS r
WHERE r.rolname = %(owner)s
  AND pg_catalog.pg_has_role(coalesce(%(migrator)s, current_user), r.oid, 'MEMBER')
  AND EXISTS (SELECT FROM pg_catalog.pg_namespace AS n
              WHERE n.nspname !~ '^(pg_|information_schema$|strongroom)'
                AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'))
"""
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
WHERE r.rolcanlogin AND n.nspname !~ '^(pg_|information_schema$|strongroom)'
UNION ALL
SELECT format('ALTER DATABASE %%I OWNER TO %%I', d.datname, %(owner)s::text)
FROM pg_database AS d JOIN pg_roles AS r ON r.oid = d.datdba
WHERE d.datname = current_database() AND r.rolcanlogin
ORDER BY 1
"""
# What says whose database this is belongs to nobody who logs in either; the schema comes first.
_IDENTITY_MOVES = """
SELECT statement FROM (
    SELECT 1 AS step, format('ALTER SCHEMA strongroom OWNER TO %%I', %(owner)s::text) AS statement
    FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner
    WHERE n.nspname = 'strongroom' AND r.rolcanlogin
    UNION ALL
    SELECT 2, format('ALTER TABLE strongroom.%%I OWNER TO %%I', c.relname, %(owner)s::text)
    FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
    WHERE c.relnamespace = to_regnamespace('strongroom') AND c.relkind = 'r' AND r.rolcanlogin
    UNION ALL
    SELECT 3, format('ALTER FUNCTION %%s OWNER TO %%I', p.oid::regprocedure, %(owner)s::text)
    FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
    WHERE p.pronamespace = to_regnamespace('strongroom') AND r.rolcanlogin
) AS moves
ORDER BY step, statement
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
_MAKE = """
SELECT format('GRANT USAGE, CREATE ON SCHEMA %%I TO %%I', n.nspname, %(owner)s::text)
FROM pg_namespace AS n
WHERE n.nspname !~ '^(pg_|information_schema$|strongroom)'
"""
_CONNECT = "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}"


def owner_to_become(database: OpenDatabase, connection: psycopg.Connection) -> str | None:
    """The role that a migrator says SET ROLE to; None where it owns the tables itself.

    On a server of others our owner is there only after its ownership was moved.
    """
    owner = roles_of(database.configuration.application).owner
    if database.server is not None:
        return owner
    migrator = database.conninfo("migrator").get("user")
    asked = connection.execute(_IS_ITS_OWNER, {"owner": owner, "migrator": migrator})
    return None if asked.fetchone() is None else owner  # a row has no columns


def plan_ownership(connection: psycopg.Connection, configuration: Configuration) -> tuple[str, ...]:
    """The statements that would move what login roles own; empty where nothing has to move."""
    owner = roles_of(configuration.application).owner
    with database_errors("looking for owners"), connection.transaction():
        return _moves(connection, owner)


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
        moves = _moves(connection, roles.owner)
        workers = [name for (name,) in connection.execute(_OWNERS).fetchall()]
        for statement in moves:
            connection.execute(statement.encode())
        _let_work(connection, roles, workers)
    return moves


def _moves(connection: psycopg.Connection, owner: str) -> tuple[str, ...]:
    found = connection.execute(_MOVES, {"owner": owner}).fetchall()
    found += connection.execute(_IDENTITY_MOVES, {"owner": IDENTITY_OWNER}).fetchall()
    return tuple(one for (one,) in found)


def _let_work(connection: psycopg.Connection, roles: Roles, workers: list[str]) -> None:
    """Let those who owned tables read and write rows, now and in tables to come.

    Nothing is taken from anybody else: other roles may use the schemas as before.
    """
    for (statement,) in connection.execute(_MAKE, {"owner": roles.owner}).fetchall():
        connection.execute(statement.encode())
    for role in (*workers, roles.application):
        for (statement,) in connection.execute(_WORK, {"role": role}).fetchall():
            connection.execute(statement.encode())
        give_new_things_to(connection, role, made_by=roles.owner)
    for role in (*workers, *roles.logins):  # a database may let in nobody who was not named
        connection.execute(
            sql.SQL(_CONNECT).format(sql.Identifier(connection.info.dbname), sql.Identifier(role))
        )
        grant_reading(connection, role)
