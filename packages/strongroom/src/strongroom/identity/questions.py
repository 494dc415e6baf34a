"""What an observation asks a database, apart from the driver that carries it there.

A dialogue is a generator: it yields statements, is sent each one's rows, and returns what it has
learnt. So the same questions are asked through any driver, blocking or not.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from strongroom.identity.observation import Expected, Identity, Observation
from strongroom.identity.schema import mark_from
from strongroom.identity.state import Mark

Paramstyle = Literal["pyformat", "numeric"]
"""``pyformat``: psycopg and psycopg2 (``%s``). ``numeric``: asyncpg (``$1``)."""

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Statement:
    """One query and its parameters. In the text ``%s`` is a parameter and ``%%`` a percent sign."""

    text: str
    parameters: tuple[Any, ...] = ()

    def rendered(self, paramstyle: Paramstyle) -> tuple[str, tuple[Any, ...]]:
        """The text as a driver takes it, and its parameters."""
        if paramstyle == "pyformat":
            return self.text, self.parameters
        begin, *rest = self.text.split("%s")
        numbered = (f"${number}{part}" for number, part in enumerate(rest, start=1))
        return "".join((begin, *numbered)).replace("%%", "%"), self.parameters


@dataclass(frozen=True)
class Failed:
    """The server refused a statement; ``why`` holds no value of a row or parameter."""

    why: str


Questions = Generator[Statement, Rows, Observation]

# Which relations exist is asked of the catalogue: to_regclass() fails without USAGE of the schema.
CLUSTER = Statement(
    """
SELECT
    pg_is_in_recovery(),
    has_function_privilege('pg_control_system()', 'EXECUTE'),
    CASE WHEN NOT pg_is_in_recovery()
         THEN ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer END,
    count(c.oid) = 2,
    bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')),
    quote_ident(current_user)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'strongroom' AND c.relname IN ('identity', 'epoch') AND c.relkind = 'r'
"""
)
# PostgreSQL shows the unsigned number as a signed one.
_SYSTEM_IDENTIFIER = Statement(
    "SELECT trunc(mod(system_identifier + 2::numeric ^ 64, 2::numeric ^ 64))::text "
    "FROM pg_control_system()"
)
_IDENTITY = Statement(
    "SELECT database_id::text, environment, incarnation::text, format FROM strongroom.identity"
)
_MARKS = """
SELECT n, nonce::text, timeline, at FROM strongroom.epoch
WHERE n = ANY(%s::bigint[]) OR n = (SELECT max(last.n) FROM strongroom.epoch AS last)
ORDER BY n
"""
# An unlogged table cannot be read in recovery; it is empty there.
_TABLES = Statement(
    """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.oid::bigint,
    has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
        AND NOT row_security_active(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname NOT IN ('information_schema', 'strongroom')
  AND (c.relpersistence <> 'u' OR NOT pg_is_in_recovery())
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""
)
_ANY_PAGES = "SELECT bool_or(pg_relation_size(oid::oid) > 0) FROM unnest(%s::bigint[]) AS t (oid)"
_LARGE_OBJECTS = Statement("SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)")


def questions(expected: Expected | None, *, where: str) -> Questions:
    """Ask whose database this is and which marks it contains; rows are not counted."""
    in_recovery, may_ask, timeline, has_schema, may_read, role = (yield CLUSTER)[0]
    if has_schema and not may_read:
        return _unreadable(where, role)
    identifier = (yield _SYSTEM_IDENTIFIER)[0][0] if may_ask else None
    rows = (yield _IDENTITY) if has_schema else ()
    found = Observation(
        where,
        holds="a PostgreSQL database",
        in_recovery=in_recovery,
        timeline=timeline,
        system_identifier=int(identifier) if identifier else None,
    )
    if not rows:
        return (yield from _without_identity(found, role))
    *identity, schema_format = rows[0]
    found = replace(found, identity=Identity(*identity), schema_format=schema_format)
    remembered = expected.life_of(found).marks if expected else ()
    return replace(found, marks=(yield from _marks(remembered)))


def _unreadable(where: str, role: str) -> Observation:
    return Observation(
        where,
        holds="a PostgreSQL database",
        problem=f"{where}: role {role} may not read schema strongroom, which says whose it is.",
        problem_next="as its administrator: GRANT USAGE ON SCHEMA strongroom TO "
        f"{role}; GRANT SELECT ON strongroom.identity, strongroom.epoch TO {role}; "
        f"GRANT EXECUTE ON FUNCTION strongroom.append_epoch() TO {role}",
    )


def _marks(remembered: Iterable[Mark]) -> Generator[Statement, Rows, tuple[Mark, ...]]:
    rows = yield Statement(_MARKS, ([mark.n for mark in remembered],))
    return tuple(mark_from((n, nonce, timeline, at)) for n, nonce, timeline, at in rows)


def _without_identity(found: Observation, role: str) -> Questions:
    """Look for rows of users, and stop at the first table that holds one.

    Of a table that may not be read, or not wholly, its size tells whether it ever held any: such
    a database is never taken for an empty one.
    """
    closed = []
    for name, oid, may_read in (yield _TABLES):
        escaped = name.replace("%", "%%")
        if not may_read:
            closed.append(oid)
        elif (yield Statement(f"SELECT EXISTS (SELECT FROM ONLY {escaped})"))[0][0]:  # noqa: S608  quoted by the server
            return replace(found, user_rows=True)
    if (yield _LARGE_OBJECTS)[0][0]:
        return replace(found, user_rows=True)
    if closed and (yield Statement(_ANY_PAGES, (closed,)))[0][0]:
        holds = f"{found.holds} with tables that role {role} may not read"
        return replace(found, holds=holds, user_rows=True)
    return found
