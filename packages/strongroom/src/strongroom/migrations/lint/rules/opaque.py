"""Rules about what nobody can judge from its text."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.migrations.lint.subjects import UNPARSED


@rule(
    "unparsed",
    "unknown",
    on=(UNPARSED,),
    why="This cannot be read as SQL.",
    instead="Write it as plain SQL statements, or check by hand what it does.",
)
def unparsed(subject: Subject) -> Iterator[Hit]:
    """What does not parse, and psql commands that lead elsewhere."""
    reason = subject.statement.unparsed
    yield Hit(None, f"Nobody can tell what this does: {reason}.")


@rule(
    "opaque-block",
    "unknown",
    on=("DoStmt",),
    why="A DO block runs a program, which may build its SQL while it runs.",
    instead="Write the statements out, one by one; where a loop is needed, check by hand.",
)
def opaque_block(subject: Subject) -> Iterator[Hit]:
    """DO, whatever its body says."""
    del subject
    yield Hit(None)
