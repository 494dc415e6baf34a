"""Describe an application that has no ``strongroom.toml`` yet."""

from __future__ import annotations

import re
from pathlib import Path

from strongroom.config import default_document
from strongroom.errors import ConfigurationError
from strongroom.identity.address import VARIABLE, text_of
from strongroom.identity.uri import parsed
from strongroom.postgres.connections import connect, database_errors

_NAME_LENGTH_MAX = 40


def new_document(
    path: Path, environment: str, *, application: str | None = None, url: str | None = None
) -> str:
    """The text of a configuration that is going to lie at ``path``.

    The application is named after the directory unless a name is given.

    Raises:
        ConfigurationError: a name or the address cannot be used.
    """
    application = application or _identifier(path.parent.name)
    for what, name in (("application", application), ("environment", environment)):
        if _identifier(name) != name:
            raise ConfigurationError(
                f"{name!r} cannot name an {what}: use small letters, digits and underscores.",
                next_step=f"the same with --{what} {_identifier(name)}",
            )
    database = application if url is None else _database_in(url)
    return default_document(
        application=application, environment=environment, database=database, url=url
    )


def _database_in(url: str) -> str:
    """The database that an address leads to; where it names none, its server says which."""
    given = parsed(text_of(url), where="The address")
    if "password" in given and not VARIABLE.fullmatch(url):
        raise ConfigurationError(
            "The address carries a password, and would be written into a file.",
            next_step="the same with --url-from VARIABLE instead of --url, with the name of a "
            "variable that holds the address",
        )
    if "dbname" in given:
        return str(given["dbname"])
    with connect(given) as connection, database_errors("asking for the name of the database"):
        return str(connection.execute("SELECT current_database()").fetchall()[0][0])


def _identifier(name: str) -> str:
    """A name that can be a database and the start of a role: ``My App`` gives ``my_app``."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_NAME_LENGTH_MAX]
    return plain if plain[:1].isalpha() else f"app_{plain}".rstrip("_")
