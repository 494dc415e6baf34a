"""Read what is expected of a configuration's database: its pin and its state."""

from __future__ import annotations

from datetime import UTC, datetime

from strongroom.config import Configuration
from strongroom.errors import PinError, StateError
from strongroom.identity.observation import Expected
from strongroom.identity.pin import pin_of
from strongroom.identity.state_store import Known, state_store_of
from strongroom.ledger import ledger_of

CLOCK_TOLERANCE_S = 300
"""So far apart two machines' clocks may be without one of them being called wrong."""
_PINNING = ("init", "adopt")


def expectation(configuration: Configuration) -> Expected | None:
    """Read pin and state; None when nothing is pinned.

    Raises:
        PinError: the lock file is damaged, was changed, or belongs to another project.
        StateError: the state is gone, or could not be confirmed for longer than policy allows.
    """
    pin = pin_of(configuration)
    if pin is None:
        return None
    try:
        known = state_store_of(configuration, pin.database_id).load()
    except StateError as error:
        _require_own(configuration, pin.database_id, error)
        raise
    if known.stale:
        _require_recent(configuration, known, known.stale)
    return Expected(pin, known.state, configuration.environment, known.stale)


def lost_pin(configuration: Configuration) -> str | None:
    """Say that a pin was lost, where the ledger tells of one; None where there was none yet."""
    known = _pinned_before(configuration)
    if not known:
        return None
    return (
        f"No database is pinned here, although the ledger tells of one ({known[-1]}): "
        f"{configuration.lock_path} was lost, or lacks the pin of database {configuration.key}."
    )


def _require_own(configuration: Configuration, database_id: str, error: StateError) -> None:
    """Tell a state that was lost from a lock file that is not this database's."""
    known = _pinned_before(configuration)
    if known and database_id not in known:
        raise PinError(
            f"{configuration.lock_path} pins a database that nothing is known of here "
            f"({database_id}), and the ledger tells of another one ({known[-1]}): the lock file "
            "was edited, or belongs to another project.",
            next_step=f"bring the right {configuration.lock_path} back from version control",
        ) from error


def _pinned_before(configuration: Configuration) -> list[str]:
    entries, _ = ledger_of(configuration).readable()
    return [str(one.details.get("database_id")) for one in entries if one.kind in _PINNING]


def _require_recent(configuration: Configuration, known: Known, why: str) -> None:
    age_s = (datetime.now(UTC) - known.confirmed_at).total_seconds()
    confirmed = f"The state was last confirmed at {known.confirmed_at.isoformat()}"
    following = f"make {configuration.state_url} reachable, then strongroom check"
    if age_s < -CLOCK_TOLERANCE_S:
        raise StateError(
            f"{confirmed}, which this machine's clock says is yet to come: how old it is cannot "
            f"be told. {why}",
            next_step=f"set the clock right, or {following}",
        )
    if age_s > configuration.policy.state_age_max_s:
        raise StateError(
            f"{confirmed}, which is longer ago than policy.state_age_max_s allows. {why}",
            next_step=following,
        )
