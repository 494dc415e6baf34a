"""Judge files: SQL scripts and Alembic revisions, alone or in directories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from strongroom.errors import MigrationError
from strongroom.migrations.lint.findings import Finding, LintContext
from strongroom.migrations.lint.linting import lint
from strongroom.migrations.lint.revisions import Function, is_revision, statements_of_revision
from strongroom.sql import Statement, parse_script


def migration_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files that are meant; in directories, every ``.sql`` and every revision of Alembic.

    Raises:
        MigrationError: a path is not there, or there is nothing to judge.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_in_directory(path)))
        elif path.is_file():
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
    for path in sorted(directory.rglob("*")):
        if path.suffix == ".sql" and path.is_file():
            yield path
        elif path.suffix == ".py" and path.is_file():
            text = _text(path)
            if text is not None and is_revision(text):
                yield path


def lint_file(
    path: Path, *, context: LintContext | None = None, function: Function = "upgrade"
) -> tuple[Finding, ...]:
    """Judge one file; a revision brings its own transaction, and ``env.py`` is not asked."""
    context = context or LintContext(in_transaction=False)
    if path.suffix == ".py":
        context = replace(context, in_transaction=False)
    return lint(_statements(path, function), context=context, file=str(path))


def _statements(path: Path, function: Function) -> tuple[Statement, ...]:
    text = _text(path)
    if text is None:
        return (Statement(path.name, 1, None, "it is not text in UTF-8"),)
    if path.suffix == ".py":
        return statements_of_revision(path, function)
    return parse_script(text)


def _text(path: Path) -> str | None:
    """The file's text, or None where it is not UTF-8.

    Raises:
        MigrationError: the file cannot be read at all.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise MigrationError(
            f"{path} cannot be read: {error.strerror}.", next_step="check its permissions"
        ) from error
