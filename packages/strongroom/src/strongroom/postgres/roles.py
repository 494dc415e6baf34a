"""The roles of an application: who owns, who changes the schema, who works, who backs up.

None of them is a superuser. Tables belong to an owner that nobody can log in as; the migrator
takes that role for migrations only; the application reads and writes rows; the backup role
reads everything.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from strongroom.errors import ConfigurationError
from strongroom.postgres.connections import database_errors

PASSWORD_BYTES = 32
GRANT_OPTIONS_SINCE = 160_000

# Rights on whatever the owner makes from now on, in any schema of this database.
DEFAULT_PRIVILEGES = """
ALTER DEFAULT PRIVILEGES FOR ROLE {owner}
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {application};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SCHEMAS TO {application};
"""

# The schema that every database begins with: the owner's, and nobody else makes things in it.
PUBLIC_SCHEMA = """
ALTER SCHEMA public OWNER TO {owner};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {migrator}, {application}, {backup};
"""

CONNECTING = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {migrator}, {application};
GRANT CONNECT ON DATABASE {database} TO {backup};
"""

PROVIDERS_SINCE = 150000
"""From this version on a database says who provides its locale."""


@dataclass(frozen=True)
class Roles:
    """The names of one application's roles."""

    owner: str
    migrator: str
    application: str
    backup: str

    @property
    def logins(self) -> tuple[str, str, str]:
        """Those that have a password."""
        return (self.migrator, self.application, self.backup)


def roles_of(application: str) -> Roles:
    """The roles of the application with this name."""
    return Roles(
        owner=f"{application}_owner",
        migrator=f"{application}_migrator",
        application=f"{application}_app",
        backup=f"{application}_backup",
    )


def create_roles(conn: psycopg.Connection, roles: Roles, passwords: Mapping[str, str]) -> None:
    """Make the roles, or set existing ones back to what they must be. The caller commits."""
    with database_errors("making the roles"):
        for role in (roles.owner, *roles.logins):
            if not conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchall():
                conn.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        plain = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
        _alter(conn, roles.owner, f"{plain} NOLOGIN NOBYPASSRLS")
        _alter(conn, roles.application, f"{plain} LOGIN NOBYPASSRLS", passwords)
        # It does not act with the owner's rights until it says SET ROLE.
        _alter(conn, roles.migrator, f"{plain} LOGIN NOBYPASSRLS NOINHERIT", passwords)
        _alter(conn, roles.backup, f"{plain} LOGIN BYPASSRLS", passwords)
        explicit = conn.info.server_version >= GRANT_OPTIONS_SINCE
        _grant(
            conn, roles.owner, roles.migrator, " WITH INHERIT FALSE, SET TRUE" if explicit else ""
        )
        _grant(conn, "pg_read_all_data", roles.backup)


def create_database(
    conn: psycopg.Connection, name: str, roles: Roles, encoding: str = "UTF8"
) -> None:
    """Make an empty database of the owner's; ``conn`` must be in autocommit.

    Of the locales only C goes with every encoding.

    ``apply_privileges`` follows, on a connection to the new database.
    """
    database = sql.Identifier(name)
    with database_errors(f"making the database {name!r}"):
        made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0{}")
        conn.execute(made.format(database, sql.Identifier(roles.owner), _encoded(conn, encoding)))
        conn.execute(sql.SQL(CONNECTING).format(database=database, **_identifiers(roles)))


def _encoded(conn: psycopg.Connection, encoding: str) -> sql.Composable:
    if encoding == "UTF8":
        return sql.SQL("")
    provider = " LOCALE_PROVIDER libc" if conn.info.server_version >= PROVIDERS_SINCE else ""
    chosen = sql.SQL(f" ENCODING {{}} LC_COLLATE 'C' LC_CTYPE 'C'{provider}")
    return chosen.format(sql.Literal(encoding))


def apply_privileges(conn: psycopg.Connection, roles: Roles) -> None:
    """Give the roles their rights in the database of ``conn``. The caller commits."""
    with database_errors("giving the roles their rights"):
        for statements in (PUBLIC_SCHEMA, DEFAULT_PRIVILEGES):
            conn.execute(sql.SQL(statements).format(**_identifiers(roles)))


def give_new_things_to(conn: psycopg.Connection, role: str, *, made_by: str) -> None:
    """Let a role work with what the owner makes from now on. The caller commits."""
    names = {"owner": sql.Identifier(made_by), "application": sql.Identifier(role)}
    conn.execute(sql.SQL(DEFAULT_PRIVILEGES).format(**names))


def new_passwords(roles: Roles) -> dict[str, str]:
    """A fresh random password for each role that logs in."""
    return {role: secrets.token_urlsafe(PASSWORD_BYTES) for role in roles.logins}


def load_passwords(path: Path) -> dict[str, str]:
    """Read the file of role passwords.

    Raises:
        ConfigurationError: it is missing, damaged, or may be read by others.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(
                f"Others may read the passwords in {path}.", next_step=f"chmod 600 {path}"
            )
        passwords = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The file of role passwords {path} cannot be read.",
            next_step=f"bring {path} back, or move it away: the next start makes new passwords",
        ) from error
    return {str(role): str(password) for role, password in passwords.items()}


def write_passwords(path: Path, passwords: Mapping[str, str]) -> None:
    """Write the file of role passwords whole or not at all, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staging = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(passwords), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    staging.rename(path)


def _alter(
    conn: psycopg.Connection, role: str, attributes: str, passwords: Mapping[str, str] | None = None
) -> None:
    statement = sql.SQL("ALTER ROLE {} ").format(sql.Identifier(role)) + sql.SQL(attributes)
    if passwords is not None:
        # Hashed here, so that the password itself is in no server log.
        hashed = conn.pgconn.encrypt_password(
            passwords[role].encode(), role.encode(), b"scram-sha-256"
        )
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(hashed.decode()))
    conn.execute(statement)


def _grant(conn: psycopg.Connection, role: str, member: str, options: str = "") -> None:
    statement = sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(member))
    conn.execute(statement + sql.SQL(options))


def _identifiers(roles: Roles) -> dict[str, sql.Identifier]:
    return {
        "owner": sql.Identifier(roles.owner),
        "migrator": sql.Identifier(roles.migrator),
        "application": sql.Identifier(roles.application),
        "backup": sql.Identifier(roles.backup),
    }
