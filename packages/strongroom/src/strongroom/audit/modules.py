"""Python as the audit sees it: calls with their places, by ``ast``; nothing is imported or run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.audit.compose import Place

MAX_TEXT = 1_000_000


@dataclass(frozen=True)
class Call:
    """A call: the dotted name as it is written, its arguments, and its place."""

    name: str
    node: ast.Call
    place: Place

    def constants(self) -> list[object]:
        """The positional arguments that are constants; others are None."""
        return [one.value if isinstance(one, ast.Constant) else None for one in self.node.args]

    def keyword(self, name: str) -> ast.expr | None:
        """A keyword argument."""
        return next((one.value for one in self.node.keywords if one.arg == name), None)


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: Path
    tree: ast.Module
    calls: tuple[Call, ...] = field(repr=False)

    @property
    def is_test(self) -> bool:
        """Whether pytest reads it."""
        name = self.path.name
        in_tests = bool({"tests", "test", "testing", "e2e"} & set(self.path.parts))
        return in_tests or name == "conftest.py" or name.startswith("test_")

    @property
    def is_migration(self) -> bool:
        """Whether it belongs to migrations, where tables are made and dropped."""
        parts = set(self.path.parts)
        return bool({"migrations", "alembic", "versions"} & parts)


def read_module(path: Path, text: str) -> Module | None:
    """Parse a file; None where it is no Python that this Python knows."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the file's own strings
            tree = ast.parse(text[:MAX_TEXT], filename=str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Module(path, tree, tuple(_calls(path, tree)))


def _calls(path: Path, tree: ast.Module) -> Iterator[Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield Call(dotted(node.func), node, Place(path, node.lineno))


def dotted(node: ast.expr) -> str:
    """``a.b.c`` as it is written; what is no name is ``?``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))
