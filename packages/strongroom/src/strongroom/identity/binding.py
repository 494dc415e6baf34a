"""The last steps of ``init`` and ``adopt``: state, then lock, then ledger.

In this order a kill in between leaves either nothing pinned, or everything that the pin needs.
What ``init`` noted of its beginning goes last, whichever of the two has ended it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from strongroom.config import Configuration
from strongroom.errors import StateError
from strongroom.identity.keys import ensure_private_key
from strongroom.identity.observation import Identity, Observation
from strongroom.identity.pin import Pin, pin_of, require_one_name, write_pin
from strongroom.identity.state import Incarnation, State
from strongroom.identity.state_store import state_store_of
from strongroom.ledger import ledger_of
from strongroom.progress import Progress

JOURNAL_NAME = "init.json"


def journal_of(configuration: Configuration) -> Path:
    """Where ``init`` notes what it is making, as long as it is."""
    return configuration.state_cache / JOURNAL_NAME


def bind(
    configuration: Configuration,
    identity: Identity,
    found: Observation,
    *,
    floors: Mapping[str, int],
    act: str,
    progress: Progress,
) -> Pin:
    """Make a database the expected one; ``act`` is ``init`` or ``adopt``. Repeating is safe.

    What the state knows of a database already stays: of one whose lock alone was lost, only the
    lock is written again, and the gate judges it as ever.
    """
    pin = pin_of(configuration)
    require_one_name(configuration, identity.database_id)
    # Another key than the one that is pinned would open no backup, and look as if it did.
    recipients = pin.recipients if pin else (ensure_private_key(configuration.private_key),)
    progress.step(f"{act}.key")
    life = Incarnation(
        id=identity.incarnation,
        status="current",
        origin=act,
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        clusters=(found.system_identifier,) if found.system_identifier else (),
        marks=found.marks,
        floors=dict(floors),
    )
    if not is_known(configuration, identity.database_id):
        first = State(identity.database_id, (life,))
        state_store_of(configuration, identity.database_id).create(first)
    progress.step(f"{act}.state")
    if pin is None:
        pin = Pin(identity.database_id, identity.environment, recipients)
        write_pin(configuration.lock_path, pin, configuration.key)
    progress.step(f"{act}.lock")
    record_pinned(configuration, identity, act=act, where=found.where)
    progress.step(f"{act}.recorded")
    journal_of(configuration).unlink(missing_ok=True)
    return pin


def record_pinned(
    configuration: Configuration, identity: Identity, *, act: str, where: str
) -> None:
    """Record that a database was pinned; by ``init`` once, however often that is repeated."""
    if act == "init" and was_recorded(configuration, identity):
        return
    ledger_of(configuration).record(
        act,
        database_id=identity.database_id,
        environment=identity.environment,
        incarnation=identity.incarnation,
        where=where,
    )


def was_recorded(configuration: Configuration, identity: Identity) -> bool:
    """Whether the ledger tells that this database was pinned once, under this incarnation."""
    ledger, incarnation = ledger_of(configuration), identity.incarnation
    return any(ledger.contains(act, incarnation=incarnation) for act in ("init", "adopt"))


def is_known(configuration: Configuration, database_id: str) -> bool:
    """Whether the state tells of this database, pinned or not."""
    try:
        state_store_of(configuration, database_id).load()
    except StateError:
        return False
    return True
