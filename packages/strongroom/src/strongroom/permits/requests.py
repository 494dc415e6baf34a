"""Ask for a permit: a note beside the state that a person, or policy, can answer."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strongroom.config import Configuration
from strongroom.errors import PermitError
from strongroom.identity.files import write_whole
from strongroom.ledger import ledger_of
from strongroom.permits.effects import Effect, parse_effect
from strongroom.permits.granting import Permit


@dataclass(frozen=True)
class Request:
    """What somebody wants to do, and why. Anybody may ask; asking allows nothing."""

    id: str
    effects: tuple[Effect, ...]
    reason: str
    asked_at: str

    def as_dict(self) -> dict[str, Any]:
        """The request as shown by ``--json``."""
        return {**vars(self), "effects": [one.as_dict() for one in self.effects]}


def ask(configuration: Configuration, effects: list[Effect], *, reason: str) -> Request:
    """Write a request down, for ``permit grant``."""
    request = Request(
        secrets.token_hex(4),
        tuple(effects),
        reason,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    document = {
        "effects": [str(one) for one in effects],
        "reason": reason,
        "asked_at": request.asked_at,
    }
    write_whole(_path(configuration, request.id), json.dumps(document).encode())
    ledger_of(configuration).record(
        "permit_asked", request_id=request.id, effects=document["effects"], reason=reason
    )
    return request


def requests(configuration: Configuration) -> list[Request]:
    """All requests that nobody has answered, oldest first."""
    directory = _path(configuration, "any").parent
    found = [_read(configuration, path.stem) for path in sorted(directory.glob("*.json"))]
    return sorted(found, key=lambda one: one.asked_at)


def requested(configuration: Configuration, request_id: str) -> Request:
    """One request.

    Raises:
        PermitError: there is none, or it cannot be read.
    """
    return _read(configuration, request_id)


def keep_secret(configuration: Configuration, permit: Permit) -> Path:
    """Put a permit's secret into a file that only this user can read; return its path."""
    path = secret_path(configuration, permit.id)
    write_whole(path, permit.secret.encode() + b"\n")
    return path


def secret_path(configuration: Configuration, permit_id: str) -> Path:
    """Where the secret of a permit lies until it is used."""
    return configuration.state_cache / "permits" / f"{Path(permit_id).name}.secret"


def answered(configuration: Configuration, request: Request) -> None:
    """Take a request away: it was granted."""
    _path(configuration, request.id).unlink(missing_ok=True)


def _path(configuration: Configuration, request_id: str) -> Path:
    return configuration.state_cache / "permits" / "requests" / f"{Path(request_id).name}.json"


def _read(configuration: Configuration, request_id: str) -> Request:
    try:
        document = json.loads(_path(configuration, request_id).read_bytes())
        effects = tuple(parse_effect(text) for text in document["effects"])
        return Request(request_id, effects, document["reason"], document["asked_at"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PermitError(
            f"There is no request {request_id} that can be read.",
            next_step="strongroom permit list",
        ) from error
