"""The journal of a migration: what is about to change, written before anything does.

A pending journal means that a migration is being applied, or was when its process died. Where
the database stands then says what became of it: PostgreSQL took the open transaction back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from strongroom.config import Configuration
from strongroom.errors import MigrationError, NewerFormatError
from strongroom.identity.files import write_whole

PENDING_NAME = "migration-pending.json"
FORMAT = 2


@dataclass(frozen=True)
class Pending:
    """A migration that was begun and not finished."""

    started_at: str
    direction: str
    current: tuple[str, ...]
    """Where the database stood before."""
    revisions: tuple[str, ...]
    backup_id: str | None
    floors_after: Mapping[str, int] | None
    """The row counts that the rehearsal reached, by table."""
    floors_at: str | None
    incarnation: str | None
    reaches: tuple[str, ...] = ()
    """Where the database stands when all of it is committed."""
    invalid: tuple[str, ...] = ()
    """The indexes that were invalid before."""


def begin(configuration: Configuration, pending: Pending) -> None:
    """Write the journal; a kill leaves all of it or nothing."""
    document = json.dumps({"format": FORMAT, **asdict(pending)}, indent=2)
    write_whole(configuration.state_cache / PENDING_NAME, document.encode())


def pending_migration(configuration: Configuration) -> Pending | None:
    """Read the migration that was begun; None if there is none.

    Raises:
        NewerFormatError: a newer strongroom wrote the journal.
        MigrationError: the journal cannot be read.
    """
    path = configuration.state_cache / PENDING_NAME
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        written = document.pop("format")
        if written > FORMAT:
            raise NewerFormatError(
                f"{path} has format {written}; this strongroom reads up to {FORMAT}.",
                next_step="upgrade strongroom",
            )
        for name in ("current", "revisions", "reaches", "invalid"):
            document[name] = tuple(document.get(name, ()))
        return Pending(**document)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MigrationError(
            f"The journal {path} is damaged: {error}.",
            next_step=f"alembic current, to see where the database stands, then move {path} aside",
        ) from error


def forget(configuration: Configuration) -> None:
    """Remove the journal: the migration is finished, or taken back."""
    (configuration.state_cache / PENDING_NAME).unlink(missing_ok=True)
