"""Save the private key elsewhere, and prove that the copy opens a backup."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from strongroom.backups.catalogue import listed, load
from strongroom.backups.stream import decrypted
from strongroom.backups.taking import take
from strongroom.config import Configuration
from strongroom.errors import WrongKeyError
from strongroom.identity.keys import read_identities, save_key_copy
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.storage import open_store


@dataclass(frozen=True)
class KeyProof:
    """A backup was opened with this copy alone, and read to its end."""

    key_file: str
    backup_id: str
    content_size_bytes: int
    same_disk: bool
    """The copy lies on the disk of the original, and would be lost with it."""

    def as_dict(self) -> dict[str, object]:
        """The proof as documented for ``--json``."""
        return asdict(self)


def save_key(
    configuration: Configuration, destination: Path, *, progress: Progress = SILENT
) -> KeyProof:
    """Copy the private key to a new file or into a directory, and prove the copy.

    Where there is no backup yet, the first one is taken: only a backup can prove a key.

    Raises:
        BackupError: something is at ``destination`` already, or it cannot be written.
        RefusedError: a first backup was needed, and this is not the expected database.
        WrongKeyError: the copy does not open the newest backup.
    """
    if not listed(configuration):
        take(configuration, progress=progress)
    return prove_key(configuration, save_key_copy(configuration, destination))


def prove_key(
    configuration: Configuration, key_file: Path, backup_id: str | None = None
) -> KeyProof:
    """Open a backup, by default the newest, with nothing but ``key_file``.

    Raises:
        WrongKeyError: the file holds no key, is no copy but the original itself, or does not
            open the backup.
        BackupError: there is no backup to open, or it is damaged.
    """
    identities = read_identities(key_file)
    original = configuration.private_key
    if original.exists() and key_file.samefile(original):
        raise WrongKeyError(
            f"{key_file} is the key itself and not a copy of it.",
            next_step="strongroom key save DESTINATION, on another disk",
        )
    manifest = load(configuration, backup_id)
    with decrypted(open_store(configuration.store_url), manifest.objects[0], identities):
        pass  # leaving the block reads all of it
    proof = KeyProof(
        key_file=str(key_file),
        backup_id=manifest.backup_id,
        content_size_bytes=manifest.objects[0].content_size_bytes,
        same_disk=original.exists() and key_file.stat().st_dev == original.stat().st_dev,
    )
    ledger_of(configuration).record("key_proved", **proof.as_dict())
    return proof
