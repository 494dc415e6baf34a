"""Take the last exchange of databases back, and say what was written since it."""

from __future__ import annotations

from strongroom.config import Configuration
from strongroom.errors import RestoreError, StrongroomError
from strongroom.identity import begin_swap
from strongroom.progress import SILENT, Progress
from strongroom.restores.renaming import journal
from strongroom.restores.renaming.exchanging import make_alike, perform
from strongroom.restores.renaming.journal import Renaming
from strongroom.restores.renaming.place import OthersServer, name_beside, others_server
from strongroom.restores.renaming.properties import Properties, properties_of
from strongroom.restores.renaming.restoring import renaming_of
from strongroom.restores.renaming.settling import settle_renaming
from strongroom.restores.swap import new_swap_id, one_at_a_time
from strongroom.restores.undo import TableChange, Undone, UndoPlan, changes_since


def plan_database_undo(
    configuration: Configuration, *, progress: Progress = SILENT
) -> UndoPlan[str]:
    """Say what an undo would do, and what was written since the swap; nothing is renamed.

    Raises:
        RestoreError: there is no swap to take back, or its databases are not what they were.
    """
    server = others_server(configuration)
    last, _ = _undoable(configuration, server)
    return _plan(configuration, server, last, new_swap_id(), progress)


def undo_database(configuration: Configuration, *, progress: Progress = SILENT) -> Undone[str]:
    """Exchange the database in place with the one that the last swap replaced; both are kept.

    The gate judges what has returned as it judges any database. An undo can be undone.

    Raises:
        RestoreError: there is no swap to take back, its databases are not what they were, or
            what returns would not be like what is in place.
    """
    with one_at_a_time(configuration):
        settled = settle_renaming(configuration, progress)
        if settled is not None and settled.kind == "undo":
            why = "the undo had been interrupted, and was finished now"
            plan = UndoPlan(settled.swap_id, settled.incoming, settled.kept, None, why)
            return Undone(plan, settled.name, settled.kept)
        server = others_server(configuration)
        last, in_place = _undoable(configuration, server)
        plan = _plan(configuration, server, last, swap_id := new_swap_id(), progress)
        returning = str(plan.returning)
        make_alike(server, returning, in_place, publications=False)
        progress.step("undo.alike")
        renaming = renaming_of(
            "undo",
            swap_id,
            name=last.name,
            incoming=(returning, last.outgoing_oid or 0, last.incarnation_out),
            outgoing=(str(plan.kept), in_place.oid, last.incarnation_in),
            backup_id=last.backup_id,
        )

        def announce() -> None:
            if renaming.incarnation_in is not None:
                begin_swap(configuration, incarnation=renaming.incarnation_in)

        perform(configuration, server, renaming, announce, progress)
    return Undone(plan, last.name, plan.kept)


def _undoable(configuration: Configuration, server: OthersServer) -> tuple[Renaming, Properties]:
    """The last exchange, and the database that it put in place."""
    last = journal.last(configuration.state_cache)
    if last is None:
        raise RestoreError("There is no swap to take back.", next_step="strongroom ledger show")
    if last.kept is None:
        raise RestoreError(
            f"Nothing had the name {last.name} before the swap {last.swap_id}, so that there is "
            "nothing to return to.",
            next_step="strongroom check",
        )
    with server.connected() as connection:
        in_place = properties_of(connection, last.name)
        kept = properties_of(connection, last.kept)
    if in_place is None or in_place.oid != last.incoming_oid:
        raise RestoreError(
            f"{last.name} is no longer the database that the swap {last.swap_id} put there, so "
            "that it cannot be taken back. Nothing was renamed.",
            next_step="strongroom restore --swap",
        )
    if kept is None or kept.oid != last.outgoing_oid:
        raise RestoreError(
            f"What the swap {last.swap_id} replaced is not called {last.kept} any more.",
            next_step="give that database this name back, then repeat",
        )
    return last, in_place


def _plan(
    configuration: Configuration,
    server: OthersServer,
    last: Renaming,
    swap_id: str,
    progress: Progress,
) -> UndoPlan[str]:
    written: tuple[TableChange, ...] | None = None
    unknown = "what is in place was not restored from a backup"
    if last.kind == "swap" and last.backup_id is not None:
        try:
            with server.connected(last.name, autocommit=False) as connection:
                written = changes_since(configuration, last.backup_id, connection, progress)
        except StrongroomError as error:
            unknown = error.message
    return UndoPlan(
        swap_id=last.swap_id,
        returning=last.kept,
        kept=name_beside(last.name, "undone", swap_id),
        written_since=written,
        unknown_because=None if written is not None else unknown,
    )
