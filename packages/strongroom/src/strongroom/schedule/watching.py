"""The watcher: waits for what is due, on each database, and lets one watcher run it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Thread
from typing import Any

from strongroom.alerts import Metric, served
from strongroom.alerts import settings_of as alert_settings_of
from strongroom.backups.wal import Follower, log_settings
from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.progress import SILENT, Progress
from strongroom.report import metrics_of, note_clock_jump
from strongroom.schedule.clock import Clock, JumpDetector, SystemClock
from strongroom.schedule.events import Event, Events
from strongroom.schedule.lease import LASTS_S, Lease
from strongroom.schedule.planning import Planned, backoff_s
from strongroom.schedule.running import (
    Addressed,
    OpenChannels,
    Outcome,
    Surroundings,
    Watched,
    channels_of,
)
from strongroom.schedule.settings import settings_of
from strongroom.schedule.stopping import Stop

STEPS = (
    "watch.leased",
    "watch.backup",
    "watch.drill",
    "watch.judged",
    "watch.told",
    "watch.pinged",
)
"""What a run with everything in it reports as done; between them come those of its jobs."""

TICK_S = 30.0
"""A watcher looks at the clock at least so often, so that a clock that was set surprises none."""
ASK_AGAIN_S = 5.0
"""How often a watcher that waits asks for the lease."""
ONCE_WAIT_MAX_S = 3_600.0
"""How long ``once`` waits for a watcher that is at work."""


def _unaddressed(configuration: Configuration, command: str) -> str:
    del configuration
    return command


@dataclass
class Turn:
    """A watched database, with when to turn to it again."""

    watched: Watched
    lease: Lease
    planned: list[Planned] = field(default_factory=list)
    look_at_s: float = 0.0
    """By the steady clock, so that nobody can set it."""
    ask_at_s: float = math.inf
    """When to ask again for the lease that another watcher has; by the steady clock."""
    troubles: int = 0
    """How often in a row the store could not be asked."""
    follower: Follower | None = None
    """Stores its log, where that is wanted."""
    was_behind: bool = False

    def is_up(self, now: datetime, steady_s: float) -> bool:
        """Whether something is due, or it is time for a look."""
        return steady_s >= min(self.look_at_s, self.ask_at_s) or any(
            one.is_due(now) for one in self.planned
        )

    def wait_s(self, now: datetime, steady_s: float) -> float:
        """How long there is nothing to do, by what is known now."""
        waits = [(one.at - now).total_seconds() for one in self.planned]
        return max(0.0, min([*waits, self.look_at_s - steady_s, self.ask_at_s - steady_s]))


@dataclass(frozen=True)
class Round:
    """What ``once`` did for one database."""

    watched: Watched
    outcomes: tuple[Outcome, ...]
    problem: StrongroomError | None = None

    @property
    def exit_code(self) -> int:
        """Of the first job that failed, or of what kept it from beginning."""
        if self.problem is not None:
            return self.problem.exit_code
        return next((one.exit_code for one in self.outcomes if one.exit_code), 0)

    def as_dict(self) -> dict[str, Any]:
        """The round as shown by ``--json``."""
        return {
            "subject": self.watched.subject,
            "jobs": [one.as_dict() for one in self.outcomes],
            "conditions": [one.as_dict() for one in self.watched.conditions.holding],
            "unknown": sorted(self.watched.conditions.unknown),
            "problem": self.problem.as_dict() if self.problem else None,
        }


class Watcher:
    """Runs what is due, for one or more databases.

    Args of the constructor:
        configurations: whose schedules are kept.
        events: told of everything that happens.
        addressed: makes a next command lead to a configuration from anywhere.
        progress: told of the steps of runs.
        clock, open_channels, lease_lasts_s: for tests that need others.

    Raises:
        ConfigurationError: a table ``[schedule]``, ``[alerts]`` or ``[wal]`` cannot be used.
    """

    def __init__(
        self,
        configurations: Sequence[Configuration],
        events: Events,
        *,
        addressed: Addressed = _unaddressed,
        progress: Progress = SILENT,
        clock: Clock | None = None,
        open_channels: OpenChannels = channels_of,
        lease_lasts_s: float = LASTS_S,
    ) -> None:
        self.stop = Stop()
        self._clock = clock or SystemClock()
        self._jumps = JumpDetector(self._clock)
        self._events = events
        around = Surroundings(events, self._clock, self.stop, progress, addressed, open_channels)
        self._turns = []
        for one in configurations:
            alert_settings_of(one)
            log_settings(one)
            watched = Watched(one, settings_of(one), around)
            lease = Lease(one, lasts_s=lease_lasts_s, clock=self._clock)
            self._turns.append(Turn(watched, lease))

    def once(self) -> list[Round]:
        """Run what is due, once for each database, and tell who has to know."""
        rounds = []
        for turn in self._turns:
            if self.stop.requested:
                break
            try:
                rounds.append(Round(turn.watched, tuple(self._run_once(turn))))
            except StrongroomError as error:
                turn.watched.tell_event("run.failed", code=error.code, message=error.message)
                turn.watched.look()
                rounds.append(Round(turn.watched, (), error))
        return rounds

    def watch(self) -> None:
        """Keep the schedules until a stop is asked for."""
        self._tell("watch.started")
        with self._metrics(), self._logs():
            while not self.stop.requested:
                for turn in self._turns:
                    if not self.stop.requested:
                        self._take(turn)
                self.stop.wait(self._wait_s())
                self._note_jump()
                self._look_at_logs()
        self._tell("watch.ended")

    def metrics(self) -> list[Metric]:
        """What is known, with the ages of this moment."""
        known = [turn.watched.facts for turn in self._turns if turn.watched.facts]
        return metrics_of(known, self._clock.now())

    def _run_once(self, turn: Turn) -> list[Outcome]:
        watched, begun_s = turn.watched, self._clock.steady_s()
        while any(one.is_due(self._clock.now()) for one in watched.planned(patient=False)):
            with turn.lease.held() as hold:
                if hold is not None:
                    return watched.run(hold, patient=False) or self._look(watched)
            if self.stop.requested or self._clock.steady_s() - begun_s >= ONCE_WAIT_MAX_S:
                break
            watched.tell_event("watch.waiting")
            self.stop.wait(ASK_AGAIN_S)
        return self._look(watched)

    @staticmethod
    def _look(watched: Watched) -> list[Outcome]:
        watched.look()
        return []

    def _take(self, turn: Turn) -> None:
        """Turn to one database, if it is time."""
        if not turn.is_up(self._clock.now(), self._clock.steady_s()):
            return
        try:
            self._run_or_look(turn)
            turn.troubles = 0
        except StrongroomError as error:
            turn.troubles += 1
            turn.watched.tell_event("run.failed", code=error.code, message=error.message)
            turn.watched.look()
            turn.planned = []
            turn.look_at_s = self._clock.steady_s() + backoff_s(turn.troubles)

    def _run_or_look(self, turn: Turn) -> None:
        watched, looked, turn.ask_at_s = turn.watched, False, math.inf
        planned = watched.planned(patient=True)
        if any(one.is_due(self._clock.now()) for one in planned):
            with turn.lease.held() as hold:
                if hold is not None:
                    looked = bool(watched.run(hold, patient=True))
            if hold is None:
                watched.tell_event("watch.waiting")
                turn.ask_at_s = self._clock.steady_s() + ASK_AGAIN_S
            planned = watched.planned(patient=True) if hold is not None else []
        if not looked and self._clock.steady_s() >= turn.look_at_s:
            watched.look()
            looked = True
        if looked:
            turn.look_at_s = self._clock.steady_s() + watched.settings.look_s
        turn.planned = planned
        if planned:
            watched.tell_event("watch.next", **{one.job: one.at for one in planned})

    def _wait_s(self) -> float:
        now, steady_s = self._clock.now(), self._clock.steady_s()
        return min([TICK_S, *(turn.wait_s(now, steady_s) for turn in self._turns)])

    def _note_jump(self) -> None:
        """When the clock was set, nothing that was planned by it holds."""
        jump_s = self._jumps.jump_s()
        if jump_s is None:
            return
        for turn in self._turns:
            turn.planned, turn.look_at_s = [], 0.0
            turn.watched.tell_event("clock.jumped", jump_s=round(jump_s, 1))
            try:
                note_clock_jump(turn.watched.configuration, self._clock.now(), jump_s)
            except OSError as error:
                turn.watched.tell_event("record.failed", message=error.strerror)

    @contextmanager
    def _metrics(self) -> Iterator[None]:
        ports = [one.watched.settings.metrics_port for one in self._turns]
        port = next((one for one in ports if one is not None), None)
        if port is None:
            yield
            return
        with served(partial(self.metrics), port) as serving:
            self._tell("metrics.served", port=serving)
            yield

    def _look_at_logs(self) -> None:
        """Look at once when a log has fallen behind, or has caught up again."""
        for turn in self._turns:
            if turn.follower is None:
                continue
            limit_s = log_settings(turn.watched.configuration).behind_alert_s
            is_behind = turn.follower.behind_s(datetime.now(UTC)) > limit_s
            if is_behind != turn.was_behind:
                turn.was_behind, turn.look_at_s = is_behind, 0.0

    @contextmanager
    def _logs(self) -> Iterator[None]:
        """Store the logs of those databases that want it, beside everything else."""
        threads = []
        for turn in self._turns:
            watched = turn.watched
            if log_settings(watched.configuration).keep:
                turn.follower = Follower(watched.configuration, self.stop, watched.tell_event)
                threads.append(Thread(target=turn.follower.follow, name="wal", daemon=True))
                threads[-1].start()
        try:
            yield
        finally:
            self.stop.request()
            for thread in threads:
                thread.join()

    def _tell(self, name: str, **details: object) -> None:
        subjects = ", ".join(turn.watched.subject for turn in self._turns)
        self._events.tell(Event(self._clock.now(), name, subjects, details))
