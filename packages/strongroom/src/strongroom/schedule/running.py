"""One run: what is due, then how things stand, then who is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from strongroom.alerts import (
    Channel,
    Notice,
    Ping,
    addresses_of,
    memory_path,
    open_channels,
    ping_of,
    tell,
)
from strongroom.alerts import settings_of as alert_settings_of
from strongroom.alerts.memory import load as load_memory
from strongroom.alerts.ping import Stage
from strongroom.backups import prune, take
from strongroom.config import Configuration
from strongroom.drills import drill, drill_verdicts
from strongroom.errors import (
    AlertError,
    ConfirmationNeededError,
    LeaseLostError,
    ScheduleError,
    StoppedError,
    StrongroomError,
)
from strongroom.ledger.redaction import redacted
from strongroom.progress import Progress
from strongroom.report import (
    Conditions,
    Facts,
    attempts_of,
    collect,
    evaluate,
    note_failure,
    note_success,
    read_store,
    subject_of,
)
from strongroom.report.attempts import Job
from strongroom.schedule.clock import Clock
from strongroom.schedule.events import Event, Events
from strongroom.schedule.lease import Hold
from strongroom.schedule.planning import Planned, plan
from strongroom.schedule.settings import ScheduleSettings
from strongroom.schedule.stopping import Stop

JOBS: tuple[Job, ...] = ("backup", "drill")
DRILL_EXIT_CODES = {"proven": 0, "failed": 20, "inconclusive": 21}

OpenChannels = Callable[[Configuration], list[Channel]]
Addressed = Callable[[Configuration, str], str]
"""Makes a next command lead to this configuration, wherever it is read."""


@dataclass(frozen=True)
class Outcome:
    """How one job ended."""

    job: Job
    exit_code: int
    details: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The outcome as shown by ``--json``."""
        return {"job": self.job, "exit_code": self.exit_code, **self.details}


@dataclass
class Surroundings:
    """What every run needs of the world."""

    events: Events
    clock: Clock
    stop: Stop
    progress: Progress
    addressed: Addressed
    open_channels: OpenChannels


@dataclass
class Guarded:
    """A progress that ends the work when the lease is lost, or when the stop is urgent."""

    inner: Progress
    hold: Hold
    stop: Stop

    def step(self, name: str) -> None:
        """Go on only while this is the one watcher."""
        self.inner.step(name)
        self._require()

    def amount(self, task: str, done: int, total: int | None, unit: str) -> None:
        """Go on only while this is the one watcher."""
        self.inner.amount(task, done, total, unit)
        self._require()

    def _require(self) -> None:
        if self.stop.urgent:
            raise StoppedError(
                "A stop was asked for twice, and the step was abandoned; nothing is half done.",
                next_step="strongroom watch",
            )
        self.hold.require()


@dataclass
class Watched:
    """One database under watch."""

    configuration: Configuration
    settings: ScheduleSettings
    around: Surroundings
    facts: Facts | None = None
    conditions: Conditions = field(default_factory=lambda: Conditions(()))

    @property
    def subject(self) -> str:
        """Whose events these are."""
        return subject_of(self.configuration)

    def planned(self, *, patient: bool) -> list[Planned]:
        """When each job begins next. Raises StorageError."""
        now = self.around.clock.now()
        store = read_store(self.configuration, now)
        return plan(self.settings, store, attempts_of(self.configuration), now, patient=patient)

    def run(self, hold: Hold, *, patient: bool) -> list[Outcome]:
        """Do what is due, one job after the other, then look and tell.

        What is due is asked again before each: another watcher may have done it meanwhile, and
        after a backup there is something to drill.
        """
        outcomes: list[Outcome] = []
        for job in JOBS:
            if self.around.stop.requested or not self._is_due(job, patient=patient):
                continue
            if not outcomes:
                self.around.progress.step("watch.leased")
                self.tell_event("run.started", lease=hold.number)
                self._request_ping("start")
            outcomes.append(self._run_job(job, hold))
            self.around.progress.step(f"watch.{job}")
        if self._may_prune(outcomes):
            outcomes.append(self._run_job("prune", hold))
            self.around.progress.step("watch.prune")
        if outcomes:
            self.look(ran=outcomes)
        return outcomes

    def look(self, ran: list[Outcome] | None = None) -> None:
        """See which conditions hold, and tell who has to know; nothing here ends the watcher."""
        try:
            self.facts = collect(self.configuration, now=self.around.clock.now())
            self.conditions = evaluate(self.facts)
            self.around.progress.step("watch.judged")
            self.tell_event(
                "conditions",
                good=self.conditions.good,
                holding=[one.kind for one in self.conditions.holding],
                unknown=sorted(self.conditions.unknown),
            )
            self._tell_channels()
            memory = load_memory(memory_path(self.configuration))
            self.facts = replace(self.facts, memory=memory)
            self.around.progress.step("watch.told")
            if ran:
                good = self.conditions.good and not any(one.exit_code for one in ran)
                self._request_ping(None if good else "fail")
                self.around.progress.step("watch.pinged")
        except Exception as error:  # noqa: BLE001  the next run must come, whatever this one met
            self.tell_event("look.failed", **_told(_as_ours(error)))

    def tell_event(self, name: str, **details: object) -> None:
        """Tell what happened to this database."""
        now = self.around.clock.now()
        self.around.events.tell(Event(now, name, self.subject, details))

    def _is_due(self, job: Job, *, patient: bool) -> bool:
        planned = self.planned(patient=patient)
        now = self.around.clock.now()
        return any(one.job == job and one.is_due(now) for one in planned)

    def _may_prune(self, outcomes: list[Outcome]) -> bool:
        """Only once everything that was due went well: nothing goes while something is wrong."""
        backed_up = any(one.job == "backup" for one in outcomes)
        good = not any(one.exit_code for one in outcomes)
        return self.settings.prune and backed_up and good and not self.around.stop.requested

    def _run_job(self, job: Job, hold: Hold) -> Outcome:
        self.tell_event(f"{job}.started")
        progress = Guarded(self.around.progress, hold, self.around.stop)
        try:
            hold.require()
            outcome = _JOBS[job](self.configuration, progress)
        except Exception as error:  # noqa: BLE001  a failing job never ends the watcher
            return self._failed(job, _as_ours(error))
        try:
            note_success(self.configuration, job)
        except OSError as error:
            self.tell_event("record.failed", message=error.strerror)
        self.tell_event(f"{job}.done", **outcome.details)
        return outcome

    def _failed(self, job: Job, error: StrongroomError) -> Outcome:
        self.tell_event(f"{job}.failed", **_told(error))
        if not isinstance(error, LeaseLostError | StoppedError):
            try:
                note_failure(self.configuration, job, error, self.around.clock.now())
            except OSError as problem:
                self.tell_event("record.failed", message=problem.strerror)
        return Outcome(job, error.exit_code or 1, {"error": error.as_dict()})

    def _tell_channels(self) -> None:
        try:
            settings = alert_settings_of(self.configuration)
            channels = self.around.open_channels(self.configuration)
        except StrongroomError as error:
            self.tell_event("alerts.failed", **_told(error))
            return
        if not channels:
            return
        told = tell(
            memory_path(self.configuration),
            channels,
            [self._addressed(one) for one in self.conditions.holding],
            now=self.around.clock.now(),
            repeat_s=settings.repeat_s,
            unknown=self.conditions.unknown,
        )
        self.tell_event("alerts.told", delivered=told.delivered, failed=told.failed)

    def _addressed(self, notice: Notice) -> Notice:
        following = self.around.addressed(self.configuration, notice.next_step)
        return replace(notice, next_step=following)

    def _request_ping(self, stage: Stage | None) -> None:
        try:
            ping: Ping | None = ping_of(self.configuration, alert_settings_of(self.configuration))
            if ping is None:
                return
            ping.request(stage)
        except AlertError as error:
            self.tell_event("ping.failed", stage=stage or "good", message=error.message)
            return
        self.tell_event("ping.done", stage=stage or "good")


def channels_of(configuration: Configuration) -> list[Channel]:
    """The channels that a configuration names. Raises AlertError, ConfigurationError."""
    settings = alert_settings_of(configuration)
    return list(open_channels(addresses_of(configuration, settings.urls)))


def _backup(configuration: Configuration, progress: Progress) -> Outcome:
    manifest = take(configuration, progress=progress)
    details = {
        "backup_id": manifest.backup_id,
        "rows": manifest.rows,
        "size_bytes": manifest.size_bytes,
        "duration_s": manifest.duration_s,
    }
    return Outcome("backup", 0, details)


def _drill(configuration: Configuration, progress: Progress) -> Outcome:
    record = drill(configuration, by_policy=True, progress=progress)
    details = {
        "backup_id": record.backup_id,
        "verdict": record.verdict,
        "duration_s": record.duration_s,
        "findings": record.findings,
    }
    exit_code = 0 if record.sampled_well else DRILL_EXIT_CODES[record.verdict]
    return Outcome("drill", exit_code, details)


def _prune(configuration: Configuration, progress: Progress) -> Outcome:
    pruning = prune(configuration, drill_verdicts, progress=progress)
    if pruning.frozen:
        raise ConfirmationNeededError(
            f"Nothing is removed: {pruning.frozen}.", next_step="strongroom prune --acknowledge"
        )
    if pruning.problem is not None:
        raise pruning.problem
    removed = [one.backup.backup_id for one in pruning.expired]
    return Outcome("prune", 0, {"removed": removed, "freed_bytes": pruning.freed_bytes})


_JOBS = {"backup": _backup, "drill": _drill, "prune": _prune}


def _as_ours(error: Exception) -> StrongroomError:
    if isinstance(error, StrongroomError):
        return error
    return ScheduleError(
        f"Something unexpected happened: {type(error).__name__}: {redacted(str(error))}",
        next_step="the same verb by hand, to see more; strongroom backup, for example",
    )


def _told(error: StrongroomError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "next": error.next_step}
