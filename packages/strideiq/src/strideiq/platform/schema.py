"""The schema, made and changed by Alembic alone, on a connection that the gate has let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from strongroom import Migrated, OpenDatabase, Progress

LOCK_TIME_MAX = "10s"
STATEMENT_TIME_MAX = "15min"


def upgrade(connection: Connection, *, owner: str | None = None) -> None:
    """Bring the schema to the newest revision in one transaction, which the caller commits.

    ``owner`` is the role that shall own what is made; the connection's role must be allowed to
    become it. A lock that others hold ends the migration soon, rather than queueing the
    application behind it.
    """
    connection.execute(text("SELECT set_config('lock_timeout', :t, true)"), {"t": LOCK_TIME_MAX})
    connection.execute(
        text("SELECT set_config('statement_timeout', :t, true)"), {"t": STATEMENT_TIME_MAX}
    )
    if owner is not None:
        connection.execute(text("SELECT set_config('role', :owner, true)"), {"owner": owner})
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
    if owner is not None:
        connection.execute(text("RESET ROLE"))


def pending(connection: Connection) -> list[str]:
    """The revisions that ``upgrade`` would apply, oldest first."""
    current = MigrationContext.configure(connection).get_current_heads()
    script = ScriptDirectory.from_config(_configuration())
    revisions = script.iterate_revisions("head", current or "base")
    return [revision.revision for revision in revisions][::-1]


def upgrade_database(database: OpenDatabase, *, progress: Progress | None = None) -> Migrated:
    """Bring an opened database to the newest revision: strongroom's guarded migration.

    Where the database holds rows, it goes first through a proven backup and a rehearsal on a
    restored copy.

    Raises:
        StrongroomError: it would lose something, or failed; what to do is said.
    """
    import strongroom  # noqa: PLC0415  help does without

    return strongroom.migrate(database, _configuration(), progress=progress or strongroom.SILENT)


def pending_revisions(database: OpenDatabase) -> list[str]:
    """The revisions that an opened database still lacks, oldest first."""
    with _engine(database, "application").connect() as connection:
        return pending(connection)


def _engine(database: OpenDatabase, role: Literal["application", "migrator"]) -> Engine:
    from strongroom.integrations.sqlalchemy import guarded_engine  # noqa: PLC0415  help does without

    return guarded_engine(database, role=role, poolclass=NullPool)


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", "strideiq:migrations")
    configuration.set_main_option("path_separator", "os")
    return configuration
