"""Django's system checks for the guard: what the settings say, and what the database says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.core.management import get_commands
from django.db import connections

from strongroom.errors import ConfigurationError, StrongroomError
from strongroom.integrations.django.connections import (
    database_of,
    guarded_aliases,
    made_for_tests,
)

APPLICATION = "strongroom.integrations.django"
GUARDED_COMMANDS = ("migrate", "flush")


def check_settings(**_: object) -> list[CheckMessage]:
    """Say what the settings leave unguarded; nothing is connected to."""
    return [*_configurations(), *_commands(), *_unguarded()]


def check_databases(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """Judge each guarded database in full, where Django asks for checks of databases."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        if alias in guarded_aliases():
            found += _judged(alias)
    return found


def _configurations() -> Iterator[CheckMessage]:
    for alias in guarded_aliases():
        if alias not in connections:
            yield Error(
                f"STRONGROOM_DATABASES names the alias {alias!r}, which DATABASES does not have.",
                id="strongroom.E001",
            )
            continue
        try:
            database_of(alias)
        except ConfigurationError as error:
            yield Error(error.message, hint=f"next: {error.next_step}", id="strongroom.E002")


def _commands() -> Iterator[CheckMessage]:
    known = get_commands()
    for name in GUARDED_COMMANDS:
        if known[name] != APPLICATION:
            yield Error(
                f"The command {name} is that of {known[name]}, which is not guarded.",
                hint=f'Put "{APPLICATION}" first in INSTALLED_APPS.',
                id="strongroom.E003",
            )


def _unguarded() -> Iterator[CheckMessage]:
    for alias in connections:
        if alias not in guarded_aliases() and connections[alias].vendor == "postgresql":
            yield Caution(
                f"Connections of the alias {alias!r} are not guarded.",
                hint=f'STRONGROOM_DATABASES = {{"{alias}": "PATH/strongroom.toml"}}',
                id="strongroom.W001",
            )


def _judged(alias: str) -> Iterator[CheckMessage]:
    try:
        connections[alias].ensure_connection()
        if made_for_tests(connections[alias]):
            return
        judgement = database_of(alias).open().judgement
    except StrongroomError as error:
        yield Error(error.message, hint=f"next: {error.next_step}", id="strongroom.E004")
        return
    for warning in judgement.warnings:
        yield Caution(warning.message, id="strongroom.W002")
