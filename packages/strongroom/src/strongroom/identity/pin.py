"""The pin, ``strongroom.lock``: which database an application expects. It never changes.

The file is meant to be committed, or mounted read-only. It holds no secret: a database id, an
environment's name, and the public keys that backups are encrypted to.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strongroom.errors import NewerFormatError, PinError
from strongroom.identity.files import write_whole

FORMAT = 1
MAIN = "main"


@dataclass(frozen=True)
class Pin:
    """What is expected of a database, kept outside it."""

    database_id: str
    environment: str
    recipients: tuple[str, ...]
    """Public age keys; every backup can be opened with the private key of any of them."""


def load_pin(path: Path) -> Pin | None:
    """Read the pin; None when there is no lock file.

    Raises:
        NewerFormatError: a newer strongroom wrote it.
        PinError: it is damaged or cannot be read.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        if document["format"] > FORMAT:
            raise NewerFormatError(
                f"{path} has format {document['format']}; this strongroom reads {FORMAT}.",
                next_step="upgrade strongroom",
            )
        entry = document["databases"][MAIN]
        return Pin(
            database_id=str(entry["database_id"]),
            environment=str(entry["environment"]),
            recipients=tuple(map(str, document["recipients"])),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _unusable(path, "is damaged") from error


def write_pin(path: Path, pin: Pin) -> None:
    """Write the lock file once.

    Raises:
        PinError: another pin is there already.
    """
    existing = load_pin(path)
    if existing == pin:
        return
    if existing is not None:
        raise PinError(
            f"{path} pins another database ({existing.database_id}), and a pin never changes.",
            next_step="strongroom check",
        )
    document = {
        "format": FORMAT,
        "databases": {
            MAIN: {"database_id": pin.database_id, "environment": pin.environment},
        },
        "recipients": list(pin.recipients),
    }
    write_whole(path, json.dumps(document, indent=2).encode() + b"\n", mode=0o644)


def _unusable(path: Path, what: str) -> PinError:
    return PinError(
        f"The pin {path} {what}.", next_step=f"bring {path} back from version control or a copy"
    )
