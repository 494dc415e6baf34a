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

CLUSTER = Statement(
    """
SELECT
    pg_is_in_recovery(),
    has_function_privilege('pg_control_system()', 'EXECUTE'),
    CASE WHEN NOT pg_is_in_recovery()
         THEN ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::integer END,
    to_regclass('strongroom.identity') IS NOT NULL AND to_regclass('strongroom.epoch') IS NOT NULL
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
_TABLES = Statement(
    """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname NOT IN ('information_schema', 'strongroom')
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1
"""
)
_LARGE_OBJECTS = Statement("SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)")


def questions(expected: Expected | None, *, where: str) -> Questions:
    """Ask whose database this is and which marks it contains; rows are not counted."""
    in_recovery, may_ask, timeline, has_schema = (yield CLUSTER)[0]
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
        return replace(found, user_rows=(yield from _has_user_rows()))
    *identity, schema_format = rows[0]
    found = replace(found, identity=Identity(*identity), schema_format=schema_format)
    remembered = expected.life_of(found).marks if expected else ()
    return replace(found, marks=(yield from _marks(remembered)))


def _marks(remembered: Iterable[Mark]) -> Generator[Statement, Rows, tuple[Mark, ...]]:
    rows = yield Statement(_MARKS, ([mark.n for mark in remembered],))
    return tuple(mark_from((n, nonce, timeline, at)) for n, nonce, timeline, at in rows)


def _has_user_rows() -> Generator[Statement, Rows, bool]:
    """Stop at the first table that holds a row."""
    for (name,) in (yield _TABLES):
        escaped = name.replace("%", "%%")
        if (yield Statement(f"SELECT EXISTS (SELECT FROM ONLY {escaped})"))[0][0]:  # noqa: S608  quoted by the server
            return True
    return bool((yield _LARGE_OBJECTS)[0][0])
