"""``strongroom key``: keep a copy of the private key elsewhere, and prove that it works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output

if TYPE_CHECKING:
    from strongroom.backups import KeyProof


@click.group("key")
def command() -> None:
    """Save the backup key elsewhere, and prove the copy.

    Without its private key a backup cannot be opened by anybody.
    """


@command.command("save")
@click.argument("destination", type=click.Path(path_type=Path))
@pass_output
def save(output: Output, destination: Path) -> None:
    """Copy the private key to DESTINATION, on another disk, and prove the copy.

    Proving opens the newest backup with the copy alone; where there is none yet, the first
    one is taken.
    """
    from strongroom.backups import save_key

    proof = save_key(output.configuration(), destination, progress=output.progress())
    lines = [f"The key was saved to {proof.key_file}. Whoever has it can read every backup."]
    output.result({"saved": proof.key_file, **proof.as_dict()}, [*lines, *_told(proof)])


@command.command("prove")
@click.argument("copy", type=click.Path(path_type=Path))
@click.option("--backup", "backup_id", help="The backup to open; by default the newest.")
@pass_output
def prove(output: Output, copy: Path, backup_id: str | None) -> None:
    """Open a backup with COPY alone, and read it to its end."""
    from strongroom.backups import prove_key

    proof = prove_key(output.configuration(), copy, backup_id)
    output.result(proof.as_dict(), _told(proof))


def _told(proof: KeyProof) -> list[str]:
    lines = [f"{proof.key_file} opens the backup {proof.backup_id}, read to its end."]
    if proof.same_disk:
        lines.append("It lies on the same disk as the original: keep another copy elsewhere.")
    return lines
