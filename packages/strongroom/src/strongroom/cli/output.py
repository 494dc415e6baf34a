"""What every verb shares: one result as JSON or as text, errors, exit codes, progress.

A verb is a click command decorated with ``pass_output``; it receives an ``Output``. Under
``--json`` exactly one document goes to standard output. Otherwise its text goes there, and
progress to standard error; nothing but the result appears when piped.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from strongroom.cli.layout import fitted, next_line, terminal_width
from strongroom.errors import RefusedError, StrongroomError
from strongroom.progress import SILENT, Progress

if TYPE_CHECKING:
    from strongroom.cli.progress_display import ProgressDisplay
    from strongroom.config import Configuration

Arguments = ParamSpec("Arguments")


class Output:
    """Where a verb reports to, and what was said about the configuration that it works on."""

    def __init__(
        self,
        *,
        as_json: bool,
        config: Path | None = None,
        environment: str | None = None,
        database: str | None = None,
    ) -> None:
        self.as_json = as_json
        self.config = config
        self.environment = environment
        self.database = database
        self._display: ProgressDisplay | None = None

    def configuration(self) -> Configuration:
        """Find the configuration that is meant.

        Raises:
            ConfigurationError: there is none, or several could be meant.
        """
        from strongroom.config import find

        found = find(self.config, self.environment, self.database)
        if not (self.config or os.environ.get("STRONGROOM_CONFIG") or _is_above(found.directory)):
            # Whoever mistook the directory would take it for the one that is here.
            self.note(f"uses {found.path}, which an installed application names")
        return found

    def configurations(self) -> list[Configuration]:
        """Find the configuration that is meant, with all of its databases unless one is named.

        Raises:
            ConfigurationError: there is none, or several files could be meant.
        """
        from strongroom.config import find_all

        if self.database is not None:
            return [self.configuration()]
        return find_all(self.config, self.environment)

    def progress(self) -> Progress:
        """Show progress on a terminal; stay silent when piped or under ``--json``."""
        if self.as_json or not sys.stderr.isatty():
            return SILENT
        if self._display is None:
            from strongroom.cli.progress_display import ProgressDisplay

            self._display = ProgressDisplay()
        return self._display

    def addressed(self, command: str) -> str:
        """A next command that leads to the same configuration as this call did."""
        return addressed(command, self.config, self.environment, database=self.database)

    def next_line(self, command: str) -> str:
        """The last line of an answer: what to do, on the same configuration."""
        return next_line(self.addressed(command))

    def judgement(
        self, judgement: Mapping[str, Any], *, database: str | None = None
    ) -> dict[str, Any]:
        """``Judgement.as_dict()`` with commands that lead to the same configuration."""
        chosen = (self.config, self.environment, database or self.database)
        return _addressed_judgement(judgement, *chosen)

    def result(self, document: Mapping[str, object], lines: Sequence[str] = ()) -> None:
        """Give the verb's outcome: the document under ``--json``, else the lines."""
        self.close()
        if self.as_json:
            click.echo(to_json(document))
            return
        for line in fitted(lines, terminal_width()):
            click.echo(line, color=_colours())

    def note(self, text: str) -> None:
        """Say something beside the result, on standard error; never under ``--json``."""
        if not self.as_json:
            self.close()
            for line in fitted([text], terminal_width()):
                click.echo(line, err=True, color=_colours())

    def ask_about(self, lines: Sequence[str]) -> None:
        """Show a person at a terminal what is asked, under ``--json`` too."""
        self.close()
        for line in fitted(lines, terminal_width()):
            click.echo(line, err=True, color=_colours())

    def exit(self, code: int) -> None:
        """End the verb with an exit code."""
        self.close()
        click.get_current_context().exit(code)

    def error(self, error: StrongroomError) -> None:
        """Tell an error: what happened, and the one next step."""
        self.close()
        chosen = (self.config, self.environment, self.database)
        if self.as_json:
            click.echo(to_json({"error": error_document(error, *chosen)}))
            return
        for line in fitted(error_lines(error, *chosen), terminal_width()):
            click.echo(line, err=True, color=_colours())

    def close(self) -> None:
        """End the progress display, if there is one."""
        if self._display is not None:
            self._display.close()
            self._display = None


def _is_above(directory: Path) -> bool:
    """Whether the working directory is this one, or lies in it."""
    here = Path.cwd()
    return directory.resolve() in (here, *here.parents)


def pass_output(
    function: Callable[Concatenate[Output, Arguments], None],
) -> Callable[Arguments, None]:
    """Give a verb its ``Output``, the option ``--json``, and one place where errors end.

    ``--json``, ``--config``, ``--environment`` and ``--database`` are understood before and after
    the verb.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @click.option("--config", type=click.Path(path_type=Path), hidden=True)
    @click.option("--environment", hidden=True)
    @click.option("--database", hidden=True)
    @wraps(function)
    def verb(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        context = click.get_current_context()
        before = context.find_root().obj or {}
        output = Output(
            as_json=bool(kwargs.pop("as_json")) or before.get("as_json", False),
            config=_path(kwargs.pop("config")) or before.get("config"),
            environment=_text(kwargs.pop("environment")) or before.get("environment"),
            database=_text(kwargs.pop("database")) or before.get("database"),
        )
        try:
            function(output, *args, **kwargs)
        except BrokenPipeError:  # whoever read our output has gone
            raise
        except (StrongroomError, OSError) as caught:
            error = _told(caught)
            output.error(error)
            context.exit(error.exit_code)
        finally:
            output.close()

    return verb


def _told(error: StrongroomError | OSError) -> StrongroomError:
    """What the operating system refused, as an error with a next step too."""
    if isinstance(error, StrongroomError):
        return error
    from strongroom.server.complaints import error_from_os

    return error_from_os(error, doing="using a file")


def addressed(
    command: str,
    config: Path | None,
    environment: str | None,
    *,
    database: str | None = None,
    program: str = "strongroom",
) -> str:
    """The command as it must be typed to reach the configuration that was chosen here.

    ``program`` is what takes the options: ours, or an application's that knows the same two.
    Other commands, and those that choose for themselves, stay as they are.
    """
    begin, _, rest = command.partition(" ")
    if not rest or begin != program or "--config" in rest or "--environment" in rest:
        return command
    if database is not None and "--database" not in rest:
        rest = f"--database {shlex.quote(database)} {rest}"
        command = f"{program} {rest}"
    if config is not None:
        return f"{program} --config {shlex.quote(str(config))} {rest}"
    if environment is not None:
        return f"{program} --environment {shlex.quote(environment)} {rest}"
    return command


def error_lines(
    error: StrongroomError,
    config: Path | None = None,
    environment: str | None = None,
    database: str | None = None,
) -> list[str]:
    """An error for a terminal: the whole judgement of a refusal, else message and next step."""
    if isinstance(error, RefusedError):
        from strongroom.cli.judgement import judgement_lines

        return judgement_lines(_addressed_judgement(error.judgement, config, environment, database))
    mark = click.style("error:", fg="red", bold=True)
    following = addressed(error.next_step, config, environment, database=database)
    return [f"{mark} {error.message}", next_line(following)]


def error_document(
    error: StrongroomError,
    config: Path | None = None,
    environment: str | None = None,
    database: str | None = None,
) -> dict[str, object]:
    """An error as documented for ``--json``, its commands addressed."""
    document = error.as_dict()
    document["next"] = addressed(error.next_step, config, environment, database=database)
    if isinstance(error, RefusedError):
        document["accept"] = _addressed_judgement(error.judgement, config, environment, database)[
            "accept"
        ]
    return document


def _addressed_judgement(
    judgement: Mapping[str, Any],
    config: Path | None,
    environment: str | None,
    database: str | None,
) -> dict[str, Any]:
    def to_it(command: str) -> str:
        return addressed(command, config, environment, database=database)

    accept = judgement["accept"]
    return {
        **judgement,
        "next": to_it(judgement["next"]),
        "accept": to_it(accept) if accept else None,
    }


def to_json(document: Mapping[str, object]) -> str:
    """Write a document; times and paths in it become text."""
    return json.dumps(document, indent=2, ensure_ascii=False, default=str)


def usage_document(error: click.ClickException) -> str:
    """Tell wrong usage as JSON."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "strongroom"
    return to_json(
        {
            "error": {
                "code": "usage",
                "message": error.format_message(),
                "next": f"{command} --help",
            }
        }
    )


def _colours() -> bool | None:
    """None lets click decide by whether the stream is a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _path(value: object) -> Path | None:
    return value if isinstance(value, Path) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
