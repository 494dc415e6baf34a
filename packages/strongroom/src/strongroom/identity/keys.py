"""The age keys of backups: who can open them, and where the private key lies.

The file has the format of ``age-keygen``, so that ``age -d -i`` opens a backup without us.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from strongroom.config import Configuration
from strongroom.errors import PinError, WrongKeyError
from strongroom.identity.files import write_whole
from strongroom.identity.pin import pin_of

PASSWORDS_NAME = "roles.json"
_SECRET_PREFIX = "AGE-SECRET-KEY-"  # noqa: S105  the public start of every age key, no secret


def ensure_private_key(path: Path) -> str:
    """Make the private key file where there is none; return its public key.

    Raises:
        WrongKeyError: the file is there and holds no key.
    """
    if not path.exists():
        text = key_text(x25519.Identity.generate(), datetime.now(UTC))
        write_whole(path, text.encode())
        _keep_out_of_version_control(path)
    return str(read_identities(path)[0].to_public())


def key_text(identity: x25519.Identity, at: datetime) -> str:
    """One key as ``age-keygen`` writes it."""
    return (
        f"# created: {at.isoformat(timespec='seconds')}\n"
        f"# public key: {identity.to_public()}\n"
        f"{identity}\n"
    )


def _keep_out_of_version_control(path: Path) -> None:
    """Let git ignore a directory that holds our keys alone: ``git add .`` must not publish them."""
    if {one.name for one in path.parent.iterdir()} <= {path.name, PASSWORDS_NAME}:
        write_whole(path.with_name(".gitignore"), b"*\n", mode=0o644)


def read_identities(path: Path) -> list[x25519.Identity]:
    """Read the private keys in a file.

    Raises:
        WrongKeyError: the file cannot be read, or holds no age key.
    """
    try:
        written = path.read_bytes()
    except OSError as error:
        raise _no_key(path, f"cannot be read: {error.strerror}") from error
    return identities_in(written, path)


def identities_in(written: bytes, path: Path) -> list[x25519.Identity]:
    """Understand the text of a key file; the path is only told of.

    Raises:
        WrongKeyError: it holds no age key.
    """
    try:
        words = written.decode().split()
        keys = [word for word in words if word.startswith(_SECRET_PREFIX)]
        identities = [x25519.Identity.from_str(key) for key in keys]
    except (UnicodeDecodeError, IdentityError):
        raise _no_key(path, "holds a damaged key") from None  # the cause could quote the key
    if not identities:
        raise _no_key(path, "holds no age key")
    return identities


def recipients(configuration: Configuration) -> list[x25519.Recipient]:
    """The public keys that backups are encrypted to, from the pin.

    Raises:
        PinError: nothing is pinned, or the pin names nobody who could open a backup.
    """
    pin = pin_of(configuration)
    if pin is None or not pin.recipients:
        raise PinError(
            f"{configuration.lock_path} names no public key, so no backup could be opened.",
            next_step=f"strongroom init --environment {configuration.environment}",
        )
    try:
        return [x25519.Recipient.from_str(key) for key in pin.recipients]
    except RecipientError as error:
        raise PinError(
            f"{configuration.lock_path} has a recipient that is no public age key.",
            next_step=f"bring {configuration.lock_path} back from version control",
        ) from error


def _no_key(path: Path, what: str) -> WrongKeyError:
    return WrongKeyError(
        f"The key file {path} {what}.", next_step=f"bring {path} back from the copy you saved"
    )
