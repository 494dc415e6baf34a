"""Commands in scripts that remove data, found where people and machines run them again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.audit.compose_words import compose_call
from strongroom.audit.databases import is_for_tests
from strongroom.audit.finding import Edit, Severity
from strongroom.audit.resets import reset_named
from strongroom.audit.rule import Hit, rule
from strongroom.audit.scripts import Command
from strongroom.sql import parse_script

_ENGINES = {"docker", "podman", "nerdctl"}
_DATA = re.compile(
    r"(?:^|/)(?:var/lib/(?:postgresql|docker(?:/volumes)?|mysql)|pg_?data|postgres(?:ql)?[-_]?data"
    r"|data/(?:postgres\w*|pg|db)|db[-_]?data|mysql[-_]?data)(?:/|$|\*)|^\"?\$\{?PGDATA"
)

_SHELL_VARIABLE = re.compile(r"\$\{?\w+[^}\s\"';]*\}?")


def _for_tests(command: Command) -> bool:
    """Whether the command, its target or its script says that it is about tests."""
    names = [command.script.name]
    if command.script.where != "ci":  # a file of CI is called so, whatever its jobs are about
        names.append(command.script.place.file.name)
    options = [one for one in command.words[1:] if not one.startswith("-")]
    variables = [value for name, value in command.script.variables if name.endswith("_ENV")]
    before = command.shell.text.partition(command.words[0])[0]
    return any(is_for_tests(one) for one in (*names, *options, *variables, before))


def _milder(command: Command) -> Severity | None:
    """On a machine that is thrown away afterwards nothing is lost."""
    return "note" if command.script.passing else None


def _hit(command: Command, what: str, *, edit: Edit | None = None) -> Hit:
    subject = f"{command.script.name}: {' '.join(command.words)[:120]}"
    where = f" ({command.script.name})" if command.script.name else ""
    return Hit(command.place, what + where, subject, severity=_milder(command), edit=edit)


def _without(command: Command, *flags: str) -> Edit | None:
    """The command without a flag; only where it stands in one line."""
    text = command.shell.text
    if "\n" in text:
        return None
    shorter = text
    for flag in flags:
        shorter = re.sub(rf"\s{re.escape(flag)}(?=\s|$)", "", shorter)
    return Edit(command.place.file, command.place.line, text, shorter) if shorter != text else None


def _engine_verb(command: Command, *verbs: str) -> tuple[str, ...] | None:
    """What follows ``docker VERB …``, without the engine's own options; None for others."""
    words = command.words
    if words[0].rpartition("/")[2] not in _ENGINES:
        return None
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in {"-H", "--host", "-c", "--context"} else rest[1:]
    if tuple(rest[: len(verbs)]) != verbs:
        return None
    return tuple(rest[len(verbs) :])


def _flag(words: tuple[str, ...], short: str, long: str) -> bool:
    return any(
        one == long
        or one.startswith(f"{long}=")
        or (one.startswith("-") and not one.startswith("--") and bool(short) and short in one)
        for one in words
    )


@rule(
    "down-volumes",
    "danger",
    on="command",
    why="down -v removes the volumes of the project, the database's included, without a question.",
    fix="docker compose down, without -v.",
)
def down_volumes(command: Command) -> Iterator[Hit]:
    """Docker compose down -v, --volumes."""
    call = compose_call(command.words)
    if call is None or call.verb != "down" or _for_tests(command):
        return
    if call.has("v", "--volumes"):
        edit = _without(command, "-v", "--volumes")
        yield _hit(command, "down with the volumes", edit=edit)


@rule(
    "compose-rm-volumes",
    "danger",
    on="command",
    why="rm -v removes the nameless volumes of containers, in which data of databases without a "
    "named volume lies.",
    fix="docker compose rm, without -v.",
)
def compose_rm_volumes(command: Command) -> Iterator[Hit]:
    """Docker compose rm -v, docker rm -v."""
    call = compose_call(command.words)
    rest = _engine_verb(command, "rm") or _engine_verb(command, "container", "rm") or ()
    with_volumes = (call is not None and call.verb == "rm" and call.has("v", "-v")) or _flag(
        rest, "v", "--volumes"
    )
    if with_volumes and not _for_tests(command):
        yield _hit(command, "containers with their volumes", edit=_without(command, "-v"))


@rule(
    "volume-prune",
    "danger",
    on="command",
    why="Every volume that no container uses at this moment is removed, a stopped database's too.",
    fix="Remove single volumes that you have looked into: strongroom find shows what is in them.",
)
def volume_prune(command: Command) -> Iterator[Hit]:
    """Docker volume prune."""
    if _engine_verb(command, "volume", "prune") is not None:
        yield _hit(command, "all unused volumes")


@rule(
    "system-prune-volumes",
    "danger",
    on="command",
    why="With --volumes a system prune removes volumes, too. Run by cron it meets the moment in "
    "which the database's container is away.",
    fix="docker system prune, without --volumes.",
)
def system_prune_volumes(command: Command) -> Iterator[Hit]:
    """Docker system prune --volumes."""
    rest = _engine_verb(command, "system", "prune")
    if rest is not None and _flag(rest, "", "--volumes"):
        yield _hit(command, "a prune with the volumes", edit=_without(command, "--volumes"))


@rule(
    "volume-remove",
    "caution",
    on="command",
    why="The volume is gone with all that is in it; Docker asks nothing.",
    fix="Take a proven backup first, and let a person remove it.",
)
def volume_remove(command: Command) -> Iterator[Hit]:
    """Docker volume rm."""
    rest = _engine_verb(command, "volume", "rm") or _engine_verb(command, "volume", "remove")
    if rest and not _for_tests(command):
        names = " ".join(one for one in rest if not one.startswith("-"))
        yield _hit(command, f"the volume {names}")


@rule(
    "renew-volumes",
    "caution",
    on="command",
    why="up -V throws nameless volumes away and starts with empty ones.",
    fix="docker compose up, without -V.",
)
def renew_volumes(command: Command) -> Iterator[Hit]:
    """Docker compose up -V, --renew-anon-volumes."""
    call = compose_call(command.words)
    if call is None or call.verb not in {"up", "create"} or _for_tests(command):
        return
    if call.has("V", "--renew-anon-volumes"):
        edit = _without(command, "-V", "--renew-anon-volumes")
        yield _hit(command, "up with new volumes", edit=edit)


@rule(
    "drop-database",
    "caution",
    on="command",
    why="A script that drops a database does so whichever it is pointed at.",
    fix="Let it work on a database of its own, whose name it makes itself; strongroom permit for "
    "the rest.",
)
def drop_database(command: Command) -> Iterator[Hit]:
    """Dropdb, or psql -c with DROP DATABASE, DROP SCHEMA or TRUNCATE."""
    if _for_tests(command):
        return
    name = command.words[0].rpartition("/")[2]
    if name == "dropdb":
        target = next((one for one in reversed(command.words[1:]) if one[:1] != "-"), "")
        yield _hit(command, f"dropdb {target}".strip())
    elif name == "psql":
        for sql in _statements(command.words):
            for told in _dropped(sql):
                yield _hit(command, told)


def _statements(words: tuple[str, ...]) -> Iterator[str]:
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word in {"-c", "--command"}:
            yield following
        elif word.startswith("--command="):
            yield word.partition("=")[2]
        elif re.fullmatch(r"-[a-zA-Z]*c", word) and not word.startswith("--"):
            yield following


def _dropped(sql: str) -> Iterator[str]:
    """What a text of SQL drops or empties, by PostgreSQL's own grammar."""
    for statement in parse_script(_SHELL_VARIABLE.sub("name", sql)):
        begin = " ".join(statement.text.upper().split()[:2])
        if statement.kind == "DropdbStmt":
            yield "DROP DATABASE"
        elif statement.kind == "TruncateStmt":
            yield "TRUNCATE"
        elif statement.kind == "DropStmt" and begin in {"DROP SCHEMA", "DROP TABLE"}:
            yield begin


@rule(
    "data-directory-removed",
    "danger",
    on="command",
    why="rm on a data directory is the end of the cluster, running or not.",
    fix="Move it aside instead: mv DIRECTORY DIRECTORY.before-…; strongroom find knows such names.",
)
def data_directory_removed(command: Command) -> Iterator[Hit]:
    """Rm -r on what looks like a data directory."""
    words = command.words
    recursive = _flag(words[1:], "r", "--recursive") or _flag(words[1:], "R", "--recursive")
    if words[0].rpartition("/")[2] != "rm" or not recursive or _for_tests(command):
        return
    for word in words[1:]:
        if not word.startswith("-") and _DATA.search(word):
            yield _hit(command, f"rm of {word}")


@rule(
    "orm-reset",
    "caution",
    on="command",
    why="The command drops tables or the whole database, and makes them again, empty.",
    fix="Keep it for databases of tests, and let it name the one it means.",
)
def orm_reset(command: Command) -> Iterator[Hit]:
    """Resets of Prisma, Django, Rails, Laravel, Alembic and others, in scripts."""
    found = reset_named(command.words)
    if found is not None and command.script.where != "start" and not _for_tests(command):
        yield _hit(command, found)


@rule(
    "orm-reset-at-start",
    "danger",
    on="command",
    why="Each start of the service drops tables or the whole database, and makes them again, "
    "empty.",
    fix="Migrate at the start (strongroom migrate), and never reset.",
)
def orm_reset_at_start(command: Command) -> Iterator[Hit]:
    """The same, where a service or an image starts with it."""
    found = reset_named(command.words)
    if found is not None and command.script.where == "start" and not _for_tests(command):
        yield _hit(command, found)


@rule(
    "restore-clean",
    "caution",
    on="command",
    why="--clean drops every object before it is restored; if the restore then fails, both are "
    "gone.",
    fix="Restore beside, compare, then swap: strongroom restore.",
)
def restore_clean(command: Command) -> Iterator[Hit]:
    """pg_restore --clean."""
    is_restore = command.words[0].rpartition("/")[2] == "pg_restore"
    clean = _flag(command.words[1:], "", "--clean") or "-c" in command.words[1:]
    if is_restore and clean and not _for_tests(command):
        yield _hit(command, "pg_restore that drops first")
