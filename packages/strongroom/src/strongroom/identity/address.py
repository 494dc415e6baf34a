"""The address of a database on a server of others, as applications write it.

A ``strongroom.toml`` may name the variable in which the application itself finds its address
(``url = "$DATABASE_URL"``). Both then always mean the same place, and a password in it stays
where it is: in the environment. An address that is written into the file has no password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError
from strongroom.identity.uri import parsed

VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


def connection_of(configuration: Configuration) -> dict[str, str | int]:
    """Connection arguments of a database on a server of others.

    Raises:
        ConfigurationError: the address is none, is not there, or carries a password in the file.
    """
    written = configuration.url or ""
    given = parsed(text_of(written), where=f"database.url in {configuration.path}")
    if "password" in given and not VARIABLE.fullmatch(written):
        raise ConfigurationError(
            f"database.url in {configuration.path} carries a password.",
            next_step="put it into ~/.pgpass or PGPASSWORD, or name the variable that holds the "
            'whole address: url = "$DATABASE_URL"',
        )
    if not VARIABLE.fullmatch(written):
        return {"dbname": configuration.database, **given}
    if "service" in given or os.environ.get("PGSERVICE"):
        return given  # the service's file may name the database, and a name given here would win
    return {"dbname": _default_name(given) or configuration.database, **given}


def _default_name(given: Mapping[str, str | int]) -> str | int | None:
    """The database that the application gets to where its address names none, as libpq has it."""
    user = given.get("user") or os.environ.get("PGUSER")
    return os.environ.get("PGDATABASE") or user


def administrator_of(configuration: Configuration) -> dict[str, str | int]:
    """Connection arguments of the administrator of a server of others.

    Raises:
        ConfigurationError: none is named, the address is none, or carries a password in the file.
    """
    written = configuration.administrator
    if written is None:
        raise ConfigurationError(
            "This needs an administrator, and only a server that strongroom supervises lets it in "
            "as one.",
            next_step="the same with --administrator postgresql://ADMINISTRATOR@HOST/DATABASE, or "
            f'administrator = "$VARIABLE" beside the url in {configuration.path}',
        )
    return _address_of(configuration, "administrator", written)


def backup_role_of(configuration: Configuration) -> dict[str, str | int] | None:
    """Connection arguments of the role that takes backups of a server of others.

    That is ``database.backup``, else the administrator where this process knows it; None where
    neither is written.

    Raises:
        ConfigurationError: what is written is no address, or carries a password in the file.
    """
    if (written := configuration.backup_url) is not None:
        return _address_of(configuration, "backup", written)
    if has_administrator(configuration):
        return administrator_of(configuration)
    return None


def _address_of(configuration: Configuration, name: str, written: str) -> dict[str, str | int]:
    given = parsed(text_of(written), where=f"database.{name} in {configuration.path}")
    if "password" in given and not VARIABLE.fullmatch(written):
        raise ConfigurationError(
            f"database.{name} in {configuration.path} carries a password.",
            next_step=f'name the variable that holds the whole address: {name} = "$NAME"',
        )
    return {"dbname": configuration.database, **given}


def has_administrator(configuration: Configuration) -> bool:
    """Whether this process knows the administrator of a server of others.

    Where a variable holds the address, only those who are given it do.
    """
    written = configuration.administrator or ""
    named = VARIABLE.fullmatch(written)
    return bool(os.environ.get(named[1])) if named else bool(written)


def text_of(written: str) -> str:
    """The address itself: as written, or from the variable that is named.

    Raises:
        ConfigurationError: there is no such variable.
    """
    named = VARIABLE.fullmatch(written)
    if named is None:
        return written
    if not os.environ.get(named[1]):
        raise ConfigurationError(
            f"The address of the database is in the variable {named[1]}, which is not set.",
            next_step=f"export {named[1]}=postgresql://…, as the application does",
        )
    return os.environ[named[1]]
