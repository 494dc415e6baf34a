"""The address of a database on a server of others, as applications write it.

A ``strongroom.toml`` may name the variable in which the application itself finds its address
(``url = "$DATABASE_URL"``). Both then always mean the same place, and a password in it stays
where it is: in the environment. An address that is written into the file has no password.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError

VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_DRIVER = re.compile(r"^(postgres(?:ql)?)\+\w+://")
_OF_OTHER_DRIVERS = {"ssl": "sslmode"}
"""Options of an address that asyncpg's dialect calls differently from libpq."""


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
    if VARIABLE.fullmatch(written):
        return {"dbname": _default_name(given) or configuration.database, **given}
    return {"dbname": configuration.database, **given}


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
    given = parsed(text_of(written), where=f"database.administrator in {configuration.path}")
    if "password" in given and not VARIABLE.fullmatch(written):
        raise ConfigurationError(
            f"database.administrator in {configuration.path} carries a password.",
            next_step='name the variable that holds the whole address: administrator = "$NAME"',
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


def parsed(address: str, *, where: str) -> dict[str, str | int]:
    """Understand an address as libpq does, also one that names a driver of SQLAlchemy.

    Raises:
        ConfigurationError: it is not an address of PostgreSQL; it is not quoted.
    """
    try:
        given = conninfo_to_dict(_for_libpq(address))
    except (psycopg.ProgrammingError, ValueError) as error:
        raise ConfigurationError(
            f"{where} is not an address of PostgreSQL.",
            next_step="write it as postgresql://USER@HOST/DATABASE",
        ) from error
    return {name: value for name, value in given.items() if value is not None}


def _for_libpq(address: str) -> str:
    plain = _DRIVER.sub(r"\1://", address)
    if "://" not in plain:
        return plain
    # Put together by hand: urlunsplit() makes postgresql:/shop of postgresql:///shop, which has no
    # host because its server is reached by a socket.
    place, mark, query = plain.partition("?")
    options = [
        (_OF_OTHER_DRIVERS.get(name, name), value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{place}{mark}{urlencode(options)}"
