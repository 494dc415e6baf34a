"""Restore a backup beside what is there, and exchange the two when told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from strongroom.backups.manifest import Manifest
from strongroom.backups.wal import Target
from strongroom.config import Configuration
from strongroom.drills import (
    RELOAD_STEPS,
    FreeBytes,
    Onward,
    Reached,
    Reloaded,
    free_bytes_at,
)
from strongroom.identity import begin_swap
from strongroom.ledger import ledger_of
from strongroom.postgres.connections import database_errors
from strongroom.progress import SILENT, Progress
from strongroom.restores.copy import RestoredCopy, build_copy
from strongroom.restores.journal import Swap, mark_of
from strongroom.restores.plan import Plan, make_plan, require_possible
from strongroom.restores.points import chosen
from strongroom.restores.swap import new_swap_id, one_at_a_time, perform, settle_pending

STEPS = (
    "restore.planned",
    "restore.server_started",
    *RELOAD_STEPS,
    "restore.verified",
    "restore.restamped",
    "restore.at_rest",
    "restore.recorded",
)


@dataclass(frozen=True)
class Restored:
    """What a restore has done, and where everything lies now."""

    plan: Plan
    restored: Path
    """The restored data directory: in place after a swap, else beside it."""
    swapped: bool
    kept: Path | None
    """What lay in place before the swap."""
    incarnation: str | None
    comparison: Reloaded | None
    """None when only an interrupted swap had to be finished: it was compared before."""
    reached: Reached | None = None
    """Where recovery went on to; None where the backup's own moment was wanted."""

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "plan": self.plan.as_dict(),
            "restored": str(self.restored),
            "swapped": self.swapped,
            "kept": str(self.kept) if self.kept else None,
            "incarnation": self.incarnation,
            **({"reached": self.reached.as_dict()} if self.reached else {}),
            **(self.comparison.as_dict() if self.comparison else {}),
        }


def plan_restore(
    configuration: Configuration,
    backup_id: str | None = None,
    *,
    target: Target | None = None,
    swap: bool = False,
) -> Plan:
    """Say what a restore would do; nothing is changed.

    Raises:
        NoSpaceError: it would not fit.
        RestoreError: the swap is impossible.
        TargetError, LogGapError: nothing leads to the target.
    """
    manifest, onward = chosen(configuration, backup_id, target)
    plan = make_plan(configuration, manifest, swap_id=new_swap_id(), swap=swap, onward=onward)
    require_possible(configuration, plan)
    return plan


@database_errors("restoring a backup")
def restore(
    configuration: Configuration,
    backup_id: str | None = None,
    *,
    target: Target | None = None,
    swap: bool = False,
    progress: Progress = SILENT,
    on_plan: Callable[[Plan], None] = lambda _: None,
    free_bytes: FreeBytes = free_bytes_at,
) -> Restored:
    """Restore a backup beside what is there, verify it, and swap when told to.

    Nothing is overwritten and nothing is removed: what lay in place is kept, and ``undo``
    returns to it. A swap that was interrupted before is finished or taken back first.

    Args:
        configuration: whose database.
        backup_id: by default the newest backup; with a target, the newest that leads to it.
        target: a point in time to go on to, after the comparison.
        swap: let the copy take the place of the data directory.
        progress: told of each of ``STEPS``, of bytes and of tables.
        on_plan: told what is going to be done, before any of it is.
        free_bytes: asked for the room there is.

    Raises:
        NoSpaceError: there is not enough room; nothing was started.
        BackupError: the backup is missing, damaged, or locked with another key.
        RestoreError: the copy differs from its manifest, or the swap is impossible.
        TargetError, LogGapError, DamagedLogError: nothing leads to the target.
    """
    with one_at_a_time(configuration):
        finished = settle_pending(configuration, progress)
        manifest, onward = chosen(configuration, backup_id, target)
        asked_again = finished is not None and finished.backup_id == manifest.backup_id
        if finished is not None and asked_again and swap and target is None:
            return _finished(configuration, manifest, finished)
        plan = make_plan(
            configuration,
            manifest,
            swap_id=new_swap_id(),
            swap=swap,
            free_bytes=free_bytes,
            onward=onward,
        )
        require_possible(configuration, plan)
        on_plan(plan)
        progress.step("restore.planned")
        return _carried_out(configuration, manifest, onward, plan, progress)


def _carried_out(
    configuration: Configuration,
    manifest: Manifest,
    onward: Onward | None,
    plan: Plan,
    progress: Progress,
) -> Restored:
    copy = build_copy(configuration, manifest, plan.target, progress, onward)
    _record(configuration, plan, copy)
    progress.step("restore.recorded")
    if plan.swap:
        _exchange(configuration, manifest, plan, copy, progress)
    return Restored(
        plan,
        plan.data_directory if plan.swap else plan.target,
        swapped=plan.swap,
        kept=plan.kept,
        incarnation=copy.incarnation,
        comparison=copy.comparison,
        reached=copy.reached,
    )


def _record(configuration: Configuration, plan: Plan, copy: RestoredCopy) -> None:
    ledger_of(configuration).record(
        "restore",
        backup_id=plan.backup_id,
        restored=str(plan.target.relative_to(configuration.directory)),
        incarnation=copy.incarnation,
        verdict=copy.comparison.verdict,
        **({"reached": copy.reached.position, "target": plan.to} if copy.reached else {}),
    )


def _exchange(
    configuration: Configuration,
    manifest: Manifest,
    plan: Plan,
    copy: RestoredCopy,
    progress: Progress,
) -> None:
    def announce() -> None:
        begin_swap(
            configuration,
            incarnation=copy.incarnation,
            system_identifier=copy.system_identifier,
            floors=copy.floors,
            backup_id=manifest.backup_id,
        )

    perform(configuration, _swap(configuration, plan, copy), announce, progress)


def _swap(configuration: Configuration, plan: Plan, copy: RestoredCopy) -> Swap:
    home = configuration.directory
    return Swap(
        swap_id=plan.swap_id,
        kind="swap",
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        incoming=str(copy.path.relative_to(home)),
        incoming_mark=mark_of(copy.path),
        kept=str(plan.kept.relative_to(home)) if plan.kept else None,
        outgoing_mark=mark_of(plan.data_directory),
        backup_id=plan.backup_id,
        incarnation_in=copy.incarnation,
        incarnation_out=plan.incarnation_in_place,
        reached=copy.reached.position if copy.reached else None,
    )


def _finished(configuration: Configuration, manifest: Manifest, swap: Swap) -> Restored:
    """Tell of a swap that had been interrupted and that this call has finished."""
    plan = make_plan(configuration, manifest, swap_id=swap.swap_id, swap=True)
    return Restored(
        plan,
        plan.data_directory,
        swapped=True,
        kept=configuration.directory / swap.kept if swap.kept else None,
        incarnation=swap.incarnation_in,
        comparison=None,
    )
