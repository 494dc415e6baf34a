"""Rules about constraints: adding one reads the table, dropping one lets wrong rows in."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.sql import child


@rule(
    "foreign-key-validates",
    "danger",
    on=("CONSTR_FOREIGN",),
    why="Adding a foreign key reads the whole table, and stops writes to both tables meanwhile.",
    instead="ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own.",
)
def foreign_key_validates(subject: Subject) -> Iterator[Hit]:
    """ADD FOREIGN KEY without NOT VALID. A new column without a default needs no check."""
    if subject.node.skip_validation or subject.world.is_calm(subject.table):
        return
    if subject.column is None or _has_default(subject):
        yield Hit(subject.table)


def _has_default(subject: Subject) -> bool:
    constraints = subject.column.constraints if subject.column is not None else ()
    return any(one.constraint.HasField("raw_expr") for one in constraints)


@rule(
    "cascading-foreign-key",
    "caution",
    on=("CONSTR_FOREIGN",),
    why="With ON DELETE CASCADE, deleting one row silently deletes all that refer to it, and what "
    "refers to those.",
    instead="ON DELETE RESTRICT, and let the code delete what it means to delete.",
)
def cascading_foreign_key(subject: Subject) -> Iterator[Hit]:
    """A foreign key with ON DELETE CASCADE on a table that exists."""
    if subject.node.fk_del_action == "c" and not subject.world.is_new(subject.table):
        yield Hit(subject.table)


@rule(
    "check-validates",
    "danger",
    on=("CONSTR_CHECK",),
    why="Adding a check reads the whole table while nobody can read or write it, and fails at the "
    "first row that breaks it.",
    instead="ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own.",
)
def check_validates(subject: Subject) -> Iterator[Hit]:
    """ADD CHECK without NOT VALID; NOT ENFORCED (18) reads nothing."""
    node = subject.node
    if not node.skip_validation and node.is_enforced and not subject.world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "unique-builds-index",
    "danger",
    on=("CONSTR_UNIQUE", "CONSTR_PRIMARY"),
    why="Adding a unique or primary key builds its index while nobody can read or write the "
    "table, and fails at the first duplicate.",
    instead="CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX.",
)
def unique_builds_index(subject: Subject) -> Iterator[Hit]:
    """ADD UNIQUE or PRIMARY KEY without USING INDEX."""
    if not subject.node.indexname and not subject.world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "exclusion-constraint",
    "danger",
    on=("CONSTR_EXCLUSION",),
    why="An exclusion constraint builds its index while nobody can read or write the table; there "
    "is no way to add one concurrently.",
    instead="Make a new table with the constraint, copy in batches, and change over; or do it in a "
    "maintenance window.",
)
def exclusion_constraint(subject: Subject) -> Iterator[Hit]:
    """ADD CONSTRAINT … EXCLUDE."""
    if not subject.world.is_calm(subject.table):
        yield Hit(subject.table)


@rule(
    "drop-constraint",
    "danger",
    on=("AT_DropConstraint",),
    why="Without the constraint, rows that break it get in, and it cannot be added again until "
    "somebody has cleaned them up.",
    instead="Add the new constraint NOT VALID first, validate it, and drop the old one last.",
)
def drop_constraint(subject: Subject) -> Iterator[Hit]:
    """DROP CONSTRAINT, unless it is replaced, or was a helper of SET NOT NULL."""
    world, name = subject.world, subject.node.name
    if world.is_new(subject.table) or (subject.table or "", name) in world.pending_checks:
        return
    if world.coming.get(("constraint", name), -1) >= world.position:
        return
    replaced = world.mentions("constraint of", subject.table)
    helper = subject.table in world.not_null_set
    yield Hit(subject.table, severity="caution" if replaced or helper else None)


@rule(
    "domain-constraint-validates",
    "danger",
    on=("AlterDomainStmt",),
    why="A domain's constraint is checked in every column of every table that uses the domain, "
    "and stops writes to all of them meanwhile.",
    instead="ALTER DOMAIN … ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT.",
)
def domain_constraint_validates(subject: Subject) -> Iterator[Hit]:
    """ALTER DOMAIN … ADD CONSTRAINT without NOT VALID, or SET NOT NULL."""
    if subject.node.subtype == "O":
        yield Hit(None)
    elif subject.node.subtype == "C":
        constraint = child(getattr(subject.node, "def"))
        if constraint is not None and not constraint.skip_validation:
            yield Hit(None)
