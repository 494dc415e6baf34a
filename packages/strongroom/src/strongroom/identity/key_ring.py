"""The private keys at hand: the first one, and beside it those that rotations and rescues brought.

No key is ever overwritten, moved or removed here. Which of them opens something is found by
trying, so a key that is no longer used for new backups still opens the old ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyrage import x25519

from strongroom.config import Configuration
from strongroom.errors import BackupError, StrongroomError, WrongKeyError
from strongroom.identity.files import write_whole
from strongroom.identity.keys import key_text, read_identities

RING_NAME = "ring"
NAMED_BY = 12
"""So much of the public key stands in the name of a key's file."""


@dataclass(frozen=True)
class KeyFile:
    """One file of the ring; ``problem`` says why there is nothing to be read in it."""

    path: Path
    identities: tuple[x25519.Identity, ...] = ()
    problem: StrongroomError | None = None

    @property
    def public_keys(self) -> tuple[str, ...]:
        """What backups have to be encrypted to, to be opened by this file."""
        return tuple(str(one.to_public()) for one in self.identities)


def ring_directory(configuration: Configuration) -> Path:
    """Where further keys lie: beside the first."""
    return configuration.private_key.parent / RING_NAME


def key_files(configuration: Configuration) -> list[KeyFile]:
    """Every key file at hand, also those that cannot be read."""
    ring = ring_directory(configuration)
    further = sorted(ring.glob("*.txt")) if ring.is_dir() else []
    return [_read(path) for path in (configuration.private_key, *further) if path.exists()]


def load_identities(configuration: Configuration) -> list[x25519.Identity]:
    """Read every private key at hand; an empty list where there is none.

    A file that is damaged keeps nobody from using the others.

    Raises:
        WrongKeyError: there are key files, and none of them holds a key.
    """
    files = key_files(configuration)
    identities = [identity for one in files for identity in one.identities]
    if not identities:
        for one in files:
            if one.problem is not None:
                raise one.problem
    return identities


def public_keys(configuration: Configuration) -> set[str]:
    """The public keys of all private keys at hand."""
    return {key for one in key_files(configuration) for key in one.public_keys}


def ring_bytes(configuration: Configuration) -> bytes:
    """All keys as one file in the format of ``age-keygen``: what a copy of them has to hold.

    Raises:
        WrongKeyError: there is no key, or one of the files cannot be read: a copy would lack it.
    """
    files = key_files(configuration)
    if not files:
        raise WrongKeyError(
            f"There is no private key in {configuration.private_key.parent}.",
            next_step="strongroom key recover FILE, with the copy that was saved",
        )
    for one in files:
        if one.problem is not None:
            raise one.problem
    return b"\n".join(one.path.read_bytes().rstrip(b"\n") for one in files) + b"\n"


def make_key(configuration: Configuration) -> KeyFile:
    """Make a new key beside the others; nothing is encrypted to it yet."""
    return _put(configuration, x25519.Identity.generate())


def recover_keys(
    configuration: Configuration, identities: Iterable[x25519.Identity]
) -> list[KeyFile]:
    """Put those keys into the ring that are not in it; answer with their files."""
    present = public_keys(configuration)
    return [
        _put(configuration, one)
        for one in {str(one.to_public()): one for one in identities}.values()
        if str(one.to_public()) not in present
    ]


def _put(configuration: Configuration, identity: x25519.Identity) -> KeyFile:
    ring, public_key = ring_directory(configuration), str(identity.to_public())
    at = datetime.now(UTC)
    path = ring / f"{at:%Y%m%dT%H%M%SZ}-{public_key[:NAMED_BY]}.txt"
    try:
        if not ring.is_dir():
            ring.mkdir(mode=0o700, parents=True)
            write_whole(ring / ".gitignore", b"*\n", mode=0o644)
        write_whole(path, key_text(identity, at).encode())
    except OSError as error:
        raise BackupError(
            f"The key cannot be written to {path}: {error.strerror}.",
            next_step=f"make {ring} writable, then the same again",
        ) from error
    return _read(path)


def _read(path: Path) -> KeyFile:
    try:
        return KeyFile(path, tuple(read_identities(path)))
    except WrongKeyError as error:
        return KeyFile(path, problem=error)
