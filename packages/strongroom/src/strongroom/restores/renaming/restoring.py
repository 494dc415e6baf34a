"""Restore a backup into a database beside, and exchange the two when told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from strongroom.backups.manifest import Manifest
from strongroom.backups.wal import Target
from strongroom.config import Configuration
from strongroom.drills import Onward, Reached, Reloaded
from strongroom.errors import ServerError
from strongroom.identity import begin_swap
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.restores.points import chosen
from strongroom.restores.renaming.archived import archived_database
from strongroom.restores.renaming.building import BUILD_STEPS, Beside, build_beside
from strongroom.restores.renaming.exchanging import (
    EXCHANGE_STEPS,
    make_alike,
    perform,
    statements_of,
)
from strongroom.restores.renaming.journal import Renaming
from strongroom.restores.renaming.place import OthersServer, others_server
from strongroom.restores.renaming.plan import DatabasePlan, make_database_plan
from strongroom.restores.renaming.properties import Properties, properties_of
from strongroom.restores.renaming.settling import settle_renaming
from strongroom.restores.swap import new_swap_id, one_at_a_time

STEPS = (
    "restore.planned",
    *BUILD_STEPS,
    "restore.recorded",
    *(f"swap.{step}" for step in EXCHANGE_STEPS),
    *(f"undo.{step}" for step in EXCHANGE_STEPS),
)
"""What a restore on a server of others, its swap and its undo report as done."""

_INCARNATION = "SELECT incarnation::text FROM strongroom.identity"
_HAS_IDENTITY = "SELECT to_regclass('strongroom.identity') IS NOT NULL"


@dataclass(frozen=True)
class RestoredDatabase:
    """What a restore has done, and what everything is called now."""

    plan: DatabasePlan
    restored: str
    """The restored database: in place after a swap, else beside it."""
    swapped: bool
    kept: str | None
    incarnation: str | None
    comparison: Reloaded | None
    """None when only an interrupted swap had to be finished: it was compared before."""
    reached: Reached | None = None
    """Where recovery went on to; None where the backup's own moment was wanted."""

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "plan": self.plan.as_dict(),
            "restored": self.restored,
            "swapped": self.swapped,
            "kept": self.kept,
            "incarnation": self.incarnation,
            **({"reached": self.reached.as_dict()} if self.reached else {}),
            **(self.comparison.as_dict() if self.comparison else {}),
        }


def plan_database_restore(
    configuration: Configuration,
    backup_id: str | None = None,
    *,
    target: Target | None = None,
    swap: bool = False,
    leave_behind: bool = False,
) -> DatabasePlan:
    """Say what a restore would do; nothing is changed.

    Raises:
        NoSpaceError: it would not fit, where that can be known.
        RestoreError: a right is lacking, or the swap is impossible.
        TargetError, LogGapError: nothing leads to the target.
    """
    manifest, onward = chosen(configuration, backup_id, target)
    return make_database_plan(
        configuration,
        others_server(configuration),
        manifest,
        swap_id=new_swap_id(),
        swap=swap,
        leave_behind=leave_behind,
        onward=onward,
    )


def restore_database(
    configuration: Configuration,
    backup_id: str | None = None,
    *,
    target: Target | None = None,
    swap: bool = False,
    leave_behind: bool = False,
    progress: Progress = SILENT,
    on_plan: Callable[[DatabasePlan], None] = lambda _: None,
) -> RestoredDatabase:
    """Restore a backup into a new database beside, verify it, and exchange them when told to.

    Nothing in the database in place is touched. A swap gives it another name, under which it
    stays, closed; ``undo_database`` returns to it.

    Args:
        configuration: of a database on a server of others.
        backup_id: by default the newest backup; with a target, the newest that leads to it.
        target: a point in time to go on to. Recovery does so in a scratch server of ours, and
            what it comes to is poured into the new database, and compared.
        swap: let the restored database take the name of the one in place.
        leave_behind: agree that slots and subscriptions stay with that one.
        progress: told of each of ``STEPS``, of bytes and of tables.
        on_plan: told what is going to be done, before any of it is.

    Raises:
        NoSpaceError: there is not enough room; nothing was made.
        BackupError: the backup is missing, damaged, or locked with another key.
        RestoreError: a right is lacking, the copy differs from its manifest, or from the
            database that it would replace.
        TargetError, LogGapError, DamagedLogError: nothing leads to the target.
    """
    with one_at_a_time(configuration):
        finished = settle_renaming(configuration, progress)
        manifest, onward = chosen(configuration, backup_id, target)
        server = others_server(configuration)
        asked_again = finished is not None and finished.backup_id == manifest.backup_id
        if finished is not None and asked_again and swap and target is None:
            return _finished(configuration, server, manifest, finished)
        plan = make_database_plan(
            configuration,
            server,
            manifest,
            swap_id=new_swap_id(),
            swap=swap,
            leave_behind=leave_behind,
            onward=onward,
        )
        on_plan(plan)
        progress.step("restore.planned")
        return _carried_out(configuration, server, manifest, onward, plan, progress)


def _carried_out(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    onward: Onward | None,
    plan: DatabasePlan,
    progress: Progress,
) -> RestoredDatabase:
    beside = build_beside(configuration, server, manifest, plan, progress, onward)
    _record(configuration, plan, beside)
    progress.step("restore.recorded")
    if plan.swap:
        _exchange(configuration, server, manifest, plan, beside, progress)
    return RestoredDatabase(
        plan,
        plan.database if plan.swap else plan.target,
        swapped=plan.swap,
        kept=plan.kept,
        incarnation=beside.incarnation,
        comparison=beside.poured.comparison,
        reached=beside.poured.reached,
    )


def _record(configuration: Configuration, plan: DatabasePlan, beside: Beside) -> None:
    reached = beside.poured.reached
    ledger_of(configuration).record(
        "restore",
        backup_id=plan.backup_id,
        restored=plan.target,
        incarnation=beside.incarnation,
        verdict=beside.poured.comparison.verdict,
        **({"reached": reached.position, "target": plan.to} if reached else {}),
    )


def _exchange(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    plan: DatabasePlan,
    beside: Beside,
    progress: Progress,
) -> None:
    with server.connected() as connection:
        old = properties_of(connection, plan.database)
        lost = None if old else archived_database(server, configuration, manifest)
        if lost is not None:
            lost.give_to(connection, plan.target)
    if old is not None:
        make_alike(server, plan.target, old, publications=old.open)
    progress.step("swap.alike")

    def announce() -> None:
        begin_swap(
            configuration,
            incarnation=beside.incarnation,
            system_identifier=server.system_identifier,
            floors=beside.poured.floors,
            backup_id=manifest.backup_id,
        )

    renaming = renaming_of(
        "swap",
        plan.swap_id,
        name=plan.database,
        incoming=(plan.target, beside.oid, beside.incarnation),
        outgoing=(plan.kept, old.oid if old else None, _life_in(configuration, server, old)),
        backup_id=plan.backup_id,
    )
    perform(configuration, server, renaming, announce, progress)


def renaming_of(
    kind: str,
    swap_id: str,
    *,
    name: str,
    incoming: tuple[str, int, str | None],
    outgoing: tuple[str | None, int | None, str | None],
    backup_id: str | None,
) -> Renaming:
    """Describe an exchange; each side is a name, a number, and the life that it holds."""
    kept = outgoing[0]
    finishing = statements_of(name, incoming[0], kept)
    reversing = statements_of(name, incoming[0], kept, back=True)
    return Renaming(
        swap_id=swap_id,
        kind="undo" if kind == "undo" else "swap",
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        name=name,
        incoming=incoming[0],
        incoming_oid=incoming[1],
        kept=kept,
        outgoing_oid=outgoing[1],
        backup_id=backup_id,
        incarnation_in=incoming[2],
        incarnation_out=outgoing[2],
        finishing=tuple(one.as_string(None) for one in finishing),
        reversing=tuple(one.as_string(None) for one in reversing),
    )


def _life_in(
    configuration: Configuration, server: OthersServer, old: Properties | None
) -> str | None:
    """Which life of the pinned database is in place; None if it is none that is known."""
    if old is None or not old.open:
        return None
    try:
        with server.connected(old.name) as connection:
            if not connection.execute(_HAS_IDENTITY).fetchall()[0][0]:
                return None
            rows = connection.execute(_INCARNATION).fetchall()
    except ServerError:
        return None
    state = pinned_state_store(configuration).load().state
    return rows[0][0] if rows and state.incarnation(rows[0][0]) else None


def _finished(
    configuration: Configuration, server: OthersServer, manifest: Manifest, renaming: Renaming
) -> RestoredDatabase:
    """Tell of a swap that had been interrupted and that this call has finished."""
    plan = make_database_plan(
        configuration,
        server,
        manifest,
        swap_id=renaming.swap_id,
        swap=True,
        leave_behind=True,
    )
    return RestoredDatabase(
        plan,
        renaming.name,
        swapped=True,
        kept=renaming.kept,
        incarnation=renaming.incarnation_in,
        comparison=None,
    )
