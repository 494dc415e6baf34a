"""Read an Alembic revision as statements, without a database and without ``env.py``.

The revision's ``upgrade`` is rendered as SQL by Alembic itself, so that batches, ``op.execute``
and autocommit blocks are what they will be; each statement keeps the line of Python that made it.
What needs a connection cannot be rendered: it is reported as unknown, and the SQL texts that
stand in the source are judged all the same.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Literal

from strongroom.sql import Statement, parse_script

Function = Literal["upgrade", "downgrade"]


def is_revision(source: str) -> bool:
    """Whether Python source is a revision of Alembic's: what is one by its looks is executed."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return _LOOKS.search(source) is not None
    names = {
        target.id
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    return "revision" in names and "upgrade" in functions


_LOOKS = re.compile(r"^revision\b[^\n]*=.*^def upgrade\b", re.MULTILINE | re.DOTALL)


def statements_of_revision(path: Path, function: Function = "upgrade") -> tuple[Statement, ...]:
    """The statements that a revision would run, with their lines in the Python file."""
    path = path.absolute()
    source = path.read_text(encoding="utf-8-sig")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return (_unknown(str(path), error.lineno or 1, f"it is not Python: {error.msg}"),)
    recorder = _Recorder(path)
    try:
        _render(path, function, recorder)
    except ImportError as error:
        reason = f"it cannot be loaded: {error}"
    except (Exception, SystemExit) as error:  # noqa: BLE001  the revision's own code may raise anything
        reason = f"{function}() cannot be rendered without a database: {error}"
    else:
        return tuple(_placed(recorder, source, tree))
    texts = tuple(_texts_in(tree, function))
    return (_unknown(f"{function}()", recorder.line or 1, reason), *texts)


def _unknown(text: str, line: int, reason: str) -> Statement:
    return Statement(text, line, None, reason)


class _Recorder(io.StringIO):
    """Takes what Alembic prints, and looks up which line of the revision made it print."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = str(path)
        self.written: list[tuple[int, str]] = []
        self.line = 0

    def write(self, text: str) -> int:
        """Keep a text with the line of the revision that is being run."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  the way to the caller's line
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        line = frame.f_lineno if frame is not None else 0
        self.line = line or self.line
        self.written.append((line, text))
        return len(text)


def _render(path: Path, function: Function, recorder: _Recorder) -> None:
    """Run the revision's function against a dialect that only prints."""
    from alembic.config import Config  # noqa: PLC0415  SQL files need no Alembic
    from alembic.operations import Operations  # noqa: PLC0415  the same
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415  the same

    from strongroom.migrations.isolation import isolated  # noqa: PLC0415  the same

    nowhere: Any = None  # a revision by itself belongs to no directory of scripts
    with isolated(), EnvironmentContext(Config(), nowhere, as_sql=True) as environment:
        environment.configure(
            dialect_name="postgresql",
            dialect_opts={"paramstyle": "named"},
            literal_binds=True,
            output_buffer=recorder,
        )
        module = _loaded(path)
        recorder.write("BEGIN;\n")
        with Operations.context(environment.get_context()):
            getattr(module, function)()
        recorder.write("COMMIT;\n")


def _loaded(path: Path) -> ModuleType:
    specification = spec_from_file_location(f"revision_{path.stem}", path)
    if specification is None or specification.loader is None:
        raise ImportError(f"{path} is not a module")
    module = module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _placed(recorder: _Recorder, source: str, tree: ast.Module) -> Iterator[Statement]:
    """The rendered statements, each with its line and the comments beside that line."""
    ranges = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr | ast.Assign | ast.With)
    ]
    comments = _comments_of(source)
    for line, text in recorder.written:
        around = [one for one in ranges if one[0] <= line <= one[1]]
        first, last = max(around, default=(line, line))
        beside = tuple(_beside(comments, first, last)) if line else ()
        for statement in parse_script(text):
            yield replace(statement, line=max(line, 1), comments=(*beside, *statement.comments))


def _comments_of(source: str) -> dict[int, tuple[str, bool]]:
    """Comment of each line, and whether the line holds nothing else."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            found[token.start[0]] = (token.string, token.line.lstrip().startswith("#"))
    return found


def _beside(comments: dict[int, tuple[str, bool]], first: int, last: int) -> Iterator[str]:
    above = first - 1
    while above in comments and comments[above][1]:
        yield comments[above][0]
        above -= 1
    for line in range(first, last + 1):
        if line in comments:
            yield comments[line][0]


def _texts_in(tree: ast.Module, function: Function) -> Iterator[Statement]:
    """The SQL that stands as text in the calls of ``execute`` and ``text``, in order."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
            for call in sorted(calls, key=lambda one: (one.lineno, one.col_offset)):
                yield from _text_of_call(call)


def _text_of_call(call: ast.Call) -> Iterator[Statement]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0] if call.args else None
    if name not in {"execute", "text"} or not isinstance(first, ast.Constant):
        return
    if isinstance(first.value, str):
        for statement in parse_script(first.value):
            yield replace(statement, line=first.lineno + statement.line - 1)
