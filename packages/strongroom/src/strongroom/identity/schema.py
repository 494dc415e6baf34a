"""Schema ``strongroom`` inside a database: its identity row and its chain of epochs.

It belongs to a role that nobody can log in as. Applications may read it, and may call
``append_epoch()``, which runs with the owner's rights. Every name is written with its schema:
an unqualified one could be shadowed by a table in the caller's own schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from strongroom.errors import DatabaseError
from strongroom.identity.observation import Identity
from strongroom.identity.state import Mark
from strongroom.postgres.roles import GRANT_OPTIONS_SINCE

OWNER = "strongroom"
FORMAT = 2
"""1: without the newest mark in the identity row. It keeps working until it is upgraded."""
EPOCHS_KEPT = 100_000
"""More than two months of heartbeats: far older than any state that may still decide."""
_APPEND_LOCK = 4_921_057_730_283_116
"""Number of the advisory lock by which one process is elected to append."""

# The newest mark stands in the identity row too, so that a new connection is verified by
# reading one table.
_TABLES = """
CREATE TABLE strongroom.identity (
    only_row     boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    format       integer     NOT NULL,
    database_id  uuid        NOT NULL,
    environment  text        NOT NULL,
    incarnation  uuid        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    newest_n     bigint,
    newest_nonce uuid
);
CREATE TABLE strongroom.epoch (
    n           bigint      PRIMARY KEY,
    nonce       uuid        NOT NULL UNIQUE,
    incarnation uuid        NOT NULL,
    timeline    integer     NOT NULL,
    lsn         pg_lsn      NOT NULL,
    at          timestamptz NOT NULL
)
"""

# The timeline comes from the name of the WAL file in use: after a promotion,
# pg_control_checkpoint() still tells the old one until the next checkpoint.
# Who does not get the lock appends nothing: another process is doing it right now.
_APPEND = f"""
CREATE OR REPLACE FUNCTION strongroom.append_epoch() RETURNS SETOF strongroom.epoch
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $append$
DECLARE
    made strongroom.epoch;
BEGIN
    IF NOT pg_try_advisory_xact_lock({_APPEND_LOCK}) THEN
        RETURN;
    END IF;
    DELETE FROM strongroom.epoch AS old
    WHERE old.n <= (SELECT max(e.n) FROM strongroom.epoch AS e) - {EPOCHS_KEPT};
    INSERT INTO strongroom.epoch AS e (n, nonce, incarnation, timeline, lsn, at)
    SELECT
        coalesce((SELECT max(last.n) FROM strongroom.epoch AS last), 0) + 1,
        gen_random_uuid(),
        i.incarnation,
        ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer,
        pg_current_wal_insert_lsn(),
        clock_timestamp()
    FROM strongroom.identity AS i
    RETURNING e.* INTO made;
    IF made.n IS NOT NULL THEN
        UPDATE strongroom.identity SET newest_n = made.n, newest_nonce = made.nonce;
        RETURN NEXT made;
    END IF;
END
$append$;
REVOKE ALL ON FUNCTION strongroom.append_epoch() FROM PUBLIC
"""  # noqa: S608  the two numbers are constants of this file

_IDENTIFY = """
INSERT INTO strongroom.identity (format, database_id, environment, incarnation)
VALUES (%s, %s, %s, %s)
"""
_UPGRADE = """
SET LOCAL lock_timeout = '1s';
ALTER TABLE strongroom.identity
    ADD COLUMN IF NOT EXISTS newest_n bigint,
    ADD COLUMN IF NOT EXISTS newest_nonce uuid;
UPDATE strongroom.identity SET format = 2, (newest_n, newest_nonce) =
    (SELECT e.n, e.nonce FROM strongroom.epoch AS e ORDER BY e.n DESC LIMIT 1)
"""
_OWNER_ROLE = """
SELECT r.rolsuper, r.rolcreaterole, r.rolname, o.oid IS NOT NULL,
       coalesce(pg_has_role(current_user, o.oid, %(right)s), false)
FROM pg_roles AS r LEFT JOIN pg_roles AS o ON o.rolname = %(owner)s
WHERE r.rolname = current_user
"""
_RESTAMP = "UPDATE strongroom.identity SET incarnation = %s, environment = %s"


def ensure_owner(connection: psycopg.Connection) -> str:
    """Make the role that owns the schema; return its name.

    Where the connected role may neither make nor take that role, it owns the schema itself: the
    role may be there already, made for another database of the same server.
    """
    options = connection.info.server_version >= GRANT_OPTIONS_SINCE
    superuser, may_create, current, exists, may_take = connection.execute(
        _OWNER_ROLE, {"owner": OWNER, "right": "SET" if options else "MEMBER"}
    ).fetchall()[0]
    if exists and (superuser or may_take):
        return OWNER
    if not (superuser or may_create):
        return str(current)
    owner = sql.Identifier(OWNER)
    try:
        with connection.transaction():
            if not exists:
                connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(owner))
            if not superuser:
                grant = "GRANT {} TO CURRENT_USER" + (" WITH SET TRUE" if options else "")
                connection.execute(sql.SQL(grant).format(owner))
    except psycopg.errors.InsufficientPrivilege:
        return str(current)
    return OWNER


def create_schema(
    connection: psycopg.Connection, identity: Identity, *, readers: Iterable[str]
) -> Mark:
    """Put schema, identity row and first epoch into a database, in the caller's transaction.

    Args:
        connection: of a role that may create a schema here.
        identity: what the database is from now on.
        readers: roles that may read the schema and append epochs.
    """
    owner = sql.Identifier(ensure_owner(connection))
    connection.execute(sql.SQL("CREATE SCHEMA strongroom AUTHORIZATION {}").format(owner))
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(owner))
    connection.execute(_TABLES)
    connection.execute(_APPEND.encode())
    for reader in readers:
        grant_reading(connection, reader)
    connection.execute(
        _IDENTIFY, (FORMAT, identity.database_id, identity.environment, identity.incarnation)
    )
    connection.execute("RESET ROLE")
    return _first_mark(connection)


def upgrade_schema(connection: psycopg.Connection) -> bool:
    """Bring the schema to this format, in one transaction; nothing that can be lost is touched.

    Returns:
        False where the role may not do so, or somebody holds the table: it stays as it is, and
        keeps working.
    """
    query = (
        "SELECT pg_get_userbyid(nspowner)::text FROM pg_catalog.pg_namespace "
        "WHERE nspname = 'strongroom'"
    )
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.LockNotAvailable)
    try:
        with connection.transaction():
            owner = connection.execute(query).fetchall()[0][0]
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))
            connection.execute(_UPGRADE)
            connection.execute(_APPEND.encode())
    except refused:
        return False
    return True


def grant_reading(connection: psycopg.Connection, role: str) -> None:
    """Let a role read the identity and append epochs."""
    name = sql.Identifier(role)
    for grant in (
        "GRANT USAGE ON SCHEMA strongroom TO {}",
        "GRANT SELECT ON strongroom.identity, strongroom.epoch TO {}",
        "GRANT EXECUTE ON FUNCTION strongroom.append_epoch() TO {}",
    ):
        connection.execute(sql.SQL(grant).format(name))


def stamp(connection: psycopg.Connection, *, incarnation: str, environment: str) -> Mark:
    """Give a database a new incarnation, and that its first epoch."""
    connection.execute(_RESTAMP, (incarnation, environment))
    return _first_mark(connection)


def append(connection: psycopg.Connection) -> Mark | None:
    """Append one epoch in the caller's transaction; None when another process is doing it."""
    row = connection.execute(
        "SELECT n, nonce::text, timeline, at FROM strongroom.append_epoch()"
    ).fetchone()
    return mark_from(row) if row else None


def mark_from(row: tuple[int, str, int, datetime]) -> Mark:
    """Read the columns n, nonce, timeline, at of an epoch."""
    n, nonce, timeline, at = row
    return Mark(n=n, nonce=nonce, timeline=timeline, at=at.astimezone(UTC).isoformat())


def _first_mark(connection: psycopg.Connection) -> Mark:
    mark = append(connection)
    if mark is None:
        raise DatabaseError(
            "Another process works on this database's chain of epochs.", next_step="try again"
        )
    return mark
