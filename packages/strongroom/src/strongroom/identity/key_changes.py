"""Change who can open the backups that are still to come: an explicit act, told in the ledger.

Databases and environments of the lock file stay what they are; only its list of public keys is
written anew. Backups that exist stay as they are: each is opened by the keys of its own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from strongroom.config import Configuration, load_all
from strongroom.errors import PinError
from strongroom.identity.key_copies import parse_recipient
from strongroom.identity.key_ring import KeyFile, make_key, public_keys
from strongroom.identity.keys import recipients
from strongroom.identity.pin import write_recipients
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.server.holders import turn

STEPS = ("key.made", "key.locked", "key.recorded")


@dataclass(frozen=True)
class Rotated:
    """A new key, to which the next backups are encrypted."""

    key: KeyFile
    recipients: tuple[str, ...]
    dropped: tuple[str, ...]
    """Public keys that new backups are no longer encrypted to; their private keys stay."""


def rotate_key(
    configuration: Configuration, *, keep_old: bool = False, progress: Progress = SILENT
) -> Rotated:
    """Make a new key pair, and encrypt new backups to it instead of our own before.

    Public keys whose private key is not here are other people's, and stay.

    Raises:
        PinError: nothing is pinned, or the lock file cannot be written.
        BackupError: the new key cannot be written; nothing was changed.
    """
    with _one_at_a_time(configuration, progress):
        before = _recipients(configuration)
        own = set() if keep_old else public_keys(configuration)
        made = make_key(configuration)
        progress.step("key.made")
        after = (*made.public_keys, *(key for key in before if key not in own))
        _change(configuration, before, after, "key_rotated", progress)
    return Rotated(made, after, tuple(key for key in before if key not in after))


def add_recipient(
    configuration: Configuration, public_key: str, *, progress: Progress = SILENT
) -> tuple[str, ...]:
    """Let another key open new backups, too; repeating it changes nothing.

    Raises:
        WrongKeyError: it is no public key.
        PinError: nothing is pinned, or the lock file cannot be written.
    """
    key = str(parse_recipient(public_key))
    with _one_at_a_time(configuration, progress):
        before = _recipients(configuration)
        if key in before:
            return before
        after = (*before, key)
        _change(configuration, before, after, "recipient_added", progress)
    return after


def remove_recipient(
    configuration: Configuration, public_key: str, *, progress: Progress = SILENT
) -> tuple[str, ...]:
    """Encrypt new backups to this key no more; what it opens already, it goes on opening.

    Raises:
        PinError: it is no recipient, or nobody at hand could open the backups that follow.
    """
    with _one_at_a_time(configuration, progress):
        before = _recipients(configuration)
        after = tuple(key for key in before if key != public_key)
        if after == before:
            raise PinError(
                f"{configuration.lock_path} does not name that public key.",
                next_step="strongroom key list",
            )
        here = public_keys(configuration)
        if not after or (not configuration.keys_elsewhere and not here.intersection(after)):
            raise PinError(
                "Without that key, no private key at hand would open the backups that follow.",
                next_step="strongroom key rotate, which makes another one first",
            )
        _change(configuration, before, after, "recipient_removed", progress)
    return after


def _one_at_a_time(
    configuration: Configuration, progress: Progress
) -> AbstractContextManager[None]:
    lock = configuration.state_cache / "keys.lock"
    return turn(lock, progress=progress, waiting="key.waiting_for_turn")


def _recipients(configuration: Configuration) -> tuple[str, ...]:
    return tuple(str(one) for one in recipients(configuration))


def _change(
    configuration: Configuration,
    before: Sequence[str],
    after: Sequence[str],
    act: str,
    progress: Progress,
) -> None:
    """Write the lock, then tell the ledger of each database that shares it."""
    write_recipients(configuration.lock_path, before, after)
    progress.step("key.locked")
    for one in load_all(configuration.path):
        ledger_of(one).record(act, before=list(before), recipients=list(after))
    progress.step("key.recorded")
