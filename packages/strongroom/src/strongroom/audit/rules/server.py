"""The server: settings with which it can lose what it has said to be written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from strongroom.audit.compose import Place, Project
from strongroom.audit.compose.reading import scalar_text
from strongroom.audit.compose.values import Items, Table
from strongroom.audit.databases import Database, databases, words_of
from strongroom.audit.finding import Edit
from strongroom.audit.rule import Hit, rule
from strongroom.audit.tree import Tree

_OFF = {"off", "false", "no", "0"}
_LINE = re.compile(r"^\s*(?P<name>[a-z_]+)\s*=?\s*(?P<value>'(?:[^']|'')*'|[^\s#]+)")
_LOOPBACK = ("127.", "localhost", "::1", "[::1]")
_SHORT_STOP_S = 10
_DURATION = re.compile(r"(?:(?P<m>\d+)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?")


@dataclass(frozen=True)
class ServerSetting:
    """A setting of PostgreSQL as somebody wrote it: in a command, or in a file."""

    name: str
    value: str
    written: str
    place: Place
    subject: str


def server_settings(tree: Tree) -> Iterator[ServerSetting]:
    """The settings of all databases that are not only for tests."""
    for database in tree.databases:
        if database.is_postgresql and not database.is_for_tests:
            yield from _of_command(database)
    for path, text in tree.texts.items():
        if path.name.startswith("postgres") and path.suffix == ".conf":
            yield from _of_file(path, text)


def _of_command(database: Database) -> Iterator[ServerSetting]:
    words = words_of(database.service, "command")
    place = database.service.where("command")
    for word, following in zip(words, [*words[1:], ""], strict=False):
        written = following if word == "-c" else word.removeprefix("--").removeprefix("-c")
        name, sign, value = written.partition("=")
        if sign and (word == "-c" or word.startswith("-")):
            name = name.replace("-", "_")
            yield ServerSetting(name, value.strip("'\""), written, place, database.service.name)
        elif word == "-F":
            yield ServerSetting("fsync", "off", "-F", place, database.service.name)


def _of_file(path: Path, text: str) -> Iterator[ServerSetting]:
    for number, line in enumerate(text.split("\n"), 1):
        if match := _LINE.match(line):
            value = match["value"].strip("'").replace("''", "'")
            yield ServerSetting(
                match["name"], value, match[0].strip(), Place(path, number), path.name
            )


def _is_off(setting: ServerSetting, name: str) -> bool:
    return setting.name == name and setting.value.lower() in _OFF


def _switched_off(tree: Tree, name: str) -> Iterator[Hit]:
    for one in server_settings(tree):
        if _is_off(one, name):
            on = re.sub(r"(=\s*'?)(?:off|false|no|0)\b", r"\1on", one.written)
            edit = Edit(one.place.file, one.place.line, one.written, on)
            yield Hit(
                one.place, f"{one.subject} has {name} = off", f"{one.subject}.{name}",
                edit=edit if on != one.written else None,
            )  # fmt: skip


@rule(
    "fsync-off",
    "danger",
    on="tree",
    why="The server says that something is written before it is. After a power cut or a hard kill "
    "the whole database may be damaged.",
    fix="Remove it; make a load quicker by synchronous_commit = off for its session.",
)
def fsync_off(tree: Tree) -> Iterator[Hit]:
    """Fsync is off, in a command or a file."""
    yield from _switched_off(tree, "fsync")


@rule(
    "full-page-writes-off",
    "danger",
    on="tree",
    why="After a crash, pages that were half written cannot be mended.",
    fix="Remove it, unless the file system itself writes pages whole.",
)
def full_page_writes_off(tree: Tree) -> Iterator[Hit]:
    """full_page_writes is off."""
    yield from _switched_off(tree, "full_page_writes")


@rule(
    "archive-command-lies",
    "danger",
    on="tree",
    why="The command says that a segment is stored whatever happened. The server then removes it, "
    "and no backup can be followed beyond that point.",
    fix="Let the command fail when it could not store the segment, and archive_mode = off where "
    "nothing is archived.",
)
def archive_command_lies(tree: Tree) -> Iterator[Hit]:
    """archive_command cannot fail: /bin/true, … || true, ; exit 0."""
    for one in server_settings(tree):
        if one.name == "archive_command" and _cannot_fail(one.value):
            yield Hit(one.place, f"archive_command is {one.value!r}", one.subject)


def _cannot_fail(command: str) -> bool:
    text = command.strip()
    whole = re.fullmatch(
        r"(?:/(?:usr/)?bin/)?true|:|exit 0|cd \.|rem|echo\b.*", text, re.IGNORECASE
    )
    ending = re.search(r"(?:\|\|\s*(?:/bin/)?true|\|\|\s*:|;\s*(?:true|exit 0|:))\s*$", text)
    return whole is not None or ending is not None


@rule(
    "trust-authentication",
    "danger",
    on="tree",
    why="Whoever reaches the port is let in as whoever they say they are, the superuser included.",
    fix="Set POSTGRES_PASSWORD, and scram-sha-256 in pg_hba.conf.",
)
def trust_authentication(tree: Tree) -> Iterator[Hit]:
    """Trust for connections over the network."""
    for database in tree.databases:
        service = database.service
        for name in ("POSTGRES_HOST_AUTH_METHOD", "ALLOW_EMPTY_PASSWORD"):
            if service.value(name).lower() in {"trust", "yes", "true"}:
                yield Hit(
                    service.environment[name].place,
                    f"{service.name} lets everybody in without a password",
                    service.name,
                    severity="note" if database.is_for_tests else None,
                )
    for path, text in tree.texts.items():
        if path.name == "pg_hba.conf":
            yield from _trusting_lines(path, text)


def _trusting_lines(path: Path, text: str) -> Iterator[Hit]:
    """Lines of pg_hba.conf: TYPE DATABASE USER ADDRESS METHOD."""
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split("#")[0].split()
        trusting = len(words) >= 5 and words[0].startswith("host") and words[-1] == "trust"  # noqa: PLR2004
        if trusting and not words[3].startswith(_LOOPBACK):
            yield Hit(Place(path, number), f"trust for {words[3]}", words[3])


@rule(
    "published-port",
    "caution",
    on="project",
    why="Docker opens a published port past the firewall of the machine, to everybody who reaches "
    "it. A bot that guesses the password drops everything.",
    fix="Publish it on 127.0.0.1 only, or not at all: services of one project reach each other "
    "without.",
)
def published_port(project: Project) -> Iterator[Hit]:
    """The port of a database is published on more than the loopback."""
    for database in databases(project):
        ports = database.service.table.get("ports")
        if database.is_for_tests or not isinstance(ports, Items):
            continue
        for port, place in ports.placed():
            found = _published(port, database.kind.port)
            if found is not None:
                what = f"{database.service.name} is reachable from everywhere by {found}"
                edit = Edit(place.file, place.line, found, f"127.0.0.1:{found}")
                mendable = ":" in found and not isinstance(port, Table)
                yield Hit(place, what, database.service.name, edit=edit if mendable else None)


def _published(port: object, wanted: int) -> str | None:
    """How a port is written that everybody can reach; None where it is not."""
    if isinstance(port, Table):
        host = scalar_text(port.get("host_ip"))
        if scalar_text(port.get("target")) == str(wanted) and not host.startswith(_LOOPBACK):
            return scalar_text(port.get("published")) or str(wanted)
        return None
    text = scalar_text(port).partition("/")[0]
    head, _, target = text.rpartition(":")
    if target != str(wanted) or head.startswith(_LOOPBACK):
        return None
    return text


@rule(
    "short-stop",
    "caution",
    on="project",
    why="The server is killed before it has written what it holds; the next start needs a "
    "recovery, and two kills at the wrong moment have ended in a damaged directory.",
    fix="stop_grace_period: 1m, and no stop_signal: SIGKILL.",
)
def short_stop(project: Project) -> Iterator[Hit]:
    """The time to stop is below ten seconds, or the signal is SIGKILL."""
    for database in databases(project):
        if database.is_for_tests:
            continue
        for key in ("stop_grace_period", "stop_signal"):
            value = scalar_text(database.service.table.get(key))
            match = _DURATION.fullmatch(value)
            seconds = int(match["m"] or 0) * 60 + float(match["s"] or 0) if match else None
            short = key == "stop_grace_period" and seconds is not None and bool(value)
            if value in {"SIGKILL", "KILL", "9"} or (short and (seconds or 0) < _SHORT_STOP_S):
                what = f"{database.service.name} has {key}: {value}"
                yield Hit(database.service.where(key), what, database.service.name)


@rule(
    "checksums-off",
    "caution",
    on="project",
    why="Without checksums the server hands out damaged pages as if they were right, and backups "
    "take them over.",
    fix="Leave --no-data-checksums out: PostgreSQL 18 has them by default, before it takes "
    "--data-checksums.",
)
def checksums_off(project: Project) -> Iterator[Hit]:
    """Checksums are switched off for a new cluster."""
    for database in databases(project):
        arguments = database.service.environment.get("POSTGRES_INITDB_ARGS")
        if arguments is not None and "--no-data-checksums" in (arguments.value or ""):
            what = f"{database.service.name} is made without checksums"
            yield Hit(arguments.place, what, database.service.name)


@rule(
    "no-healthcheck",
    "note",
    on="project",
    why="Nobody waits until the database answers, and nobody sees that it no longer does.",
    fix='healthcheck: {test: ["CMD-SHELL", "pg_isready -U \\"$$POSTGRES_USER\\""]}',
)
def no_healthcheck(project: Project) -> Iterator[Hit]:
    """A database without a health check."""
    for database in databases(project):
        if "healthcheck" not in database.service.table and not database.is_for_tests:
            yield Hit(database.place, f"{database.service.name} has none", database.service.name)


@rule(
    "no-restart",
    "note",
    on="project",
    why="After a crash or a restart of the machine the database stays down.",
    fix="restart: unless-stopped",
)
def no_restart(project: Project) -> Iterator[Hit]:
    """A database that is not started again."""
    for database in databases(project):
        table = database.service.table
        if "restart" not in table and "deploy" not in table and not database.is_for_tests:
            yield Hit(database.place, f"{database.service.name} has none", database.service.name)
