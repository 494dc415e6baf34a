"""Make a masked copy of one environment for another, from a backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from strongroom.backups import Manifest, load
from strongroom.config import Configuration
from strongroom.drills import FreeBytes, free_bytes_at, needed_bytes, require_space
from strongroom.errors import MaskingError, RefreshError
from strongroom.identity import begin_swap, current_incarnation, init
from strongroom.identity.environments import is_production, require_apart
from strongroom.identity.expectation import expectation
from strongroom.identity.pin import Pin, pin_of
from strongroom.ledger import ledger_of
from strongroom.postgres.catalogue import large_objects
from strongroom.progress import SILENT, Progress
from strongroom.protection import remember_protected, should_be_protected
from strongroom.refresh.building import (
    MaskedCopy,
    Restored,
    Work,
    build_masked_copy,
    restored_backup,
)
from strongroom.refresh.key import masking_key
from strongroom.refresh.masks import Mask, Place, narrowed
from strongroom.refresh.proof import Proof
from strongroom.refresh.resolving import Undecided, require_decided, resolve, undecided
from strongroom.refresh.rules import RULES_NAME, Rules, load_rules
from strongroom.refresh.schema import Schema, read_schema
from strongroom.restores.journal import Swap, mark_of
from strongroom.restores.plan import supervised
from strongroom.restores.swap import new_swap_id, one_at_a_time, perform, settle_pending
from strongroom.server.directory import inspect_directory

REFRESHED_DIRECTORY = "refreshed"


@dataclass(frozen=True)
class RefreshPlan:
    """One refresh, told before it is done."""

    source: str
    target: str
    backup_id: str
    taken_at: datetime
    rows: int
    rules: Path
    data_directory: Path
    kept: Path | None
    """Where what is in the target's place will be kept; None where nothing is."""
    needed_bytes: int

    def as_dict(self) -> dict[str, object]:
        """The plan as shown by ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class Refreshed:
    """What a refresh has done."""

    plan: RefreshPlan
    incarnation: str
    rows: dict[str, int]
    proof: Proof
    kept: Path | None
    not_copied: tuple[str, ...] = ()
    """Tables whose rows are another database's, or an extension's own."""
    narrowed: Mapping[str, str] = field(default_factory=dict)
    """Columns that are too narrow for what the same values become elsewhere, and what they hold."""

    def as_dict(self) -> dict[str, object]:
        """The outcome as shown by ``--json``."""
        return {
            "plan": self.plan.as_dict(),
            "incarnation": self.incarnation,
            "rows": self.rows,
            "proof": self.proof.as_dict(),
            "kept": str(self.kept) if self.kept else None,
            "not_copied": list(self.not_copied),
            "narrowed": dict(self.narrowed),
        }


def refresh(
    source: Configuration,
    target: Configuration,
    *,
    rules: Path | None = None,
    backup_id: str | None = None,
    progress: Progress = SILENT,
    on_plan: Callable[[RefreshPlan], None] = lambda _: None,
    free_bytes: FreeBytes = free_bytes_at,
) -> Refreshed:
    """Let a masked copy of the source's backup take the target's place; what lay there is kept.

    The source's database is neither asked nor touched. A target that was never initialised is.

    Args:
        source: the environment that is copied, by its backup.
        target: the environment that gets the copy; never production.
        rules: what becomes of each personal column; ``masking.toml`` beside the source.
        backup_id: by default the newest backup.
        progress: told of each of ``STEPS``, of bytes and of tables.
        on_plan: told what is going to be done, before any of it is.
        free_bytes: asked for the room there is.

    Raises:
        RefreshError: the two may not be copied, or the masked rows do not fit.
        MaskingError: the rules do not fit, or a column that looks personal has none.
        LeakError: an original value was found in the copy, which was removed.
    """
    path = rules or source.directory / RULES_NAME
    require_possible(source, target)
    declared = load_rules(path)
    manifest = _manifest(source, backup_id)
    key = masking_key(source)
    if pin_of(target) is None:
        init(target, progress=progress)
    with one_at_a_time(target):
        settle_pending(target, progress)
        pin = _require_own(target)
        swap_id = new_swap_id()
        plan = _plan(source, target, manifest, path, swap_id)
        for place in (source.scratch_directory, target.scratch_directory):
            require_space(place, plan.needed_bytes, free_bytes(place))
        on_plan(plan)
        progress.step("refresh.planned")
        with restored_backup(source, manifest, progress) as restored:
            work = Work(
                restored,
                manifest,
                target,
                pin.database_id,
                *_decide(restored, declared, path),
                rules=declared,
                key=key,
                protected=should_be_protected(target, source=source),
            )
            progress.step("refresh.rules_fit")
            place_for = target.directory / REFRESHED_DIRECTORY / swap_id
            copy = build_masked_copy(work, place_for, progress)
        if work.protected:
            remember_protected(target)
        _record(target, plan, copy)
        progress.step("refresh.recorded")
        _exchange(target, plan, copy, swap_id, progress)
        return Refreshed(
            plan,
            copy.incarnation,
            copy.rows,
            copy.proof,
            plan.kept,
            not_copied=work.schema.not_copied,
            narrowed=narrowed(work.schema, work.masks),
        )


def require_possible(source: Configuration, target: Configuration) -> None:
    """Refuse what must never be refreshed, before anything is looked at.

    Raises:
        RefreshError: the target is production or the source itself, or another application's.
        ConfigurationError: the two share a directory, a volume or an address.
    """
    problem = None
    if is_production(target):
        problem = f"{target.environment} is an environment that others are copied from"
    elif source.path.resolve() == target.path.resolve():
        problem = "source and target are the same configuration"
    elif source.environment == target.environment:
        problem = f"source and target are both called {target.environment}"
    elif source.application != target.application:
        problem = f"{source.application} and {target.application} are different applications"
    if problem is not None:
        raise RefreshError(
            f"{target.environment} is not refreshed from {source.environment}: {problem}. "
            "Nothing was started.",
            next_step="strongroom refresh staging --from production, with their configurations",
        )
    require_apart(source, target)
    ours, theirs = pin_of(source), pin_of(target)
    if ours and theirs and ours.database_id == theirs.database_id:
        raise RefreshError(
            f"{target.lock_path} pins the database of {source.environment}. Nothing was started.",
            next_step=f"bring back the lock file of {target.environment}",
        )
    supervised(target)


def proposals(
    source: Configuration,
    *,
    rules: Path | None = None,
    backup_id: str | None = None,
    progress: Progress = SILENT,
) -> tuple[Undecided, ...]:
    """List the columns that look personal and have no rule yet; nothing is copied."""
    path = rules or source.directory / RULES_NAME
    # A shell that writes our answer to this very file has emptied it before we are asked.
    written = path.exists() and path.stat().st_size > 0
    declared = load_rules(path) if written else Rules({})
    manifest = _manifest(source, backup_id)
    with restored_backup(source, manifest, progress) as restored:
        return undecided(restored.connection, read_schema(restored.connection), declared)


def _manifest(source: Configuration, backup_id: str | None) -> Manifest:
    """Take the backup, and make sure that it is the source's own."""
    manifest = load(source, backup_id)
    pin = pin_of(source)
    if pin is None or manifest.database_id != pin.database_id:
        raise RefreshError(
            f"The backup {manifest.backup_id} is not one of the database that is pinned for "
            f"{source.environment}. Nothing was started.",
            next_step="strongroom backups, and name one of them",
        )
    return manifest


def _require_own(target: Configuration) -> Pin:
    """Make sure that what lies in the target's place is the target's, or nothing."""
    expected = expectation(target)
    facts = inspect_directory(supervised(target).data_directory)
    ours = expected is not None and expected.state.may_hold(facts.system_identifier)
    if expected is None or not (facts.kind in {"missing", "empty"} or ours):
        raise RefreshError(
            f"What lies at {facts.path} ({facts.kind}) is not the database of "
            f"{target.environment}. Nothing was moved.",
            next_step=f"strongroom --environment {target.environment} check",
        )
    return expected.pin


def _plan(
    source: Configuration, target: Configuration, manifest: Manifest, rules: Path, swap_id: str
) -> RefreshPlan:
    data = supervised(target).data_directory
    kind = inspect_directory(data).kind
    return RefreshPlan(
        source=source.environment,
        target=target.environment,
        backup_id=manifest.backup_id,
        taken_at=manifest.started_at,
        rows=manifest.rows,
        rules=rules,
        data_directory=data,
        kept=None if kind == "missing" else target.kept_directory / f"{swap_id}-{kind}",
        needed_bytes=needed_bytes(manifest.database_size_bytes),
    )


def _decide(restored: Restored, rules: Rules, path: Path) -> tuple[Schema, dict[Place, Mask]]:
    """Decide about every column, or stop before the first row is copied."""
    schema = read_schema(restored.connection)
    masks = resolve(schema, rules)
    require_decided(undecided(restored.connection, schema, rules), path)
    if large_objects(restored.connection) and not rules.drop_large_objects:
        raise MaskingError(
            "The backup has large objects, and what is in them cannot be masked. Nothing was "
            "copied.",
            next_step=f'write large_objects = "drop" into {path}',
        )
    return schema, masks


def _record(target: Configuration, plan: RefreshPlan, copy: MaskedCopy) -> None:
    ledger_of(target).record(
        "refresh",
        source=plan.source,
        backup_id=plan.backup_id,
        incarnation=copy.incarnation,
        rows=sum(copy.rows.values()),
        values_searched=copy.proof.values,
        not_searched=sorted(copy.proof.not_searched),
    )


def _exchange(
    target: Configuration, plan: RefreshPlan, copy: MaskedCopy, swap_id: str, progress: Progress
) -> None:
    home, data = target.directory, plan.data_directory
    swap = Swap(
        swap_id=swap_id,
        kind="swap",
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        incoming=str(copy.path.relative_to(home)),
        incoming_mark=mark_of(copy.path),
        kept=str(plan.kept.relative_to(home)) if plan.kept else None,
        outgoing_mark=mark_of(data),
        backup_id=None,  # the backup is another environment's: undo could not compare with it
        incarnation_in=copy.incarnation,
        incarnation_out=current_incarnation(target, inspect_directory(data).system_identifier),
    )

    def announce() -> None:
        begin_swap(
            target,
            incarnation=copy.incarnation,
            system_identifier=copy.system_identifier,
            floors=copy.rows,
        )

    perform(target, swap, announce, progress)
