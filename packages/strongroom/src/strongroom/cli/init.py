"""``strongroom init``: make a new, pinned database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.configuring import new_document
from strongroom.cli.layout import next_line
from strongroom.cli.output import Output, pass_output
from strongroom.config import CONFIGURATION_NAME, Configuration, find, load
from strongroom.errors import ConfigurationError
from strongroom.identity import init
from strongroom.identity.files import write_whole
from strongroom.protection import protect

if TYPE_CHECKING:
    from strongroom.backups import KeyProof

SAVE_LATER = "strongroom key save /PATH/ON/ANOTHER/DISK/backup-key.txt"


@click.command("init")
@click.option("--application", help="Name of the application, where there is no configuration yet.")
@click.option(
    "--save-key",
    "destination",
    type=click.Path(path_type=Path),
    help="Save a copy of the backup key here, and prove that it opens a first backup.",
)
@pass_output
def command(output: Output, application: str | None, destination: Path | None) -> None:
    """Make a new, pinned database, with PostgreSQL, roles and a backup key of its own.

    Where there is no strongroom.toml, --environment NAME writes one into this directory. On a
    terminal it ends by asking where a copy of the backup key shall go.
    """
    configuration = _configuration(output, application)
    made = init(configuration, progress=output.progress())
    if configuration.server is not None:
        protect(configuration, progress=output.progress())
    whose = f"{configuration.application}, environment {made.environment}"
    lines = [
        f"{click.style('●', fg='green')} A new database was made for {whose}.",
        "",
        f"  pin          {made.pin}  (commit it)",
        f"  backup key   {made.private_key}",
        "",
    ]
    proof = _saved(output, configuration, destination)
    if proof is None:
        lines += [
            "Without that key no backup can be opened. Keep a copy on another disk or machine.",
            next_line(SAVE_LATER),
        ]
    else:
        lines.append(f"{proof.key_file} was proven: it opens the backup {proof.backup_id}.")
    document = {
        "database_id": made.database_id,
        "environment": made.environment,
        "configuration": str(configuration.path),
        "pin": str(made.pin),
        "private_key": str(made.private_key),
        "key_saved": proof.key_file if proof else None,
        "next": "strongroom check" if proof else SAVE_LATER,
    }
    output.result(document, lines)


def _saved(
    output: Output, configuration: Configuration, destination: Path | None
) -> KeyProof | None:
    """Save the key where it was asked for, or where a person says; None for later."""
    from strongroom.backups import save_key

    if destination is None and not output.as_json and sys.stdin.isatty():
        output.note("A lost key is a lost backup: save a copy on another disk or a USB stick.")
        answer = click.prompt("Path for the copy (empty: later)", default="", show_default=False)
        destination = Path(answer).expanduser() if answer else None
    if destination is None:
        return None
    return save_key(configuration, destination, progress=output.progress())


def _found_without_a_name() -> Configuration:
    """The configuration that is found from here; a new one wants a name first."""
    try:
        return find()
    except ConfigurationError as error:
        raise ConfigurationError(
            error.message, next_step="strongroom init --environment NAME"
        ) from error


def _configuration(output: Output, application: str | None) -> Configuration:
    """The configuration that is meant; a new one where nothing names any."""
    path = Path.cwd() / CONFIGURATION_NAME
    if output.config is not None:
        path = output.config
        if path.is_dir():
            path /= CONFIGURATION_NAME
    if output.environment is None and output.config is None and not path.exists():
        return _found_without_a_name()
    if path.exists() or output.environment is None:
        return find(output.config, output.environment)
    document = new_document(path, output.environment, application=application)
    write_whole(path, document.encode(), mode=0o644)
    return load(path)
