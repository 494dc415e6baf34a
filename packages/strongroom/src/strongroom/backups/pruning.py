"""Thin the backups out: decide by retention, stand still where it is frozen, remove the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from strongroom.backups.catalogue import Catalogue, read_catalogue
from strongroom.backups.freezing import (
    ACKNOWLEDGED,
    Cause,
    Seen,
    acknowledgement,
    fingerprint,
    freezing_causes,
)
from strongroom.backups.judging import require_match
from strongroom.backups.manifest import DRILLS_PREFIX, PREFIX, Manifest
from strongroom.backups.pruning_copies import PrunedCopies, prune_copies
from strongroom.backups.removal import STEPS as REMOVAL_STEPS
from strongroom.backups.removal import Removal, alone
from strongroom.backups.retention import (
    DrillVerdict,
    Fate,
    decide,
    facts_of,
    removal_order,
)
from strongroom.backups.retention_settings import settings_of
from strongroom.backups.wal.pruning import LogPruning
from strongroom.config import Configuration
from strongroom.errors import BackupError, StrongroomError
from strongroom.identity.gate import check
from strongroom.identity.state_store import pinned_state_store
from strongroom.ledger import ledger_of
from strongroom.progress import SILENT, Progress
from strongroom.storage import ObjectStore, open_store

STEPS = ("prune.judged", "prune.decided", "prune.swept", *REMOVAL_STEPS, "prune.log_removed")
"""What pruning reports as done; those of the removal for each backup."""
_CAUSES_TOLD = 3

DrillVerdicts = Callable[[Configuration], Mapping[str, DrillVerdict]]
"""Says what drills have found of each backup: ``strongroom.drills.drill_verdicts``."""


@dataclass(frozen=True)
class Pruning:
    """What retention decides on, what keeps it from acting, and what was removed."""

    fates: Sequence[Fate]
    """Of every whole backup of the database, newest first."""
    causes: Sequence[Cause]
    """What a person has to acknowledge before anything is removed."""
    refusal: str | None = None
    """Why the database is not the expected one; only a dry run goes on with that."""
    freed_bytes: int = 0
    """What was freed, or by a dry run what would be."""
    finished: Sequence[str] = ()
    """Backups of which an earlier run had left something."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    log_bytes: int = 0
    """Of log that no kept backup leads to; removed, or by a dry run what would be."""
    copies: Sequence[PrunedCopies] = ()
    """What each store of copies has let go after it."""

    @property
    def problem(self) -> StrongroomError | None:
        """What a store of copies said when it could not follow."""
        return next((one.problem for one in self.copies if one.problem), None)

    @property
    def frozen(self) -> str | None:
        """Why nothing is removed, in one sentence."""
        told = [cause.what for cause in self.causes]
        if self.refusal is not None:
            told.insert(0, self.refusal.rstrip("."))
        if len(told) > _CAUSES_TOLD:
            told[_CAUSES_TOLD:] = [f"and {len(told) - _CAUSES_TOLD} more"]
        return "; ".join(told) or None

    @property
    def kept(self) -> list[Fate]:
        """Those that stay."""
        return [fate for fate in self.fates if fate.kept]

    @property
    def expired(self) -> list[Fate]:
        """Those that go; while retention is frozen, those that would go."""
        return [fate for fate in self.fates if not fate.kept]

    @property
    def fingerprint(self) -> str:
        """Names the causes that were shown."""
        return fingerprint(self.causes)

    def as_dict(self) -> dict[str, Any]:
        """The outcome as documented for ``--json``."""
        return {
            "kept": [_told(fate, fate.kept_because, self.sizes) for fate in self.kept],
            "expired": [_told(fate, fate.expired_because, self.sizes) for fate in self.expired],
            "frozen": self.frozen,
            "causes": [asdict(cause) for cause in self.causes],
            "freed_bytes": self.freed_bytes,
            "finished": list(self.finished),
            "log_bytes": self.log_bytes,
            "copies": [one.as_dict() for one in self.copies],
        }


def plan_pruning(configuration: Configuration, drills: DrillVerdicts) -> Pruning:
    """Decide, and remove nothing.

    Raises:
        ConfigurationError: ``[retention]`` says something impossible.
        PinError, StateError: nothing is pinned, or its state is gone.
        StorageError: the store cannot be read.
    """
    judgement = check(configuration)
    pruning, manifests = _decided(configuration, drills)
    refusal = None if judgement.matches else f"{judgement.verdict}: {judgement.message}"
    freed_bytes = sum(pruning.sizes[fate.backup.backup_id] for fate in pruning.expired)
    log_bytes = LogPruning(configuration, _staying(pruning, manifests)).size_bytes
    return replace(pruning, refusal=refusal, freed_bytes=freed_bytes, log_bytes=log_bytes)


def prune(
    configuration: Configuration, drills: DrillVerdicts, *, progress: Progress = SILENT
) -> Pruning:
    """Remove every backup that retention lets go, unless retention is frozen.

    Raises:
        RefusedError: the database is not the expected one; nothing was removed.
        BackupError: another run is at work.
        StorageError: something could not be removed; whatever could was. A store of copies that
            fails is told of in the outcome.
    """
    require_match(configuration)
    progress.step("prune.judged")
    with alone(configuration):
        pruning, manifests = _decided(configuration, drills)
        progress.step("prune.decided")
        if pruning.frozen:
            return pruning
        removal = Removal(configuration, progress)
        finished = removal.finish_earlier()
        progress.step("prune.swept")
        needed: set[str | None] = set()
        for fate in removal_order(pruning.expired):
            backup = fate.backup
            gone = backup.backup_id not in needed and removal.remove(
                manifests[backup.backup_id], fate.expired_because
            )
            if not gone:  # so what it builds on stays as well
                needed.add(backup.parent)
        removal.require_complete()
        staying = _staying(pruning, manifests)
        log = LogPruning(configuration, staying)
        log.remove()
        progress.step("prune.log_removed")
        return replace(
            pruning,
            freed_bytes=removal.freed_bytes,
            finished=finished,
            log_bytes=log.size_bytes,
            copies=prune_copies(configuration, staying, progress),
        )


def _staying(pruning: Pruning, manifests: Mapping[str, Manifest]) -> list[Manifest]:
    return [manifests[fate.backup.backup_id] for fate in pruning.kept]


def acknowledge(
    configuration: Configuration, drills: DrillVerdicts, *, found: str, confirmed_by: str
) -> Pruning:
    """Let retention go on: a person has looked at the causes with the fingerprint ``found``.

    Nothing is removed yet.

    Raises:
        BackupError: there are other causes by now than those that were looked at.
    """
    pruning, seen = _judged(configuration, drills, read_catalogue(configuration))
    if pruning.fingerprint != found:
        raise BackupError(
            "Something else has happened since this was looked at. Nothing was acknowledged.",
            next_step="strongroom prune --dry-run",
        )
    ledger_of(configuration).record(
        ACKNOWLEDGED, confirmed_by=confirmed_by, **acknowledgement(seen, pruning.causes)
    )
    return _judged(configuration, drills, read_catalogue(configuration))[0]


def fates_of(
    configuration: Configuration,
    manifests: Sequence[Manifest],
    verdicts: Mapping[str, DrillVerdict],
) -> list[Fate]:
    """Decide on backups that were read already, newest first; whether frozen is not asked."""
    return decide(
        [facts_of(one) for one in manifests],
        verdicts,
        settings_of(configuration),
        keep=configuration.keep,
        now=datetime.now(UTC),
    )


def _decided(
    configuration: Configuration, drills: DrillVerdicts
) -> tuple[Pruning, Mapping[str, Manifest]]:
    catalogue = read_catalogue(configuration)
    pruning, _ = _judged(configuration, drills, catalogue)
    return pruning, {one.backup_id: one for one in catalogue.backups}


def _judged(
    configuration: Configuration, drills: DrillVerdicts, catalogue: Catalogue
) -> tuple[Pruning, Seen]:
    verdicts = drills(configuration)
    seen = _seen(configuration, catalogue, verdicts)
    store = open_store(configuration.store_url)
    sizes = {one.backup_id: one.size_bytes for one in catalogue.backups}
    for backup_id, size_bytes in _small_objects(store):
        if backup_id in sizes:
            sizes[backup_id] += size_bytes
    pruning = Pruning(
        fates=fates_of(configuration, catalogue.backups, verdicts),
        causes=freezing_causes(seen),
        sizes=sizes,
    )
    return pruning, seen


def _small_objects(store: ObjectStore) -> Iterator[tuple[str, int]]:
    """Manifests and records of drills, by the backup that they are about."""
    for prefix in (PREFIX, DRILLS_PREFIX):
        for info in store.list(prefix):
            if info.key.endswith(".json"):
                yield info.key.removeprefix(prefix).partition("/")[0], info.size_bytes


def _seen(
    configuration: Configuration, catalogue: Catalogue, verdicts: Mapping[str, DrillVerdict]
) -> Seen:
    ledger = ledger_of(configuration)
    unbelieved = {one.backup_id: one.problem.message for one in catalogue.damaged}
    for backup_id, verdict in verdicts.items():
        if verdict == "unreadable":
            unbelieved[f"{DRILLS_PREFIX}{backup_id}"] = (
                f"the record of the newest drill of {backup_id} is damaged"
            )
    for backup_id in catalogue.missing:
        unbelieved[f"missing:{backup_id}"] = f"the store lacks the backup {backup_id}"
    for finding in ledger.verify():
        if finding.status == "failed":
            named = f"ledger:{finding.n}:{finding.detail}"
            unbelieved[named] = f"the ledger's entry {finding.n} {finding.detail}"
    lives = pinned_state_store(configuration).load().state.incarnations
    return Seen(
        entries=ledger.readable()[0],
        backups=[facts_of(one) for one in catalogue.backups],
        incarnations=[
            one.id for one in sorted(lives, key=lambda one: datetime.fromisoformat(one.since))
        ],
        now=datetime.now(UTC),
        shrink_share=configuration.policy.shrink_share,
        keep=configuration.keep,
        unrecorded=catalogue.unrecorded,
        unbelieved=unbelieved,
    )


def _told(fate: Fate, reasons: Sequence[str], sizes: Mapping[str, int]) -> dict[str, Any]:
    backup = fate.backup
    return {
        "backup_id": backup.backup_id,
        "started_at": backup.started_at,
        "size_bytes": sizes[backup.backup_id],
        "reasons": list(reasons),
    }
