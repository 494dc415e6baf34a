"""Alembic's own commands behind the gate.

Two lines in ``env.py``, the second where the connection is at hand::

    from strongroom.integrations.alembic import guard

    with connectable.connect() as connection:
        guard(connection)

``alembic upgrade``, ``downgrade``, ``stamp``, ``revision --autogenerate`` and ``check`` then run on
the pinned database only. An upgrade or downgrade that can lose rows is refused and led to
``strongroom migrate``, which proves a backup and rehearses first; that uses the same ``env.py``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import wraps
from typing import Any, cast

from alembic import context, op
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection

from strongroom.errors import MigrationRefusedError
from strongroom.identity import OpenDatabase
from strongroom.integrations.opening import ProcessDatabase, process_database
from strongroom.integrations.sqlalchemy import prove
from strongroom.ledger import ledger_of
from strongroom.migrations.heads import heads_after
from strongroom.migrations.isolation import isolated
from strongroom.migrations.lint import LintContext, Loss, effects_of
from strongroom.migrations.steering import is_steered
from strongroom.postgres import connect, user_rows_exist

CHANGING = {"upgrade": "--to", "downgrade": "--downgrade"}
"""Alembic's commands that run revisions, and what ``strongroom migrate`` calls them."""
MOVING = frozenset({"update", "delete"})
"""What Alembic does to its version table when a revision has run."""


def guard(connection: Connection, database: OpenDatabase | ProcessDatabase | None = None) -> None:
    """Let this run of Alembic go on only if its connection leads to the pinned database.

    Raises:
        RefusedError: it leads to another one. Nothing was written.
        MigrationRefusedError: revisions that would run can lose rows.
    """
    if is_steered():  # ``strongroom migrate`` has judged, and does all of this itself
        return
    opening = database or process_database()
    pooled = cast("DBAPIConnection", connection.connection.dbapi_connection)
    prove(pooled, opening, is_async=connection.dialect.is_async)
    opened = opening.open() if isinstance(opening, ProcessDatabase) else opening
    environment = cast("EnvironmentContext | None", getattr(context, "_proxy", None))
    function = environment.context_opts.get("fn") if environment else None
    command = getattr(function, "__name__", "")
    if environment is None or function is None or command not in CHANGING:
        return

    @wraps(function)
    def judged(heads: Any, migration_context: MigrationContext) -> list[Any]:  # noqa: ANN401  Alembic's
        """Judge where Alembic asks: it knows the heads by then, and its version table."""
        steps = list(function(heads, migration_context))
        losses = _losses(steps, _as_heads(heads), migration_context)
        if losses and _holds_rows(opened):
            raise _refused(opened, command, environment, losses)
        opened.append_epoch()
        return steps

    environment.context_opts["fn"] = judged


def _losses(
    steps: Sequence[Any], heads: tuple[str, ...], migration_context: MigrationContext
) -> list[Loss]:
    """What the revisions that are about to run can lose."""
    connection = migration_context.connection
    version = connection.dialect.server_version_info if connection else None
    major = int((version or (0,))[0])
    rendered = []
    for step in steps:
        rendered.append(_rendered(step, heads))
        heads = heads_after(step, heads)
    found = effects_of("\n".join(rendered), context=LintContext(server_major=major))
    version_table = _version_table(migration_context)
    # Each step moves the version: that is how Alembic keeps its place, and loses nothing.
    return [one for one in found if one.table != version_table or one.kind not in MOVING]


def _version_table(migration_context: MigrationContext) -> str:
    schema = migration_context.version_table_schema or "public"
    return f"{schema}.{migration_context.version_table}"


def _as_heads(heads: Any) -> tuple[str, ...]:  # noqa: ANN401  a name, several, or none
    return (heads,) if isinstance(heads, str) else tuple(heads or ())


def _rendered(step: Any, heads: tuple[str, ...]) -> str:  # noqa: ANN401  Alembic's step
    """One revision as SQL; one that asks the database something cannot be seen through.

    ``alembic.op`` stands for the run in progress, and is given back to it.
    """
    written = io.StringIO()
    offline = MigrationContext.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        opts={
            "as_sql": True,
            "output_buffer": written,
            "literal_binds": True,
            "starting_rev": heads,
            "transactional_ddl": False,
            "fn": lambda *_: [step],
        },
    )
    running = cast("Operations | None", getattr(op, "_proxy", None))
    try:
        with Operations.context(offline), isolated():
            offline.run_migrations()
    except (Exception, SystemExit):  # noqa: BLE001  a revision is anybody's code
        return "DO 'what this revision does is not known before it runs';"
    finally:
        if running is not None:
            running._install_proxy()  # noqa: SLF001  Operations.context has nothing to nest with
    return written.getvalue()


def _holds_rows(database: OpenDatabase) -> bool:
    with connect(database.conninfo("backup")) as connection:
        return user_rows_exist(connection)


def _refused(
    database: OpenDatabase,
    command: str,
    environment: EnvironmentContext,
    losses: Sequence[Loss],
) -> MigrationRefusedError:
    told = ", ".join(
        " ".join(part for part in (one.kind.replace("_", " "), one.table, *one.columns) if part)
        for one in losses
    )
    destination = str(environment.context_opts.get("destination_rev") or "head")
    ledger_of(database.configuration).record("migration_refused", why=f"it can lose rows: {told}")
    return MigrationRefusedError(
        f"alembic {command} would run what can lose rows: {told}. Nothing was changed.",
        next_step=f"strongroom migrate {CHANGING[command]} {destination}",
        document={"losses": [one._asdict() for one in losses]},
    )
