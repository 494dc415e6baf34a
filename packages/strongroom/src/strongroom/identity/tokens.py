"""One-use tokens: a person's confirmation, carried to where there is no terminal.

A token is made on a terminal for one purpose and used once, within an hour. Only the hash of
its secret is kept here.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import ConfirmationNeededError
from strongroom.identity.files import write_whole

VALID_FOR = timedelta(hours=1)


def issue_token(configuration: Configuration, *, purpose: str, destination: Path) -> None:
    """Write a token for one purpose into a new file of mode 0600."""
    secret = secrets.token_urlsafe(32)
    expires_at = (datetime.now(UTC) + VALID_FOR).isoformat()
    kept = json.dumps({"purpose": purpose, "expires_at": expires_at})
    write_whole(_kept(configuration, secret), kept.encode())
    write_whole(destination, secret.encode() + b"\n")


def use_token(configuration: Configuration, *, purpose: str, source: Path) -> None:
    """Use a token up.

    Raises:
        ConfirmationNeededError: it is unknown, used, expired, or for another purpose.
    """
    try:
        kept = _kept(configuration, source.read_text(encoding="utf-8").strip())
        document = json.loads(kept.read_bytes())
        if document["purpose"] != purpose:
            raise _not_valid("is for another purpose")
        kept.unlink()  # of several who try at once, one succeeds
    except OSError:
        raise _not_valid("is unknown here, or was used already") from None
    if datetime.fromisoformat(document["expires_at"]) < datetime.now(UTC):
        raise _not_valid("has expired")


def _kept(configuration: Configuration, secret: str) -> Path:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return configuration.state_cache / "tokens" / f"{digest}.json"


def _not_valid(why: str) -> ConfirmationNeededError:
    return ConfirmationNeededError(
        f"The token {why}.", next_step="make a new one on a terminal, with --issue-token FILE"
    )
