"""The command line: each verb is in its feature, and loaded only when it is used.

The table below is what ``strideiq --help`` shows; no verb's module is imported for it, so that
help stays quick. Each entry names a click command as ``module:attribute``.
"""

from __future__ import annotations

import sys
from functools import cache, wraps
from importlib import import_module
from pathlib import Path

import click

VERBS = {
    "init": ("strideiq.lifecycle.commands:init", "Make a new environment with a pinned database."),
    "up": (
        "strideiq.lifecycle.commands:up",
        "Check, migrate, prove a backup, and serve the pages.",
    ),
    "configure": (
        "strideiq.lifecycle.commands:configure",
        "Bring an older home's strongroom.toml up to date.",
    ),
    "where": ("strideiq.lifecycle.commands:where", "Show every path that StrideIQ uses."),
    "import": ("strideiq.imports.commands:import_files", "Import FIT, GPX and TCX files."),
    "worker": ("strideiq.imports.commands:worker", "Read the files that wait to be imported."),
    "sync": (
        "strideiq.connections.commands:sync",
        "Fetch what connected services have, now.",
    ),
    "reprocess": (
        "strideiq.imports.reprocess_command:reprocess",
        "Read the originals again, and derive what follows anew.",
    ),
    "athlete": (
        "strideiq.athletes.commands:athlete",
        "Accounts: add, list, passwords, administrators.",
    ),
    "export": ("strideiq.portability.commands:export_account", "Write a whole account out."),
    "import-account": (
        "strideiq.portability.commands:import_account",
        "Bring an account in from an archive, and compare.",
    ),
    "delete-account": (
        "strideiq.portability.commands:delete_account",
        "Delete an account with everything in it.",
    ),
    "mcp": (
        "strideiq.coach.mcp.commands:mcp",
        "Offer the coach's tools to an agent over pipes (MCP).",
    ),
    "ask": ("strideiq.coach.commands:ask", "Ask the coach about an athlete's record."),
    "paces": ("strideiq.calculators.commands:paces", "Training paces from a race or an index."),
    "equivalents": (
        "strideiq.calculators.commands:equivalents",
        "Equivalent races by three models side by side.",
    ),
}

WRITERS = frozenset(
    {
        "ask",
        "delete-account",
        "export",
        "import",
        "import-account",
        "init",
        "mcp",
        "reprocess",
        "sync",
        "worker",
    }
)
"""Verbs that record activities, or read what follows from them across features: who reacts to what
is registered before they run."""


@cache
def _verb(name: str) -> click.Command:
    """The verb; what reacts to what is registered when it begins, and not for its help."""
    module, attribute = VERBS[name][0].split(":")
    command: click.Command = getattr(import_module(module), attribute)
    act = command.callback
    if name in WRITERS and act is not None:

        @wraps(act)
        def begin(*args: object, **kwargs: object) -> object:
            import_module("strideiq.reactions")
            return act(*args, **kwargs)

        command.callback = begin
    return command


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the verbs in the order of the table."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module."""
        del ctx
        if cmd_name not in VERBS:
            return None
        return _verb(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--config", type=click.Path(path_type=Path), help="A strongroom.toml, or its directory."
)
@click.option("--environment", help="Which environment, where there are several.")
@click.version_option(package_name="strideiq")
@click.pass_context
def strideiq(ctx: click.Context, config: Path | None, environment: str | None) -> None:
    """A self-hosted running coach that cannot lose a runner's history."""
    ctx.obj = {"config": config, "environment": environment}


def main() -> None:
    """Run the command line; wrong usage is told as JSON too where ``--json`` was asked for."""
    try:
        code = strideiq.main(prog_name="strideiq", standalone_mode=False)
    except click.ClickException as error:
        if "--json" in sys.argv:
            _tell_usage_as_json(error)
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def _tell_usage_as_json(error: click.ClickException) -> None:
    from strideiq.platform.output import to_json  # noqa: PLC0415  help does without

    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "strideiq"
    document = {"code": "usage", "message": error.format_message(), "next": f"{command} --help"}
    click.echo(to_json({"error": document}))
