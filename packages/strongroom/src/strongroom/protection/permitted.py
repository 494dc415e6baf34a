"""Do what a permit allows: a script in one transaction, or the drop of a whole database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError, DatabaseError, PermitError
from strongroom.identity.deletions import forget_tables, plan_deletion
from strongroom.identity.gate import OpenDatabase
from strongroom.ledger import ledger_of
from strongroom.permits import Effect, Permit, ProvenBackup, issue, open_permit, settings_of
from strongroom.postgres.catalogue import label_of
from strongroom.postgres.connections import (
    connect,
    connect_as_configured,
    database_errors,
    words_of,
)
from strongroom.protection.installing import (
    SUBSCRIPTION,
    bar_drop_database,
)
from strongroom.protection.ownership import owner_to_become
from strongroom.protection.protecting import administered

APPLICATION_PERMIT_LASTS = timedelta(minutes=10)

_CONSUME = """
SELECT strongroom_guard.consume('drop_database', d.oid, NULL, NULL)
FROM pg_database AS d WHERE d.datname = current_database()
"""

# What this session has deleted: its only transaction so far.
_DELETED_HERE = """
SELECT schemaname, relname, n_tup_del FROM pg_catalog.pg_stat_xact_user_tables
WHERE n_tup_del > 0 AND schemaname !~ '^(pg_|strongroom)'
"""


def grant_permit(
    database: OpenDatabase,
    effects: Sequence[Effect],
    backup: ProvenBackup,
    *,
    confirmed_by: str,
    reason: str,
) -> Permit:
    """Grant a permit that the application confirms for a person whom it has asked itself.

    Which kinds of effect it may confirm is for ``permits.application_confirms`` to say; by
    default none. Everything else is as for any permit: a proven backup of this very database,
    an end, one use, the ledger.

    Args:
        database: opened, where an administrator's connection is known.
        effects: what is going to happen.
        backup: the proven backup that a mistake would be mended from.
        confirmed_by: whom the application has asked, and how, for the ledger.
        reason: why, for the ledger.

    Raises:
        ConfirmationNeededError: the configuration does not let the application confirm this.
        PermitError: an effect names nothing that is there, or the backup is too old.
    """
    allowed = settings_of(database.configuration).application_confirms
    if others := sorted({one.kind for one in effects} - set(allowed)):
        raise ConfirmationNeededError(
            f"An application may not confirm {', '.join(others)} here.",
            next_step=f'application_confirms = ["{others[0]}"] in [permits] of '
            f"{database.configuration.path}, if it should",
        )
    with administered(database.configuration, database=database) as connection:
        return issue(
            connection,
            database.configuration,
            effects,
            backup,
            expires_in=APPLICATION_PERMIT_LASTS,
            confirmed_by=f"application, {confirmed_by}",
            reason=reason,
        )


def run_permitted(database: OpenDatabase, secret: str, script: str) -> str:
    """Run a script as the owner of the tables, with a permit, in one transaction.

    Returns:
        The id of the permit, which is used up.

    Raises:
        PermitError: it cannot be opened, or the script ended the transaction itself.
        DatabaseError: PostgreSQL refused the script; the permit was given back.
    """
    configuration, before = database.configuration, database.log_position()
    with connect_as_configured(database.conninfo("migrator")) as connection:
        database.verify_connection(connection)
        if owner := owner_to_become(database, connection):
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
        permit_id = open_permit(connection, secret)
        try:
            connection.execute(script.encode())
        except psycopg.Error as error:
            connection.rollback()
            raise DatabaseError(
                f"The script was refused, and the permit given back: {words_of(error)}.",
                next_step="strongroom permit list",
            ) from error
        if connection.info.transaction_status != TransactionStatus.INTRANS:
            raise PermitError(
                "The script ended the transaction itself; what it did before is committed, and "
                "the permit is used.",
                next_step="take COMMIT and ROLLBACK out of the script",
            )
        _announce(connection, configuration, permit_id)
        connection.commit()
    ledger_of(configuration).record("permit_used", permit_id=permit_id, **before)
    return permit_id


def _announce(connection: psycopg.Connection, configuration: Configuration, permit_id: str) -> None:
    """Tell the state what is going to be missing, before it is."""
    with database_errors("reading what the permit was used for"):
        used = connection.execute("SELECT * FROM strongroom_guard.used_here()").fetchall()
        deleted = connection.execute(_DELETED_HERE).fetchall()
    gone = [table for kind, table, _ in used if kind == "drop_table"]
    # Below the limits the guards use nothing of the permit; such rows are missing all the same.
    missing = {label_of(schema, name): rows for schema, name, rows in deleted}
    for kind, table, rows in used:
        if kind in {"delete", "truncate"} and rows:
            missing[table] = max(rows, missing.get(table, 0))
    for table, rows in missing.items():
        plan_deletion(configuration, table=table, rows=rows, permit_id=permit_id)
    if gone:
        forget_tables(configuration, gone, f"permit {permit_id}")


def drop_permitted(configuration: Configuration, database: OpenDatabase, secret: str) -> str:
    """Drop the whole database, which no transaction can hold: the permit is used up first.

    Raises:
        PermitError: the permit cannot be opened, or is not for this.
        DatabaseError: the database could not be dropped; it is guarded again.
    """
    before = database.log_position()
    with administered(configuration, database=database) as connection, connection.transaction():
        permit_id = open_permit(connection, secret)
        if not connection.execute(_CONSUME).fetchall()[0][0]:
            raise PermitError(
                f"The permit {permit_id} is not for dropping this database.",
                next_step="strongroom permit list",
            )
        connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(SUBSCRIPTION)))
    ledger_of(configuration).record("permit_used", permit_id=permit_id, **before)
    try:
        with (
            connect({**database.administrator(), "dbname": "postgres"}, autocommit=True) as outside,
            database_errors("dropping the database"),
        ):
            outside.execute(
                sql.SQL("DROP DATABASE {}").format(sql.Identifier(configuration.database))
            )
    except DatabaseError:
        with administered(configuration, database=database) as connection, connection.transaction():
            bar_drop_database(connection)
        raise
    return permit_id
