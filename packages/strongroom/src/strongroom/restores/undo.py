"""Take the last swap back, and say what was written since it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import psycopg

from strongroom.backups.catalogue import load
from strongroom.config import Configuration
from strongroom.drills import promised_by, survey_tables
from strongroom.errors import RestoreError, StrongroomError
from strongroom.identity import begin_swap
from strongroom.postgres.connections import connect, database_errors
from strongroom.progress import SILENT, Progress
from strongroom.restores import journal
from strongroom.restores.journal import Swap, mark_of
from strongroom.restores.plan import supervised
from strongroom.restores.swap import new_swap_id, one_at_a_time, perform, settle_pending
from strongroom.server.supervisor import Supervisor

Where = TypeVar("Where", Path, str)
"""What is exchanged: a directory, or a database by its name."""


@dataclass(frozen=True)
class TableChange:
    """A table whose rows are not those that the swap put in place."""

    name: str
    rows_then: int
    rows_now: int


@dataclass(frozen=True)
class UndoPlan(Generic[Where]):
    """One undo, told before it is done."""

    swap_id: str
    returning: Where | None
    """What comes back into place; None where nothing lay there before the swap."""
    kept: Where | None
    """Where what is in place now will be kept; None where nothing is."""
    written_since: tuple[TableChange, ...] | None
    """What changed since the swap, by table; None when it cannot be known."""
    unknown_because: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The plan as shown by ``--json``."""
        return {
            **asdict(self),
            "returning": _text(self.returning),
            "kept": _text(self.kept),
        }


@dataclass(frozen=True)
class Undone(Generic[Where]):
    """What an undo has done."""

    plan: UndoPlan[Where]
    restored: Where | None
    """What lay there before the swap, in place again; None if nothing did."""
    kept: Where | None

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "plan": self.plan.as_dict(),
            "restored": _text(self.restored),
            "swapped": True,
            "kept": _text(self.kept),
        }


def plan_undo(configuration: Configuration, *, progress: Progress = SILENT) -> UndoPlan[Path]:
    """Say what an undo would do, and what was written since the swap; nothing is moved.

    Raises:
        RestoreError: there is no swap to take back, or its directories are not where they were.
    """
    return _plan(configuration, _undoable(configuration), new_swap_id(), progress)


@database_errors("taking a swap back")
def undo(configuration: Configuration, *, progress: Progress = SILENT) -> Undone[Path]:
    """Exchange what is in place with what the last swap replaced; both are kept.

    The gate judges what has returned as it judges any database. An undo can be undone.

    Raises:
        RestoreError: there is no swap to take back, or its directories are not where they were.
    """
    with one_at_a_time(configuration):
        settled = settle_pending(configuration, progress)
        if settled is not None and settled.kind == "undo":
            return _undone(configuration, _plan_of_finished(configuration, settled))
        last, swap_id = _undoable(configuration), new_swap_id()
        plan = _plan(configuration, last, swap_id, progress)
        progress.step("undo.planned")
        _exchange(configuration, _reversed(configuration, last, plan, swap_id), progress)
        return _undone(configuration, plan)


def _undoable(configuration: Configuration) -> Swap:
    last = journal.last_swap(configuration.state_cache)
    if last is None:
        raise RestoreError("There is no swap to take back.", next_step="strongroom ledger show")
    home, data = configuration.directory, supervised(configuration).data_directory
    if mark_of(data) != last.incoming_mark:
        raise RestoreError(
            f"{data} is no longer what the swap {last.swap_id} put there, so it cannot be taken "
            "back. Nothing was moved.",
            next_step="strongroom restore --swap",
        )
    if last.kept and mark_of(home / last.kept) != last.outgoing_mark:
        raise RestoreError(
            f"What the swap {last.swap_id} replaced is not at {home / last.kept} any more.",
            next_step="bring that directory back, then repeat",
        )
    return last


def _plan(
    configuration: Configuration, last: Swap, swap_id: str, progress: Progress
) -> UndoPlan[Path]:
    written, unknown = None, "what is in place was not restored from a backup"
    if last.reached is not None:
        unknown = f"it was restored to {last.reached}, a moment that no manifest describes"
    elif last.kind == "swap" and last.backup_id is not None:
        try:
            written = _written_since(configuration, last.backup_id, progress)
        except StrongroomError as error:
            unknown = error.message
    return UndoPlan(
        swap_id=last.swap_id,
        returning=configuration.directory / last.kept if last.kept else None,
        kept=configuration.kept_directory / f"{swap_id}-undone" if last.incoming else None,
        written_since=written,
        unknown_because=None if written is not None else unknown,
    )


def _written_since(
    configuration: Configuration, backup_id: str, progress: Progress
) -> tuple[TableChange, ...]:
    """Compare what is in place with the backup that was put there."""
    with (
        Supervisor(supervised(configuration), progress=progress).running() as server,
        connect(server.administrator(configuration.database)) as connection,
    ):
        return changes_since(configuration, backup_id, connection, progress)


def changes_since(
    configuration: Configuration,
    backup_id: str,
    connection: psycopg.Connection,
    progress: Progress = SILENT,
) -> tuple[TableChange, ...]:
    """Compare a database with the backup that it was restored from, table by table."""
    manifest = load(configuration, backup_id)
    contents = promised_by(manifest)
    promised = contents.tables
    with database_errors("counting what was written since the swap"):
        now = survey_tables(connection, progress, promised)
    then = {name: table for name, table in promised.items() if table.method != "not_covered"}
    changes = (
        TableChange(
            name, then[name].rows if name in then else 0, now[name].rows if name in now else 0
        )
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
        and not name.startswith("strongroom.")
        and name not in contents.unpromised
    )
    return tuple(one for one in changes if one.rows_then or one.rows_now)


def _reversed(configuration: Configuration, last: Swap, plan: UndoPlan[Path], swap_id: str) -> Swap:
    data = supervised(configuration).data_directory
    return Swap(
        swap_id=swap_id,
        kind="undo",
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        incoming=last.kept,
        incoming_mark=mark_of(plan.returning) if plan.returning else None,
        kept=str(plan.kept.relative_to(configuration.directory)) if plan.kept else None,
        outgoing_mark=mark_of(data),
        backup_id=last.backup_id,
        incarnation_in=last.incarnation_out,
        incarnation_out=last.incarnation_in,
    )


def _exchange(configuration: Configuration, swap: Swap, progress: Progress) -> None:
    def announce() -> None:
        if swap.incarnation_in is not None:
            begin_swap(configuration, incarnation=swap.incarnation_in)

    perform(configuration, swap, announce, progress)


def _plan_of_finished(configuration: Configuration, swap: Swap) -> UndoPlan[Path]:
    return UndoPlan(
        swap_id=swap.swap_id,
        returning=configuration.directory / swap.incoming if swap.incoming else None,
        kept=configuration.directory / swap.kept if swap.kept else None,
        written_since=None,
        unknown_because="the undo had been interrupted, and was finished now",
    )


def _undone(configuration: Configuration, plan: UndoPlan[Path]) -> Undone[Path]:
    in_place = supervised(configuration).data_directory if plan.returning else None
    return Undone(plan, in_place, plan.kept)


def _text(path: object) -> str | None:
    return str(path) if path else None
