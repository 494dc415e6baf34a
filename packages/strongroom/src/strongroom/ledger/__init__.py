"""The append-only, hash-chained record of every act on a protected database."""

from __future__ import annotations

from strongroom.config import Configuration
from strongroom.errors import StorageError
from strongroom.ledger.chain import Entry, Finding, Ledger, anchor_problem
from strongroom.ledger.words import tell_entry

__all__ = ["Entry", "Finding", "Ledger", "anchor_problem", "ledger_of", "tell_entry"]


def ledger_of(configuration: Configuration) -> Ledger:
    """Open the ledger of one configuration, anchored in its store where that can be reached."""
    from strongroom.storage import open_store  # noqa: PLC0415  reading the ledger needs no store

    try:
        anchor = open_store(configuration.anchor_url or configuration.store_url)
    except StorageError:
        anchor = None
    return Ledger(
        configuration.ledger_path,
        anchor,
        name=f"{configuration.application}-{configuration.environment}",
    )
