"""Tell the gate of rows and tables that are going to be missing on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from strongroom.config import Configuration
from strongroom.errors import StateError
from strongroom.identity.floors import with_deletion, without_tables
from strongroom.identity.state import PlannedDeletion, State
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger import ledger_of


def plan_deletion(configuration: Configuration, *, table: str, rows: int, permit_id: str) -> None:
    """Tell that a permit lets up to ``rows`` rows of a table be deleted, or all of them.

    To be called before the deletion is committed: killed in between, the gate expects too
    little until the next backup; the other way round it would refuse the right database.
    Repeating it with the same permit and table counts once.

    Args:
        configuration: whose database.
        table: the table's label, as in manifests: ``public.activity``.
        rows: how many may be missing at most.
        permit_id: the permit that allows it.

    Raises:
        StateError: the state could not be moved forward; the deletion must not be committed.
    """
    if rows < 0:
        raise StateError(
            f"{rows} is no number of rows that can be deleted.", next_step="strongroom check"
        )
    deletion = PlannedDeletion(table, rows, permit_id, _now())

    def change(state: State) -> State:
        return state.with_incarnation(with_deletion(state.current, deletion))

    pinned_state_store(configuration).advance(change)
    ledger_of(configuration).record("deletion_planned", table=table, rows=rows, permit_id=permit_id)


def forget_tables(configuration: Configuration, labels: Iterable[str], reason: str) -> None:
    """Tell that tables are gone on purpose: a gated migration has dropped or renamed them.

    Raises:
        StateError: the state could not be moved forward.
    """
    gone, at = sorted(set(labels)), _now()
    if not gone:
        return

    def change(state: State) -> State:
        return state.with_incarnation(without_tables(state.current, gone, at))

    pinned_state_store(configuration).advance(change)
    ledger_of(configuration).record("tables_forgotten", tables=gone, reason=reason)


def _now() -> str:
    return datetime.now(UTC).isoformat()
