"""The last steps of ``init`` and ``adopt``: state, then lock, then ledger.

In this order a kill in between leaves either nothing pinned, or everything that the pin needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from strongroom.config import Configuration
from strongroom.identity.keys import ensure_private_key
from strongroom.identity.observation import Identity, Observation
from strongroom.identity.pin import Pin, load_pin, write_pin
from strongroom.identity.state import Incarnation, State
from strongroom.identity.state_store import state_store_of
from strongroom.ledger import ledger_of
from strongroom.progress import Progress


def bind(
    configuration: Configuration,
    identity: Identity,
    found: Observation,
    *,
    floors: Mapping[str, int],
    act: str,
    progress: Progress,
) -> Pin:
    """Make a database the expected one; ``act`` is ``init`` or ``adopt``. Repeating is safe."""
    recipient = ensure_private_key(configuration.private_key)
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
    state_store_of(configuration, identity.database_id).create(State(identity.database_id, (life,)))
    progress.step(f"{act}.state")
    pin = load_pin(configuration.lock_path)
    if pin is None:
        pin = Pin(identity.database_id, identity.environment, (recipient,))
        write_pin(configuration.lock_path, pin)
    progress.step(f"{act}.lock")
    ledger = ledger_of(configuration)
    if act == "adopt" or not ledger.contains(act, incarnation=identity.incarnation):
        ledger.record(
            act,
            database_id=identity.database_id,
            environment=identity.environment,
            incarnation=identity.incarnation,
            where=found.where,
        )
    progress.step(f"{act}.recorded")
    return pin
