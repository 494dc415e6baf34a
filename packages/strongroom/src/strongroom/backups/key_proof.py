"""Save the private keys elsewhere, and prove that a copy opens the backups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pyrage import x25519

from strongroom.backups.catalogue import listed, load
from strongroom.backups.manifest import Manifest
from strongroom.backups.stream import decrypted, opens
from strongroom.backups.taking import take
from strongroom.config import Configuration
from strongroom.errors import WrongKeyError
from strongroom.identity.key_copies import escrow_key, read_copy, save_key_copy
from strongroom.identity.key_ring import key_files, public_keys
from strongroom.identity.keys import recipients
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
    opened: list[str] = field(default_factory=list)
    """Every backup that the copy opens, where all were tried."""
    not_opened: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The proof as documented for ``--json``."""
        return asdict(self)


def save_key(
    configuration: Configuration, destination: Path, *, progress: Progress = SILENT
) -> KeyProof:
    """Copy the private keys to a new file or into a directory, and prove the copy.

    Where there is no backup yet, or none that the newest key opens, one is taken: only a backup
    can prove a key.

    Raises:
        BackupError: something is at ``destination`` already, or it cannot be written.
        RefusedError: a backup was needed, and this is not the expected database.
        WrongKeyError: the copy does not open the newest backup.
    """
    _have_a_backup(configuration, progress)
    return prove_key(configuration, save_key_copy(configuration, destination))


def escrow(
    configuration: Configuration,
    destination: Path,
    *,
    passphrase: str | None = None,
    recipient: str | None = None,
    progress: Progress = SILENT,
) -> tuple[Path, KeyProof | None]:
    """Write a copy that is locked, and prove it, unless it is locked for somebody else.

    Raises:
        BackupError, WrongKeyError: see ``escrow_key`` and ``prove_key``.
    """
    if recipient is None:
        _have_a_backup(configuration, progress)
    written = escrow_key(configuration, destination, passphrase=passphrase, recipient=recipient)
    ledger_of(configuration).record("key_escrowed", key_file=str(written), recipient=recipient)
    if recipient is not None:
        return written, None
    return written, prove_key(configuration, written, passphrase=passphrase)


def prove_key(
    configuration: Configuration,
    key_file: Path,
    backup_id: str | None = None,
    *,
    passphrase: str | None = None,
    every: bool = False,
) -> KeyProof:
    """Open a backup, by default the newest, with nothing but ``key_file``.

    With ``every``, the beginning of each other backup is opened, too.

    Raises:
        WrongKeyError: the file holds no key, is no copy but the original itself, or does not
            open the backup.
        BackupError: there is no backup to open, or it is damaged.
    """
    identities = read_copy(key_file, passphrase)
    originals = [one.path for one in key_files(configuration)]
    if any(key_file.samefile(one) for one in originals):
        raise WrongKeyError(
            f"{key_file} is the key itself and not a copy of it.",
            next_step="strongroom key save DESTINATION, on another disk",
        )
    manifest = load(configuration, backup_id)
    with decrypted(open_store(configuration.store_url), manifest.objects[0], identities):
        pass  # leaving the block reads all of it
    tried = listed(configuration) if every else []
    opened = [one.backup_id for one in tried if _opens(configuration, one, identities)]
    proof = KeyProof(
        key_file=str(key_file),
        backup_id=manifest.backup_id,
        content_size_bytes=manifest.objects[0].content_size_bytes,
        same_disk=any(key_file.stat().st_dev == one.stat().st_dev for one in originals),
        opened=opened,
        not_opened=[one.backup_id for one in tried if one.backup_id not in opened],
    )
    ledger_of(configuration).record("key_proved", **proof.as_dict())
    return proof


def unopened(configuration: Configuration, manifests: Sequence[Manifest]) -> list[str]:
    """The backups that were encrypted to none of the keys at hand, by what their manifests say."""
    here = public_keys(configuration)
    return [one.backup_id for one in manifests if here.isdisjoint(one.recipients)]


def _opens(
    configuration: Configuration, manifest: Manifest, identities: Sequence[x25519.Identity]
) -> bool:
    store = open_store(configuration.store_url)
    return all(opens(store, one, identities) for one in manifest.objects)


def _have_a_backup(configuration: Configuration, progress: Progress) -> None:
    """Take one where none is encrypted to those who are to open the next ones."""
    wanted = {str(one) for one in recipients(configuration)}
    newest = next(iter(listed(configuration)), None)
    if newest is None or not wanted.issubset(newest.recipients):
        take(configuration, progress=progress)
