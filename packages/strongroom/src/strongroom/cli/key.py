"""``strongroom key``: who can open backups: keep copies, change keys, prove that it all works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.output import Output, pass_output
from strongroom.cli.passphrase import passphrase_from, passphrase_options

if TYPE_CHECKING:
    from strongroom.backups import KeyListing, KeyProof

_MARKS = {True: "●", False: "▲"}


@click.group("key")
def command() -> None:
    """Keep the backup keys safe, and change who can open backups.

    Without its private key a backup cannot be opened by anybody.
    """


@command.command("list")
@pass_output
def list_(output: Output) -> None:
    """Show who new backups are encrypted to, which keys are here, and what they open."""
    from strongroom.backups import list_keys

    listing = list_keys(output.configuration())
    output.result(listing.as_dict(), _listed(listing))


@command.command("save")
@click.argument("destination", type=click.Path(path_type=Path))
@pass_output
def save(output: Output, destination: Path) -> None:
    """Copy the private keys to DESTINATION, on another disk, and prove the copy.

    Proving opens the newest backup with the copy alone; where there is none yet that the newest
    key opens, one is taken.
    """
    from strongroom.backups import save_key

    proof = save_key(output.configuration(), destination, progress=output.progress())
    lines = [f"The key was saved to {proof.key_file}. Whoever has it can read every backup."]
    output.result({"saved": proof.key_file, **proof.as_dict()}, [*lines, *_told(proof)])


@command.command("prove")
@click.argument("copy", type=click.Path(path_type=Path))
@click.option("--backup", "backup_id", help="The backup to open; by default the newest.")
@click.option("--all", "every", is_flag=True, help="Also open the beginning of each other backup.")
@passphrase_options
@pass_output
def prove(
    output: Output,
    copy: Path,
    backup_id: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    *,
    every: bool,
) -> None:
    """Open a backup with COPY alone, and read it to its end.

    COPY is a saved key, or one that a passphrase locks. Exit status 1 where it does not open the
    backup; with --all, where it does not open every backup.
    """
    from strongroom.backups import prove_key

    passphrase = _passphrase_of(copy, passphrase_file, passphrase_fd)
    configuration = output.configuration()
    proof = prove_key(configuration, copy, backup_id, passphrase=passphrase, every=every)
    output.result(proof.as_dict(), _told(proof))
    output.exit(1 if proof.not_opened else 0)


@command.command("rotate")
@click.option("--keep-old", is_flag=True, help="Encrypt new backups to the old key as well.")
@pass_output
def rotate(output: Output, *, keep_old: bool) -> None:
    """Make a new key, and encrypt new backups to it instead of the old one.

    The old key stays, for the old backups; keys of other people stay recipients.
    """
    from strongroom.identity import rotate_key

    rotated = rotate_key(output.configuration(), keep_old=keep_old, progress=output.progress())
    (public_key,) = rotated.key.public_keys
    following = output.addressed("strongroom key save DESTINATION, on another disk")
    document = {
        "public_key": public_key,
        "key_file": str(rotated.key.path),
        "recipients": list(rotated.recipients),
        "dropped": list(rotated.dropped),
        "next": following,
    }
    lines = [
        f"New backups are encrypted to {', '.join(rotated.recipients)}.",
        f"The new key is {rotated.key.path}. Copies that were saved before do not have it.",
        output.next_line(following),
    ]
    output.result(document, lines)


@command.command("add-recipient")
@click.argument("public_key")
@pass_output
def add_recipient(output: Output, public_key: str) -> None:
    """Let the holder of PUBLIC_KEY (age1…) open new backups, too."""
    from strongroom.identity import add_recipient as add

    _changed(output, add(output.configuration(), public_key, progress=output.progress()))


@command.command("remove-recipient")
@click.argument("public_key")
@pass_output
def remove_recipient(output: Output, public_key: str) -> None:
    """Encrypt new backups to PUBLIC_KEY no more; it opens the old ones as before."""
    from strongroom.identity import remove_recipient as remove

    _changed(output, remove(output.configuration(), public_key, progress=output.progress()))


@command.command("escrow")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--to", "recipient", metavar="PUBLIC_KEY", help="Lock it for this key instead.")
@passphrase_options
@pass_output
def escrow(
    output: Output,
    destination: Path,
    recipient: str | None,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Write a copy of the private keys that a passphrase locks, or another person's key.

    ``age -d DESTINATION`` opens it, without strongroom.
    """
    from strongroom.backups import escrow as lock_away

    passphrase = None
    if recipient is None:
        passphrase = passphrase_from(passphrase_file, passphrase_fd, new=True)
    written, proof = lock_away(
        output.configuration(),
        destination,
        passphrase=passphrase,
        recipient=recipient,
        progress=output.progress(),
    )
    opening = f"age -d {written}" if recipient is None else f"age -d -i THEIR-KEY {written}"
    document = {
        "escrowed": str(written),
        "proven": proof is not None,
        "backup_id": proof.backup_id if proof else None,
        "next": opening,
    }
    told = _told(proof) if proof else ["Only whoever has that private key can prove it."]
    output.result(document, [f"Locked away in {written}.", *told, f"To open it: {opening}"])


@command.command("recover")
@click.argument("copy", type=click.Path(path_type=Path))
@passphrase_options
@pass_output
def recover(
    output: Output, copy: Path, passphrase_file: Path | None, passphrase_fd: int | None
) -> None:
    """Bring the keys of COPY back onto this machine, beside those that are here."""
    from strongroom.identity.key_copies import read_copy
    from strongroom.identity.key_ring import recover_keys

    configuration = output.configuration()
    identities = read_copy(copy, _passphrase_of(copy, passphrase_file, passphrase_fd))
    made = recover_keys(configuration, identities)
    document = {
        "recovered": [str(one.path) for one in made],
        "there": len({str(one.to_public()) for one in identities}) - len(made),
        "next": output.addressed("strongroom drill"),
    }
    lines = [f"Recovered {one.path}, the key of {one.public_keys[0]}." for one in made]
    lines = lines or ["Every key of that copy is here already."]
    output.result(document, [*lines, output.next_line("strongroom drill")])


def _passphrase_of(copy: Path, file: Path | None, descriptor: int | None) -> str | None:
    from strongroom.identity.key_copies import is_locked

    return passphrase_from(file, descriptor, new=False) if is_locked(copy) else None


def _changed(output: Output, recipients: tuple[str, ...]) -> None:
    following = output.addressed("strongroom backup")
    lines = [
        f"New backups are encrypted to {', '.join(recipients)}.",
        "Older ones stay as they are.",
        output.next_line(following),
    ]
    output.result({"recipients": list(recipients), "next": following}, lines)


def _listed(listing: KeyListing) -> list[str]:
    lines = ["New backups are encrypted to:"]
    for one in listing.recipients:
        where = "its private key is here" if one.here else "its private key is elsewhere"
        lines.append(f"  {_MARKS[one.here]} {one.public_key}  {where}")
    lines += ["", "Private keys here:" if listing.keys else "No private key is here."]
    for key in listing.keys:
        told = key.problem or f"opens {key.backups} backups; {', '.join(key.public_keys)}"
        lines.append(f"  {_MARKS[key.problem is None]} {key.file}  {told}")
    if listing.unopened:
        lines += ["", f"▲ no key here opens: {', '.join(listing.unopened)}"]
    return lines


def _told(proof: KeyProof) -> list[str]:
    lines = [f"{proof.key_file} opens the backup {proof.backup_id}, read to its end."]
    if proof.opened:
        lines.append(f"It opens {len(proof.opened)} of the backups that exist.")
    if proof.not_opened:
        lines.append(f"It does not open: {', '.join(proof.not_opened)}")
    if proof.same_disk:
        lines.append("It lies on the same disk as the original: keep another copy elsewhere.")
    return lines
