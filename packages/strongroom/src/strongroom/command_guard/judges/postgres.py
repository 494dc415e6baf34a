"""PostgreSQL's own clients: which database, and what is sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from strongroom.command_guard.context import Context
from strongroom.command_guard.databases import is_test_database
from strongroom.command_guard.decision import Finding
from strongroom.command_guard.judges.finding import found
from strongroom.command_guard.rules import has_option
from strongroom.command_guard.shell.steps import Step, is_known, names_in, unknown

_VALUED = frozenset(
    [
        "-c",
        "--command",
        "-d",
        "--dbname",
        "-f",
        "--file",
        "-h",
        "--host",
        "-p",
        "--port",
        "-U",
        "--username",
        "-v",
        "--set",
        "--variable",
        "-o",
        "--output",
        "-L",
        "--log-file",
        "-F",
        "--field-separator",
        "-R",
        "--record-separator",
        "-P",
        "--pset",
        "-T",
        "--table-attr",
    ]
)
_LONG = {"--command": "-c", "--dbname": "-d", "--file": "-f"}


def options_of(
    words: tuple[str, ...], valued: frozenset[str] = _VALUED
) -> tuple[dict[str, list[str]], list[str]]:
    """Options with their values, by their short names, and the words that are none."""
    options: dict[str, list[str]] = {}
    rest: list[str] = []
    place = 0
    while place < len(words):
        word = words[place]
        name, given, value = word.partition("=")
        if word.startswith("--"):
            if not given and name in valued and place + 1 < len(words):
                place += 1
                value = words[place]
            options.setdefault(_LONG.get(name, name), []).append(value)
        elif word.startswith("-") and len(word) > 1:
            place += _short(word, words[place + 1 : place + 2], valued, options)
        else:
            rest.append(word)
        place += 1
    return options, rest


def _short(
    word: str, following: tuple[str, ...], valued: frozenset[str], options: dict[str, list[str]]
) -> int:
    """Read a cluster of short options, of which the last may take a value."""
    for place in range(1, len(word)):
        name = f"-{word[place]}"
        if name in valued:
            joined = word[place + 1 :]
            options.setdefault(name, []).append(joined or (following[0] if following else ""))
            return 0 if joined else 1
        options.setdefault(name, []).append("")
    return 0


def judge_psql(step: Step, context: Context) -> Iterator[Finding]:
    """``psql``: its SQL from ``-c``, ``-f``, its input, and what psql's own commands lead to."""
    options, rest = options_of(step.arguments)
    name = next(iter([*options.get("-d", []), *rest]), None)
    if options.get("-l") is not None:
        return
    texts = [*options.get("-c", [])]
    for file in options.get("-f", []):
        texts += _file(step, file, context)
    if not texts and step.standard_input is not None:
        texts.append(step.standard_input)
    for text in texts:
        yield from judge_sql_text(step, text, context, name)


def _file(step: Step, file: str, context: Context) -> list[str]:
    """The text of a file; one that cannot be seen may do what its name says."""
    if file == "-":
        return [step.standard_input or ""]
    text = context.text(step.directory, file) if step.is_local and is_known(file) else None
    if text is not None:
        return [text]
    if step.is_local and _is_there(step, file):
        return [unknown("file")]  # too large, or no plain file
    return [unknown(file)]


def _is_there(step: Step, file: str) -> bool:
    try:
        return step.directory is not None and is_known(file) and (step.directory / file).exists()
    except (OSError, ValueError):
        return True


_DUMPED = re.compile(r"backup|dump|\.gz|\.bak|clean\.sql", re.IGNORECASE)
"""What MySQL's programs dump drops each table before it makes it again."""
_PLAIN_FILE = re.compile(r"[\w./ -]+\.(?:sql|dump|pgsql|psql|gz|zst|bak|backup)")
_LOSING_FILE = re.compile(
    r"drop|wipe|reset|truncate|delete|clean|purge|destroy|nuke|clear|teardown|down\b|revert|rollback",
    re.IGNORECASE,
)


def _is_harmless_file(text: str) -> bool:
    """Whether SQL comes from a file that cannot be seen, with a name that sounds like no loss."""
    names = names_in(text.strip())
    whole = len(names) == 1 and text.strip() == unknown(names[0])
    return whole and bool(_PLAIN_FILE.fullmatch(names[0])) and not _LOSING_FILE.search(names[0])


def judge_sql_text(step: Step, text: str, context: Context, name: str | None) -> Iterator[Finding]:
    """Judge SQL with psql's commands in it: one changes the database, others read more."""
    current = name
    part: list[str] = []
    if re.search(r"\\gexec\b", text) and not is_test_database(step, context, name):
        yield found(step, "sql-gexec", "needs_human", "runs statements that a query makes up")
    for line in [*text.split("\n"), "\\end"]:
        command = re.match(
            r"\s*\\(c|connect|i|ir|include|!|gexec|copy|end)\b\s*(.*)", line
        ) or re.match(r"\s*\\(!)\s*(.*)", line)
        if command is None:
            part.append(line)
            continue
        yield from _of_sql(step, "\n".join(part), context, current)
        part = []
        if command[1] in {"c", "connect"}:
            current = command[2].split()[0] if command[2].split() else current
        elif command[1] in {"i", "ir", "include"}:
            for more in _file(step, command[2].strip().strip("'"), context):
                yield from _of_sql(step, more, context, current)
        elif command[1] == "!":
            yield from _shell(step, command[2], context)


def _shell(step: Step, text: str, context: Context) -> Iterator[Finding]:
    from strongroom.command_guard.judging import findings_of_text  # noqa: PLC0415  they need each other

    yield from findings_of_text(text, context, within=step)


def _of_sql(step: Step, text: str, context: Context, name: str | None) -> Iterator[Finding]:
    from strongroom.command_guard.judges.sql import losses  # noqa: PLC0415  the parser is only loaded for SQL

    if not text.strip() or _is_harmless_file(text):
        return
    for loss in losses(text):
        if is_test_database(step, context, loss.database or name):
            continue
        if loss.opaque:
            yield found(step, "sql-opaque", "needs_human", loss.what)
        else:
            yield found(step, "sql-loss", "needs_backup", loss.what)


def judge_dropdb(step: Step, context: Context) -> Iterator[Finding]:
    """``dropdb`` and its database."""
    options, rest = options_of(
        step.arguments,
        frozenset(["-h", "--host", "-p", "--port", "-U", "--username", "--maintenance-db"]),
    )
    if {"--help", "-V", "--version", "-?"} & set(options):
        return
    name = rest[-1] if rest else None
    if not is_test_database(step, context, name):
        yield found(step, "dropdb", "needs_backup", "drops the whole database")


def judge_pg_restore(step: Step, context: Context) -> Iterator[Finding]:
    """``pg_restore``: with ``--clean`` it drops what is there before it brings anything back."""
    if not (has_option(step.arguments, "-c") or has_option(step.arguments, "--clean")):
        return
    options, _ = options_of(
        step.arguments,
        (_VALUED - {"-c", "--command"})
        | frozenset(
            [
                "-j",
                "--jobs",
                "-F",
                "-t",
                "-n",
                "-N",
                "-P",
                "-I",
                "-L",
                "--table",
                "--schema",
                "--role",
                "--section",
            ]
        ),
    )
    names = options.get("-d")
    if not names:
        return  # it only prints
    if not is_test_database(step, context, names[0]):
        yield found(
            step, "pg-restore-clean", "needs_backup", "drops what is there before it restores"
        )


def judge_code_sql(step: Step, context: Context) -> Iterator[Finding]:
    """SQL that code sends."""
    yield from judge_sql_text(step, step.arguments[0], context, None)


def judge_other_sql(step: Step, context: Context) -> Iterator[Finding]:
    """MySQL's, SQLite's and other clients: SQL in an option, an argument, or the input."""
    from strongroom.command_guard.judges.sql import losses  # noqa: PLC0415  as above

    words = step.arguments
    if {"--dry_run", "--dry-run", "--help"} & set(words):
        return
    texts = []
    for place, word in enumerate(words):
        option, given, value = word.partition("=")
        if option in {
            "-e",
            "--execute",
            "-Q",
            "-q",
            "--query",
            "-c",
            "--command",
            "--statement",
            "--sql",
        }:
            texts.append(value if given else words[place + 1] if place + 1 < len(words) else "")
        elif re.match(r"-e.", word) and step.program in {"mysql", "mariadb"}:
            texts.append(word[2:])
        elif (
            place
            and step.program
            in {"sqlite3", "sqlite", "duckdb", "sqlite-utils", "turso", "wrangler", "d1", "bq"}
            and re.search(r"\s", word)
        ):
            texts.append(word)
    texts += [step.standard_input] if step.standard_input and not texts else []
    names = [word for word in words if not word.startswith("-") and not re.search(r"\s", word)]
    name = option_name(words) or (names[-1] if names else None)
    if (
        step.program in {"sqlite3", "sqlite", "duckdb"}
        and names
        and names[0].startswith((":memory:", "file::memory:", "/tmp/"))  # noqa: S108  scratch
    ):
        return
    if step.program in {"sqlite3", "sqlite", "duckdb"}:
        name = names[0].rsplit("/", 1)[-1] if names else None
    for text in texts:
        if (
            text
            and not (_is_harmless_file(text) and not _DUMPED.search(text))
            and (found_losses := losses(text.replace("`", "")))
            and not is_test_database(step, context, found_losses[0].database or name)
        ):
            yield found(step, "other-sql-loss", "needs_human", found_losses[0].what)


def option_name(words: tuple[str, ...]) -> str | None:
    """The database that a MySQL client is given by an option."""
    for place, word in enumerate(words[:-1]):
        if word in {"-D", "--database", "-d"}:
            return words[place + 1]
    return None
