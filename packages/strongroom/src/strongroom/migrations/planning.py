"""What a migration is going to do: its revisions, their SQL, and what can be said from the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import psycopg

from strongroom.errors import MigrationError
from strongroom.migrations.heads import heads_after
from strongroom.migrations.lint import (
    ColumnFacts,
    Finding,
    LintContext,
    Loss,
    TableFacts,
    effects_of,
    lint,
)
from strongroom.migrations.project import Course, Direction, Heads, Project, name_of
from strongroom.postgres.catalogue import label_of

_FACTS = """
SELECT n.nspname::text, c.relname::text,
       CASE WHEN c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) = 0 THEN 0
            WHEN c.reltuples >= 0 THEN c.reltuples::bigint END,
       pg_catalog.pg_total_relation_size(c.oid)::bigint,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
                   a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull)
                   ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND n.nspname !~ '^strongroom'
"""
MOVING = frozenset({"update", "delete"})
"""What Alembic does to its version table when a revision has run."""
DECLARATIONS = {"upgrade": "strongroom_effects", "downgrade": "strongroom_downgrade_effects"}
"""Where a revision says what it takes away: its two directions take different things."""


@dataclass(frozen=True)
class PlannedRevision:
    """One revision that is going to run, and its SQL as far as it can be told beforehand."""

    revision: str
    description: str
    path: str
    sql: str
    unrendered: str | None
    """Why its SQL is not known before it runs; None where it is."""
    declared: tuple[str, ...]
    """The effects that the revision's author declares, in the words of a permit."""


@dataclass(frozen=True)
class Plan:
    """What is pending between a database and a target."""

    direction: Direction
    target: str
    current: tuple[str, ...]
    version_table: str
    revisions: tuple[PlannedRevision, ...]
    findings: tuple[Finding, ...]
    losses: tuple[Loss, ...]
    """What the text says can be lost."""
    texts: Mapping[str, tuple[Loss, ...]]
    """The same of each revision by itself, as a transaction of its own would do it."""
    reaches: tuple[str, ...]
    """Where the database stands when all of it has run."""

    @property
    def sql(self) -> str:
        """All of it as one script."""
        return "\n\n".join(one.sql for one in self.revisions if one.sql)

    def as_dict(self) -> dict[str, Any]:
        """The plan as shown by ``--json``."""
        return {
            "direction": self.direction,
            "target": self.target,
            "current": list(self.current),
            "revisions": [asdict(one) for one in self.revisions],
            "losses": [
                {"kind": one.kind, "table": one.table, "columns": list(one.columns)}
                for one in self.losses
            ],
        }


def make_plan(project: Project, course: Course, at: Heads, context: LintContext) -> Plan:
    """Say what would run; nothing is executed, and ``env.py`` is not asked.

    Args:
        project: whose revisions.
        course: the steps.
        at: where the database stands, and how its version table is called.
        context: what the linter may know.
    """
    direction = course.direction
    context = replace(context, default_schema=at.default_schema)
    planned, heads = [], course.begins
    for step in course.steps:
        planned.append(_planned(project, step, direction, heads, at))
        heads = heads_after(step, heads)
    revisions = tuple(planned)
    if direction == "stamp":
        revisions = tuple(_stamped(one) for one in revisions)
    findings: list[Finding] = []
    for one in revisions:
        findings += lint(one.sql, context=context, file=one.path or None) if one.sql else ()
        if one.unrendered:
            findings.append(_unknown(one))

    def losses(sql: str) -> tuple[Loss, ...]:
        """Each step moves the version: that is how Alembic keeps its place, and loses nothing."""
        places = {at.version_table, label_of(at.default_schema, at.table_name)}
        found = effects_of(sql, context=context)
        return tuple(one for one in found if one.table not in places or one.kind not in MOVING)

    return Plan(
        direction,
        course.target,
        course.begins,
        at.version_table,
        revisions,
        tuple(findings),
        losses("\n\n".join(one.sql for one in revisions if one.sql)),
        {one.revision: losses(one.sql) for one in revisions},
        heads,
    )


def context_of(connection: psycopg.Connection) -> LintContext:
    """Tell the linter what the database knows of its tables."""
    tables: dict[str, TableFacts] = {}
    for schema, name, rows, size_bytes, columns in connection.execute(_FACTS):
        known = {column: ColumnFacts(type_, not_null) for column, type_, not_null in columns or ()}
        tables[label_of(schema, name)] = TableFacts(rows, size_bytes, known)
    return LintContext(server_major=connection.info.server_version // 10_000, tables=tables)


def declared_effects(revisions: Iterable[PlannedRevision]) -> tuple[str, ...]:
    """Collect what the revisions' authors say they take away."""
    return tuple(effect for one in revisions for effect in one.declared)


def _planned(
    project: Project,
    step: Any,  # noqa: ANN401  Alembic's
    direction: Direction,
    current: tuple[str, ...],
    at: Heads,
) -> PlannedRevision:
    script = getattr(step, "revision", None)
    sql, unrendered = "", None
    try:
        sql = project.rendered(step, current, at)
    except MigrationError as error:
        unrendered = error.message
    return PlannedRevision(
        revision=name_of(step),
        description=(script.doc or "") if script is not None else "",
        path=script.path if script is not None else "",
        sql=sql,
        unrendered=unrendered,
        declared=_declared(script, direction),
    )


def _declared(script: Any, direction: Direction) -> tuple[str, ...]:  # noqa: ANN401  Alembic's script
    module = getattr(script, "module", None)
    written = getattr(module, DECLARATIONS.get(direction, ""), ())
    return (written,) if isinstance(written, str) else tuple(str(one) for one in written)


def _stamped(one: PlannedRevision) -> PlannedRevision:
    """A stamp moves the version table only: what its revisions would do is not done."""
    return PlannedRevision(one.revision, one.description, one.path, "", None, ())


def _unknown(one: PlannedRevision) -> Finding:
    return Finding(
        "unrendered",
        "unknown",
        None,
        1,
        one.unrendered or "",
        "Write it so that `alembic upgrade --sql` can render it, or let the rehearsal tell.",
        one.path or None,
    )
