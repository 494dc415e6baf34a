"""Files of a project in which addresses stand: settings of tools, ``.env``, services of libpq."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Template

from strongroom.integrations.pytest.addresses import Address, in_environment, of_variables

SETTINGS = ("alembic.ini", "setup.cfg", "tox.ini")
DOTENV = (".env", ".env.local", ".env.test")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?(?P<name>\w+)\s*=\s*(?P<value>.*)")


def settings_of(places: Iterable[Path], inipath: Path | None) -> dict[str, str]:
    """Texts of settings that belong to a project, without their comments, by their path."""
    paths = [place / name for place in places for name in SETTINGS]
    found = dict.fromkeys([*([inipath] if inipath else []), *paths])
    return {str(path): _without_comments(_text(path)) for path in found if path.is_file()}


def variables_of(places: Iterable[Path]) -> dict[str, dict[str, str]]:
    """Variables that files set which applications read by themselves, by the file's path."""
    paths = dict.fromkeys(place / name for place in places for name in DOTENV)
    return {str(path): _assigned(_text(path)) for path in paths if path.is_file()}


def in_variables_of(
    source: str, variables: Mapping[str, str], environment: Mapping[str, str]
) -> Iterator[Address]:
    """Addresses that a file's variables add to those of the environment, which go before."""
    merged = {**variables, **environment}
    added = {
        name: Template(value).safe_substitute(merged)
        for name, value in variables.items()
        if name not in environment
    }
    known = set(in_environment(environment))
    for address in (*of_variables(added), *in_environment({**added, **environment})):
        if address not in known and address.conninfo:
            yield Address(f"{source}: {address.source}", address.conninfo)


def in_services(environment: Mapping[str, str]) -> Iterator[Address]:
    """Services of libpq that any variable names: which one an application takes, it decides."""
    places = [
        Path(environment.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf"),
        Path(environment.get("PGSYSCONFDIR") or "/etc/postgresql-common") / "pg_service.conf",
    ]
    services: set[str] = set()
    for path in places:
        if path.is_file():
            services.update(re.findall(r"^\s*\[([^]]+)\]", _text(path), re.MULTILINE))
    for name, value in environment.items():
        if value in services and name != "PGSERVICE":
            yield Address(name, (("service", value),))


def _assigned(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _without_comments(text).splitlines():
        if match := _ASSIGNED.fullmatch(line):
            value = re.sub(r"\s+#.*$", "", match["value"]).strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[match["name"]] = value[1:-1] if quoted else value
    return found


def _without_comments(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(("#", ";")))
    return "\n".join(lines)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
