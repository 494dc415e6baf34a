"""Reading a host's JSON: what is not as published is said, and never taken for harmless."""

from __future__ import annotations

from strongroom.command_guard.hosts.exchange import Edit, NotUnderstoodError

COMMAND_KEYS = ("command", "cmd", "script", "shell_command", "bash")
SQL_KEYS = ("sql", "query", "statement", "queries", "statements")
_SQL_TOOL = ("sql", "postgres", "database", "supabase", "mysql", "mongo", "neon", "query")


def text(document: dict[str, object], *names: str) -> str | None:
    """The first of the named members that is there, as text; None where there is none.

    Raises:
        NotUnderstoodError: it is there, and no text.
    """
    for name in names:
        value = document.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise NotUnderstoodError(f"{name} is no text")
        return value
    return None


def required(document: dict[str, object], *names: str) -> str:
    """Like ``text``, for what must be there."""
    value = text(document, *names)
    if value is None:
        raise NotUnderstoodError(f"there is no {names[0]}")
    return value


def member(document: dict[str, object], name: str) -> dict[str, object]:
    """An object inside the document."""
    value = document.get(name)
    if not isinstance(value, dict):
        raise NotUnderstoodError(f"{name} is no object")
    return value


def command(document: dict[str, object]) -> str:
    """The command of a shell tool: a text, or a list of words."""
    value = document.get("command", document.get("cmd"))
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        from shlex import join  # noqa: PLC0415  rare

        return join([str(word) for word in value])
    if not isinstance(value, str):
        raise NotUnderstoodError("the command is no text")
    return value


def directory(given: str, *beneath: str | None) -> str:
    """A directory, each next one relative to the one before."""
    for one in beneath:
        if one is None or not one:
            continue
        if "\0" in one:
            raise NotUnderstoodError("the directory's name holds a zero byte")
        given = one if one.startswith("/") else f"{given}/{one}"
    return given


def of_unknown_tool(name: str, given: dict[str, object]) -> tuple[str, ...]:
    """Commands and SQL that a tool of which nothing is known would get.

    A member that is called like a command is one. SQL is looked for in tools that are named after
    a database.
    """
    found = [command({"command": given[key]}) for key in COMMAND_KEYS if key in given]
    if any(part in name.lower() for part in _SQL_TOOL):
        for key in SQL_KEYS:
            found.extend(sql_command(one) for one in _texts(given.get(key)))
    return tuple(found)


def sql_command(statements: str) -> str:
    """A command that would run these statements, for the guard to judge."""
    end = "STATEMENTS"
    while end in statements:
        end += "_"
    return f"psql <<'{end}'\n{statements}\n{end}\n"


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str)]
    return []


def replacements(path: str, edits: object) -> tuple[Edit, ...]:
    """A list of replacements in one file."""
    if not isinstance(edits, list) or not edits:
        raise NotUnderstoodError("there are no edits")
    found = []
    for one in edits:
        if not isinstance(one, dict):
            raise NotUnderstoodError("an edit is no object")
        found.append(replacement(path, one))
    return tuple(found)


def replacement(path: str, given: dict[str, object]) -> Edit:
    """One replacement: its old text and its new text."""
    old = required(given, "old_string", "old_str", "oldString", "old_text")
    new = required(given, "new_string", "new_str", "newString", "new_text")
    everywhere = given.get("replace_all") is True or given.get("allow_multiple") is True
    return Edit(path, old, new, everywhere=everywhere)
