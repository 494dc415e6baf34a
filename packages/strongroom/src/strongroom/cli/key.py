"""``strongroom key``: keep a copy of the private key elsewhere, and prove that it works."""

from __future__ import annotations

from pathlib import Path

import click

from strongroom.cli.output import Output, next_line, pass_output


@click.group("key")
def command() -> None:
    """Save the backup key elsewhere, and prove the copy.

    Without its private key a backup cannot be opened by anybody.
    """


@command.command("save")
@click.argument("destination", type=click.Path(path_type=Path))
@pass_output
def save(output: Output, destination: Path) -> None:
    """Copy the private key to DESTINATION, a new file on another disk or machine."""
    from strongroom.identity.keys import save_key_copy

    copy = save_key_copy(output.configuration(), destination)
    output.result(
        {"saved": str(copy)},
        [
            f"The key was saved to {copy}. Whoever has it can read every backup.",
            next_line(f"strongroom key prove {copy}"),
        ],
    )


@command.command("prove")
@click.argument("copy", type=click.Path(path_type=Path))
@click.option("--backup", "backup_id", help="The backup to open; by default the newest.")
@pass_output
def prove(output: Output, copy: Path, backup_id: str | None) -> None:
    """Open a backup with COPY alone, and read it to its end."""
    from strongroom.backups import prove_key

    proof = prove_key(output.configuration(), copy, backup_id)
    lines = [f"{proof.key_file} opens the backup {proof.backup_id}, read to its end."]
    if proof.same_disk:
        lines.append("It lies on the same disk as the original: keep another copy elsewhere.")
    output.result(proof.as_dict(), lines)
