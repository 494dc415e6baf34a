"""Finish or take back an exchange of databases that was interrupted."""

from __future__ import annotations

from strongroom.config import Configuration
from strongroom.identity import abandon_swap, finish_swap
from strongroom.ledger import ledger_of
from strongroom.progress import Progress
from strongroom.restores.renaming import journal
from strongroom.restores.renaming.building import sweep_loading
from strongroom.restores.renaming.journal import Renaming
from strongroom.restores.renaming.place import others_server
from strongroom.restores.renaming.properties import properties_of


def settle_renaming(configuration: Configuration, progress: Progress) -> Renaming | None:
    """Settle what was interrupted; return the exchange if it was finished.

    Raises:
        RestoreError: another database than either of the two has the name now.
    """
    renaming = journal.pending(configuration.state_cache)
    if renaming is None and journal.loading(configuration.state_cache) is None:
        return None
    server = others_server(configuration)
    sweep_loading(configuration, server)
    if renaming is None:
        return None
    with server.connected() as connection:
        in_place = properties_of(connection, renaming.name)
    if journal.resolution(renaming, in_place.oid if in_place else None) == "finish":
        settle(configuration, renaming, progress)
        return renaming
    if renaming.incarnation_in is not None:
        abandon_swap(configuration)
    ledger_of(configuration).record(renaming.kind, swap_id=renaming.swap_id, outcome="taken_back")
    journal.forget(configuration.state_cache)
    return None


def settle(configuration: Configuration, renaming: Renaming, progress: Progress) -> None:
    """Make it known that the exchange is done; each part may already have been."""
    if renaming.incarnation_in is not None:
        finish_swap(configuration)
    progress.step(f"{renaming.kind}.recognised")
    ledger = ledger_of(configuration)
    if not ledger.contains(renaming.kind, swap_id=renaming.swap_id, outcome="done"):
        ledger.record(
            renaming.kind,
            swap_id=renaming.swap_id,
            outcome="done",
            backup_id=renaming.backup_id,
            kept=renaming.kept,
            incarnation=renaming.incarnation_in,
        )
    progress.step(f"{renaming.kind}.recorded")
    journal.complete(configuration.state_cache)
