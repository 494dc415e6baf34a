"""Put the guards into a database, or take them out. Everything happens in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import LiteralString

import psycopg
from psycopg import sql

from strongroom.config import Configuration
from strongroom.identity.schema import ensure_owner
from strongroom.postgres.catalogue import PROTECTION_SCHEMA, user_tables
from strongroom.postgres.connections import database_errors
from strongroom.protection.reading import let_guards_read
from strongroom.protection.settings import LIMITS, rules_of, settings_of

SUBSCRIPTION = "strongroom_guard"
EVENT_TRIGGERS = {
    "strongroom_drop": ("sql_drop", "guard_drop"),
    "strongroom_rewrite": ("table_rewrite", "guard_rewrite"),
    "strongroom_ddl": ("ddl_command_end", "guard_ddl"),
}
_SCRIPTS = (
    "permits/permits.sql",
    "protection/guards/tables.sql",
    "protection/guards/rules.sql",
    "protection/guards/made.sql",
    "protection/guards/losses.sql",
    "protection/guards/rows.sql",
    "protection/guards/schema.sql",
    "protection/guards/covering.sql",
)
COUNT_TIME_MAX_S = 2.0

_BEFORE_IMAGE = """
CREATE TABLE IF NOT EXISTS strongroom.before_image (
    n           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    relation    text        NOT NULL,
    act         text        NOT NULL,
    role        name        NOT NULL,
    transaction text        NOT NULL,
    image       jsonb       NOT NULL
)
"""
_RULE = """
INSERT INTO strongroom_guard.rule (schema, name, keep, updates, before_images)
SELECT p[1], p[2], %s, %s, %s FROM parse_ident(%s) AS p
"""
_GUARDS_TOO_MANY = """
SELECT format('DROP TRIGGER %I ON %I.%I', g.tgname, n.nspname, c.relname)
FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE g.tgname = ANY (ARRAY['strongroom_image_delete', 'strongroom_image_update',
                           'strongroom_updates'])
  AND NOT EXISTS (SELECT FROM strongroom_guard.wanted_guard AS w
                  WHERE w.relation = g.tgrelid AND w.guard = g.tgname)
"""
_ALL_GUARDS = """
SELECT format('DROP TRIGGER %I ON %I.%I', g.tgname, n.nspname, c.relname)
FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_proc AS f ON f.oid = g.tgfoid JOIN pg_namespace AS fn ON fn.oid = f.pronamespace
WHERE fn.nspname = 'strongroom_guard' AND g.tgparentid = 0
"""
# A guard that was replaced is made anew: what is in its place is nobody's to keep.
_REPLACED_GUARDS = """
SELECT format('DROP TRIGGER %I ON %I.%I', w.guard, w.schema, w.name)
FROM strongroom_guard.weakened_guard AS w WHERE w.condition IN ('changed', 'disabled')
"""
_COVER = "SELECT strongroom_guard.cover(t.relation) FROM strongroom_guard.guarded_table AS t"
# What the configuration says of names is bound to the tables that have them now.
_BIND = """
DELETE FROM strongroom_guard.bound;
SELECT strongroom_guard.bind(t.relation) FROM strongroom_guard.guarded_table AS t;
INSERT INTO strongroom_guard.joined
SELECT i.inhrelid, i.inhparent, '-infinity' FROM pg_inherits AS i
JOIN strongroom_guard.guarded_table AS t ON t.relation = i.inhrelid ON CONFLICT DO NOTHING
"""
_FREED = """
DELETE FROM strongroom_guard.floor
WHERE relation IN (SELECT f.relation FROM strongroom_guard.free_table AS f)
"""
_FLOOR = """
INSERT INTO strongroom_guard.floor (relation, rows)
SELECT t.relation, %s FROM (SELECT to_regclass(%s)::oid) AS t (relation)
WHERE t.relation IS NOT NULL
  AND t.relation NOT IN (SELECT f.relation FROM strongroom_guard.free_table AS f)
ON CONFLICT (relation) DO UPDATE SET rows = excluded.rows
"""
_RIGHTS = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


def is_superuser(connection: psycopg.Connection) -> bool:
    """Whether the connection's role may do everything."""
    return bool(connection.execute(_RIGHTS).fetchall()[0][0])


def is_installed(connection: psycopg.Connection) -> bool:
    """Whether guards were ever put into this database."""
    query = "SELECT to_regclass('strongroom_guard.setting') IS NOT NULL"
    return bool(connection.execute(query).fetchall()[0][0])


def install(connection: psycopg.Connection, configuration: Configuration) -> None:
    """Put all guards in, or set those that are there back to what they must be.

    Permits, budgets and images that are there stay. Without a superuser's rights the guards of
    tables are installed and those of the schema are not: ``inspect_protection`` says so.

    Args:
        connection: of an administrator, outside a transaction or in autocommit.
        configuration: whose limits and tables.

    Raises:
        DatabaseError: the role may not, or could not let the guards read every table; nothing
            was changed then.
    """
    with database_errors("putting protection into the database"), connection.transaction():
        superuser = is_superuser(connection)
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('strongroom protect'))")
        if superuser:
            _silence(connection)
        _lay_out(connection, configuration)
        _set(connection, configuration)
        for query in (_REPLACED_GUARDS, _GUARDS_TOO_MANY):
            _run_each(connection, query)
        connection.execute(_COVER)
        let_guards_read(connection)
        if superuser:
            _watch(connection)


def remove(connection: psycopg.Connection) -> None:
    """Take all guards out, with their permits; before-images stay.

    Raises:
        DatabaseError: the role may not; nothing was changed then.
    """
    with database_errors("removing protection"), connection.transaction():
        for name in EVENT_TRIGGERS:
            connection.execute(_named("DROP EVENT TRIGGER IF EXISTS {}", name))
        _run_each(connection, _ALL_GUARDS)
        _run_each(connection, _SUBSCRIPTION_GONE)
        connection.execute("DROP SCHEMA IF EXISTS strongroom_guard CASCADE")


_SUBSCRIPTION_GONE = """
SELECT format('DROP SUBSCRIPTION %I', s.subname) FROM pg_subscription AS s
JOIN pg_database AS d ON d.oid = s.subdbid
WHERE d.datname = current_database() AND s.subname = 'strongroom_guard'
"""


def version() -> str:
    """Name the guards as they are in this strongroom; the schema's comment says which it has."""
    return hashlib.sha256(b"".join(_scripts())).hexdigest()[:16]


def _scripts() -> list[bytes]:
    return [files("strongroom").joinpath(name).read_bytes() for name in _SCRIPTS]


def note_floors(connection: psycopg.Connection, floors: Mapping[str, int]) -> None:
    """Tell the guards how many rows the tables have, by exact count. The caller commits."""
    for table, rows in floors.items():
        connection.execute(_FLOOR, (rows, table))


def _silence(connection: psycopg.Connection) -> None:
    """Let the guards of the schema rest in this transaction, which mends what they guard."""
    rows = connection.execute("SELECT evtname FROM pg_event_trigger").fetchall()
    for (name,) in rows:
        if name in EVENT_TRIGGERS:
            connection.execute(_named("ALTER EVENT TRIGGER {} DISABLE", name))


def _lay_out(connection: psycopg.Connection, configuration: Configuration) -> None:
    owner = ensure_owner(connection)
    made = sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}")
    connection.execute(made.format(sql.Identifier(PROTECTION_SCHEMA), sql.Identifier(owner)))
    connection.execute(_named("SET LOCAL ROLE {}", owner))
    update_rows = str(settings_of(configuration).update_rows).encode()
    for script in _scripts():
        connection.execute(script.replace(b"@update_rows@", update_rows))
    comment = sql.SQL("COMMENT ON SCHEMA {} IS {}")
    named = sql.Identifier(PROTECTION_SCHEMA)
    connection.execute(comment.format(named, sql.Literal(version())))
    connection.execute("RESET ROLE")


def _set(connection: psycopg.Connection, configuration: Configuration) -> None:
    limits, rules = settings_of(configuration).limits(), rules_of(configuration)
    connection.execute("DELETE FROM strongroom_guard.setting")
    connection.execute(
        sql.SQL("INSERT INTO strongroom_guard.setting ({}) VALUES ({})").format(
            sql.SQL(", ").join(sql.Identifier(name) for name in LIMITS),
            sql.SQL(", ").join(sql.Literal(limits[name]) for name in LIMITS),
        )
    )
    connection.execute("DELETE FROM strongroom_guard.rule")
    for rule in rules:
        connection.execute(_RULE, (rule.keep, rule.updates, rule.before_images, rule.table))
    for statement in _BIND.split(";"):
        connection.execute(statement.encode())
    connection.execute(_FREED)
    if any(rule.before_images for rule in rules):
        owner = ensure_owner(connection)
        connection.execute(_named("SET LOCAL ROLE {}", owner))
        connection.execute(_BEFORE_IMAGE)
        connection.execute("RESET ROLE")


def _watch(connection: psycopg.Connection) -> None:
    """Switch the guards of the schema on, and stand in the way of DROP DATABASE."""
    existing = {
        name for (name,) in connection.execute("SELECT evtname FROM pg_event_trigger").fetchall()
    }
    for name, (event, function) in EVENT_TRIGGERS.items():
        if name in existing:
            connection.execute(_named("DROP EVENT TRIGGER {}", name))
        made = sql.SQL("CREATE EVENT TRIGGER {} ON {} EXECUTE FUNCTION strongroom_guard.{}()")
        connection.execute(
            made.format(sql.Identifier(name), sql.SQL(event), sql.Identifier(function))
        )
        connection.execute(_named("ALTER EVENT TRIGGER {} ENABLE ALWAYS", name))
    bar_drop_database(connection)


def bar_drop_database(connection: psycopg.Connection) -> None:
    """Subscribe to nothing: PostgreSQL drops no database that has a subscription, even WITH FORCE.

    It is disabled, has no slot and connects nowhere.
    """
    there = connection.execute(
        "SELECT FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = s.subdbid "
        "WHERE d.datname = current_database() AND s.subname = %s",
        (SUBSCRIPTION,),
    ).fetchone()
    if there is None:
        connection.execute("SET LOCAL client_min_messages = error")  # it warns of exactly this
        made = sql.SQL(
            "CREATE SUBSCRIPTION {} CONNECTION 'dbname=none' PUBLICATION none "
            "WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false)"
        )
        connection.execute(made.format(sql.Identifier(SUBSCRIPTION)))


def _run_each(connection: psycopg.Connection, query: str) -> None:
    """Run every statement that a query answers with."""
    for (statement,) in connection.execute(query.encode()).fetchall():
        connection.execute(statement.encode())


def _named(statement: LiteralString, name: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(name))


def counted(connection: psycopg.Connection) -> dict[str, int]:
    """Count every table exactly; one that takes too long is left out."""
    from strongroom.identity.observe import exact_count  # noqa: PLC0415  only where it is used

    counts = {}
    for table in user_tables(connection, with_strongroom=False):
        if table.kind in {"r", "p"} and table.extension is None:
            rows = exact_count(connection, table, COUNT_TIME_MAX_S)
            if rows is not None:
                counts[table.label] = rows
    return counts
