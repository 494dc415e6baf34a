"""What every verb shares: one result as JSON or as text, errors, exit codes.

A verb is a click command decorated with ``pass_output``; it receives an ``Output``. Under
``--json`` exactly one document goes to standard output and what is meant for people goes to
standard error; otherwise the text goes to standard output.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import click

from strideiq.platform.errors import StrideiqError

if TYPE_CHECKING:
    from strideiq.platform.home import EnvironmentPaths

Arguments = ParamSpec("Arguments")


class Spoken:
    """Shows what long work does on one line of a terminal; has the shape of strongroom's."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown

    def step(self, name: str) -> None:
        """Show the part that was just finished."""
        self._show(name.replace(".", ": ").replace("_", " "))

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Show how far a task is."""
        share = f"{done / total:.0%}" if total else f"{done:,} {unit}"
        self._show(f"{task.replace('.', ': ')} {share}")

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)

    def _show(self, text: str) -> None:
        if self._shown:
            click.echo(f"\r\x1b[K{text[:78]}", err=True, nl=False)


class Output:
    """Where a verb reports to, and which environment was asked for."""

    def __init__(
        self, *, as_json: bool, config: Path | None = None, environment: str | None = None
    ) -> None:
        self.as_json = as_json
        self.config = config
        self.environment = environment

    def paths(self) -> EnvironmentPaths:
        """The environment that is meant.

        Raises:
            HomeError: there is none, or several could be meant.
        """
        from strideiq.platform.home import choose_paths  # noqa: PLC0415  a verb's help does without

        return choose_paths(self.config, self.environment)

    def result(self, document: Mapping[str, object], lines: Sequence[str] = ()) -> None:
        """Give the verb's outcome: the document under ``--json``, else the lines."""
        if self.as_json:
            click.echo(to_json(document))
            return
        for line in lines:
            click.echo(line, color=_colours())

    def note(self, text: str) -> None:
        """Say something to people beside the result, on standard error."""
        click.echo(text, err=True, color=_colours())

    def progress(self) -> Spoken:
        """Where long work reports itself: one line of the terminal, nothing when piped."""
        return Spoken(shown=sys.stderr.isatty() and not self.as_json)

    def error(self, code: str, message: str, next_step: str) -> None:
        """Tell an error: what happened, and the one next step."""
        if self.as_json:
            document = {"code": code, "message": message, "next": next_step}
            click.echo(to_json({"error": document}))
        click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)
        click.echo(f"{click.style('next:', bold=True)} {next_step}", err=True)


def pass_output(
    function: Callable[Concatenate[Output, Arguments], None],
) -> Callable[Arguments, None]:
    """Give a verb its ``Output``, the option ``--json``, and one place where errors end.

    ``--config`` and ``--environment`` are understood before and after the verb.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @click.option("--config", type=click.Path(path_type=Path), hidden=True)
    @click.option("--environment", hidden=True)
    @wraps(function)
    def verb(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        context = click.get_current_context()
        before = context.find_root().obj or {}
        config, environment = kwargs.pop("config"), kwargs.pop("environment")
        output = Output(
            as_json=bool(kwargs.pop("as_json")),
            config=config if isinstance(config, Path) else before.get("config"),
            environment=environment if isinstance(environment, str) else before.get("environment"),
        )
        try:
            function(output, *args, **kwargs)
        except StrideiqError as error:
            output.error(error.code, error.message, error.next_step)
            context.exit(error.exit_code)
        except Exception as error:
            exit_code = _strongroom_exit_code(output, error)
            if exit_code is None:
                raise
            context.exit(exit_code)

    return verb


def to_json(document: Mapping[str, object]) -> str:
    """Write a document; times, ids and paths in it become text."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def _strongroom_exit_code(output: Output, error: Exception) -> int | None:
    """Tell an error of strongroom, with its own exit code; None when it is not one of its errors.

    Strongroom is looked up rather than imported: a verb that never used it cannot have met one.
    """
    strongroom = sys.modules.get("strongroom.errors")
    if strongroom is None or not isinstance(error, strongroom.StrongroomError):
        return None
    document = error.as_dict()
    if output.as_json:
        click.echo(to_json({"error": document}))
    click.echo(f"{click.style('error:', fg='red', bold=True)} {document['message']}", err=True)
    click.echo(f"{click.style('next:', bold=True)} {document['next']}", err=True)
    exit_code: int = error.exit_code
    return exit_code


def _colours() -> bool | None:
    """None lets click decide by whether the stream is a terminal."""
    return False if os.environ.get("NO_COLOR") else None
