"""The text of a configuration, and what may be written in it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from strongroom.config.checking import keep, policy, require_known, unusable
from strongroom.config.settings import MAIN, Configuration, Keep, ServerSettings, part_of

FORMAT = 1
_KEY = re.compile(r"[a-z][a-z0-9_]*")

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
    address = f"url = {_quoted(url)}        # without a password\n" if url else ""
    return f"""\
# What strongroom knows about this application. Relative paths start at this file's directory.
format = {FORMAT}
application = "{application}"
environment = "{environment}"

[database]
name = {_quoted(database)}
{address or _SUPERVISED}
[store]
url = "store"                 # backups, their proofs, and the state

[state]
cache = "state"               # a local copy of the state, and the ledger

[keys]
private_key = "keys/backup-key.txt"   # opens every backup: keep a copy elsewhere
passwords = "keys/roles.json"
"""


def _quoted(text: str) -> str:
    """A string of TOML: as JSON has it, but without surrogates, and DEL not as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def parse_all(path: Path, text: str) -> list[Configuration]:
    """Understand the text of a configuration that lies, or is going to lie, at ``path``.

    Raises:
        ConfigurationError: it is not TOML, or says something impossible.
    """
    path = path.absolute()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise unusable(path, f"it is not valid TOML: {error}") from error
    return _configurations(path, document)


def _configurations(path: Path, document: dict[str, Any]) -> list[Configuration]:
    written = document.get("format")
    if type(written) is not int or written != FORMAT:  # true is a number, too
        raise unusable(
            path, f"its format is {written!r}, and this strongroom reads format {FORMAT}"
        )
    require_known(path, document)
    several = _table(path, document, "databases")
    if not several:
        short = {**_table(path, document, "database")}
        if "server" in document:
            short["server"] = _table(path, document, "server")
        return [_configuration(path, document, MAIN, short)]
    if {"database", "server"} & document.keys():
        raise unusable(path, "it has [databases.NAME], and [database] or [server] beside it")
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
            raise unusable(path, f"the databases {places[place]} and {one.key} lie in one place")
        places[place] = one.key


def _configuration(
    path: Path, document: dict[str, Any], key: str, database: dict[str, Any]
) -> Configuration:
    if not _KEY.fullmatch(key):
        raise unusable(path, f"{key!r} cannot name a database: use small letters, digits and _")
    require_known(path, database, "database")
    base, keys = path.parent, _known(path, document, "keys")
    state, store = _known(path, document, "state"), _known(path, document, "store")
    store_url = _located(base, _text(path, store, "url", "store"))
    url = _text(path, database, "url") if "url" in database else None
    if (url is None) == ("server" not in database):
        raise unusable(
            path, "it needs either a [server] to supervise or database.url, and not both"
        )
    return Configuration(
        path=path,
        application=_text(path, document, "application"),
        environment=_text(path, document, "environment"),
        database=_text(path, database, "name"),
        url=url,
        server=_server(path, database) if url is None else None,
        store_url=store_url,
        copies=_copies(path, store, store_url),
        state_url=_located(base, _text(path, state, "url")) if "url" in state else store_url,
        state_cache=base / _text(path, state, "cache", "state") / part_of(key),
        private_key=base / _text(path, keys, "private_key", "keys/backup-key.txt"),
        passwords=base / _text(path, keys, "passwords", "keys/roles.json"),
        policy=policy(path, _table(path, document, "policy")),
        keep={**_keep(path, _known(path, document, "tables")), **_keep(path, database)},
        key=key,
        protection=_table(path, document, "protection"),
        permits=_table(path, document, "permits"),
        migrations=_table(path, document, "migrations"),
        retention=_table(path, document, "retention"),
        alerts=_table(path, document, "alerts"),
        schedule=_table(path, document, "schedule"),
        backup=_table(path, document, "backup"),
        drill=_table(path, document, "drill"),
        wal=_table(path, document, "wal"),
        audit=_table(path, document, "audit"),
        administrator=_role_address(path, database, "administrator"),
        backup_url=_role_address(path, database, "backup"),
        keys_elsewhere=_truth(path, keys, "elsewhere"),
    )


def _copies(path: Path, store: dict[str, Any], store_url: str) -> tuple[str, ...]:
    written = store.get("copies", [])
    if not isinstance(written, list) or not all(isinstance(one, str) and one for one in written):
        raise unusable(path, "store.copies must be a list of stores")
    copies = tuple(_located(path.parent, one) for one in written)
    if len({store_url, *copies}) != 1 + len(copies):
        raise unusable(path, "store.copies names a store twice, or that of the backups itself")
    return copies


def _role_address(path: Path, database: dict[str, Any], name: str) -> str | None:
    if name not in database:
        return None
    if "server" in database:
        raise unusable(path, f"a supervised server has roles of its own: leave {name} out")
    return _text(path, database, name)


def _server(path: Path, document: dict[str, Any]) -> ServerSettings:
    server, base = _known(path, document, "server"), path.parent
    settings = _table(path, server, "settings", "server.")
    if unfit := [name for name, one in settings.items() if isinstance(one, dict | list)]:
        raise unusable(path, f"server.settings.{unfit[0]} must be a text, a number or a truth")
    return ServerSettings(
        data_directory=base / _text(path, server, "data_directory", "data"),
        run_directory=base / _text(path, server, "run_directory", "run"),
        log_directory=base / _text(path, server, "log_directory", "logs"),
        settings={name: str(value) for name, value in settings.items()},
    )


def _keep(path: Path, tables: dict[str, Any]) -> dict[str, Keep]:
    return keep(path, _table(path, tables, "keep"))


def _known(path: Path, document: dict[str, Any], name: str) -> dict[str, Any]:
    """A table of the document, with nothing in it that nobody reads."""
    table = _table(path, document, name)
    require_known(path, table, name)
    return table


def _table(path: Path, document: dict[str, Any], name: str, within: str = "") -> dict[str, Any]:
    value = document.get(name, {})
    if not isinstance(value, dict):
        raise unusable(path, f"[{within}{name}] must be a table")
    return value


def _text(path: Path, table: dict[str, Any], name: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if not isinstance(value, str) or not value:
        raise unusable(path, f"{name!r} must be a text that is not empty")
    return value


def _truth(path: Path, table: dict[str, Any], name: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise unusable(path, f"{name!r} must be true or false")
    return value


def _located(base: Path, url: str) -> str:
    return url if "://" in url else str(base / url)
