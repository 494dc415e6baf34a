"""Keep environments apart: what two configurations of one application must not share.

The label inside the database refuses a process of another environment. This looks at what is
written down, before anything is opened: one directory, volume or address in two configurations.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from strongroom.config import CONFIGURATION_NAME, Configuration, find, load_all
from strongroom.errors import ConfigurationError
from strongroom.identity.address import VARIABLE
from strongroom.identity.observation import Warned
from strongroom.storage import shown_address
from strongroom.storage.s3.address import SCHEME, parse_s3_address

PRODUCTION = ("prod", "prd", "live")
"""How the label of an environment begins that is never made from another one, or a word of it."""
NOT_YET = frozenset({"pre", "non", "not"})
"""A word before that of production, which says that it is none."""


def is_production(configuration: Configuration) -> bool:
    """Whether this environment holds what others are copied from."""
    label = configuration.environment.lower()
    words = re.findall(r"[a-z]+", label)
    named = "production" in words or not {*PRODUCTION}.isdisjoint(words)
    return label.startswith(PRODUCTION) or (named and NOT_YET.isdisjoint(words))


def shared_places(one: Configuration, other: Configuration) -> tuple[str, ...]:
    """Say what two configurations share: the same place, one within the other, one address."""
    ours, theirs = _places(one), _places(other)
    found = [
        f"{what}: {path}"
        for what, path in ours.items()
        if what in theirs and _is_same(path, theirs[what])
    ]
    found += [
        f"{what} {path} lies within {whose} of {within.environment}: {outer}"
        for holder, within in ((one, other), (other, one))
        for what, path in _places(holder).items()
        for whose, outer in _places(within).items()
        if whose in {"data directory", "store"} and _is_within(path, outer)
    ]
    if _on_same_bucket(one.store_url, other.store_url):
        found.append(f"store: {shown_address(one.store_url)}")
    if _address(one) is not None and _address(one) == _address(other):
        found.append("database.url")
    return tuple(found)


def require_apart(one: Configuration, other: Configuration) -> None:
    """Refuse two environments that are not apart.

    Raises:
        ConfigurationError: they share something that only one of them may have.
    """
    shared = shared_places(one, other)
    if shared:
        raise ConfigurationError(
            f"The environments {one.environment} and {other.environment} share what only one of "
            f"them may have: {'; '.join(shared)}. Nothing was started.",
            next_step=f"edit {other.path}",
        )


def neighbours(configuration: Configuration) -> list[Configuration]:
    """Find the other environments of the same application, beside this one's directory."""
    found = []
    for path in sorted(configuration.directory.parent.glob(f"*/{CONFIGURATION_NAME}")):
        if not _is_same(path, configuration.path):
            found += [
                other for other in _loaded(path) if other.application == configuration.application
            ]
    return found


def environment_called(
    environment: str, near: Path | None = None, database: str | None = None
) -> Configuration:
    """Find an environment by its label: among the neighbours, else as ``find`` does.

    Args:
        environment: the label.
        near: a configuration, or its directory, whose neighbours are meant.
        database: which of its databases, where there are several.

    Raises:
        ConfigurationError: there is none, or there are several.
    """
    start = near if near is None or near.is_dir() else near.parent
    here = (start or Path.cwd()).absolute()
    beside = [*here.glob(f"*/{CONFIGURATION_NAME}"), *here.parent.glob(f"*/{CONFIGURATION_NAME}")]
    paths = {path.resolve() for path in (here / CONFIGURATION_NAME, *beside)}
    fitting = [
        one
        for path in sorted(paths)
        for one in _loaded(path)
        if one.environment == environment and database in {None, one.key}
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ConfigurationError(
            f"Several configurations are of environment {environment}: "
            f"{', '.join(str(one.path) for one in fitting)}.",
            next_step="name the one that is meant by its path",
        )
    return find(near, environment, database)


def _loaded(path: Path) -> list[Configuration]:
    try:
        return load_all(path) if path.is_file() else []
    except ConfigurationError:
        return []  # whoever uses that one is told


def environment_warnings(configuration: Configuration) -> tuple[Warned, ...]:
    """Warn of everything that a neighbouring environment shares with this one."""
    return tuple(
        Warned("environments_share", f"The environment {other.environment} shares {what}.")
        for other in neighbours(configuration)
        for what in shared_places(configuration, other)
    )


def _places(configuration: Configuration) -> Mapping[str, Path]:
    places = {
        "state": configuration.state_cache,
        "private key": configuration.private_key,
        "passwords": configuration.passwords,
    }
    if (store := _local(configuration.store_url)) is not None:
        places["store"] = store
    if configuration.server is not None:
        places["data directory"] = configuration.server.data_directory
        places["run directory"] = configuration.server.run_directory
    return places


def _on_same_bucket(one: str, other: str) -> bool:
    """Whether two stores on S3 are one, or one lies within the other."""
    if not all(url.startswith(f"{SCHEME}://") for url in (one, other)):
        return False
    ours, theirs = parse_s3_address(one), parse_s3_address(other)
    if (ours.endpoint, ours.bucket) != (theirs.endpoint, theirs.bucket):
        return False
    short, long = sorted((ours.key_of(""), theirs.key_of("")), key=len)
    return long.startswith(short)


def _local(url: str) -> Path | None:
    plain = url.removeprefix("file://")
    return None if "://" in plain else Path(plain)


def _is_same(one: Path, other: Path) -> bool:
    """By name, by link, and by what the file system says: one volume may have two names."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return one.exists() and other.exists() and one.samefile(other)


def _is_within(inner: Path, outer: Path) -> bool:
    real = Path(os.path.realpath(inner))
    return Path(os.path.realpath(outer)) in real.parents or any(
        parent.exists() and outer.exists() and parent.samefile(outer) for parent in real.parents
    )


def _address(configuration: Configuration) -> tuple[str, ...] | None:
    """The database that an address leads to, however it is written."""
    if configuration.url is None or VARIABLE.fullmatch(configuration.url):
        return None  # each environment's processes have another address in the same variable
    try:
        given = conninfo_to_dict(configuration.url)
    except psycopg.ProgrammingError:
        return (configuration.url,)
    host = str(given.get("hostaddr") or given.get("host") or "localhost").lower()
    host = "localhost" if host in {"127.0.0.1", "::1"} else host
    return (host, str(given.get("port") or "5432"), configuration.database)
