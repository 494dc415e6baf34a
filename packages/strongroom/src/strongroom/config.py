"""``strongroom.toml``: what strongroom is told about one application and its database.

One file describes one environment of one application. All relative paths are relative to the
file's own directory, so that a whole home can be moved. The pin (``strongroom.lock``) lies
beside the file. The configuration holds no secret: role passwords and the private key are
files of their own, with mode 0600.

An application with one database writes ``[database]``, and that database is called ``main``.
One with several writes ``[databases.NAME]`` for each. A ``Configuration`` is always about one.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, cast, get_args

from strongroom.errors import ConfigurationError

CONFIGURATION_NAME = "strongroom.toml"
LOCK_NAME = "strongroom.lock"
FORMAT = 1
MAIN = "main"
"""What the database of an application with one database is called."""
ENTRY_POINT_GROUP = "strongroom.configurations"

Keep = Literal["share", "all", "none"]
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_OF_A_DATABASE = {"name", "url", "server", "keep"}


@dataclass(frozen=True)
class ServerSettings:
    """A PostgreSQL server that strongroom supervises itself."""

    data_directory: Path
    run_directory: Path
    log_directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """Extra ``postgresql.conf`` settings, by name."""


@dataclass(frozen=True)
class Policy:
    """Limits that decide when something is refused or warned about."""

    shrink_share: float = 0.2
    """The share of a table's floor that may be missing before the verdict is ``shrunk``."""
    failover_loss_max_s: int = 60
    replica_lag_max_s: int = 300
    state_age_max_s: int = 7 * 86_400
    """How long the cached state decides while its store cannot be reached."""
    count_time_max_s: float = 2.0
    """Time limit of one exact count during a check."""
    backup_age_max_s: int = 26 * 3_600
    proof_age_max_s: int = 26 * 3_600


@dataclass(frozen=True)
class Configuration:
    """One application's database in one environment, and where its safety lives.

    ``server`` is None when the database is on a server that others run; then ``url`` says
    where, without a password (libpq's own sources supply it).
    """

    path: Path
    application: str
    environment: str
    database: str
    url: str | None
    server: ServerSettings | None
    store_url: str
    state_url: str
    state_cache: Path
    private_key: Path
    passwords: Path
    policy: Policy
    keep: Mapping[str, Keep]
    protection: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[protection]`` as written; its room reads it."""
    permits: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[permits]`` as written; its room reads it."""
    key: str = MAIN
    """What the file calls this database; ``main`` unless there are several."""
    migrations: Mapping[str, Any] = field(default_factory=dict)
    """The table ``[migrations]`` as written; its room reads it."""

    @property
    def directory(self) -> Path:
        """The directory that relative paths of this configuration start from."""
        return self.path.parent

    @property
    def lock_path(self) -> Path:
        """Where the pin lies."""
        return self.directory / LOCK_NAME

    @property
    def ledger_path(self) -> Path:
        """The append-only record of every act."""
        return self.state_cache / "ledger.jsonl"

    @property
    def scratch_directory(self) -> Path:
        """Where scratch servers and restored copies are made."""
        return self.directory / "scratch"

    @property
    def kept_directory(self) -> Path:
        """Where databases go that a swap has replaced. Nothing here is ever removed by us."""
        return self.directory / "kept" / _own(self.key)


_SUPERVISED = """
[server]                      # PostgreSQL, supervised by strongroom itself
data_directory = "data"
run_directory = "run"
log_directory = "logs"
"""


def default_document(
    *, application: str, environment: str, database: str, url: str | None = None
) -> str:
    """The text of a new configuration: for a supervised server, or for the one at ``url``."""
    address = f"url = {json.dumps(url)}        # without a password\n" if url else ""
    return f"""\
# What strongroom knows about this application. Relative paths start at this file's directory.
format = {FORMAT}
application = "{application}"
environment = "{environment}"

[database]
name = {json.dumps(database)}
{address or _SUPERVISED}
[store]
url = "store"                 # backups, their proofs, and the state

[state]
cache = "state"               # a local copy of the state, and the ledger

[keys]
private_key = "keys/backup-key.txt"   # opens every backup: keep a copy elsewhere
passwords = "keys/roles.json"
"""


def load(path: Path, database: str | None = None) -> Configuration:
    """Read what one configuration file says of one database; ``database`` may name which.

    Raises:
        ConfigurationError: the file is missing, is not TOML, or says something impossible; it
            has several databases and none is named, or not the one that is.
    """
    return _the_database_meant(load_all(path), database)


def load_all(path: Path) -> list[Configuration]:
    """Read one configuration file: one configuration for each of its databases.

    Raises:
        ConfigurationError: the file is missing, is not TOML, or says something impossible.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no configuration at {path.absolute()}.",
            next_step="strongroom init --environment NAME",
        ) from error
    except UnicodeDecodeError as error:
        raise _wrong(path, "it is not UTF-8") from error
    except OSError as error:
        raise _wrong(path, f"it cannot be read: {error.strerror}") from error
    return parse_all(path, text)


def parse(path: Path, text: str) -> Configuration:
    """Understand the text of a configuration with one database, as ``parse_all`` does."""
    return _the_database_meant(parse_all(path, text), None)


def parse_all(path: Path, text: str) -> list[Configuration]:
    """Understand the text of a configuration that lies, or is going to lie, at ``path``.

    Raises:
        ConfigurationError: it is not TOML, or says something impossible.
    """
    path = path.absolute()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, f"it is not valid TOML: {error}") from error
    return _configurations(path, document)


def find(
    path: Path | None = None, environment: str | None = None, database: str | None = None
) -> Configuration:
    """Find the configuration that is meant, as ``find_all`` does, and in it the database."""
    return _the_database_meant(find_all(path, environment), database)


def find_all(path: Path | None = None, environment: str | None = None) -> list[Configuration]:
    """Find the configuration that is meant: one for each of its databases.

    Looked at in this order: ``path`` (``--config``); the variable ``STRONGROOM_CONFIG``;
    ``strongroom.toml`` in the working directory and above it; what installed applications
    report through the entry point group ``strongroom.configurations``.

    Raises:
        ConfigurationError: there is none, or there are several and nothing says which.
    """
    if path is not None:
        found = [path / CONFIGURATION_NAME if path.is_dir() else path]
    elif variable := os.environ.get("STRONGROOM_CONFIG"):
        found = [Path(variable)]
    else:
        found = _upward(Path.cwd()) or _of_applications(environment)
    if not found:
        raise ConfigurationError(
            "No strongroom.toml was found: not by --config or STRONGROOM_CONFIG, not in this "
            "directory or above it, and no installed application names one.",
            next_step="strongroom init --environment NAME",
        )
    return _the_file_meant([load_all(candidate) for candidate in found], environment)


def _the_database_meant(candidates: list[Configuration], key: str | None) -> Configuration:
    fitting = [one for one in candidates if key in (None, one.key)]
    if len(fitting) == 1:
        return fitting[0]
    names, path = ", ".join(one.key for one in candidates), candidates[0].path
    what = "has several databases" if key is None else f"has no database {key!r}"
    raise ConfigurationError(
        f"{path} {what}: {names}.", next_step=f"the same with --database {candidates[0].key}"
    )


def _the_file_meant(
    candidates: list[list[Configuration]], environment: str | None
) -> list[Configuration]:
    fitting = [one for one in candidates if environment in (None, one[0].environment)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        there = ", ".join(f"{one.environment} ({one.path})" for one, *_ in candidates)
        raise ConfigurationError(
            f"There is no environment {environment!r} here. There is: {there}.",
            next_step=f"strongroom --environment {candidates[0][0].environment} check",
        )
    seen = ", ".join(str(one.path) for one, *_ in fitting)
    raise ConfigurationError(
        f"Several configurations could be meant: {seen}.",
        next_step="strongroom --config PATH …, with one of these paths",
    )


def _upward(start: Path) -> list[Path]:
    for directory in (start, *start.parents):
        candidate = directory / CONFIGURATION_NAME
        if candidate.is_file():
            return [candidate]
    return []


def _of_applications(environment: str | None) -> list[Path]:
    found: list[Path] = []
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        locate = cast("Callable[[str | None], list[Path]]", entry_point.load())
        found += locate(environment)
    return found


def _configurations(path: Path, document: dict[str, Any]) -> list[Configuration]:
    written = document.get("format")
    if written != FORMAT:
        raise _wrong(path, f"its format is {written!r}, and this strongroom reads format {FORMAT}")
    several = _table(path, document, "databases")
    if not several:
        short = {**_table(path, document, "database")}
        if "server" in document:
            short["server"] = _table(path, document, "server")
        return [_configuration(path, document, MAIN, short)]
    if {"database", "server"} & document.keys():
        raise _wrong(path, "it has [databases.NAME], and [database] or [server] beside it")
    found = [
        _configuration(path, document, key, _table(path, several, key, "databases."))
        for key in several
    ]
    _require_apart(path, found)
    return found


def _require_apart(path: Path, databases: list[Configuration]) -> None:
    """Two names for one place would be two pins of one database."""
    places: dict[object, str] = {}
    for one in databases:
        place = one.server.data_directory.resolve() if one.server else (one.url, one.database)
        if place in places:
            raise _wrong(path, f"the databases {places[place]} and {one.key} lie in one place")
        places[place] = one.key


def _configuration(
    path: Path, document: dict[str, Any], key: str, database: dict[str, Any]
) -> Configuration:
    if not _KEY.fullmatch(key):
        raise _wrong(path, f"{key!r} cannot name a database: use small letters, digits and _")
    if unknown := database.keys() - _OF_A_DATABASE:
        raise _wrong(path, f"the database {key} has a setting that is not known: {min(unknown)}")
    base, keys = path.parent, _table(path, document, "keys")
    state, store = _table(path, document, "state"), _table(path, document, "store")
    store_url = _located(base, _text(path, store, "url", "store"))
    url = database.get("url")
    if (url is None) == ("server" not in database):
        raise _wrong(path, "it needs either a [server] to supervise or database.url, and not both")
    return Configuration(
        path=path,
        application=_text(path, document, "application"),
        environment=_text(path, document, "environment"),
        database=_text(path, database, "name"),
        url=url,
        server=_server(path, database) if url is None else None,
        store_url=store_url,
        state_url=_located(base, state["url"]) if state.get("url") else store_url,
        state_cache=base / _text(path, state, "cache", "state") / _own(key),
        private_key=base / _text(path, keys, "private_key", "keys/backup-key.txt"),
        passwords=base / _text(path, keys, "passwords", "keys/roles.json"),
        policy=_policy(path, document),
        keep={**_keep(path, _table(path, document, "tables")), **_keep(path, database)},
        key=key,
        protection=_table(path, document, "protection"),
        permits=_table(path, document, "permits"),
        migrations=_table(path, document, "migrations"),
    )


def _own(key: str) -> str:
    """The part of a path that tells databases apart; ``main`` is where the only one would be."""
    return "" if key == MAIN else key


def _server(path: Path, document: dict[str, Any]) -> ServerSettings:
    server, base = _table(path, document, "server"), path.parent
    return ServerSettings(
        data_directory=base / _text(path, server, "data_directory", "data"),
        run_directory=base / _text(path, server, "run_directory", "run"),
        log_directory=base / _text(path, server, "log_directory", "logs"),
        settings={name: str(value) for name, value in server.get("settings", {}).items()},
    )


def _policy(path: Path, document: dict[str, Any]) -> Policy:
    written = _table(path, document, "policy")
    try:
        return Policy(**written)
    except TypeError as error:
        raise _wrong(path, f"[policy] has a setting that is not known: {error}") from error


def _keep(path: Path, tables: dict[str, Any]) -> dict[str, Keep]:
    written = _table(path, tables, "keep")
    for table, keep in written.items():
        if keep not in get_args(Keep):
            raise _wrong(path, f"tables.keep of {table} is {keep!r}: use share, all or none")
    return written


def _table(path: Path, document: dict[str, Any], name: str, within: str = "") -> dict[str, Any]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise _wrong(path, f"[{within}{name}] must be a table")
    return value


def _text(path: Path, table: dict[str, Any], name: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if not isinstance(value, str) or not value:
        raise _wrong(path, f"{name!r} must be a text that is not empty")
    return value


def _located(base: Path, url: str) -> str:
    return url if "://" in url else str(base / url)


def _wrong(path: Path, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"The configuration {path} cannot be used: {what}.", next_step=f"edit {path}"
    )
