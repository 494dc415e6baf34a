"""Which of a project's databases are guarded, and the proof that each new connection gives."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from strongroom.config import load
from strongroom.identity import verify_engine
from strongroom.integrations.opening import ProcessDatabase, process_database
from strongroom.integrations.proving import prove_dbapi

_real_names: dict[str, str] = {}
"""Each alias's name as the settings had it at start; a test runner replaces it there."""

_HAS_IDENTITY = "SELECT to_regnamespace('strongroom') IS NOT NULL"


def remember_names() -> None:
    """Keep the names of the real databases, before any test runner puts others in their place."""
    for alias, written in settings.DATABASES.items():
        _real_names[alias] = str(written.get("NAME", ""))


def guarded_aliases() -> dict[str, str | None]:
    """The guarded aliases, each with its ``strongroom.toml``; None where it is to be found.

    Paths are relative to ``BASE_DIR`` where the settings have one.
    """
    named: dict[str, str | None] = getattr(settings, "STRONGROOM_DATABASES", {})
    return {DEFAULT_DB_ALIAS: None, **named}


def database_of(alias: str) -> ProcessDatabase:
    """The pinned database behind an alias; nothing is opened yet.

    Raises:
        ConfigurationError: its configuration cannot be found.
    """
    written = guarded_aliases()[alias]
    if written is None:
        return process_database()
    return process_database(load(Path(getattr(settings, "BASE_DIR", "")) / written))


def verify_created(connection: Any) -> None:  # noqa: ANN401  Django has no types
    """Verify a connection that Django has just made.

    Raises:
        RefusedError: it leads to another database. It is closed, so that nobody can use it.
        ConfigurationError: the engine is not PostgreSQL's, or there is no configuration.
    """
    if connection.alias not in guarded_aliases():
        return
    try:
        if connection.vendor != "postgresql":
            verify_engine(connection.vendor, "its own driver")
        if not made_for_tests(connection):
            _verify(connection)
    except BaseException:
        with suppress(Exception):  # what happened before is told
            connection.close()
        raise


def made_for_tests(connection: Any) -> bool:  # noqa: ANN401  Django has no types
    """Whether this is the database that Django's test runner makes, and nobody has pinned it.

    The runner empties and drops whatever has that name; a pinned one is refused like any other.
    """
    name, real = connection.settings_dict["NAME"], _real_names.get(connection.alias)
    wanted = connection.settings_dict["TEST"].get("NAME") or f"test_{real}"
    if name == real or not _is_clone_of(name, wanted):
        return False
    with connection.connection.cursor() as cursor:
        cursor.execute(_HAS_IDENTITY)
        return not cursor.fetchone()[0]


def _verify(connection: Any) -> None:  # noqa: ANN401  the same
    database = database_of(connection.alias).open()
    prove_dbapi(database, connection.connection)


def _is_clone_of(name: str, wanted: str) -> bool:
    """Parallel runs make ``test_shop_1``, ``test_shop_2`` and so on."""
    return name == wanted or (name.startswith(f"{wanted}_") and name[len(wanted) + 1 :].isdigit())
