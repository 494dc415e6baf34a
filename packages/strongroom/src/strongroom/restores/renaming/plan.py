"""What a restore on a server of others is going to do, told before it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from strongroom.backups import Manifest, is_recorded
from strongroom.config import Configuration
from strongroom.drills import Onward, free_bytes_at, needed_for, require_space
from strongroom.errors import NoSpaceError, RestoreError
from strongroom.restores.expecting import expected_s
from strongroom.restores.plan import require_own_backup
from strongroom.restores.renaming.place import OthersServer, name_beside, require_rights
from strongroom.restores.renaming.properties import Properties, held_by, properties_of

_OWNERS = """
SELECT DISTINCT pg_get_userbyid(o.owner)::text FROM (
    SELECT relowner AS owner, relnamespace AS space FROM pg_class
    UNION ALL SELECT nspowner, oid FROM pg_namespace
    UNION ALL SELECT proowner, pronamespace FROM pg_proc
    UNION ALL SELECT typowner, typnamespace FROM pg_type
) AS o JOIN pg_namespace AS n ON n.oid = o.space
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'strongroom_guard')
"""


@dataclass(frozen=True)
class DatabasePlan:
    """One restore beside a database, told before it is done."""

    swap_id: str
    backup_id: str
    taken_at: datetime
    rows: int
    tables: int
    target: str
    """What the new database will be called."""
    database: str
    """The database that it is restored beside."""
    in_place: str
    """``database``, or ``missing`` where there is none of that name."""
    swap: bool
    kept: str | None
    """What a swap calls the one in place; None if there is none, or without a swap."""
    stays_behind: tuple[str, ...]
    """Slots, subscriptions and prepared transactions, which a swap would leave with that one."""
    needed_bytes: int
    free_bytes: int | None
    """None where the server's disk is not on this machine, so that nobody here can know."""
    in_ledger: bool = True
    expected_s: float | None = None
    """How long it will take, by earlier drills; None where there was none."""
    absent: tuple[str, ...] = ()
    """What the backup does not hold, so that no restore of it brings it back."""
    to: str | None = None
    """The point in time that is gone on to; None where the backup's own moment is wanted."""
    told: str | None = None
    """What else there is to say of that point."""
    log_bytes: int = 0
    """Of stored log that leads there."""

    def as_dict(self) -> dict[str, object]:
        """The plan as shown by ``--json``."""
        return asdict(self)


def make_database_plan(
    configuration: Configuration,
    server: OthersServer,
    manifest: Manifest,
    *,
    swap_id: str,
    swap: bool,
    leave_behind: bool,
    onward: Onward | None = None,
) -> DatabasePlan:
    """Say what a restore would do; nothing is changed.

    Raises:
        NoSpaceError: it would not fit on the server, where that can be known, or a physical
            backup not in the scratch directory of this machine.
        RestoreError: a right is lacking, the backup is another database's, or something would
            stay behind with the database in place that nobody has agreed to.
    """
    if swap:
        require_own_backup(configuration, manifest)
    log_bytes = onward.reach.size_bytes if onward else 0
    if manifest.physical is not None:  # it is recovered on this machine first
        scratch = configuration.scratch_directory
        needed_bytes = needed_for(configuration, manifest) + log_bytes
        require_space(scratch, needed_bytes, free_bytes_at(scratch))
    with server.connected() as connection:
        in_place = properties_of(connection, server.name)
        stays = held_by(connection, server.name) if in_place else ()
        require_rights(connection, _owners(server, in_place), swap=swap)
    plan = DatabasePlan(
        swap_id=swap_id,
        backup_id=manifest.backup_id,
        taken_at=manifest.started_at,
        rows=manifest.rows,
        tables=len(manifest.tables),
        target=name_beside(server.name, "restored", swap_id),
        database=server.name,
        in_place="database" if in_place else "missing",
        swap=swap,
        kept=name_beside(server.name, "kept", swap_id) if swap and in_place else None,
        stays_behind=stays,
        needed_bytes=needed_for(configuration, manifest),
        free_bytes=server.free_bytes(),
        in_ledger=is_recorded(configuration, manifest),
        expected_s=expected_s(configuration, manifest),
        absent=tuple(str(gap) for gap in manifest.not_covered if gap.is_absent),
        to=str(onward.target) if onward else None,
        told=onward.target.told or None if onward else None,
        log_bytes=log_bytes,
    )
    _require_possible(plan, leave_behind=leave_behind)
    return plan


def _owners(server: OthersServer, in_place: Properties | None) -> list[str]:
    """Who owns something now: what comes back most likely belongs to the same roles."""
    if in_place is None or not in_place.open:
        return []
    with server.connected(server.name) as connection:
        return [in_place.owner, *(one for (one,) in connection.execute(_OWNERS).fetchall())]


def _require_possible(plan: DatabasePlan, *, leave_behind: bool) -> None:
    if plan.free_bytes is not None and plan.free_bytes < plan.needed_bytes:
        raise NoSpaceError(
            f"Restoring needs {plan.needed_bytes // 10**6} MB on the server, and "
            f"{plan.free_bytes // 10**6} MB are free. Nothing was made.",
            next_step="free that much on the server's disk, then repeat",
        )
    if not plan.swap or not plan.stays_behind:
        return
    told = ", ".join(plan.stays_behind)
    if any(one.startswith("prepared transaction") for one in plan.stays_behind):
        raise RestoreError(
            f"The database {plan.database} cannot be renamed: it has {told}.",
            next_step="COMMIT PREPARED or ROLLBACK PREPARED each of them, then repeat",
        )
    if not leave_behind:
        raise RestoreError(
            f"A swap would leave these with the database that is put aside: {told}. Who follows "
            "them would no longer see what is written. Nothing was made.",
            next_step="strongroom restore --swap --leave-behind, and make them anew afterwards",
        )
