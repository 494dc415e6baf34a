"""Collect what is known of one database, from outside and inside; nothing is judged here."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strongroom.alerts.memory import Memory, memory_path
from strongroom.alerts.memory import load as load_memory
from strongroom.backups import Manifest, listed, read_catalogue, unopened
from strongroom.backups.wal import Gap, LogFigures, figures_of, log_settings, missing_after
from strongroom.config import MAIN, Configuration, Policy
from strongroom.drills import DrillRecord, deciding_drills, nearest_existing, proofs
from strongroom.errors import StrongroomError
from strongroom.identity import Judgement, check
from strongroom.ledger import ledger_of
from strongroom.postgres.replication import text_of
from strongroom.progress import SILENT, Progress
from strongroom.protection import is_protected, protection_warnings
from strongroom.report.attempts import Attempts, attempts_of
from strongroom.report.surroundings import Surroundings, surroundings_of
from strongroom.storage import LocalStore, ObjectStore, open_store

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the clocks of two machines may differ."""


@dataclass(frozen=True)
class StoreFacts:
    """What the store holds of this database. What seems to be of the future is kept apart."""

    newest: Manifest | None = None
    backups: int = 0
    damaged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Backups that the ledger tells of and the store lacks, oldest first."""
    deciding: DrillRecord | None = None
    """The drill that decides on the newest backup."""
    last_drill: DrillRecord | None = None
    """The newest drill of the newest backup, also one that decided nothing."""
    last_of_any: DrillRecord | None = None
    """The newest drill of any backup that was not made in the future."""
    proof: DrillRecord | None = None
    """The newest proof of any backup."""
    measured: Manifest | None = None
    """The backup that this is a proof of."""
    proven: Manifest | None = None
    """The newest backup that is proven."""
    drills: dict[str, int] = field(default_factory=dict)
    """How many drills came to each verdict."""
    unopened: tuple[str, ...] = ()
    """Backups that no private key at hand opens, oldest first; none where keys are elsewhere."""
    ahead: tuple[str, ...] = ()
    """Backups that were taken later than now, by the clock."""
    free_bytes: int | None = None
    total_bytes: int | None = None
    """None where the store has no size, or does not tell it."""


@dataclass(frozen=True)
class LogFacts:
    """How the stored log stands, where it is to be kept."""

    figures: LogFigures
    behind_alert_s: float
    lost: tuple[Gap, ...] = ()
    """What is missing after the newest physical backup, so that nothing leads on over it."""
    vanished: tuple[Gap, ...] = ()
    """What is missing elsewhere, without a word of the receiver: it was stored once."""
    led_from: str | None = None
    """That backup; None where there is none of this life of the database."""


@dataclass(frozen=True)
class Facts:
    """All that conditions, status and metrics of one database are made of."""

    at: datetime
    application: str
    environment: str
    database: str
    """What the configuration calls it."""
    policy: Policy
    judgement: Judgement | None
    judgement_problem: StrongroomError | None
    protected: bool
    """Somebody protected this database, and nobody has taken that back."""
    store: StoreFacts | None
    store_problem: StrongroomError | None
    attempts: Attempts
    memory: Memory
    """What was told to whom, and which channels fail."""
    log: LogFacts | None = None
    """None where the log is not kept, or the store could not be asked."""
    keeps_log: bool = False
    surroundings: Surroundings | None = None
    """What an audit found around it; None where none is asked for."""
    directory: Path = Path()
    """Of the configuration."""

    @property
    def subject(self) -> str:
        """Whose facts these are, as people are told."""
        return _subject(self.application, self.environment, self.database)


def subject_of(configuration: Configuration) -> str:
    """Name a database as people are told: application, environment, and which of several."""
    return _subject(configuration.application, configuration.environment, configuration.key)


def collect(
    configuration: Configuration,
    *,
    judgement: Judgement | None = None,
    now: datetime | None = None,
    progress: Progress = SILENT,
) -> Facts:
    """Collect the facts; what cannot be learnt is a fact as well, and no error.

    Args:
        configuration: whose database.
        judgement: of a check that was made just now; else it is checked here.
        now: in UTC.
        progress: told of a server that has to be started for the check.
    """
    problem: StrongroomError | None = None
    if judgement is None:
        try:
            judgement = check(configuration, inspect=protection_warnings, progress=progress)
        except StrongroomError as error:
            problem = error
    now = now or datetime.now(UTC)
    store, store_problem = _store_or_problem(configuration, now)
    return Facts(
        at=now,
        application=configuration.application,
        environment=configuration.environment,
        database=configuration.key,
        policy=configuration.policy,
        judgement=judgement,
        judgement_problem=problem,
        protected=is_protected(configuration),
        store=store,
        store_problem=store_problem,
        attempts=attempts_of(configuration),
        memory=load_memory(memory_path(configuration)),
        log=_log_or_none(configuration, store, now),
        keeps_log=log_settings(configuration).keep,
        surroundings=surroundings_of(configuration),
        directory=configuration.directory,
    )


def newest_until(backups: Iterable[Manifest], now: datetime) -> Manifest | None:
    """The newest backup that was not taken in the future; of a wrong clock there may be such."""
    past = [one for one in backups if one.started_at <= now + CLOCK_TOLERANCE]
    return max(past, key=lambda one: one.started_at, default=None)


def _store_or_problem(
    configuration: Configuration, now: datetime
) -> tuple[StoreFacts | None, StrongroomError | None]:
    try:
        return read_store(configuration, now), None
    except StrongroomError as error:
        return None, error


def _log_or_none(
    configuration: Configuration, store: StoreFacts | None, now: datetime
) -> LogFacts | None:
    settings = log_settings(configuration)
    if not settings.keep or store is None:
        return None
    try:
        figures = figures_of(configuration, now)
        own = [
            one
            for one in listed(configuration)
            if one.physical is not None and one.incarnation == figures.incarnation
        ]
        newest = max(own, key=lambda one: one.started_at, default=None)
        lost = missing_after(configuration, newest) if newest else ()
    except StrongroomError:
        return None
    return LogFacts(
        figures,
        settings.behind_alert_s,
        lost,
        _vanished(configuration, figures),
        newest.backup_id if newest else None,
    )


def _vanished(configuration: Configuration, figures: LogFigures) -> tuple[Gap, ...]:
    entries = ledger_of(configuration).readable()[0]
    told = {one.details.get("start") for one in entries if one.kind == "wal_gap"}
    return tuple(one for one in figures.gaps if text_of(one.start) not in told)


def read_store(configuration: Configuration, now: datetime) -> StoreFacts:
    """What the store holds of a database.

    Raises:
        StorageError: it cannot be read.
    """
    catalogue, drilled = read_catalogue(configuration), proofs(configuration)
    decided = deciding_drills(configuration)
    newest = newest_until(catalogue.backups, now)
    proven = [
        one
        for one in decided.values()
        if one.verdict == "proven" and one.at <= now + CLOCK_TOLERANCE
    ]
    proof = max(proven, key=lambda one: one.at, default=None)
    standing = {one.backup_id: one for one in catalogue.backups}
    verdicts = [one.verdict for one in drilled]
    of_newest = [one for one in drilled if newest and one.backup_id == newest.backup_id]
    store = open_store(configuration.store_url)
    return StoreFacts(
        newest=newest,
        backups=len(catalogue.backups),
        damaged=tuple(one.backup_id for one in catalogue.damaged),
        missing=tuple(catalogue.missing),
        deciding=decided.get(newest.backup_id) if newest else None,
        last_drill=of_newest[0] if of_newest else None,
        last_of_any=next((one for one in drilled if one.at <= now + CLOCK_TOLERANCE), None),
        proof=proof,
        measured=standing.get(proof.backup_id) if proof else None,
        proven=newest_until((standing[one.backup_id] for one in proven), now),
        drills={verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        unopened=_unopened(configuration, catalogue.backups),
        ahead=tuple(
            one.backup_id for one in catalogue.backups if one.started_at > now + CLOCK_TOLERANCE
        ),
        free_bytes=store.free_bytes(),
        total_bytes=_total_bytes(store),
    )


def _unopened(configuration: Configuration, backups: Sequence[Manifest]) -> tuple[str, ...]:
    if configuration.keys_elsewhere:
        return ()
    return tuple(sorted(unopened(configuration, backups)))


def _total_bytes(store: ObjectStore) -> int | None:
    if not isinstance(store, LocalStore):
        return None
    return shutil.disk_usage(nearest_existing(store.directory)).total


def _subject(application: str, environment: str, database: str) -> str:
    return "/".join([application, environment, *([database] if database != MAIN else [])])
