"""Read what is expected of a configuration's database: its pin and its state."""

from __future__ import annotations

from datetime import UTC, datetime

from strongroom.config import Configuration
from strongroom.errors import StateError
from strongroom.identity.observation import Expected
from strongroom.identity.pin import load_pin
from strongroom.identity.state_store import state_store_of


def expectation(configuration: Configuration) -> Expected | None:
    """Read pin and state; None when nothing is pinned.

    Raises:
        PinError: the lock file is damaged.
        StateError: the state is gone, or could not be confirmed for longer than policy allows.
    """
    pin = load_pin(configuration.lock_path)
    if pin is None:
        return None
    known = state_store_of(configuration, pin.database_id).load()
    if known.stale:
        age_s = (datetime.now(UTC) - known.confirmed_at).total_seconds()
        if age_s > configuration.policy.state_age_max_s:
            raise StateError(
                f"The state was last confirmed at {known.confirmed_at.isoformat()}, which is "
                f"longer ago than policy.state_age_max_s allows. {known.stale}",
                next_step=f"make {configuration.state_url} reachable, then strongroom check",
            )
    return Expected(pin, known.state, configuration.environment, known.stale)
