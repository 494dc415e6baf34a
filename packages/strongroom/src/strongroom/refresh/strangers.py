"""Roles of the source that have no business in the copy."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from psycopg import sql

from strongroom.identity.schema import OWNER
from strongroom.postgres.roles import roles_of

_POWERLESS = "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_STRANGERS = """
SELECT rolname FROM pg_catalog.pg_roles
 WHERE rolname = ANY (%s) AND oid >= 16384
"""


def dismiss_strangers(
    connection: psycopg.Connection, application: str, names: Iterable[str]
) -> None:
    """Drop the roles with these names; one that the schema grants something to loses its powers.

    Roles of the application and of strongroom stay. The connection is in autocommit.
    """
    roles = roles_of(application)
    own = {OWNER, roles.owner, *roles.logins}
    for (name,) in connection.execute(_STRANGERS, [sorted(set(names) - own)]).fetchall():
        role = sql.Identifier(name)
        try:
            connection.execute(sql.SQL("DROP ROLE {}").format(role))
        except psycopg.errors.DependentObjectsStillExist:
            connection.execute(sql.SQL("ALTER ROLE {} {}").format(role, sql.SQL(_POWERLESS)))
