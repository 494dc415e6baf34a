"""``strongroom init``: make a new, pinned database."""

from __future__ import annotations

from pathlib import Path

import click

from strongroom.cli.configuring import new_document
from strongroom.cli.output import Output, next_line, pass_output
from strongroom.config import CONFIGURATION_NAME, Configuration, find, load
from strongroom.identity import init
from strongroom.identity.files import write_whole


@click.command("init")
@click.option("--application", help="Name of the application, where there is no configuration yet.")
@pass_output
def command(output: Output, application: str | None) -> None:
    """Make a new, pinned database, with PostgreSQL, roles and a backup key of its own.

    Where there is no strongroom.toml, --environment NAME writes one into this directory.
    """
    configuration = _configuration(output, application)
    made = init(configuration, progress=output.progress())
    whose = f"{configuration.application}, environment {made.environment}"
    lines = [
        f"{click.style('●', fg='green')} A new database was made for {whose}.",
        "",
        f"  pin          {made.pin}  (commit it)",
        f"  backup key   {made.private_key}",
        "",
        "Without that key no backup can be opened. Keep a copy on another disk or machine.",
        next_line("strongroom key save DESTINATION"),
    ]
    document = {
        "database_id": made.database_id,
        "environment": made.environment,
        "configuration": str(configuration.path),
        "pin": str(made.pin),
        "private_key": str(made.private_key),
        "next": "strongroom key save DESTINATION",
    }
    output.result(document, lines)


def _configuration(output: Output, application: str | None) -> Configuration:
    """The configuration that is meant; a new one where nothing names any."""
    path = Path.cwd() / CONFIGURATION_NAME
    if output.config is not None:
        path = output.config
        if path.is_dir():
            path /= CONFIGURATION_NAME
    if path.exists() or output.environment is None:
        return find(output.config, output.environment)
    document = new_document(path, output.environment, application=application)
    write_whole(path, document.encode(), mode=0o644)
    return load(path)
