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
from typing import Any, cast

from alembic import context
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
    losses = _losses(connection, environment, function)
    if losses and _holds_rows(opened):
        raise _refused(opened, command, environment, losses)
    opened.append_epoch()


def _losses(
    connection: Connection,
    environment: EnvironmentContext,
    function: Any,  # noqa: ANN401  Alembic's
) -> list[Loss]:
    """What the revisions that are about to run can lose."""
    heads = _heads(connection, environment)
    steps = list(function(heads, MigrationContext.configure(dialect_name="postgresql")))
    major = int((connection.dialect.server_version_info or (0,))[0])
    rendered = []
    for step in steps:
        rendered.append(_rendered(step, heads))
        heads = heads_after(step, heads)
    found = effects_of("\n".join(rendered), context=LintContext(server_major=major))
    version_table = _version_table(environment)
    # Each step moves the version: that is how Alembic keeps its place, and loses nothing.
    return [one for one in found if one.table != version_table or one.kind not in MOVING]


def _version_table(environment: EnvironmentContext) -> str:
    options = environment.context_opts
    schema = options.get("version_table_schema") or "public"
    return f"{schema}.{options.get('version_table') or 'alembic_version'}"


def _heads(connection: Connection, environment: EnvironmentContext) -> tuple[str, ...]:
    """Where the database stands; reading it leaves no transaction open."""
    options = {
        name: value
        for name, value in environment.context_opts.items()
        if name in {"version_table", "version_table_schema"}
    }
    heads = MigrationContext.configure(connection, opts=options).get_current_heads()
    connection.rollback()
    return heads


def _rendered(step: Any, heads: tuple[str, ...]) -> str:  # noqa: ANN401  Alembic's step
    """One revision as SQL; one that asks the database something cannot be seen through."""
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
    try:
        with Operations.context(offline), isolated():
            offline.run_migrations()
    except Exception:  # noqa: BLE001  a revision is anybody's code
        return "DO 'what this revision does is not known before it runs';"
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
