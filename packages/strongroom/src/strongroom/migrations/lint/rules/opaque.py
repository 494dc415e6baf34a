"""Rules about what nobody can judge from its text."""

from __future__ import annotations

from collections.abc import Iterator

from strongroom.migrations.lint.calls import (
    bare_calls,
    called,
    inserts_calls,
    reaching_calls,
    strange_calls,
)
from strongroom.migrations.lint.rule import Hit, Subject, rule
from strongroom.migrations.lint.subjects import ROW_CHANGES, UNPARSED


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
    """DO with more in its body than conditions, messages and plain statements."""
    del subject
    yield Hit(None)


@rule(
    "dynamic-sql",
    "unknown",
    on=("ExecuteStmt", "SelectStmt"),
    why="The statement that runs here is put together elsewhere.",
    instead="Write the statement out.",
)
def dynamic_sql(subject: Subject) -> Iterator[Hit]:
    """EXECUTE of a prepared statement, and functions that run text as SQL."""
    if subject.kind == "ExecuteStmt" or reaching_calls(subject.node):
        yield Hit(None)


@rule(
    "unknown-call",
    "unknown",
    on=("CallStmt", "SelectStmt", "ExplainStmt", "CreateTableAsStmt", *ROW_CHANGES),
    why="The function or procedure that is called may change or delete anything.",
    instead="Write out what it does, or check it by hand and say so in a comment.",
)
def unknown_call(subject: Subject) -> Iterator[Hit]:
    """CALL, and a call of a function that is not one of PostgreSQL's ordinary ones."""
    if subject.kind == "CallStmt":
        yield Hit(None)
        return
    if subject.kind == "InsertStmt" and not inserts_calls(subject.node):
        return
    changes = subject.kind in {"UpdateStmt", "DeleteStmt", "MergeStmt"}
    strange = (bare_calls if changes else strange_calls)(subject.node)
    if strange:
        name = min(strange)
        yield Hit(None, f"The function {name} may change or delete anything.")


@rule(
    "shell-command",
    "unknown",
    on=("CopyStmt", "LoadStmt"),
    why="COPY … PROGRAM and LOAD run code of the operating system on the database's machine.",
    instead="Copy from standard input, and run the program outside.",
)
def shell_command(subject: Subject) -> Iterator[Hit]:
    """COPY FROM or TO PROGRAM, LOAD."""
    if subject.kind == "LoadStmt" or subject.node.is_program:
        yield Hit(subject.table)


@rule(
    "kills-sessions",
    "danger",
    on=("SelectStmt",),
    why="The sessions of others are ended in the middle of their work.",
    instead="Set lock_timeout, and try again when the others are done.",
)
def kills_sessions(subject: Subject) -> Iterator[Hit]:
    """pg_terminate_backend, pg_cancel_backend."""
    if called(subject.node) & _KILLING:
        yield Hit(None)


_KILLING = {"pg_terminate_backend", "pg_cancel_backend"}
