"""Which container engines this user could mean: variables, contexts, and the usual sockets."""

from __future__ import annotations

import json
import os
import shutil
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from strongroom.discovery.engine import Engine
from strongroom.discovery.quiet import home_directory, names_in, read_quietly

_PLUGINS_BELOW = tuple(
    Path(one)
    for one in (
        "/usr/local/lib/docker",
        "/usr/local/libexec/docker",
        "/usr/lib/docker",
        "/usr/libexec/docker",
    )
)
_CONTEXT_MAX_BYTES = 256 * 1024
_DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_SYSTEM_SOCKETS = ("var/run/docker.sock", "run/podman/podman.sock")
_OF_A_USER = ("docker.sock", "podman/podman.sock")
_OF_A_HOME = (
    ".docker/run/docker.sock",
    ".docker/desktop/docker.sock",
    ".colima/default/docker.sock",
    ".orbstack/run/docker.sock",
    ".rd/docker.sock",
    ".local/share/containers/podman/machine/podman.sock",
)


@dataclass(frozen=True)
class EngineAddress:
    """Where an engine may be, and who says so."""

    address: str
    origin: str
    """``DOCKER_HOST``, ``context NAME``, or ``socket``."""
    tls: ssl.SSLContext | None = None

    def engine(self) -> Engine:
        """The engine at this address, which is not asked yet."""
        return Engine(self.address, tls=self.tls)


def engine_addresses(
    environment: Mapping[str, str] | None = None,
    *,
    home: Path | None = None,
    system: Path = Path("/"),
) -> list[EngineAddress]:
    """Every address at which an engine may answer, each once: those that were named come first."""
    environment = os.environ if environment is None else environment
    home = home or home_directory() or Path("/nonexistent")
    found: dict[str, EngineAddress] = {}
    for one in (
        *_named(environment),
        *_contexts(environment, home),
        *_sockets(environment, home, system),
    ):
        found.setdefault(_told_apart(one.address), one)
    return list(found.values())


def chosen_engine(
    found: Sequence[EngineAddress], environment: Mapping[str, str] | None = None
) -> EngineAddress | None:
    """The engine that Compose would take: DOCKER_HOST, the chosen context, the usual socket."""
    environment = os.environ if environment is None else environment
    by_origin = {one.origin: one for one in found}
    if "DOCKER_HOST" in by_origin:
        return by_origin["DOCKER_HOST"]
    context = environment.get("DOCKER_CONTEXT") or _current_context(environment)
    if context and context != "default":
        return by_origin.get(f"context {context}")
    usual = next((one for one in found if one.address == _DEFAULT_SOCKET), None)
    return usual or next((one for one in found if one.origin == "socket"), None)


def _current_context(environment: Mapping[str, str]) -> str | None:
    home = home_directory() or Path("/nonexistent")
    directory = Path(environment.get("DOCKER_CONFIG") or home / ".docker")
    try:
        data = read_quietly(directory / "config.json", _CONTEXT_MAX_BYTES)
        found = json.loads(data or b"null").get("currentContext")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def compose_program(environment: Mapping[str, str] | None = None) -> str:
    """How Compose is called here: as Docker's plugin, unless only the older program is there."""
    environment = os.environ if environment is None else environment
    home = home_directory() or Path("/nonexistent")
    directories = [Path(environment.get("DOCKER_CONFIG") or home / ".docker"), *_PLUGINS_BELOW]
    plugin = any(os.path.exists(one / "cli-plugins/docker-compose") for one in directories)  # noqa: PTH110  unreadable is absent
    older = shutil.which("docker-compose", path=environment.get("PATH"))
    return "docker-compose" if older and not plugin else "docker compose"


def _named(environment: Mapping[str, str]) -> Iterator[EngineAddress]:
    for variable in ("DOCKER_HOST", "CONTAINER_HOST"):
        if address := environment.get(variable):
            tls = _tls(environment) if address.startswith(("tcp:", "https:")) else None
            yield EngineAddress(address, variable, tls)


def _tls(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """The certificates that Docker's own client would use."""
    directory = environment.get("DOCKER_CERT_PATH")
    if not directory or not environment.get("DOCKER_TLS_VERIFY"):
        return None
    place = Path(directory)
    try:
        context = ssl.create_default_context(cafile=str(place / "ca.pem"))
        context.load_cert_chain(place / "cert.pem", place / "key.pem")
    except OSError:
        return None
    return context


def _contexts(environment: Mapping[str, str], home: Path) -> Iterator[EngineAddress]:
    directory = Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "contexts/meta"
    try:
        names = sorted(names_in(directory) or ())
    except OSError:
        return
    for name in names:
        try:
            data = read_quietly(directory / name / "meta.json", _CONTEXT_MAX_BYTES)
            document = json.loads(data or b"null")
            address = document["Endpoints"]["docker"]["Host"]
            title = str(document["Name"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # a damaged context leads nowhere, for Docker's own client too
        if isinstance(address, str) and address:
            yield EngineAddress(address, f"context {title}")


def _sockets(environment: Mapping[str, str], home: Path, system: Path) -> Iterator[EngineAddress]:
    places = [system / one for one in _SYSTEM_SOCKETS]
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        places += [Path(runtime) / one for one in _OF_A_USER]
    for user in sorted(_users(system / "run/user")):
        places += [system / "run/user" / user / one for one in _OF_A_USER]
    places += [home / one for one in _OF_A_HOME]
    for place in places:
        try:
            if place.is_socket():
                yield EngineAddress(f"unix://{place}", "socket")
        except OSError:
            continue


def _users(directory: Path) -> set[str]:
    try:
        return names_in(directory) or set()
    except OSError:
        return set()


def _told_apart(address: str) -> str:
    """One socket under two names is one engine."""
    if not address.startswith("unix://"):
        return address
    return f"unix://{os.path.realpath(address.removeprefix('unix://'))}"
