"""Which job is due when: pure, from what the store holds and what failed lately.

The store is the only book: a backup that lies there has served every slot before it, whoever
took it on which machine. So what was missed is caught up once, and nothing is done twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from strongroom.drills import DrillRecord
from strongroom.report import Attempts, StoreFacts
from strongroom.report.attempts import Job
from strongroom.report.facts import CLOCK_TOLERANCE
from strongroom.schedule.settings import ScheduleSettings
from strongroom.schedule.times import Schedule

BACKOFF_S = 60
BACKOFF_MAX_S = 3_600
_DOUBLINGS_MAX = 10


@dataclass(frozen=True)
class Planned:
    """When a job begins."""

    job: Job
    at: datetime

    def is_due(self, now: datetime) -> bool:
        """Whether it should have begun."""
        return self.at <= now


def plan(
    settings: ScheduleSettings,
    store: StoreFacts,
    attempts: Attempts,
    now: datetime,
    *,
    patient: bool = True,
) -> list[Planned]:
    """When each job begins next, in the order in which they run.

    Args:
        settings: the schedules.
        store: what it holds, without what seems to be of the future.
        attempts: what failed.
        now: in UTC.
        patient: whether jobs that failed wait, and slots keep their jitter; who calls at the
            right time by himself does not want that.
    """
    newest = store.newest.started_at if store.newest else None
    times: list[tuple[Job, datetime | None]] = [
        ("backup", _next(settings, settings.backup, newest, now, patient=patient)),
        ("drill", _next_drill(settings, store, now, patient=patient)),
    ]
    planned = []
    for job, at in times:
        if at is not None:
            held = _held_back(attempts, job, now) if patient else now
            planned.append(Planned(job, at if held <= now else settings.permitted(max(at, held))))
    return planned


def backoff_s(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return min(BACKOFF_MAX_S, BACKOFF_S * float(1 << min(failures - 1, _DOUBLINGS_MAX)))


def _next(
    settings: ScheduleSettings,
    schedule: Schedule,
    served: datetime | None,
    now: datetime,
    *,
    patient: bool,
) -> datetime:
    """When the first slot begins that nothing has served yet; one without any is due at once."""
    slot = schedule.next_after(served) if served else schedule.latest_until(now)
    at = settings.due_at(slot) if patient else settings.permitted(slot)
    # What was missed begins when it is seen, but not in a quiet time.
    return settings.permitted(now) if at <= now else at


def _next_drill(
    settings: ScheduleSettings, store: StoreFacts, now: datetime, *, patient: bool
) -> datetime | None:
    if store.newest is None:
        return None
    last = store.last_drill
    if settings.drill is None:
        return settings.permitted(now) if last is None else None
    return _next(settings, settings.drill, _at(store.last_of_any, now), now, patient=patient)


def _at(drill: DrillRecord | None, now: datetime) -> datetime | None:
    return drill.at if drill and drill.at <= now + CLOCK_TOLERANCE else None


def _held_back(attempts: Attempts, job: Job, now: datetime) -> datetime:
    """Until when a job waits that failed; by a clock that went back nothing waits."""
    failure = attempts.failed.get(job)
    if failure is None or failure.at > now + CLOCK_TOLERANCE:
        return now
    return failure.at + timedelta(seconds=backoff_s(failure.failures))
