"""Judge files: SQL scripts and Alembic revisions, alone or in directories."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from strongroom.errors import MigrationError
from strongroom.migrations.lint.findings import Finding, LintContext
from strongroom.migrations.lint.linting import lint
from strongroom.migrations.lint.revisions import Function, is_revision, statements_of_revision
from strongroom.sql import Statement, parse_script

STDIN = Path("-")
"""Stands for the standard input, which holds SQL."""


def migration_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files that are meant; in directories, every ``.sql`` and every revision of Alembic.

    Raises:
        MigrationError: a path is not there, or there is nothing to judge.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_in_directory(path)))
        elif path == STDIN or path.exists():  # also a pipe, such as a shell's <(…)
            found[path] = None
        else:
            raise MigrationError(
                f"There is no file {path}.", next_step="name files or directories that exist"
            )
    if not found:
        raise MigrationError(
            "There is no migration among these paths.",
            next_step="name .sql files, Alembic revisions, or a directory that holds them",
        )
    return tuple(found)


def _in_directory(directory: Path) -> Iterator[Path]:
    """What others wrote, such as the packages of an environment, is not looked into."""
    for place, directories, names in os.walk(directory):
        directories[:] = sorted(one for one in directories if not _is_of_others(one))
        for path in sorted(Path(place) / name for name in names):
            kind = path.suffix.lower()
            if kind not in {".sql", ".py"} or not path.is_file():
                continue
            text = _text(path) if kind == ".py" else None
            if kind == ".sql" or (text is not None and is_revision(text)):
                yield path


def _is_of_others(name: str) -> bool:
    return name.startswith(".") or name in {"site-packages", "node_modules", "__pycache__"}


def lint_file(
    path: Path, *, context: LintContext | None = None, function: Function = "upgrade"
) -> tuple[Finding, ...]:
    """Judge one file; a revision brings its own transaction, and ``env.py`` is not asked."""
    context = context or LintContext(in_transaction=False)
    if path.suffix.lower() == ".py":
        context = replace(context, in_transaction=False)
    return lint(_statements(path, function), context=context, file=str(path))


def _statements(path: Path, function: Function) -> tuple[Statement, ...]:
    text = _text(path)
    if text is None:
        return (Statement(path.name, 1, None, "it is not text in UTF-8"),)
    if path.suffix.lower() == ".py":
        return statements_of_revision(path, function)
    return parse_script(text)


def _text(path: Path) -> str | None:
    """The file's text, or None where it is not UTF-8.

    Raises:
        MigrationError: the file cannot be read at all.
    """
    try:
        if path == STDIN:
            return sys.stdin.buffer.read().decode("utf-8-sig")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise MigrationError(
            f"{path} cannot be read: {error.strerror}.", next_step="check its permissions"
        ) from error
