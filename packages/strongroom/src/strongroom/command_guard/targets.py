"""What a command works on, by its name: whether it is a test's, or may hold data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from strongroom.command_guard.context import Context
from strongroom.command_guard.shell.steps import is_known, names_in

_TEST = re.compile(
    r"(?:^|[^a-z0-9])(?:tests?|testing|testdb|unittests?|pytest|ci|e2e|scratch|tmp|temp|sandbox"
    r"|throwaway|playground|dummy|ephemeral)(?:[^a-z]|$)",
    re.IGNORECASE,
)
_DATA_CONTAINER = re.compile(
    r"(?:^|[^a-z])(?:db|database|pg|postgres\w*|postgis|timescale\w*|supabase|mysql|maria\w*|mongo\w*"
    r"|redis|data|storage|store|minio|elastic\w*|clickhouse|influx\w*|couch\w*|neo4j|cassandra|vault"
    r"|sql|sqlserver|mssql|oracle)\d*(?:[^a-z]|$)",
    re.IGNORECASE,
)
_CACHE_VOLUME = re.compile(
    r"cache|node_?modules|pip|npm|venv|build|buildx|(?:^|[^a-z])logs?(?:[^a-z]|$)", re.IGNORECASE
)


def is_test_name(name: str, context: Context) -> bool:
    """Whether a name says that what it names is a test's."""
    settings = context.settings
    if not is_known(name):
        # The name of a variable says what it holds, where nobody knows its value.
        return all(map(_TEST.search, names_in(name)))
    if any(fnmatchcase(name, one) for one in settings.databases):
        return False
    if any(fnmatchcase(name, one) for one in settings.test_databases):
        return True
    return bool(_TEST.search(name))


def volumes_are_free(names: Sequence[str], context: Context) -> bool:
    """Whether all these volumes hold nothing that anybody would miss."""
    return bool(names) and all(volume_is_free(one, context) for one in names)


def volume_is_free(name: str, context: Context) -> bool:
    """Whether a volume holds nothing that anybody would miss."""
    if context.settings.volumes:
        return is_known(name) and not _listed(name, context.settings.volumes)
    return is_test_name(name, context) or (is_known(name) and bool(_CACHE_VOLUME.search(name)))


def containers_are_free(names: Sequence[str], context: Context) -> bool:
    """Whether all these containers hold nothing that anybody would miss."""
    return bool(names) and all(container_is_free(one, context) for one in names)


def container_is_free(name: str, context: Context) -> bool:
    """Whether nobody knows a container as one that holds data."""
    if context.settings.containers:
        return is_known(name) and not _listed(name, context.settings.containers)
    if is_test_name(name, context):
        return True
    return (
        is_known(name)
        and not _DATA_CONTAINER.search(name)
        and not re.fullmatch(r"[0-9a-f]{6,64}", name)
    )


def container_is_test(name: str, context: Context) -> bool:
    """Whether a container is a test's, or one that the settings do not know."""
    if context.settings.containers:
        return is_known(name) and not _listed(name, context.settings.containers)
    return is_test_name(name, context)


def _listed(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, one) for one in patterns)
