"""The passwords of an application's roles: a file beside the keys, and in no backup.

Whoever loses that file, or takes a database from a time before it, has lost no data. So on a
supervised server, whose administrator needs no password, the roles follow the file.
"""

from __future__ import annotations

from strongroom.config import Configuration
from strongroom.errors import ServerError
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import connect
from strongroom.postgres.roles import (
    create_roles,
    load_passwords,
    new_passwords,
    roles_of,
    write_passwords,
)
from strongroom.server.supervisor import RunningServer

_WRONG_PASSWORD = "password authentication failed"  # noqa: S105  what PostgreSQL says of one


def ensure_logins(configuration: Configuration, server: RunningServer) -> None:
    """Make sure that the application's roles can log in; the database must have been judged.

    Raises:
        ConfigurationError: the file of passwords is damaged, or others may read it.
    """
    roles = roles_of(configuration.application)
    if not configuration.passwords.exists():
        write_passwords(configuration.passwords, new_passwords(roles))
    passwords = load_passwords(configuration.passwords)
    given = server.conninfo(
        role=roles.application,
        database=configuration.database,
        password=passwords[roles.application],
    )
    try:
        connect(given).close()
    except ServerError as error:
        if _WRONG_PASSWORD not in error.message:
            raise
        with connect(server.administrator()) as connection:
            create_roles(connection, roles, passwords)
        ledger_of(configuration).record("logins", roles=list(roles.logins))
