"""Which keys there are, what new backups are encrypted to, and which backups each key opens."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from strongroom.backups.catalogue import listed
from strongroom.backups.key_proof import unopened
from strongroom.config import Configuration
from strongroom.identity.key_ring import key_files, public_keys
from strongroom.identity.keys import recipients


@dataclass(frozen=True)
class RecipientStanding:
    """A public key that new backups are encrypted to."""

    public_key: str
    here: bool
    """Whether its private key is on this machine."""


@dataclass(frozen=True)
class KeyStanding:
    """A key file on this machine; ``problem`` says why nothing can be read in it."""

    file: str
    public_keys: tuple[str, ...]
    backups: int
    """How many of the backups that exist it opens, by what their manifests say."""
    problem: str | None


@dataclass(frozen=True)
class KeyListing:
    """All of it, and the backups that no key here opens."""

    recipients: tuple[RecipientStanding, ...]
    keys: tuple[KeyStanding, ...]
    unopened: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """The listing as documented for ``--json``; it holds no private key."""
        return asdict(self)


def list_keys(configuration: Configuration) -> KeyListing:
    """List keys and recipients.

    Raises:
        PinError: nothing is pinned, or the lock file cannot be read.
        StorageError: the store cannot be read.
    """
    backups, here = listed(configuration), public_keys(configuration)
    return KeyListing(
        recipients=tuple(
            RecipientStanding(str(one), str(one) in here) for one in recipients(configuration)
        ),
        keys=tuple(
            KeyStanding(
                file=str(one.path),
                public_keys=one.public_keys,
                backups=sum(not set(one.public_keys).isdisjoint(b.recipients) for b in backups),
                problem=one.problem.message if one.problem else None,
            )
            for one in key_files(configuration)
        ),
        unopened=tuple(unopened(configuration, backups)),
    )
