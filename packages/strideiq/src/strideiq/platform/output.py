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
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeGuard

import click

from strideiq.platform.errors import StrideiqError
from strideiq.platform.text import is_text

if TYPE_CHECKING:
    from strideiq.platform.home import EnvironmentPaths
    from strongroom import Progress, ProgressDisplay, StrongroomError

Arguments = ParamSpec("Arguments")


class Output:
    """Where a verb reports to, and which environment was asked for."""

    def __init__(
        self, *, as_json: bool, config: Path | None = None, environment: str | None = None
    ) -> None:
        self.as_json = as_json
        self.config = config
        self.environment = environment
        self._display: ProgressDisplay | None = None

    def paths(self) -> EnvironmentPaths:
        """The environment that is meant.

        Raises:
            HomeError: there is none, or several could be meant.
        """
        from strideiq.platform.home import choose_paths  # noqa: PLC0415  a verb's help does without

        return choose_paths(self.config, self.environment)

    def result(self, document: Mapping[str, object], lines: Sequence[str] = ()) -> None:
        """Give the verb's outcome: the document under ``--json``, else the lines."""
        self.close()
        if self.as_json:
            click.echo(to_json(document))
            return
        for line in lines:
            click.echo(line, color=_colours())

    def note(self, text: str) -> None:
        """Say something to people beside the result, on standard error."""
        self.close()
        click.echo(text, err=True, color=_colours())

    def progress(self) -> Progress:
        """Where long work reports itself: a terminal shows it; nothing when piped."""
        import strongroom  # noqa: PLC0415  a verb's help does without

        if self.as_json or not sys.stderr.isatty():
            return strongroom.SILENT
        if self._display is None:
            self._display = strongroom.ProgressDisplay()
        return self._display

    def close(self) -> None:
        """End the progress display, if there is one."""
        if self._display is not None:
            self._display.close()
            self._display = None

    def addressed(self, command: str) -> str:
        """A command of ours or of strongroom that reaches the environment that was chosen."""
        import strongroom  # noqa: PLC0415  a verb's help does without

        ours = strongroom.addressed(command, self.config, self.environment, program="strideiq")
        return strongroom.addressed(ours, self.config, self.environment)

    def next_line(self, command: str) -> str:
        """The last line of an answer: what to do, in the same environment."""
        return f"{click.style('next:', bold=True)} {self.addressed(command)}"

    def error(self, error: StrideiqError) -> None:
        """Tell an error: what happened, and the one next step."""
        self.close()
        following = self.addressed(error.next_step)
        if self.as_json:
            click.echo(to_json({"error": {**error.as_dict(), "next": following}}))
        mark = click.style("error:", fg="red", bold=True)
        click.echo(f"{mark} {error.message}", err=True, color=_colours())
        click.echo(self.next_line(error.next_step), err=True, color=_colours())

    def refusal(self, error: StrongroomError) -> None:
        """Tell an error of strongroom as strongroom does: a refusal with its whole judgement."""
        import strongroom  # noqa: PLC0415  a verb's help does without

        self.close()
        if self.as_json:
            document = strongroom.error_document(error, self.config, self.environment)
            click.echo(to_json({"error": document}))
        for line in strongroom.error_lines(error, self.config, self.environment):
            click.echo(line, err=True, color=_colours())


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
        _refuse_what_is_no_text(kwargs)
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
            output.error(error)
            context.exit(error.exit_code)
        except Exception as error:
            if not _is_of_strongroom(error):
                raise
            output.refusal(error)
            context.exit(error.exit_code)
        finally:
            output.close()

    return verb


def _refuse_what_is_no_text(given: Mapping[str, object]) -> None:
    """Refuse words whose bytes are no UTF-8: no database keeps them. Paths may be of any."""
    for name, value in given.items():
        if isinstance(value, str) and not is_text(value):
            shown = value.encode("utf-8", "backslashreplace").decode()
            raise click.BadParameter(f"“{shown}” is not UTF-8.", param_hint=name)


def to_json(document: Mapping[str, object]) -> str:
    """Write a document; times, ids and paths in it become text."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def _is_of_strongroom(error: Exception) -> TypeGuard[StrongroomError]:
    """Strongroom is looked up rather than imported: what never used it met none of its errors."""
    strongroom = sys.modules.get("strongroom.errors")
    return strongroom is not None and isinstance(error, strongroom.StrongroomError)


def _colours() -> bool | None:
    """None lets click decide by whether the stream is a terminal."""
    return False if os.environ.get("NO_COLOR") else None
