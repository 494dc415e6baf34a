"""Copies of the private keys for the day on which they are lost: plain, or locked once more.

What is written here opens with the public ``age`` program alone: ``age -d COPY`` asks for the
passphrase, ``age -d -i KEY COPY`` takes the other person's key, and out comes the key file.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyrage
from pyrage import DecryptError, RecipientError, x25519

from strongroom.config import Configuration
from strongroom.errors import BackupError, WrongKeyError
from strongroom.identity.files import write_whole
from strongroom.identity.key_ring import ring_bytes
from strongroom.identity.keys import identities_in, read_identities

PASSPHRASE_MIN = 12
LOCKED = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
SIZE_MAX_BYTES = 1 << 20


def save_key_copy(configuration: Configuration, destination: Path) -> Path:
    """Copy the private keys to a file, or into a directory; return the copy's path.

    Raises:
        BackupError: something is there already, or it cannot be written.
        WrongKeyError: there is no key, or one of them cannot be read.
    """
    return _write(configuration, destination, ring_bytes(configuration), "backup-key.txt")


def escrow_key(
    configuration: Configuration,
    destination: Path,
    *,
    passphrase: str | None = None,
    recipient: str | None = None,
) -> Path:
    """Write the private keys locked by a passphrase, or to another person's public key.

    Raises:
        BackupError: something is there already, it cannot be written, or the passphrase is short.
        WrongKeyError: there is no key to lock, or ``recipient`` is no public key.
    """
    if (passphrase is None) == (recipient is None):
        raise AssertionError("either a passphrase or a recipient")
    plain = ring_bytes(configuration)
    if recipient is not None:
        locked = pyrage.encrypt(plain, [parse_recipient(recipient)], armored=True)
    else:
        locked = pyrage.passphrase.encrypt(plain, _long_enough(passphrase or ""), armored=True)
    return _write(configuration, destination, locked, "backup-key.age")


def read_copy(path: Path, passphrase: str | None) -> list[x25519.Identity]:
    """Read the keys of a plain copy, or of one that a passphrase locks.

    Raises:
        WrongKeyError: it cannot be read, holds no key, or the passphrase does not open it.
    """
    if not is_locked(path):
        return read_identities(path)
    if passphrase is None:
        raise WrongKeyError(
            f"{path} is locked, and needs its passphrase.",
            next_step="the same at a terminal, or with --passphrase-file",
        )
    try:
        plain = pyrage.passphrase.decrypt(path.read_bytes(), passphrase)
    except DecryptError as error:
        told = str(error) == "Decryption failed"
        raise WrongKeyError(
            f"The passphrase does not open {path}, or the file is damaged."
            if told
            else f"{path} is locked by no passphrase, or is damaged.",
            next_step="try again" if told else f"age -d -i THEIR-KEY {path}, by whoever has it",
        ) from None
    return identities_in(plain, path)


def is_locked(path: Path) -> bool:
    """Whether a file is encrypted by age.

    Raises:
        WrongKeyError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(64).startswith(LOCKED)
    except OSError as error:
        raise WrongKeyError(
            f"The key file {path} cannot be read: {error.strerror}.",
            next_step="give the path of a saved copy",
        ) from error


def parse_recipient(key: str) -> x25519.Recipient:
    """Understand a public key.

    Raises:
        WrongKeyError: it is none.
    """
    try:
        return x25519.Recipient.from_str(key)
    except RecipientError:
        # Whoever gives a private key by mistake must not find it in a log.
        raise WrongKeyError(
            "That is no public age key: those begin with age1.",
            next_step="age-keygen -y KEY-FILE, which prints the public key of a private one",
        ) from None


def _long_enough(passphrase: str) -> str:
    if len(passphrase) < PASSPHRASE_MIN:
        raise BackupError(
            f"The passphrase is shorter than {PASSPHRASE_MIN} characters: it would guard every "
            "backup, and can be tried without limit.",
            next_step="take several words that nobody could guess together",
        )
    return passphrase


def _write(configuration: Configuration, destination: Path, data: bytes, name: str) -> Path:
    if destination.is_dir():
        destination /= f"{configuration.application}-{configuration.environment}-{name}"
    if os.path.lexists(destination):
        raise BackupError(
            f"{destination} exists already, and no key is ever overwritten.",
            next_step="the same with ANOTHER-PATH",
        )
    try:
        write_whole(destination, data)
    except OSError as error:
        raise BackupError(
            f"The key could not be copied to {destination}: {error.strerror}.",
            next_step="the same with ANOTHER-PATH",
        ) from error
    return destination
