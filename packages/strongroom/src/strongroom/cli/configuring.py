"""Describe an application that has no ``strongroom.toml`` yet."""

from __future__ import annotations

import re
from pathlib import Path

from strongroom.config import default_document
from strongroom.errors import ConfigurationError
from strongroom.identity.address import parsed, text_of

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
    name = parsed(text_of(url), where="The address").get("dbname")
    if name is None:
        raise ConfigurationError(
            "The address does not name a database of PostgreSQL.",
            next_step="the same with --url postgresql://USER@HOST/DATABASE",
        )
    return str(name)


def _identifier(name: str) -> str:
    """A name that can be a database and the start of a role: ``My App`` gives ``my_app``."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_NAME_LENGTH_MAX]
    return plain if plain[:1].isalpha() else f"app_{plain}".rstrip("_")
